package matting

import (
	"context"
	"hash/fnv"
	"image"
	"math"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"testing"

	"easel/engine/face"
	"easel/engine/raster"
	"easel/internal/sitter"
)

// pair is a photo of the collection with the true outline of its main subject.
type pair struct {
	name, file string
	photo      raster.RGB
	faces      []face.Face
	truth      *raster.Plane // 0…1
	skip       []bool        // by pixel: the truth does not say
	soft       bool          // the truth knows parts of pixels
	unknown    []bool        // with soft: where a person who made the truth was not sure
	tuned      bool          // constants may be tuned on it
}

// pairs reads the pairs of the collection, ordered by name. A hash of the name says which may be tuned on.
func pairs(t testing.TB, keep func(name string, tuned bool) bool) []*pair {
	t.Helper()
	return pairsIn(t, filepath.Join(sitter.Photos(t), "pairs"), keep)
}

// pairsIn reads the pairs of a folder.
func pairsIn(t testing.TB, dir string, keep func(name string, tuned bool) bool) []*pair {
	t.Helper()
	files, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var found []*pair
	for _, f := range files {
		name := strings.TrimSuffix(f.Name(), filepath.Ext(f.Name()))
		if strings.Contains(name, "_") {
			continue
		}
		h := fnv.New32a()
		h.Write([]byte(name))
		if p := (&pair{name: name, file: filepath.Join(dir, f.Name()), tuned: h.Sum32()%2 == 0}); keep(name, p.tuned) {
			p.read(t, filepath.Join(dir, name))
			found = append(found, p)
		}
	}
	sort.Slice(found, func(i, j int) bool { return found[i].name < found[j].name })
	return found
}

// read fetches photo and truth. Of several people with a number each the first is the main one.
func (p *pair) read(t testing.TB, stem string) {
	t.Helper()
	p.photo = readPhoto(t, p.file, 1<<20)
	p.faces = face.Find(t.Context(), raster.Luma(t.Context(), p.photo))
	exists := func(tail string) bool { _, err := os.Stat(stem + tail); return err == nil }
	switch {
	case exists("_ids.png"):
		p.truth = readMask(t, stem+"_ids.png")
		for i, v := range p.truth.P {
			p.truth.P[i] = 0
			if v > 0.5/255 && v < 1.5/255 {
				p.truth.P[i] = 1
			}
		}
	case exists("_alpha.png"):
		p.truth, p.soft = readMask(t, stem+"_alpha.png"), true
	default:
		p.truth = readMask(t, stem+"_mask.png")
	}
	p.skip = make([]bool, len(p.truth.P))
	for i, v := range p.truth.P {
		p.skip[i] = !p.soft && v > 0.01 && v < 0.99
	}
	if exists("_trimap.png") {
		p.unknown = make([]bool, len(p.truth.P))
		for i, v := range readMask(t, stem+"_trimap.png").P {
			p.unknown[i] = v > 0.01 && v < 0.99
		}
	}
}

// score is how near a matte comes to the truth.
type score struct {
	iou      float64 // of what is more than half subject
	outline  float64 // F measure of outlines that may be two pixels apart; NaN where the truth's is too coarse
	sad      float64 // sum of the differences of soft mattes, in thousands of pixels; NaN without soft truth
	gradient float64 // sum of the squared differences of their gradients, likewise
}

// against scores a matte of the photo's size.
func (p *pair) against(ctx context.Context, alpha *raster.Plane) score {
	s := score{outline: math.NaN(), sad: math.NaN(), gradient: math.NaN()}
	both, either, skipped := 0, 0, 0
	a, b := raster.New(alpha.W, alpha.H), raster.New(alpha.W, alpha.H)
	defer raster.Free(a, b)
	for i, v := range p.truth.P {
		if p.skip[i] {
			skipped++
			continue
		}
		in, is := alpha.P[i] > 0.5, v > 0.5
		if in && is {
			both++
		}
		if in || is {
			either++
		}
		if in {
			a.P[i] = 1
		}
		if is {
			b.P[i] = 1
		}
	}
	s.iou = float64(both) / float64(max(either, 1))
	if skipped*50 < len(p.truth.P) {
		s.outline = outlines(ctx, a, b)
	}
	if p.soft {
		s.sad, s.gradient = p.softness(ctx, alpha, nil)
	}
	return s
}

// softness is the sum of the differences between mattes, and the squared difference of their gradients' lengths (Rhemann and
// others 2009), both in thousands, of the pixels in within or of all.
func (p *pair) softness(ctx context.Context, alpha *raster.Plane, within []bool) (sad, gradient float64) {
	const sigma = 1.4
	fa, fb := raster.Gaussian(ctx, alpha, sigma), raster.Gaussian(ctx, p.truth, sigma)
	defer raster.Free(fa, fb)
	steep := func(q *raster.Plane, x, y int) float64 {
		return math.Hypot(float64(q.At(x+1, y)-q.At(x-1, y)), float64(q.At(x, y+1)-q.At(x, y-1))) / 2
	}
	for i, v := range p.truth.P {
		if within != nil && !within[i] {
			continue
		}
		sad += math.Abs(float64(alpha.P[i] - v))
		d := steep(fa, i%alpha.W, i/alpha.W) - steep(fb, i%alpha.W, i/alpha.W)
		gradient += d * d
	}
	return sad / 1000, gradient / 1000
}

// outlines is the F measure of two masks' outlines within two pixels.
func outlines(ctx context.Context, a, b *raster.Plane) float64 {
	rim := func(p *raster.Plane) *raster.Plane {
		out := raster.New(p.W, p.H)
		for y := range p.H {
			for x := range p.W {
				v := p.At(x, y)
				if v > 0.5 && (p.At(x-1, y) < 0.5 || p.At(x+1, y) < 0.5 || p.At(x, y-1) < 0.5 || p.At(x, y+1) < 0.5) {
					out.P[y*p.W+x] = 1
				}
			}
		}
		return out
	}
	near := func(of, to *raster.Plane) float64 {
		away := raster.Distance(ctx, to)
		defer away.Free()
		hits, n := 0, 0
		for i, v := range of.P {
			if v > 0 {
				if n++; away.P[i] <= 2 {
					hits++
				}
			}
		}
		return float64(hits) / float64(max(n, 1))
	}
	ra, rb := rim(a), rim(b)
	defer raster.Free(ra, rb)
	precision, recall := near(ra, rb), near(rb, ra)
	return 2 * precision * recall / max(precision+recall, 1e-9)
}

// boxes are as many as are drawn around each subject.
var boxes = [...]string{" box", " second box", " third box"}

// loose is the first box.
func (p *pair) loose() image.Rectangle { return p.drawn(boxes[0]) }

// drawn is a box as a person draws it: each side lies 2 to 12 % of the subject's size beside it, by a hash of the name.
func (p *pair) drawn(which string) image.Rectangle {
	box := around(p.truth, 0)
	h := fnv.New64a()
	h.Write([]byte(p.name + which))
	bits := h.Sum64()
	out := func(size int) int {
		share := 0.02 + 0.10*float64(bits&0xff)/255
		bits >>= 8
		return max(2, int(share*float64(size)+0.5))
	}
	w, hgt := box.Dx(), box.Dy()
	r := image.Rect(box.Min.X-out(w), box.Min.Y-out(hgt), box.Max.X+out(w), box.Max.Y+out(hgt))
	return r.Intersect(image.Rect(0, 0, p.truth.W, p.truth.H))
}

// central is the middle of the frame, four fifths of each side.
func (p *pair) central() image.Rectangle {
	w, h := p.truth.W, p.truth.H
	return image.Rect(w/10, h/10, w-w/10, h-h/10)
}
