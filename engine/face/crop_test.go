package face

import (
	"image"
	"math"
	"testing"
)

func TestCrop(t *testing.T) {
	t.Parallel()
	middle := Face{X: 500, Y: 300, Size: 120}
	for _, c := range []struct {
		name   string
		w, h   int
		faces  []Face
		aspect float64
		want   image.Rectangle // zero: only the rules are checked
	}{
		{"no face", 1000, 600, nil, 0.8, image.Rect(260, 0, 740, 600)},
		{"no face, no aspect", 1000, 600, nil, 0, image.Rect(0, 0, 1000, 600)},
		{"head and shoulders", 1000, 900, []Face{middle}, 0.8, image.Rect(346, 150, 653, 534)},
		{"near the top", 1000, 900, []Face{{X: 500, Y: 70, Size: 120}}, 0.8, image.Rectangle{}},
		{"at the left", 1000, 900, []Face{{X: 40, Y: 300, Size: 120}}, 0.8, image.Rectangle{}},
		{"close-up", 400, 500, []Face{{X: 200, Y: 260, Size: 330}}, 0.8, image.Rect(0, 0, 400, 500)},
		{"wide", 1000, 900, []Face{middle}, 16.0 / 9, image.Rectangle{}},
		{"two people", 1000, 900, []Face{middle, {X: 760, Y: 320, Size: 110}, {X: 60, Y: 60, Size: 30}}, 0.8, image.Rectangle{}},
		{"too flat", 1000, 130, []Face{{X: 500, Y: 65, Size: 100}}, 0.8, image.Rectangle{}},
		{"tall aspect in a flat picture", 300, 200, []Face{{X: 150, Y: 100, Size: 150}}, 0.5, image.Rectangle{}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got := Crop(c.w, c.h, c.faces, c.aspect)
			picture := image.Rect(0, 0, c.w, c.h)
			if got.Empty() || !got.In(picture) {
				t.Fatalf("%v is not inside %v", got, picture)
			}
			if c.want != (image.Rectangle{}) && got != c.want {
				t.Errorf("%v, want %v", got, c.want)
			}
			for i, f := range c.faces {
				if f.Size < companion*c.faces[0].Size {
					continue
				}
				r := image.Rect(int(f.X-f.Size/2), int(f.Y-f.Size/2), int(f.X+f.Size/2), int(f.Y+f.Size/2)).Intersect(picture)
				if !r.In(got) {
					t.Errorf("face %d at %v is not inside %v", i, r, got)
				}
				if got.Min.Y > max(0, int(f.Y-0.6*f.Size)) {
					t.Errorf("no air above face %d in %v", i, got)
				}
			}
			if c.aspect > 0 && len(c.faces) < 2 && c.h > 150 && c.aspect != 0.5 {
				if a := float64(got.Dx()) / float64(got.Dy()); math.Abs(a/c.aspect-1) > 0.02 {
					t.Errorf("aspect %.3f, want %.3f", a, c.aspect)
				}
			}
		})
	}
}
