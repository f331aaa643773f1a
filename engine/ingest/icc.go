package ingest

import (
	"encoding/binary"
	"errors"
	"math"
)

// profile converts device colours (1, 3 or 4 channels in 0…1) to linear sRGB, either by curves and a matrix or by
// the profile's tables. ICC.1:2022.
type profile struct {
	channels int
	trc      [3]curve   // channels 1 and 3
	toXYZ    [9]float64 // channels 3: linear device to XYZ under D50
	lut      *lut       // instead of the two above
}

// linear returns linear sRGB, not clamped.
func (p *profile) linear(v [4]float64) [3]float64 {
	switch {
	case p.lut != nil:
		return mulV(toLinearSRGB, p.lut.xyz(v))
	case p.channels == 1:
		y := p.trc[0].at(v[0])
		return [3]float64{y, y, y}
	}
	return mulV(toLinearSRGB, mulV(p.toXYZ, [3]float64{p.trc[0].at(v[0]), p.trc[1].at(v[1]), p.trc[2].at(v[2])}))
}

// curve is one of: a table over 0…1, the sRGB-like function of five or seven parameters, or a plain power. The zero
// curve is the identity.
type curve struct {
	table []float64
	para  *[7]float64 // g a b c d e f: x ≥ d: (a·x+b)^g + e, else c·x + f
	gamma float64
}

func srgbCurve() curve {
	return curve{para: &[7]float64{2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045, 0, 0}}
}

func (c curve) at(x float64) float64 {
	switch {
	case c.table != nil:
		x = unit(x) * float64(len(c.table)-1)
		i := min(int(x), len(c.table)-2)
		return c.table[i] + (x-float64(i))*(c.table[i+1]-c.table[i])
	case c.para != nil:
		p := c.para
		if x < p[4] {
			return p[3]*x + p[6]
		}
		return math.Pow(max(p[1]*x+p[2], 0), p[0]) + p[5]
	case c.gamma != 0 && c.gamma != 1:
		return math.Pow(max(x, 0), c.gamma)
	}
	return x
}

// unit clamps to 0…1. What is not a number, which hostile parameters can make, is 0.
func unit(x float64) float64 {
	if x > 0 {
		return min(x, 1)
	}
	return 0
}

var errICC = errors.New("icc: not a usable profile")

func be16(b []byte) int       { return int(binary.BigEndian.Uint16(b)) }
func be32(b []byte) int       { return int(binary.BigEndian.Uint32(b)) }
func fixed(b []byte) float64  { return float64(int32(binary.BigEndian.Uint32(b))) / 65536 }
func sample(b []byte) float64 { return float64(binary.BigEndian.Uint16(b)) / 65535 }

// parseICC reads a profile for gray, RGB or CMYK. The table from device to connection space counts before curves
// and matrix, as in every colour engine.
func parseICC(b []byte) (*profile, error) {
	if len(b) < 132 || string(b[36:40]) != "acsp" || len(b) > maxProfile {
		return nil, errICC
	}
	p := new(profile)
	switch string(b[16:20]) {
	case "GRAY":
		p.channels = 1
	case "RGB ":
		p.channels = 3
	case "CMYK":
		p.channels = 4
	default:
		return nil, errICC
	}
	pcs := string(b[20:24])
	if pcs != "XYZ " && pcs != "Lab " {
		return nil, errICC
	}
	tags := iccTags(b)
	if t, ok := tags["A2B0"]; ok {
		l, err := parseLUT(t, p.channels, pcs == "Lab ")
		if err == nil {
			p.lut = l
			return p, nil
		}
	}
	switch p.channels {
	case 1:
		c, _, err := parseCurve(tags["kTRC"])
		p.trc = [3]curve{c, c, c}
		return p, err
	case 3:
		for i, name := range []string{"r", "g", "b"} {
			c, _, err := parseCurve(tags[name+"TRC"])
			if err != nil {
				return nil, err
			}
			x := tags[name+"XYZ"]
			if len(x) < 20 || string(x[:4]) != "XYZ " {
				return nil, errICC
			}
			p.trc[i] = c
			for k := range 3 {
				p.toXYZ[3*k+i] = fixed(x[8+4*k:])
			}
		}
		return p, nil
	}
	return nil, errICC
}

// iccTags cuts the tagged elements out of a profile.
func iccTags(b []byte) map[string][]byte {
	tags := map[string][]byte{}
	for i := range min(be32(b[128:]), 128) {
		at := 132 + 12*i
		if at+12 > len(b) {
			break
		}
		from, size := be32(b[at+4:]), be32(b[at+8:])
		if from <= len(b) && size <= len(b)-from && size >= 8 {
			tags[string(b[at:at+4])] = b[from : from+size]
		}
	}
	return tags
}

// parseCurve reads a curv or para element and says how many bytes it takes.
func parseCurve(b []byte) (c curve, size int, err error) {
	if len(b) < 12 {
		return c, 0, errICC
	}
	switch string(b[:4]) {
	case "curv":
		n := be32(b[8:])
		switch {
		case n < 0 || n > 1<<16 || 12+2*n > len(b):
			return c, 0, errICC
		case n == 1:
			c.gamma = float64(be16(b[12:])) / 256
		case n > 1:
			c.table = make([]float64, n)
			for i := range c.table {
				c.table[i] = sample(b[12+2*i:])
			}
		}
		return c, 12 + 2*n, nil
	case "para":
		kind := be16(b[8:])
		counts := []int{1, 3, 4, 5, 7}
		if kind >= len(counts) || 12+4*counts[kind] > len(b) {
			return c, 0, errICC
		}
		var v [7]float64
		for i := range counts[kind] {
			v[i] = fixed(b[12+4*i:])
		}
		c.para = parametric(kind, v)
		return c, 12 + 4*counts[kind], nil
	}
	return c, 0, errICC
}

// parametric brings the five kinds of the standard to the most general one.
func parametric(kind int, v [7]float64) *[7]float64 {
	g, a, b, cc := v[0], v[1], v[2], v[3]
	low := math.Inf(-1)
	switch kind {
	case 0:
		return &[7]float64{g, 1, 0, 0, low, 0, 0}
	case 1: // 0 below -b/a
		return &[7]float64{g, a, b, 0, edge(a, b), 0, 0}
	case 2: // c below -b/a
		return &[7]float64{g, a, b, 0, edge(a, b), cc, cc}
	case 3:
		return &[7]float64{g, a, b, cc, v[4], 0, 0}
	}
	return &v
}

func edge(a, b float64) float64 {
	if a == 0 {
		return math.Inf(-1)
	}
	return -b / a
}
