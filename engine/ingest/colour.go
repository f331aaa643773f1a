package ingest

import "math"

// colourTag is what a file declares about its colours; several may be there and the first in this order counts.
type colourTag struct {
	cicp   *cicp // code points of ITU-T H.273
	icc    []byte
	known  *profile
	srgb   bool
	gamma  float64    // encoding exponent of PNG, as 0.45455; 0 when absent
	chroma [8]float64 // white, red, green, blue as x, y; zeros when absent
}

// cicp names primaries, transfer curve and matrix by number.
type cicp struct {
	primaries, transfer, matrix int
	full                        bool
}

const noteNoProfile = "The file's colour profile could not be used; its colours were taken as sRGB."

// profile returns the conversion that the tag asks for; nil means that the samples are sRGB already.
func (t colourTag) profile(channels int) (p *profile, note string) {
	switch {
	case t.cicp != nil && channels == 3:
		p, note = t.cicp.profile()
	case t.icc != nil:
		var err error
		if p, err = parseICC(t.icc); err != nil {
			return nil, noteNoProfile
		}
		if p.channels != channels {
			return t.otherChannels(p, channels)
		}
	case t.known != nil:
		p = t.known
	case t.srgb || channels == 4:
		return nil, ""
	case t.gamma > 0 || t.chroma != [8]float64{}:
		p = t.pngProfile(channels)
	}
	if p == nil || p.isSRGB() {
		return nil, note
	}
	return p, note
}

// otherChannels settles a profile made for another number of channels. A gray picture with a colour profile is
// common and harmless; gray with alpha arrives as colour and takes its gray curve three times; anything else is a
// mistake.
func (t colourTag) otherChannels(p *profile, channels int) (*profile, string) {
	switch {
	case channels == 1:
		return nil, ""
	case channels == 3 && p.channels == 1 && p.lut == nil:
		m, _ := primaries(chromaSRGB)
		if p = (&profile{channels: 3, trc: p.trc, toXYZ: m}); p.isSRGB() {
			return nil, ""
		}
		return p, ""
	}
	return nil, noteNoProfile
}

// pngProfile is PNG's gAMA and cHRM. An exponent within 5 % of the usual one is the usual one.
func (t colourTag) pngProfile(channels int) *profile {
	c := srgbCurve()
	if t.gamma > 0.05 && t.gamma < 5 && math.Abs(t.gamma/0.45455-1) > 0.05 {
		c = curve{gamma: 1 / t.gamma}
	}
	if channels == 1 {
		return &profile{channels: 1, trc: [3]curve{c, c, c}}
	}
	ch := t.chroma
	if ch == [8]float64{} {
		ch = chromaSRGB
	}
	m, ok := primaries(ch)
	if !ok {
		return nil
	}
	return &profile{channels: 3, trc: [3]curve{c, c, c}, toXYZ: m}
}

var (
	chromaSRGB    = [8]float64{0.3127, 0.3290, 0.640, 0.330, 0.300, 0.600, 0.150, 0.060}
	chromaP3      = [8]float64{0.3127, 0.3290, 0.680, 0.320, 0.265, 0.690, 0.150, 0.060}
	chromaRec2020 = [8]float64{0.3127, 0.3290, 0.708, 0.292, 0.170, 0.797, 0.131, 0.046}
	chromaAdobe   = [8]float64{0.3127, 0.3290, 0.640, 0.330, 0.210, 0.710, 0.150, 0.060}
)

// adobeRGB is what cameras mean by the interoperability mark "R03".
func adobeRGB() *profile {
	m, _ := primaries(chromaAdobe)
	c := curve{gamma: 563.0 / 256}
	return &profile{channels: 3, trc: [3]curve{c, c, c}, toXYZ: m}
}

// profile knows the spaces that phones and cameras write. For brightness beyond a screen's there is a plain
// roll-off, and a note.
func (c *cicp) profile() (*profile, string) {
	ch, note := chromaSRGB, ""
	switch c.primaries {
	case 9:
		ch = chromaRec2020
	case 11, 12:
		ch = chromaP3
	}
	var t curve
	switch c.transfer {
	case 4:
		t = curve{gamma: 2.2}
	case 5:
		t = curve{gamma: 2.8}
	case 8:
		t = curve{gamma: 1}
	case 16:
		t, note = curve{table: hdrTable(pq)}, noteHDR
	case 18:
		t, note = curve{table: hdrTable(hlg)}, noteHDR
	default: // sRGB, and video curves, which screens show like it
		t = srgbCurve()
	}
	m, _ := primaries(ch)
	return &profile{channels: 3, trc: [3]curve{t, t, t}, toXYZ: m}, note
}

const noteHDR = "The photo is stored for very bright screens; its brightest parts were toned down."

// pq is SMPTE ST 2084: signal to light, where 1 is 203 cd/m², the white of a page (ITU-R BT.2408).
func pq(v float64) float64 {
	const m1, m2, c1, c2, c3 = 2610.0 / 16384, 2523.0 / 32, 3424.0 / 4096, 2413.0 / 128, 2392.0 / 128
	p := math.Pow(v, 1/m2)
	return 10000.0 / 203 * math.Pow(max(p-c1, 0)/(c2-c3*p), 1/m1)
}

// hlg is ARIB STD-B67: signal to light, where 1 is the light of signal 0.75.
func hlg(v float64) float64 {
	const a, b, c = 0.17883277, 0.28466892, 0.55991073
	if v <= 0.5 {
		return v * v / 3 / 0.265
	}
	return (math.Exp((v-c)/a) + b) / 12 / 0.265
}

// hdrTable samples a curve and rolls off what exceeds the white of a page.
func hdrTable(f func(float64) float64) []float64 {
	const knee = 0.75
	t := make([]float64, 4096)
	for i := range t {
		v := f(float64(i) / 4095)
		if v > knee {
			v = knee + (1-knee)*(1-math.Exp(-(v-knee)/(1-knee)))
		}
		t[i] = min(v, 1)
	}
	return t
}

// toLinearSRGB takes XYZ relative to D50, the profile connection space, to linear sRGB (Bradford adaptation).
var toLinearSRGB = [9]float64{
	3.1338561, -1.6168667, -0.4906146,
	-0.9787684, 1.9161415, 0.0334540,
	0.0719453, -0.2289914, 1.4052427,
}

var whiteD50 = [3]float64{0.9642, 1, 0.8249}

func mul3(a, b [9]float64) (c [9]float64) {
	for i := range 3 {
		for j := range 3 {
			c[3*i+j] = a[3*i]*b[j] + a[3*i+1]*b[3+j] + a[3*i+2]*b[6+j]
		}
	}
	return c
}

func mulV(m [9]float64, v [3]float64) [3]float64 {
	return [3]float64{
		m[0]*v[0] + m[1]*v[1] + m[2]*v[2],
		m[3]*v[0] + m[4]*v[1] + m[5]*v[2],
		m[6]*v[0] + m[7]*v[1] + m[8]*v[2],
	}
}

func invert3(m [9]float64) (inv [9]float64, ok bool) {
	c0, c1, c2 := m[4]*m[8]-m[5]*m[7], m[5]*m[6]-m[3]*m[8], m[3]*m[7]-m[4]*m[6]
	det := m[0]*c0 + m[1]*c1 + m[2]*c2
	if math.Abs(det) < 1e-9 || math.IsNaN(det) {
		return inv, false
	}
	return [9]float64{
		c0 / det, (m[2]*m[7] - m[1]*m[8]) / det, (m[1]*m[5] - m[2]*m[4]) / det,
		c1 / det, (m[0]*m[8] - m[2]*m[6]) / det, (m[2]*m[3] - m[0]*m[5]) / det,
		c2 / det, (m[1]*m[6] - m[0]*m[7]) / det, (m[0]*m[4] - m[1]*m[3]) / det,
	}, true
}

// primaries builds the matrix from linear RGB to XYZ under D50 (Bradford) from white, red, green and blue.
func primaries(ch [8]float64) (m [9]float64, ok bool) {
	xyz := func(i int) [3]float64 {
		y := max(ch[2*i+1], 1e-6)
		return [3]float64{ch[2*i] / y, 1, (1 - ch[2*i] - ch[2*i+1]) / y}
	}
	w, r, g, b := xyz(0), xyz(1), xyz(2), xyz(3)
	p := [9]float64{r[0], g[0], b[0], r[1], g[1], b[1], r[2], g[2], b[2]}
	inv, ok := invert3(p)
	if !ok {
		return m, false
	}
	s := mulV(inv, w)
	for i := range 9 {
		p[i] *= s[i%3]
	}
	bradford := [9]float64{0.8951, 0.2664, -0.1614, -0.7502, 1.7135, 0.0367, 0.0389, -0.0685, 1.0296}
	back, _ := invert3(bradford)
	from, to := mulV(bradford, w), mulV(bradford, whiteD50)
	scale := [9]float64{}
	for i := range 3 {
		if math.Abs(from[i]) < 1e-6 {
			return m, false
		}
		scale[4*i] = to[i] / from[i]
	}
	return mul3(back, mul3(scale, mul3(bradford, p))), true
}
