package ingest

// lut is the A2B element of a profile: curves, a grid of any of 1, 3 or 4 inputs, curves, a matrix, curves. Parts
// that a profile leaves out are nil.
type lut struct {
	n      int       // input channels
	a      []curve   // n, before the grid
	size   [4]int    // grid points of each input
	grid   []float32 // 3 values a point, the last input running fastest
	m      []curve   // 3, after the grid
	matrix *[12]float64
	b      []curve // 3, last
	lab    bool    // results are CIELAB, else XYZ
	legacy bool    // 16-bit CIELAB as in version 2: 0xff00 is 100
}

// parseLUT reads an mft1, mft2 or mAB element.
func parseLUT(b []byte, channels int, lab bool) (*lut, error) {
	if len(b) < 32 || int(b[8]) != channels || b[9] != 3 {
		return nil, errICC
	}
	l := &lut{n: channels, lab: lab}
	switch string(b[:4]) {
	case "mft1", "mft2":
		return l, l.parseTables(b)
	case "mAB ":
		return l, l.parseElements(b)
	}
	return nil, errICC
}

// parseTables reads lut8Type and lut16Type. Their matrix is for XYZ inputs only and does not count here.
func (l *lut) parseTables(b []byte) error {
	wide := string(b[:4]) == "mft2"
	width, in, out, at := 1, 256, 256, 48
	if wide {
		if len(b) < 52 {
			return errICC
		}
		width, in, out, at = 2, be16(b[48:]), be16(b[50:]), 52
		l.legacy = l.lab
	}
	g := int(b[10])
	if in < 2 || out < 2 || in > 4096 || out > 4096 || g < 2 {
		return errICC
	}
	points := 1
	for i := range l.n {
		l.size[i] = g
		points *= g
	}
	if (l.n*in+points*3+3*out)*width > len(b)-at {
		return errICC
	}
	next := func() float64 {
		var v float64
		if wide {
			v = sample(b[at:])
		} else {
			v = float64(b[at]) / 255
		}
		at += width
		return v
	}
	table := func(n int) curve {
		t := make([]float64, n)
		for i := range t {
			t[i] = next()
		}
		return curve{table: t}
	}
	for range l.n {
		l.a = append(l.a, table(in))
	}
	l.grid = make([]float32, points*3)
	for i := range l.grid {
		l.grid[i] = float32(next())
	}
	for range 3 {
		l.b = append(l.b, table(out))
	}
	return nil
}

// parseElements reads lutAToBType: offsets to the parts, 0 for a part that is not there.
func (l *lut) parseElements(b []byte) (err error) {
	var off [5]int // B, matrix, M, grid, A
	for i := range off {
		if off[i] = be32(b[12+4*i:]); off[i] > len(b) {
			return errICC
		}
	}
	if off[0] == 0 || (off[3] == 0) != (off[4] == 0) || off[3] == 0 && l.n != 3 {
		return errICC
	}
	if l.b, err = curves(b, off[0], 3); err != nil {
		return err
	}
	if off[2] != 0 {
		if l.m, err = curves(b, off[2], 3); err != nil {
			return err
		}
	}
	if off[1] != 0 {
		if len(b)-off[1] < 48 {
			return errICC
		}
		l.matrix = new([12]float64)
		for i := range l.matrix {
			l.matrix[i] = fixed(b[off[1]+4*i:])
		}
	}
	if off[3] == 0 {
		return nil
	}
	if l.a, err = curves(b, off[4], l.n); err != nil {
		return err
	}
	return l.parseGrid(b[off[3]:])
}

func (l *lut) parseGrid(b []byte) error {
	if len(b) < 20 {
		return errICC
	}
	points, width := 1, int(b[16])
	for i := range l.n {
		if l.size[i] = int(b[i]); l.size[i] < 2 {
			return errICC
		}
		points *= l.size[i]
	}
	if width != 1 && width != 2 || points > len(b) || points*3*width > len(b)-20 {
		return errICC
	}
	l.grid = make([]float32, points*3)
	for i := range l.grid {
		if width == 1 {
			l.grid[i] = float32(b[20+i]) / 255
		} else {
			l.grid[i] = float32(sample(b[20+2*i:]))
		}
	}
	return nil
}

// curves reads n curves in a row, each padded to four bytes.
func curves(b []byte, at, n int) ([]curve, error) {
	var out []curve
	for range n {
		if at > len(b) {
			return nil, errICC
		}
		c, size, err := parseCurve(b[at:])
		if err != nil {
			return nil, err
		}
		out = append(out, c)
		at += (size + 3) &^ 3
	}
	return out, nil
}

// xyz runs a device colour through the element and returns XYZ under D50.
func (l *lut) xyz(v [4]float64) [3]float64 {
	for i, c := range l.a {
		v[i] = unit(c.at(v[i]))
	}
	p := [3]float64{v[0], v[1], v[2]}
	if l.grid != nil {
		p = l.interpolate(v)
	}
	for i, c := range l.m {
		p[i] = c.at(p[i])
	}
	if m := l.matrix; m != nil {
		p = [3]float64{
			m[0]*p[0] + m[1]*p[1] + m[2]*p[2] + m[9],
			m[3]*p[0] + m[4]*p[1] + m[5]*p[2] + m[10],
			m[6]*p[0] + m[7]*p[1] + m[8]*p[2] + m[11],
		}
	}
	for i, c := range l.b {
		p[i] = c.at(p[i])
	}
	if !l.lab {
		const scale = 1 + 32767.0/32768
		return [3]float64{p[0] * scale, p[1] * scale, p[2] * scale}
	}
	lightness, a, b := p[0]*100, p[1]*255-128, p[2]*255-128
	if l.legacy {
		const k = 65535.0 / 65280
		lightness, a, b = lightness*k, p[1]*255*k-128, p[2]*255*k-128
	}
	return labToXYZ(lightness, a, b)
}

// interpolate is linear in every input: over the 2ⁿ corners of the cell.
func (l *lut) interpolate(v [4]float64) (out [3]float64) {
	var at [4]int
	var f [4]float64
	var stride [4]int
	step := 3
	for i := l.n - 1; i >= 0; i-- {
		stride[i] = step
		step *= l.size[i]
		x := v[i] * float64(l.size[i]-1)
		at[i] = min(int(x), l.size[i]-2)
		f[i] = x - float64(at[i])
	}
	for corner := range 1 << l.n {
		weight, index := 1.0, 0
		for i := range l.n {
			if corner>>i&1 == 1 {
				weight *= f[i]
				index += (at[i] + 1) * stride[i]
			} else {
				weight *= 1 - f[i]
				index += at[i] * stride[i]
			}
		}
		if weight == 0 {
			continue
		}
		for k := range out {
			out[k] += weight * float64(l.grid[index+k])
		}
	}
	return out
}

func labToXYZ(l, a, b float64) [3]float64 {
	y := (l + 16) / 116
	f := func(t float64) float64 {
		if t > 6.0/29 {
			return t * t * t
		}
		return 3 * 36.0 / 841 * (t - 4.0/29)
	}
	return [3]float64{whiteD50[0] * f(y+a/500), f(y), whiteD50[2] * f(y-b/200)}
}
