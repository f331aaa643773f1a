package inpaint

import (
	"context"
	"math"

	"easel/engine/graphcut"
	"easel/engine/patch"
	"easel/engine/raster"
)

// way is a step from a pixel of the hole to the pixel that it is copied from.
type way struct{ dx, dy int16 }

// mosaic says for every pixel of a hole which way its copy lies (the shift map of Pritch, Kav-Venaki and Peleg 2009; which
// ways are tried follows He and Sun 2012). Whole pieces are copied and only where they meet can anything be seen, so a
// filling is as sharp as the photo. The ways are those for which the pieces meet best, by graph cuts.
type mosaic struct {
	scene *scene
	at    []int32 // the hole's pixels
	slot  []int32 // by pixel: its place in at; −1 outside the hole
	open  []bool  // by pixel: may be copied
	way   []way   // by place

	// For choosing:
	cost   []float32 // by place: what the pixel's way costs by itself
	next   []way     // by place: what is offered
	price  []float32 // and what that costs
	look   []float32 // by pixel, looks samples each: its colour, its slope, how rough it is there
	rim    []bool    // by place: something known is near
	odd    []float32 // by pixel: how little it is like anything else, 0…1
	guide  *patch.Pixels
	soft   *patch.Pixels // the picture as smooth as the guide
	net    *graphcut.Grid[graphcut.Four]
	x0, y0 int // the network's first pixel
}

const (
	looks   = 6
	rimSide = 2 // reach, in pixels, of what is known about a pixel of the hole
)

// What a mosaic costs, in squared differences of colour.
const (
	nowhere   = 60.0   // a copy of what may not be copied
	blind     = 0.3    // a seam beside which nothing is known
	parting   = 0.0004 // a seam where the pieces are alike
	guidance  = 0.03   // a colour that differs from the guide's, against a seam
	doubted   = 0.06   // from this difference on the guide is as likely wrong
	welcomes  = 3      // what is known about a pixel, against seams
	single    = 0.05   // a copy of what the photo has only once: as far away as it cannot go on, in parts of the shorter side,
	goesOn    = 0.15
	elsewhere = 0.35
	climbing  = 0.02 // a copy from as far above or below as the picture is high
	rough     = 4.0  // how much roughness does
	slopes    = 0.7  // how much slopes count beside colours
)

// newMosaic returns a mosaic whose ways are yet to be chosen.
func newMosaic(s *scene) *mosaic {
	m := &mosaic{scene: s, slot: make([]int32, len(s.hole)), open: make([]bool, len(s.hole))}
	w, h := s.W(), s.H()
	taken := func(i int) bool { return s.hole[i] || s.protected[i] }
	for i, hole := range s.hole {
		m.slot[i] = -1
		if hole {
			m.slot[i] = int32(len(m.at))
			m.at = append(m.at, int32(i))
		}
		// The outermost pixels about a hole or something protected are mixed with it and are not copied.
		x, y := i%w, i/w
		mixed := x > 0 && taken(i-1) || x < w-1 && taken(i+1) || y > 0 && taken(i-w) || y < h-1 && taken(i+w)
		m.open[i] = !taken(i) && !mixed
	}
	m.way = make([]way, len(m.at))
	return m
}

// prepare makes ready for choosing ways. The guide is a first idea of the filling, as large as the scene, or nil; odd, of any size or
// nil, says what the photo has only once.
func (m *mosaic) prepare(ctx context.Context, guide *patch.Pixels, odd *raster.Plane) {
	w := m.scene.W()
	x1, y1 := 0, 0
	m.x0, m.y0 = w, m.scene.H()
	for _, i := range m.at {
		x, y := int(i)%w, int(i)/w
		m.x0, m.y0, x1, y1 = min(m.x0, x), min(m.y0, y), max(x1, x+1), max(y1, y+1)
	}
	m.net = graphcut.New[graphcut.Four](max(0, x1-m.x0), max(0, y1-m.y0))
	n := len(m.at)
	m.next, m.cost, m.price = make([]way, n), make([]float32, n), make([]float32, n)
	m.see(ctx)
	m.findRim()
	m.notice(odd)
	if m.guide = guide; guide != nil {
		m.soft = m.scene.softened(ctx)
	}
	for k, v := range m.way {
		m.cost[k] = m.own(int32(k), v)
	}
}

// see notes what each pixel looks like.
func (m *mosaic) see(ctx context.Context) {
	s, w, h := m.scene, m.scene.W(), m.scene.H()
	m.look = make([]float32, looks*w*h)
	steep, known := raster.New(w, h), raster.New(w, h)
	defer raster.Free(steep, known)
	light := func(i int) float32 {
		return 0.2126*s.img.P[3*i] + 0.7152*s.img.P[3*i+1] + 0.0722*s.img.P[3*i+2]
	}
	taken := func(i int) bool { return s.hole[i] || s.protected[i] }
	rise := func(i int, before, after bool, step int) float32 { // of light, where one side may not be known
		a, b := i, i
		if before && !taken(i-step) {
			a = i - step
		}
		if after && !taken(i+step) {
			b = i + step
		}
		return (light(b) - light(a)) / float32(max(1, (b-a)/step))
	}
	raster.Rows(ctx, h, func(y0, y1 int) {
		for y := y0; y < y1; y++ {
			for x := range w {
				i := y*w + x
				at := m.look[looks*i : looks*i+looks]
				copy(at, s.img.P[3*i:3*i+3])
				if !taken(i) {
					dx, dy := rise(i, x > 0, x < w-1, 1), rise(i, y > 0, y < h-1, w)
					at[3], at[4] = slopes*dx, slopes*dy
					steep.P[i], known.P[i] = float32(math.Sqrt(float64(dx*dx+dy*dy))), 1
				}
			}
		}
	})
	m.feel(ctx, steep, known)
}

// feel notes how rough the picture is about each pixel. Two patches of one gravel differ twice as much as gravel and a smooth wall of
// its colour do, so without this smooth walls would be copied everywhere.
func (m *mosaic) feel(ctx context.Context, steep, known *raster.Plane) {
	const reach = 3
	mean, share := raster.Box(ctx, steep, reach), raster.Box(ctx, known, reach)
	for i := range m.open {
		m.look[looks*i+looks-1] = rough * mean.P[i] / max(share.P[i], 0.01)
	}
	raster.Free(mean, share)
}

func (m *mosaic) findRim() {
	m.rim = make([]bool, len(m.at))
	near := m.scene.near(rimSide) // known pixels
	w, h := m.scene.W(), m.scene.H()
	for k, i := range m.at {
		x, y := int(i)%w, int(i)/w
		for dy := max(-rimSide, -y); dy <= min(rimSide, h-1-y) && !m.rim[k]; dy++ {
			for dx := max(-rimSide, -x); dx <= min(rimSide, w-1-x); dx++ {
				if j := int(i) + dy*w + dx; near[j] && !m.scene.protected[j] {
					m.rim[k] = true
					break
				}
			}
		}
	}
}

// from is the pixel that lies a way from pixel i, or −1 where nothing may be copied.
func (m *mosaic) from(i int32, v way) int32 {
	w := int32(m.scene.W())
	x, y := i%w+int32(v.dx), i/w+int32(v.dy)
	if x < 0 || y < 0 || x >= w || y >= int32(m.scene.H()) {
		return -1
	}
	if j := y*w + x; m.open[j] {
		return j
	}
	return -1
}

// differ is how unlike two pixels are.
func (m *mosaic) differ(a, b int32) float32 {
	p, q := m.look[looks*a:looks*a+looks:looks*a+looks], m.look[looks*b:looks*b+looks:looks*b+looks]
	d0, d1, d2, d3, d4, d5 := p[0]-q[0], p[1]-q[1], p[2]-q[2], p[3]-q[3], p[4]-q[4], p[5]-q[5]
	return d0*d0 + d1*d1 + d2*d2 + d3*d3 + d4*d4 + d5*d5
}

// own is what a way costs a pixel by itself: it must lead to something, agree with what is known about the pixel, and with
// the guide.
func (m *mosaic) own(k int32, v way) float32 {
	i := m.at[k]
	j := m.from(i, v)
	if j < 0 {
		return nowhere
	}
	cost := climbing / float32(m.scene.H()) * float32(max(v.dy, -v.dy))
	if m.guide != nil {
		var d float32
		for c := range int32(3) {
			e := m.guide.P[3*i+c] - m.soft.P[3*j+c]
			d += e * e
		}
		cost += guidance * min(d, doubted)
	}
	if m.odd != nil && m.odd[j] > 0 {
		long := float32(math.Hypot(float64(v.dx), float64(v.dy))) / float32(min(m.scene.W(), m.scene.H()))
		cost += single * m.odd[j] * raster.Smoothstep(goesOn, elsewhere, long)
	}
	if m.rim[k] {
		cost += m.welcome(i, v)
	}
	return cost
}

// welcome is how unlike the known pixels about a pixel are to those about its copy. What is protected need not fit: it
// stands before the ground.
func (m *mosaic) welcome(i int32, v way) (cost float32) {
	s, w, h := m.scene, m.scene.W(), m.scene.H()
	x, y := int(i)%w, int(i)/w
	for qy := max(0, y-rimSide); qy <= min(h-1, y+rimSide); qy++ {
		for qx := max(0, x-rimSide); qx <= min(w-1, x+rimSide); qx++ {
			q := int32(qy*w + qx)
			if s.hole[q] || s.protected[q] {
				continue
			}
			if r := m.from(q, v); r >= 0 {
				cost += m.differ(q, r)
			} else {
				cost += blind / 4
			}
		}
	}
	return welcomes * cost / (2*rimSide + 1)
}

// seam is what it costs that two neighbours are copied from different ways: each should look as the other's way has it.
func (m *mosaic) seam(i, j int32, a, b way) float32 {
	if a == b {
		return 0
	}
	return parting + m.beside(i, a, b) + m.beside(j, a, b)
}

func (m *mosaic) beside(i int32, a, b way) float32 {
	p, q := m.from(i, a), m.from(i, b)
	if p < 0 || q < 0 {
		return blind
	}
	return m.differ(p, q)
}

// softened is the picture with each pixel the mean of what is known around it, as averaging patches makes it.
func (s *scene) softened(ctx context.Context) *patch.Pixels {
	w, h := s.W(), s.H()
	out := patch.NewPixels(w, h)
	raster.Rows(ctx, h, func(y0, y1 int) {
		for y := y0; y < y1; y++ {
			for x := range w {
				var sum [3]float32
				n := float32(0)
				for qy := max(0, y-1); qy <= min(h-1, y+1); qy++ {
					for qx := max(0, x-1); qx <= min(w-1, x+1); qx++ {
						if q := qy*w + qx; !s.hole[q] && !s.protected[q] {
							n++
							for c := range sum {
								sum[c] += s.img.P[3*q+c]
							}
						}
					}
				}
				for c := range sum {
					out.P[3*(y*w+x)+c] = sum[c] / max(n, 1)
				}
			}
		}
	})
	return out
}

// lay copies along the ways. Where a way leads nowhere the picture stays as it is.
func (m *mosaic) lay() {
	p := m.scene.img.P
	for k, i := range m.at {
		if j := m.from(i, m.way[k]); j >= 0 {
			copy(p[3*i:3*i+3], p[3*j:3*j+3])
		}
	}
}

// scaled is a way in a picture that is fx, fy times as large.
func (v way) scaled(fx, fy float64) way {
	return way{int16(math.Round(float64(v.dx) * fx)), int16(math.Round(float64(v.dy) * fy))}
}
