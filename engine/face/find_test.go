package face

import (
	"context"
	"math"
	"testing"

	"easel/engine/raster"
	"easel/internal/sitter"
)

func TestFindInPhotos(t *testing.T) {
	t.Parallel()
	if err := Ready(); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name        string
		least, most int
	}{
		{"people/astronaut.png", 1, 1},
		{"people/obama.jpg", 1, 1},
		{"people/passport-man.jpg", 1, 1},
		{"people/beard-dark.jpg", 1, 1},
		{"people/longhair-forest.jpg", 1, 1},
		{"people/group-elders.jpg", 5, 7},
		{"people/selfie-wide.jpg", 0, 9},
		{"people/hikers-teide.jpg", 0, 0},
		{"pets/bulldog-kitchen.jpg", 0, 0},
		{"pets/chelsea.png", 0, 0},
		{"pets/dog-bench.png", 0, 0},
		{"pets/dogs-archive.jpg", 0, 0},
		{"pets/samoyed.jpg", 0, 0},
		{"pets/shorthair-blue.jpg", 0, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			ctx := context.Background()
			rgb := photo(t, c.name, 800)
			luma := raster.Luma(ctx, rgb)
			faces := Find(ctx, luma)
			show(t, c.name, rgb, faces)
			for _, f := range faces {
				t.Logf("(%.0f, %.0f) S %.0f score %.1f eyes %v mouth %v tilt %.1f", f.X, f.Y, f.Size, f.Score, f.HasEyes, f.HasMouth, f.Tilt*57.3)
			}
			if len(faces) < c.least || len(faces) > c.most {
				t.Errorf("%d faces, want %d…%d", len(faces), c.least, c.most)
			}
		})
	}
}

// A group in which two of seven look aside, at sizes that photos are worked at.
func TestAGroupIsFoundAtAnySize(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	img := sitter.Photo(t, "people/group-elders.jpg")
	for _, wide := range []int{700, 1095} {
		c := raster.FromNRGBAAt(ctx, img, wide, wide*img.Rect.Dy()/img.Rect.Dx())
		if n := len(Find(ctx, raster.Luma(ctx, c))); n < 6 || n > 7 {
			t.Errorf("%d pixels wide: %d of 7 faces", wide, n)
		}
	}
}

func TestFindIsRepeatable(t *testing.T) {
	t.Parallel()
	luma := raster.Luma(context.Background(), raster.FromNRGBA(context.Background(), sitter.Sitting(t)))
	want := Find(raster.WithWorkers(context.Background(), 1), luma)
	for _, n := range []int{2, 16} {
		got := Find(raster.WithWorkers(context.Background(), n), luma)
		if len(got) != len(want) || len(got) == 0 || got[0] != want[0] {
			t.Fatalf("%d workers found %+v, one found %+v", n, got, want)
		}
	}
}

func TestFindLeaningFaces(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	luma := raster.Luma(ctx, photo(t, "people/obama.jpg", 600))
	upright := Find(ctx, luma)[0]
	for _, degrees := range []float64{-24, 12, 24} {
		angle := float32(degrees * math.Pi / 180)
		turned := raster.New(luma.W, luma.H)
		v := newView(float32(luma.W-1)/2, float32(luma.H-1)/2, -angle, 1, luma.W, luma.H)
		for y := range turned.H {
			for x := range turned.W {
				p := v.out(float32(x), float32(y))
				turned.P[y*turned.W+x] = luma.Sample(p.X, p.Y)
			}
		}
		faces := Find(ctx, turned)
		if len(faces) != 1 {
			t.Errorf("turned by %v degrees: %d faces", degrees, len(faces))
			continue
		}
		got := faces[0]
		x, y := v.in(Point{upright.X, upright.Y})
		if d := math.Hypot(float64(got.X-x), float64(got.Y-y)); d > 0.15*float64(upright.Size) {
			t.Errorf("turned by %v degrees: the face is off by %.0f pixels", degrees, d)
		}
		if d := math.Abs(float64(got.Tilt - upright.Tilt - angle)); d > 0.07 {
			t.Errorf("turned by %v degrees: tilt %.2f, was %.2f", degrees, got.Tilt, upright.Tilt)
		}
		ex, ey := v.in(upright.LeftEye)
		if d := math.Hypot(float64(got.LeftEye.X-ex), float64(got.LeftEye.Y-ey)); d > 0.05*float64(upright.Size) {
			t.Errorf("turned by %v degrees: the left pupil is off by %.1f pixels", degrees, d)
		}
	}
}

// Beside two who look into the camera a third who leans far is looked for; alone beside one it is not.
func TestInCompanyThoseWhoLeanAreFoundToo(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	one := raster.Luma(ctx, raster.FromNRGBA(ctx, sitter.Sitting(t)))
	half := raster.Resize(ctx, one, one.W/2, one.H/2)
	row := func(angles ...float32) *raster.Plane {
		out := raster.New(len(angles)*half.W, half.H)
		for i, angle := range angles {
			v := newView(float32(half.W-1)/2, float32(half.H-1)/2, -angle, 1, half.W, half.H)
			for y := range half.H {
				for x := range half.W {
					p := v.out(float32(x), float32(y))
					out.P[y*out.W+i*half.W+x] = half.Sample(p.X, p.Y)
				}
			}
		}
		return out
	}
	const far = 0.62
	if n := len(Find(ctx, row(0, far))); n != 1 {
		t.Errorf("one upright and one leaning: %d faces", n)
	}
	faces := Find(ctx, row(0, 0, far))
	if len(faces) != 3 {
		t.Fatalf("two upright and one leaning: %d faces", len(faces))
	}
	for _, f := range faces {
		if leaning := f.X > float32(2*half.W); leaning != (f.Tilt > 0.35) {
			t.Errorf("the face at %.0f has a tilt of %.2f", f.X, f.Tilt)
		}
	}
}

func TestFindInLittleOrNothing(t *testing.T) {
	t.Parallel()
	for _, size := range []int{1, 20, 47, 48, 60} {
		if faces := Find(context.Background(), raster.New(size, size)); len(faces) != 0 {
			t.Errorf("%d faces in an empty picture of %d pixels", len(faces), size)
		}
	}
}

func TestClusterJoinsAndDropsOverlaps(t *testing.T) {
	t.Parallel()
	got := cluster([]hit{{100, 100, 50, 4}, {104, 100, 50, 4}, {300, 100, 40, 5}, {100, 104, 24, 1}})
	if len(got) != 2 {
		t.Fatalf("%d clusters: %+v", len(got), got)
	}
	if got[0] != (hit{102, 100, 50, 8}) && got[0].score < 8 {
		t.Errorf("the first cluster is %+v", got[0])
	}
	if got[1] != (hit{300, 100, 40, 5}) {
		t.Errorf("the second cluster is %+v", got[1])
	}
}

func BenchmarkFind(b *testing.B) {
	ctx := context.Background()
	luma := raster.Luma(ctx, photo(b, "people/obama.jpg", 1400))
	for b.Loop() {
		Find(ctx, luma)
	}
}

func BenchmarkFindNothing(b *testing.B) {
	ctx := context.Background()
	luma := raster.Luma(ctx, photo(b, "pets/samoyed.jpg", 1400))
	for b.Loop() {
		Find(ctx, luma)
	}
}
