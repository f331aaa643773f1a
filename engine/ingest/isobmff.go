package ingest

import (
	"encoding/binary"
	"errors"
)

// heifHeader is what the boxes of a HEIF file (HEIC, AVIF) say about its primary picture. ISO/IEC 23008-12.
type heifHeader struct {
	codec  string // item type that holds the pixels: "hvc1", "av01", …
	w, h   int    // as coded, before the changes below
	steps  []heifStep
	icc    []byte
	cicp   *cicp
	stream []byte // the HEVC decoder's configuration
	alpha  bool   // there is an alpha picture
	cut    bool   // some of the picture lies beyond the end of the file
	film   bool   // a sequence with no still picture
}

// heifStep is one of the changes that a viewer must make, in their order.
type heifStep struct {
	crop        *[8]int32 // clean aperture: width, height, offsets from the centre, each as a fraction
	orientation int       // else a turn or mirror, as an EXIF orientation
}

var errHEIF = errors.New("heif: boxes make no picture")

// readHEIF finds the primary picture and its properties.
func readHEIF(data []byte) (*heifHeader, error) {
	h := new(heifHeader)
	top := boxes(data)
	for _, b := range top {
		if b.cut && (b.kind == "meta" || b.kind == "mdat" || b.kind == "ftyp") {
			h.cut = true
		}
	}
	meta, ok := find(top, "meta")
	if !ok || len(meta.body) < 4 {
		_, h.film = find(top, "moov")
		if h.film || h.cut {
			return h, nil
		}
		return nil, errHEIF
	}
	parts := boxes(meta.body[4:])
	r := heifReader{data: data, items: map[int]string{}, parts: map[int][]int{}}
	r.infos(parts)
	r.references(parts)
	primary, ok := primaryItem(parts)
	if !ok || r.items[primary] == "" {
		return h, errHEIF
	}
	h.codec = r.codec(primary)
	for _, id := range r.alphas {
		h.alpha = h.alpha || id == primary
	}
	r.properties(parts, primary, h.property)
	if tiles := r.parts[primary]; len(tiles) > 0 {
		r.properties(parts, tiles[0], h.tileColour)
	}
	if h.cicp == nil && h.stream != nil {
		h.cicp = hevcColour(h.stream)
	}
	if r.beyond(parts, primary) {
		h.cut = true
	}
	return h, nil
}

type heifReader struct {
	data   []byte
	items  map[int]string // type by id
	parts  map[int][]int  // the tiles of a grid
	alphas []int          // items that have an auxiliary picture
}

func primaryItem(parts []box) (int, bool) {
	b, ok := find(parts, "pitm")
	c := cursor{b: b.body}
	version := c.u(1)
	c.u(3)
	id := c.u(2 + 2*min(version, 1))
	return id, ok && !c.bad
}

func (r *heifReader) infos(parts []box) {
	iinf, ok := find(parts, "iinf")
	if !ok || len(iinf.body) < 8 {
		return
	}
	skip := 6
	if iinf.body[0] > 0 {
		skip = 8
	}
	for _, b := range boxes(iinf.body[skip:]) {
		c := cursor{b: b.body}
		version := c.u(1)
		c.u(3)
		if b.kind != "infe" || version < 2 {
			continue
		}
		id := c.u(2 + 2*min(version-2, 1))
		c.u(2)
		if kind := c.take(4); !c.bad {
			r.items[id] = string(kind)
		}
	}
}

func (r *heifReader) references(parts []box) {
	iref, ok := find(parts, "iref")
	if !ok || len(iref.body) < 4 {
		return
	}
	width := 2 + 2*min(int(iref.body[0]), 1)
	for _, b := range boxes(iref.body[4:]) {
		c := cursor{b: b.body}
		from := c.u(width)
		for range c.u(2) {
			to := c.u(width)
			switch {
			case c.bad:
			case b.kind == "dimg":
				r.parts[from] = append(r.parts[from], to)
			case b.kind == "auxl":
				r.alphas = append(r.alphas, to)
			}
		}
	}
}

// codec follows a derived picture to what its first tile is coded in.
func (r *heifReader) codec(id int) string {
	for range 4 {
		switch kind := r.items[id]; kind {
		case "grid", "iden", "iovl", "tmap":
			if len(r.parts[id]) == 0 {
				return kind
			}
			id = r.parts[id][0]
		default:
			return kind
		}
	}
	return ""
}

// properties visits the properties of an item in their order.
func (r *heifReader) properties(parts []box, item int, visit func(box)) {
	iprp, _ := find(parts, "iprp")
	inner := boxes(iprp.body)
	ipco, _ := find(inner, "ipco")
	list := boxes(ipco.body)
	for _, b := range inner {
		if b.kind != "ipma" {
			continue
		}
		for _, i := range associations(b.body, item) {
			if i >= 1 && i <= len(list) {
				visit(list[i-1])
			}
		}
	}
}

// associations lists the properties of an item, counted from 1.
func associations(b []byte, item int) (out []int) {
	c := cursor{b: b}
	version := c.u(1)
	c.u(2)
	wide := c.u(1) & 1
	for range min(c.u(4), maxHEIFItems) {
		id := c.u(2 + 2*min(version, 1))
		for range c.u(1) {
			i := c.u(1+wide) & (1<<(7+8*wide) - 1)
			if id == item && !c.bad {
				out = append(out, i)
			}
		}
		if c.bad {
			break
		}
	}
	return out
}

func (h *heifHeader) property(p box) {
	b := p.body
	switch {
	case p.kind == "ispe" && len(b) >= 12:
		h.w, h.h = be32(b[4:]), be32(b[8:])
	case p.kind == "colr", p.kind == "hvcC":
		h.colour(p)
	case p.kind == "clap" && len(b) >= 32:
		var v [8]int32
		for i := range v {
			v[i] = int32(binary.BigEndian.Uint32(b[4*i:]))
		}
		h.steps = append(h.steps, heifStep{crop: &v})
	case p.kind == "irot" && len(b) >= 1: // quarter turns against the clock
		if o := [4]int{1, 8, 3, 6}[b[0]&3]; o != 1 {
			h.steps = append(h.steps, heifStep{orientation: o})
		}
	case p.kind == "imir" && len(b) >= 1: // 0 swaps top and bottom, 1 left and right
		h.steps = append(h.steps, heifStep{orientation: [2]int{4, 2}[b[0]&1]})
	}
}

// tileColour fills in what the picture itself does not say: older phones describe only the tiles.
func (h *heifHeader) tileColour(p box) {
	var t heifHeader
	switch t.colour(p); {
	case t.stream != nil && h.stream == nil:
		h.stream = t.stream
	case t.icc != nil && h.icc == nil:
		h.icc = t.icc
	case t.cicp != nil && h.cicp == nil:
		h.cicp = t.cicp
	}
}

func (h *heifHeader) colour(p box) {
	b := p.body
	switch {
	case p.kind == "hvcC":
		h.stream = b
	case p.kind != "colr" || len(b) <= 4:
	case string(b[:4]) == "prof" || string(b[:4]) == "rICC":
		h.icc = b[4:]
	case string(b[:4]) == "nclx" && len(b) >= 11:
		h.cicp = &cicp{be16(b[4:]), be16(b[6:]), be16(b[8:]), b[10]&0x80 != 0}
	}
}

// beyond tells whether any of the primary picture's bytes, or its tiles', would lie after the end of the file.
func (r *heifReader) beyond(parts []box, primary int) bool {
	wanted := map[int]bool{primary: true}
	for _, id := range r.parts[primary] {
		wanted[id] = true
	}
	iloc, ok := find(parts, "iloc")
	if !ok {
		return false
	}
	c := cursor{b: iloc.body}
	version := c.u(1)
	c.u(3)
	sizes, more := c.u(1), c.u(1)
	offsetSize, lengthSize, baseSize, indexSize := sizes>>4, sizes&15, more>>4, more&15
	if version == 0 {
		indexSize = 0
	}
	idWidth := 2
	if version == 2 {
		idWidth = 4
	}
	for range min(c.u(idWidth), maxHEIFItems) {
		id, method := c.u(idWidth), 0
		if version > 0 {
			method = c.u(2) & 15
		}
		c.u(2)
		base := c.u(baseSize)
		for range c.u(2) {
			c.u(indexSize)
			offset, length := c.u(offsetSize), c.u(lengthSize)
			if c.bad {
				return true
			}
			if wanted[id] && method == 0 && (base < 0 || offset < 0 || length < 0 || base+offset+length > len(r.data)) {
				return true
			}
		}
	}
	return false
}
