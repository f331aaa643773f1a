package matting

import (
	"os"
	"path/filepath"
	"testing"

	"easel/engine/face"
	"easel/engine/raster"
	"easel/internal/sitter"
)

// TestPairs holds the mean overlap with true outlines, of the half that constants were tuned on, where it was measured, less
// a margin for what other machines round. TestPairsReport measures both halves beside another program.
func TestPairs(t *testing.T) {
	t.Parallel()
	few := map[string]bool{"am09": true, "bs388016": true, "gc-teddy": true, "pf-penn87": true}
	var alone, boxed, stroked float64
	all := pairs(t, func(name string, _ bool) bool { return few[name] })
	for _, p := range all {
		alpha, confidence := Subject(t.Context(), p.photo, p.faces, 1)
		box := Segment(t.Context(), p.photo, Hints{Box: p.loose()}, 1)
		a, b := p.against(t.Context(), alpha).iou, p.against(t.Context(), box).iou
		t.Logf("%s: overlap unaided %.3f, confidence %.2f; with a box %.3f", p.name, a, confidence, b)
		alone, boxed = alone+a, boxed+b
		raster.Free(alpha, box)
		lines := p.stroked(t.Context(), Hints{Faces: p.faces}, nil)
		stroked += p.against(t.Context(), lines).iou
		lines.Free()
	}
	n := float64(len(all))
	t.Logf("mean overlap unaided %.3f, with a box %.3f, with two strokes alone %.3f", alone/n, boxed/n, stroked/n)
	if alone/n < leastAlone || boxed/n < leastBoxed || stroked/n < leastStroked {
		t.Errorf("mean overlap unaided %.3f, with a box %.3f, with two strokes alone %.3f; want %.2f, %.2f and %.2f",
			alone/n, boxed/n, stroked/n, leastAlone, leastBoxed, leastStroked)
	}
}

// What TestPairs wants, on average over its few pairs.
const (
	leastAlone   = 0.90
	leastBoxed   = 0.93
	leastStroked = 0.91
)

func BenchmarkSubject(b *testing.B) {
	for _, name := range []string{"people/obama.jpg", "pets/samoyed.jpg"} {
		b.Run(filepath.Base(name), func(b *testing.B) {
			path := filepath.Join(sitter.Photos(b), name)
			if _, err := os.Stat(path); err != nil {
				b.Skip(err)
			}
			small := readPhoto(b, path, 4000)
			k := float32(1)
			for k*k*float32(small.W()*small.H()) < 2e6 {
				k += 0.01
			}
			c := raster.ResizeRGB(b.Context(), small, int(k*float32(small.W())), int(k*float32(small.H())))
			faces := face.Find(b.Context(), raster.Luma(b.Context(), c))
			b.ReportAllocs()
			for b.Loop() {
				alpha, _ := Subject(b.Context(), c, faces, 1)
				alpha.Free()
			}
		})
	}
}
