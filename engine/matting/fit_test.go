package matting

import (
	"bufio"
	"context"
	"fmt"
	"image"
	"os"
	"testing"

	"easel/engine/face"
	"easel/engine/raster"
)

// variant is the pair in another frame: each side is moved in towards the subject by chance. The first is the pair itself.
// All are at most 480 pixels long.
func (p *pair) variant(ctx context.Context, n int) *pair {
	r := raster.Rand(uint64(n), p.name, 0)
	box, w, h := around(p.truth, 0), p.truth.W, p.truth.H
	frame := image.Rect(0, 0, w, h)
	if n > 0 {
		in := func(room int) int { return int(0.8 * r.Float64() * float64(room)) }
		frame = image.Rect(in(box.Min.X), in(box.Min.Y), w-in(w-box.Max.X), h-in(h-box.Max.Y))
	}
	q := &pair{name: p.name, tuned: p.tuned, soft: p.soft}
	cw, ch := fit(frame.Dx(), frame.Dy(), 480)
	whole := cropped(p.photo, frame, 1)
	defer whole.Free()
	q.photo = raster.ResizeRGB(ctx, whole, cw, ch)
	part := piece(p.truth, frame.Min.X, frame.Min.Y, frame.Max.X, frame.Max.Y)
	defer part.Free()
	q.truth, q.skip = raster.New(cw, ch), make([]bool, cw*ch)
	for i := range q.truth.P {
		x, y := i%cw*part.W/cw, i/cw*part.H/ch
		q.truth.P[i] = part.P[y*part.W+x]
		q.skip[i] = p.skip[(y+frame.Min.Y)*w+x+frame.Min.X]
	}
	luma := raster.Luma(ctx, q.photo)
	q.faces = face.Find(ctx, luma)
	luma.Free()
	return q
}

// TestGatherSigns writes what is known of every place that was looked at, and its overlap with the truth, one a line:
// EASEL_SIGNS=file. TestFitWorth fits the constants of worth.go to it.
func TestGatherSigns(t *testing.T) {
	path := os.Getenv("EASEL_SIGNS")
	if path == "" {
		t.Skip("set EASEL_SIGNS to a file to gather what the worth of a cut is fitted to")
	}
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	out := bufio.NewWriter(f)
	ctx := t.Context()
	for _, p := range pairs(t, func(string, bool) bool { return true }) {
		for n := range map[bool]int{true: 4, false: 2}[p.tuned] {
			q := p.variant(ctx, n)
			v := newView(ctx, q.photo, searchSide)
			for _, s := range v.scout(ctx, q.photo, q.photo.W(), q.photo.H(), 1) {
				mask := raster.New(q.photo.W(), q.photo.H())
				small := raster.New(s.look.small.w, s.look.small.h)
				for i, in := range s.look.cut.in {
					if in {
						small.P[i] = 1
					}
				}
				big := raster.Enlarge(ctx, small, s.look.near.Dx(), s.look.near.Dy())
				for y := range big.H {
					copy(mask.Row(y + s.look.near.Min.Y)[s.look.near.Min.X:], big.Row(y))
				}
				fmt.Fprint(out, p.name, " ", n, " ", p.tuned, " ", len(plausible(q.faces)), " ", q.against(ctx, mask).iou)
				for _, x := range s.signs {
					fmt.Fprintf(out, " %.4f", x)
				}
				fmt.Fprintln(out)
				raster.Free(mask, small, big)
				s.look.free()
			}
			v.free()
			q.photo.Free()
		}
		out.Flush()
	}
}

func BenchmarkScout(b *testing.B) {
	p := pairs(b, func(name string, _ bool) bool { return name == "dv-parkour" })[0].variant(b.Context(), 0)
	v := newView(b.Context(), p.photo, searchSide)
	for b.Loop() {
		release(v.scout(b.Context(), p.photo, p.photo.W(), p.photo.H(), 1))
	}
}
