package watercolour

import (
	"math"

	"easel/engine/raster"
)

// splashes adds the drops, back-runs and eye lights that row y crosses.
func (t *sheet) splashes(r *rows, y int) {
	py := t.lens.plan(y)
	for i := range t.drops {
		d := &t.drops[i]
		reach := 1.6 * d.r
		if py < d.y-reach || py > d.y+reach {
			continue
		}
		x0, x1 := t.span(d.x, reach)
		for x := x0; x < x1; x++ {
			px := t.lens.plan(x)
			wobble := raster.FBMAt(px, py, 1.5*d.r, 2, d.seed) - 0.5
			in := 1 - hypot(px-d.x, py-d.y)/d.r + 0.9*wobble // 0 on the outline
			pixel := 0.7 / (t.scale * d.r)
			cover := raster.Smoothstep(-pixel, pixel, in)
			if cover == 0 {
				continue
			}
			v := d.depth * cover * (0.75 + 0.55*ridge(in, 0.4))
			for c := range r.splash {
				r.splash[c][x] += v * d.hue[c]
			}
		}
	}
	for i := range t.blooms {
		t.backRun(r, &t.blooms[i], y)
	}
	for i := range t.pupils {
		t.darken(r, &t.pupils[i], y)
	}
	for _, e := range t.sparks {
		if math.Abs(float64(py-e.y)) > float64(1.5*e.r) {
			continue
		}
		x0, x1 := t.span(e.x, 1.5*e.r)
		for x := x0; x < x1; x++ {
			d := hypot(t.lens.plan(x)-e.x, py-e.y)
			r.body[x] *= raster.Smoothstep(0.7*e.r, 1.4*e.r, d)
		}
	}
}

// darken puts more pigment where an eye is dark.
func (t *sheet) darken(r *rows, e *pupil, y int) {
	const reach = 1.2
	py := t.lens.plan(y)
	if math.Abs(float64(py-e.y)) > float64(reach*e.r) {
		return
	}
	x0, x1 := t.span(e.x, reach*e.r)
	for x := x0; x < x1; x++ {
		in := raster.Smoothstep(reach, 0.6, hypot(t.lens.plan(x)-e.x, py-e.y)/e.r)
		r.body[x] *= 1 + e.deep*in*raster.Smoothstep(1.4, 2.4, r.level[1][x])
	}
}

// span is the range of sheet columns within reach of a plan position.
func (t *sheet) span(x, reach float32) (from, to int) {
	return max(0, int((x-reach)*t.scale)), min(t.w, int((x+reach)*t.scale)+2)
}

// backRun thins the wash inside a bloom and gathers pigment along its ragged rim.
func (t *sheet) backRun(r *rows, b *bloom, y int) {
	py := t.lens.plan(y)
	reach := 1.5 * b.r
	if py < b.y-reach || py > b.y+reach {
		return
	}
	x0, x1 := t.span(b.x, reach)
	for x := x0; x < x1; x++ {
		px := t.lens.plan(x)
		ragged := raster.FBMAt(px, py, 0.8*b.r, 5, b.seed) - 0.5
		in := 1 - hypot(px-b.x, py-b.y)/b.r + 1.4*ragged
		if in <= 0 {
			continue
		}
		calm := 1 - raster.Smoothstep(0.02, 0.2, r.look[x])
		r.body[x] *= 1 + calm*(0.40*ridge(in, 0.09)+0.12*ridge(in, 0.3)-0.24*raster.Smoothstep(0.02, 0.5, in))
	}
}
