package matting

import (
	"os"
	"path/filepath"
	"testing"

	"easel/engine/face"
	"easel/engine/raster"
	"easel/internal/sitter"
)

// TestSubjectOnPairs holds the overlap with true masks where it was measured, less a margin for what other machines
// round, and the confidence to its word.
func TestSubjectOnPairs(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(sitter.Photos(t), "pairs")
	for _, test := range []struct {
		name  string
		truth string
		least float32 // overlap
		low   float32 // confidence
		high  float32
	}{
		{"am03.png", "am03_alpha.png", 0.85, 0.55, 1},
		{"am09.png", "am09_alpha.png", 0.90, 0.6, 1},
		{"am16.png", "am16_alpha.png", 0.75, 0.6, 1},
		{"bs388016.jpg", "bs388016_mask.png", 0.75, 0.6, 1},
		{"gc-teddy.jpg", "gc-teddy_mask.png", 0.94, 0.8, 1},
		{"lemur.png", "lemur_alpha.png", 0.95, 0.7, 1},
		{"ox-bombay.jpg", "ox-bombay_mask.png", 0.96, 0.8, 1},
		{"bs153077.jpg", "bs153077_mask.png", 0.70, 0, 1},
		{"dv-dog.jpg", "dv-dog_mask.png", 0.65, 0, 1},
		{"gc-llama.jpg", "gc-llama_mask.png", 0.75, 0, 1},
		{"pf-penn87.png", "pf-penn87_mask.png", 0, 0, 0.6},
		{"dv-goat.jpg", "dv-goat_mask.png", 0, 0, 0.6},
		{"dv-parkour.jpg", "dv-parkour_mask.png", 0, 0, 0.6},
		{"ox-shorthair103.jpg", "ox-shorthair103_mask.png", 0, 0, 0.62},
		{"ox-pyrenees177.jpg", "ox-pyrenees177_mask.png", 0, 0, 0.62},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			c := readPhoto(t, filepath.Join(dir, test.name), 1600)
			truth := readMask(t, filepath.Join(dir, test.truth))
			alpha, confidence := Subject(t.Context(), c, face.Find(t.Context(), raster.Luma(t.Context(), c)), 1)
			iou := overlap(alpha, truth, filepath.Ext(test.truth) == ".png" && test.truth[len(test.truth)-8:] == "mask.png")
			t.Logf("overlap %.3f, confidence %.2f", iou, confidence)
			if iou < test.least {
				t.Errorf("overlap %.3f, want %.2f", iou, test.least)
			}
			if confidence < test.low || confidence > test.high {
				t.Errorf("confidence %.2f, want %.2f…%.2f", confidence, test.low, test.high)
			}
		})
	}
}

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
