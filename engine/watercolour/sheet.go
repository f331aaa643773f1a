package watercolour

import (
	"context"
	"image"

	"easel/engine/paper"
	"easel/engine/raster"
	"easel/engine/stroke"
)

// washSteps is how often the progress of the washes is told.
const washSteps = 8

// sheet is the paper under the brush: the final picture, drawn row by row from the study.
type sheet struct {
	*study
	lens  *lens
	w, h  int
	scale float32
	inks  *inks
	out   *image.NRGBA

	height *raster.Plane // of the paper
	lead   *raster.Plane // density of the pencil drawing
}

// rows is the scratch of one goroutine: one value for each column.
type rows struct {
	level, edge            [3][]float32 // the row above, this one, the one below
	warpX, warpY           []float32
	matte, spread, page    []float32
	look, wet, bleed, body []float32
	second                 []float32
	hue, wetHue, splash    [3][]float32
	line                   []float32
}

func (t *sheet) newRows() *rows {
	r := &rows{line: make([]float32, t.p.W)}
	for _, row := range []*[]float32{
		&r.level[0], &r.level[1], &r.level[2], &r.edge[0], &r.edge[1], &r.edge[2], &r.warpX, &r.warpY, &r.matte,
		&r.spread, &r.page, &r.look, &r.wet, &r.bleed, &r.body, &r.second, &r.hue[0], &r.hue[1],
		&r.hue[2], &r.wetHue[0], &r.wetHue[1], &r.wetHue[2], &r.splash[0], &r.splash[1], &r.splash[2],
	} {
		*row = make([]float32, t.w)
	}
	return r
}

// paint draws the sheet at the size asked for.
func (s *study) paint(ctx context.Context, o Options) *image.NRGBA {
	scale := o.scale()
	w, h := int(float32(s.p.W)*scale+0.5), int(float32(s.p.H)*scale+0.5)
	t := &sheet{study: s, lens: newLens(w, s.p.W, scale), w: w, h: h, scale: scale, inks: newInks()}
	t.out = image.NewNRGBA(image.Rect(0, 0, w, h))
	o.report("Drawing with pencil", 0.7)
	t.height = paper.Height(ctx, w, h, paper.ColdPress, s.k*grainScale(scale), s.seed)
	t.lead = stroke.Replay(ctx, &s.lines, t.height, scale, stroke.Lead{Smooth: 0.15})
	defer raster.Free(t.height, t.lead)
	for i := range washSteps {
		o.report("Laying the washes", 0.75+0.25*float64(i)/washSteps)
		top, bottom := h*i/washSteps, h*(i+1)/washSteps
		raster.RowsWith(ctx, bottom-top, t.newRows, func(r *rows, a, b int) { t.band(r, top+a, top+b) })
	}
	return t.out
}

// grainScale is how much coarser, in pixels, the paper of a larger sheet is: less than the picture grows, since a
// larger sheet is not coarser paper.
func grainScale(scale float32) float32 { return 1 + 0.45*(scale-1) }

// band draws rows y0 to y1.
func (t *sheet) band(r *rows, y0, y1 int) {
	for i := range 2 {
		t.fieldRow(r, i+1, y0-1+i)
	}
	for y := y0; y < y1; y++ {
		r.level[0], r.level[1], r.level[2] = r.level[1], r.level[2], r.level[0]
		r.edge[0], r.edge[1], r.edge[2] = r.edge[1], r.edge[2], r.edge[0]
		t.fieldRow(r, 2, y+1)
		t.read(r, y)
		t.splashes(r, y)
		t.wash(r, y)
	}
}

// fieldRow fills slot i with row y of the two fields whose contours are drawn: the level under a straying brush, and
// the edge of the wash.
func (t *sheet) fieldRow(r *rows, i, y int) {
	t.lens.row(r.warpX, t.warpX, 4, y, r.line)
	t.lens.row(r.warpY, t.warpY, 4, y, r.line)
	level, py := r.level[i], t.lens.plan(y)
	for x := range level {
		level[x] = t.level.Sample(t.lens.plan(x)+r.warpX[x], py+r.warpY[x])
	}
	t.lens.row(r.matte, t.outline, 2, y, r.line)
	t.lens.row(r.spread, t.spread, 4, y, r.line)
	t.lens.row(r.page, t.page, 4, y, r.line)
	edge := r.edge[i]
	for x := range edge {
		edge[x] = min(1.25*(1-t.trust*(1-r.matte[x]))+r.spread[x], r.page[x])
	}
}

// read fetches what the wash needs besides.
func (t *sheet) read(r *rows, y int) {
	for c := range r.hue {
		t.lens.row(r.hue[c], t.hue[c], 2, y, r.line)
		t.lens.row(r.wetHue[c], t.wetHue[c], 4, y, r.line)
		clear(r.splash[c])
	}
	t.lens.row(r.page, t.page, 4, y, r.line)
	t.lens.row(r.look, t.look, 2, y, r.line)
	t.lens.row(r.wet, t.wet, 4, y, r.line)
	t.lens.row(r.bleed, t.bleed, 4, y, r.line)
	t.lens.row(r.body, t.body, 4, y, r.line)
	t.lens.row(r.second, t.second, 4, y, r.line)
}
