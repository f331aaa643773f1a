package matting

import (
	"context"
	"fmt"
	"image"
	"math"
	"math/rand/v2"
	"sort"
	"strings"

	"easel/engine/face"
	"easel/engine/raster"
)

// bends are changes of a photo that leave its subject where a person would see it.
var bends = [...]string{"as it is", "mirrored", "cropped", "darker", "smaller"}

// bent is a photo changed so, and the way back for a matte.
func bent(ctx context.Context, c raster.RGB, how string) (raster.RGB, func(*raster.Plane) *raster.Plane) {
	w, h := c.W(), c.H()
	each := func(change func(p *raster.Plane) *raster.Plane) raster.RGB {
		return raster.RGB{change(c[0]), change(c[1]), change(c[2])}
	}
	switch how {
	case "mirrored":
		return each(mirrored), mirrored
	case "cropped":
		x0, y0, x1, y1 := w*4/100, h*3/100, w*98/100, h*99/100
		return each(func(p *raster.Plane) *raster.Plane { return p.Crop(image.Rect(x0, y0, x1, y1)) }), func(p *raster.Plane) *raster.Plane {
			q := raster.New(w, h)
			for y := range p.H {
				copy(q.Row(y + y0)[x0:], p.Row(y))
			}
			return q
		}
	case "darker":
		return each(func(p *raster.Plane) *raster.Plane {
			q := p.Clone()
			for i := range q.P {
				q.P[i] *= 0.75
			}
			return q
		}), (*raster.Plane).Clone
	case "smaller":
		return raster.ResizeRGB(ctx, c, w*7/10, h*7/10), func(p *raster.Plane) *raster.Plane { return raster.Enlarge(ctx, p, w, h) }
	}
	return c.Clone(), (*raster.Plane).Clone
}

func mirrored(p *raster.Plane) *raster.Plane {
	q := raster.New(p.W, p.H)
	for y := range p.H {
		from, to := p.Row(y), q.Row(y)
		for x := range from {
			to[x] = from[p.W-1-x]
		}
	}
	return q
}

// guess is a cut that was made unaided: how sure it said it is, and how good it was.
type guess struct{ sure, iou float64 }

// good is the overlap from which a cut is one that a person would take.
const good = 0.8

// guesses cuts a pair in all its bends.
func (p *pair) guesses(ctx context.Context) []guess {
	var out []guess
	for _, how := range bends {
		c, back := bent(ctx, p.photo, how)
		luma := raster.Luma(ctx, c)
		alpha, sure := Subject(ctx, c, face.Find(ctx, luma), 1)
		whole := back(alpha)
		out = append(out, guess{float64(sure), p.against(ctx, whole).iou})
		raster.Free(luma, alpha, whole)
		c.Free()
	}
	return out
}

// area is the chance that a good cut says it is surer than a bad one: the area under the ROC curve. It is NaN where all
// are good or all bad.
func area(all []guess) float64 {
	hits, n := 0.0, 0.0
	for _, a := range all {
		for _, b := range all {
			if a.iou < good || b.iou >= good {
				continue
			}
			n++
			switch {
			case a.sure > b.sure:
				hits++
			case a.sure == b.sure:
				hits += 0.5
			}
		}
	}
	return hits / n
}

// interval is between what 95 of 100 draws of photos, with all their bends, have for the area.
func interval(photos [][]guess) (lo, hi float64) {
	r := rand.New(rand.NewPCG(1, 95))
	var areas []float64
	for range 2000 {
		var drawn []guess
		for range photos {
			drawn = append(drawn, photos[r.IntN(len(photos))]...)
		}
		if a := area(drawn); !math.IsNaN(a) {
			areas = append(areas, a)
		}
	}
	if len(areas) == 0 {
		return math.NaN(), math.NaN()
	}
	sort.Float64s(areas)
	return areas[len(areas)*25/1000], areas[len(areas)*975/1000]
}

// reliability is a table of what cuts say and how good they are, and the areas of the photos as they are and of all bends.
func reliability(name string, photos [][]guess) string {
	var b strings.Builder
	var plain, all []guess
	var first [][]guess
	for _, p := range photos {
		plain, all, first = append(plain, p[0]), append(all, p...), append(first, p[:1])
	}
	lo, hi := interval(first)
	l, h := interval(photos)
	fmt.Fprintf(&b, "\n%s: area %.2f (%.2f to %.2f) as they are, %.2f (%.2f to %.2f) with all bends\n\n", name, area(plain), lo, hi, area(all), l, h)
	b.WriteString("| says | cuts | mean said | mean overlap | overlap from 0.8 |\n|---|---|---|---|---|\n")
	for _, bin := range [][2]float64{{0, 0.4}, {0.4, 0.6}, {0.6, 0.75}, {0.75, 0.9}, {0.9, 1.01}} {
		var n, said, iou, hits float64
		for _, g := range all {
			if g.sure >= bin[0] && g.sure < bin[1] {
				n, said, iou = n+1, said+g.sure, iou+g.iou
				if g.iou >= good {
					hits++
				}
			}
		}
		if n > 0 {
			fmt.Fprintf(&b, "| %.2f to %.2f | %.0f | %.2f | %.2f | %.0f %% |\n", bin[0], min(bin[1], 1), n, said/n, iou/n, 100*hits/n)
		}
	}
	return b.String()
}
