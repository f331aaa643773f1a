package ingest

// hevcColour reads from a HEVC decoder configuration what its stream says about range and matrix: in the sequence
// parameter set's usability information (ITU-T H.265, 7.3.2.2 and E.2.1). A stream that says nothing means studio
// range. It gives nil when there is no readable parameter set.
func hevcColour(config []byte) *cicp {
	c := cursor{b: config}
	c.take(22)
	for range c.u(1) {
		kind := c.u(1) & 63
		for range c.u(2) {
			unit := c.take(c.u(2))
			if c.bad {
				return nil
			}
			if kind == 33 && len(unit) > 2 {
				return parseSPS(unescape(unit[2:]))
			}
		}
	}
	return nil
}

// unescape drops the bytes that keep start codes from appearing.
func unescape(b []byte) []byte {
	out := make([]byte, 0, len(b))
	zeros := 0
	for _, v := range b {
		if zeros >= 2 && v == 3 {
			zeros = 0
			continue
		}
		if v == 0 {
			zeros++
		} else {
			zeros = 0
		}
		out = append(out, v)
	}
	return out
}

// bitReader reads a HEVC header; beyond the end it reads zeros and remembers that it was bad.
type bitReader struct {
	b   []byte
	at  int
	bad bool
}

func (r *bitReader) bits(n int) (v int) {
	for range n {
		v <<= 1
		if r.at>>3 >= len(r.b) {
			r.bad = true
			continue
		}
		v |= int(r.b[r.at>>3]>>(7-r.at&7)) & 1
		r.at++
	}
	return v
}

func (r *bitReader) flag() bool { return r.bits(1) == 1 }

// ue reads an Exp-Golomb number.
func (r *bitReader) ue() int {
	n := 0
	for n < 32 && !r.bad && !r.flag() {
		n++
	}
	return 1<<n - 1 + r.bits(n)
}

func parseSPS(b []byte) *cicp {
	r := &bitReader{b: b}
	r.bits(4)
	layers := r.bits(3)
	r.bits(1)
	r.tier(layers)
	r.ue()
	if r.ue() == 3 {
		r.bits(1)
	}
	r.ue()
	r.ue()
	if r.flag() {
		for range 4 {
			r.ue()
		}
	}
	r.ue()
	r.ue()
	order := r.ue()
	first := layers
	if r.flag() {
		first = 0
	}
	for i := first; i <= layers; i++ {
		r.ue()
		r.ue()
		r.ue()
	}
	for range 6 {
		r.ue()
	}
	if r.flag() && r.flag() { //nolint:staticcheck // two bits, one after the other
		r.scalingLists()
	}
	r.bits(2)
	if r.flag() {
		r.bits(8)
		r.ue()
		r.ue()
		r.bits(1)
	}
	r.referenceSets()
	if r.flag() {
		for range min(r.ue(), 32) {
			r.bits(order + 4 + 1)
		}
	}
	r.bits(2)
	out := &cicp{primaries: 2, transfer: 2, matrix: 2}
	if r.flag() {
		r.usability(out)
	}
	if r.bad {
		return nil
	}
	return out
}

func (r *bitReader) tier(layers int) {
	r.bits(88 + 8)
	var profile, level [8]bool
	for i := range layers {
		profile[i], level[i] = r.flag(), r.flag()
	}
	if layers > 0 {
		r.bits(2 * (8 - layers))
	}
	for i := range layers {
		if profile[i] {
			r.bits(88)
		}
		if level[i] {
			r.bits(8)
		}
	}
}

func (r *bitReader) scalingLists() {
	for size := range 4 {
		step := 1
		if size == 3 {
			step = 3
		}
		for m := 0; m < 6; m += step {
			if !r.flag() {
				r.ue()
				continue
			}
			if size > 1 {
				r.ue()
			}
			for range min(64, 1<<(4+size*2)) {
				r.ue()
			}
		}
	}
}

func (r *bitReader) referenceSets() {
	var pictures [64]int
	n := min(r.ue(), 64)
	for i := range n {
		if i > 0 && r.flag() {
			r.bits(1)
			r.ue()
			count := 0
			for range pictures[i-1] + 1 {
				if used := r.flag(); used || r.flag() {
					count++
				}
			}
			pictures[i] = count
			continue
		}
		negative, positive := min(r.ue(), 16), min(r.ue(), 16)
		pictures[i] = negative + positive
		for range pictures[i] {
			r.ue()
			r.bits(1)
		}
	}
}

func (r *bitReader) usability(out *cicp) {
	if r.flag() && r.bits(8) == 255 {
		r.bits(32)
	}
	if r.flag() {
		r.bits(1)
	}
	if !r.flag() {
		return
	}
	r.bits(3)
	out.full = r.flag()
	if r.flag() {
		out.primaries, out.transfer, out.matrix = r.bits(8), r.bits(8), r.bits(8)
	}
}
