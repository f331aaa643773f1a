package watercolour

import "easel/engine/raster"

// layers is the number of glazes over the first tone.
const layers = 5

// glazes are the steps in which a wash is built up: from at[i] on the body is tone[i+1] instead of tone[i].
type glazes struct {
	at   [layers]float32
	tone [layers + 1]float32
}

var (
	evenStart = [layers]float32{0.16, 0.42, 0.85, 1.5, 2.3}   // absorbances of an even picture
	bodyShare = [layers]float32{0.14, 0.38, 0.62, 0.82, 0.94} // of the subject lies below each
	faceShare = [2*layers + 1]float32{0.04, 0.14, 0.27, 0.42, 0.55, 0.68, 0.77, 0.86, 0.91, 0.95, 0.98}
)

// bodyGlazes begins with white paper and takes its steps half from habit, half from the subject's own tones.
func (s *study) bodyGlazes() (g glazes) {
	for i, found := range s.level.Percentiles(s.p.Matte, bodyShare[:]...) {
		g.at[i] = 0.6*evenStart[i] + 0.4*raster.Clamp(found, 0.6*evenStart[i], 1.5*evenStart[i])
	}
	for i := 1; i < layers; i++ {
		g.tone[i] = (g.at[i-1] + g.at[i]) / 2
	}
	g.tone[layers] = 1.3 * g.at[layers-1]
	return g
}

// faceGlazes divides a face into tones of its own, so that dark and fair skin, flat and side light are modelled alike.
func (s *study) faceGlazes(level *raster.Plane) (g glazes) {
	const inner = 0.3 // less important than a face's skin by this: hair, and what is behind, have tones of their own
	look := s.p.Importance.Clone()
	defer look.Free()
	for i, m := range s.p.Matte.P {
		look.P[i] = (look.P[i] - inner) * m
	}
	for i, v := range level.Percentiles(look, faceShare[:]...) {
		if i%2 == 0 {
			g.tone[i/2] = v
		} else {
			g.at[i/2] = v
		}
	}
	// A hard light or a beard would cut the face into flat pieces.
	s.bold *= raster.Smoothstep(1.6, 0.9, g.at[2]-g.at[0])
	return g
}

// glaze lays the layers of wash at a place with the given absorbance. Where the form has an edge the layer ends hard,
// with a bead of pigment along it; where the form turns it ends soft. The distance to a layer's contour is taken from
// the field's slope, so edges are as crisp as the sheet allows at every size.
func (t *sheet) glaze(level, steep, grain, look float32) (body, bead float32) {
	hard := max(raster.Smoothstep(0.010, 0.045, steep), (0.30+0.35*t.bold)*look)
	slope := max(steep, 0.004)
	pixel := 0.8 * steep / (t.scale * t.k) // an edge is never harder than the sheet's pixels
	tooth := 0.10 * (grain - 0.5) * (1 - 0.8*look)
	near := raster.Smoothstep(0.25, 0.65, look)
	if darkest := t.faceTones.tone[layers]; level > darkest {
		near *= raster.Smoothstep(1.4*darkest, darkest, level) // darker than anything in a face is not the face
	}
	body = t.bodyTones.tone[0] + near*(t.faceTones.tone[0]-t.bodyTones.tone[0])
	last := body
	for i := range layers {
		at := t.bodyTones.at[i] + near*(t.faceTones.at[i]-t.bodyTones.at[i])
		tone := t.bodyTones.tone[i+1] + near*(t.faceTones.tone[i+1]-t.bodyTones.tone[i+1])
		step := tone - last
		last = tone
		d := level - at*(1-tooth)
		soft := at*(0.07+0.50*(1-hard))*(1-0.6*near) + 0.02 + pixel
		if d <= -soft {
			break // the deeper layers begin further away than they are softer
		}
		if d >= soft {
			body += step
		} else {
			body += step * raster.Smoothstep(-soft, soft, d)
		}
		if d > 0 && hard > 0 {
			bead += step * hard * (0.55*ridge(d, 2.6*slope) + 0.28*ridge(d, 8*slope))
		}
	}
	return body, bead
}

// ridge falls from 1 at the contour to 0 at the reach.
func ridge(d, reach float32) float32 {
	if d >= reach {
		return 0
	}
	u := 1 - d/reach
	return u * u
}
