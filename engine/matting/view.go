package matting

import (
	"context"
	"math"
	"sync"

	"easel/engine/graphcut"
	"easel/engine/raster"
)

// unit is the graph's whole number for a cost of 1.
const unit = 1000

// positionWeight scales x and y over the long side against OKLab, where a prior knows the subject's place.
const positionWeight = 0.30

// view is the small copy of the photo on which the subject is cut, with what every cut over it shares.
type view struct {
	w, h  int
	rgb   raster.RGB // as the photo
	lab   raster.RGB // L, 2a, 2b
	pixel []feature  // the same, interleaved, with the position
	edges [][4]int32 // cost of a cut towards east, south, south-east and south-west

	mu       sync.Mutex
	networks []*network // that cuts of the view have left
}

// newView shrinks c so that its long side is at most long pixels.
func newView(ctx context.Context, c raster.RGB, long int) *view {
	w, h := fit(c.W(), c.H(), long)
	var small raster.RGB
	if w != c.W() || h != c.H() {
		small = raster.ResizeRGB(ctx, c, w, h)
	} else {
		small = c.Clone()
	}
	v := &view{w: w, h: h, rgb: small, lab: small.Lab(ctx), pixel: make([]feature, w*h), edges: make([][4]int32, w*h)}
	s := positionWeight / float32(max(w, h))
	for i := range v.pixel {
		v.lab[1].P[i] *= 2
		v.lab[2].P[i] *= 2
		v.pixel[i] = feature{v.lab[0].P[i], v.lab[1].P[i], v.lab[2].P[i], s * float32(i%w), s * float32(i/w)}
	}
	v.weigh()
	return v
}

// fit is the size of a w×h picture whose long side is at most long.
func fit(w, h, long int) (int, int) {
	m := max(w, h)
	if m <= long {
		return w, h
	}
	return max(1, (w*long+m/2)/m), max(1, (h*long+m/2)/m)
}

// free hands the planes back.
func (v *view) free() {
	v.rgb.Free()
	v.lab.Free()
}

// evenPair is the cost of parting two neighbours side by side of the same colour.
const evenPair = 0.5 * (0.6 + 22)

// steps are the neighbours in the order of view.edges, with the graph's direction.
var steps = [4]struct{ dx, dy, d int }{{1, 0, graphcut.East}, {0, 1, graphcut.South}, {1, 1, graphcut.SouthEast}, {-1, 1, graphcut.SouthWest}}

// weigh sets the cost of parting neighbours: high where their colours agree (Boykov and Jolly 2001), against the mean
// contrast of the picture.
func (v *view) weigh() {
	contrast := make([][4]float32, len(v.pixel))
	total, n := 0.0, 0
	for y := range v.h {
		for x := range v.w {
			i := y*v.w + x
			a := &v.pixel[i]
			for k, s := range steps {
				if nx, ny := x+s.dx, y+s.dy; nx < 0 || nx >= v.w || ny >= v.h {
					contrast[i][k] = -1
					continue
				}
				b := &v.pixel[i+s.dy*v.w+s.dx]
				x, y, z := a[0]-b[0], a[1]-b[1], a[2]-b[2]
				d := float32(x*x) + float32(y*y) + float32(z*z)
				contrast[i][k] = d
				total += float64(d)
				n++
			}
		}
	}
	beta := float64(n) / (2*total + 1e-6)
	for i := range contrast {
		for k, d := range contrast[i] {
			if d < 0 {
				continue
			}
			c := 0.5 * (0.6 + 22*math.Exp(-beta*float64(d)))
			if k >= 2 {
				c *= math.Sqrt2 / 2
			}
			v.edges[i][k] = int32(unit * c)
		}
	}
}

// pairs visits every pair of neighbours once: pixel i and its neighbour j in step k.
func (v *view) pairs(visit func(i, j, k int)) {
	for y := range v.h {
		for x := range v.w {
			for k, s := range steps {
				if nx, ny := x+s.dx, y+s.dy; nx >= 0 && nx < v.w && ny < v.h {
					visit(y*v.w+x, ny*v.w+nx, k)
				}
			}
		}
	}
}
