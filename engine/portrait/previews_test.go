//go:build unix

package portrait_test

import (
	"image"
	"path"
	"syscall"
	"testing"
	"time"

	"easel/engine/mark"
	"easel/engine/plan"
	"easel/engine/portrait"
	"easel/engine/provenance"
	"easel/engine/raster"
	"easel/internal/sitter"
)

// BenchmarkPreviews makes the small previews of a photo as the studio does: one plan of it, from its pixels, and all four styles,
// reduced to 360 pixels, marked, and written as JPEG. "cpu-s/op" is the processor's time on all cores.
func BenchmarkPreviews(b *testing.B) {
	const side, pixels = 360, 300_000 // as in internal/generation
	for _, name := range []string{"pets/samoyed.jpg", "people/longhair-forest.jpg", "people/group-elders.jpg"} {
		photo := sitter.Photo(b, name)
		b.Run(path.Base(name), func(b *testing.B) {
			used := processorTime(b)
			for b.Loop() {
				p, err := plan.New(b.Context(), photo, plan.Options{MaxPixels: pixels})
				if err != nil {
					b.Fatal(err)
				}
				f := side / float64(max(p.W, p.H))
				for i, style := range portrait.Styles {
					img, err := portrait.Draw(b.Context(), p, style, portrait.Options{Full: image.Pt(p.W, p.H)})
					if err != nil {
						b.Fatal(err)
					}
					small := raster.ResizeNRGBA(b.Context(), img, int(float64(p.W)*f+0.5), int(float64(p.H)*f+0.5))
					marked, err := mark.Preview(b.Context(), small, uint64(i))
					if err != nil {
						b.Fatal(err)
					}
					if _, err := portrait.Encode(marked, portrait.JPEG, provenance.Mark{}, portrait.Paper{}); err != nil {
						b.Fatal(err)
					}
				}
				p.Free()
			}
			b.ReportMetric((processorTime(b)-used).Seconds()/float64(b.N), "cpu-s/op")
		})
	}
}

// processorTime is what the process has used so far, on all cores.
func processorTime(b *testing.B) time.Duration {
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		b.Fatal(err)
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}
