package plan

import (
	"context"
	"math"
	"path/filepath"
	"testing"

	"easel/engine/face"
	"easel/engine/raster"
)

// drawn is a gray plan of 600×450 pixels with K 0.8, of which tone gives the luma; all of it is subject.
func drawn(tone func(x, y float64) float64) *Plan {
	p := &Plan{W: 600, H: 450, K: 0.8, Luma: raster.New(600, 450), Matte: raster.New(600, 450), Importance: raster.New(600, 450)}
	for i := range p.Luma.P {
		p.Luma.P[i] = float32(tone(float64(i%600), float64(i/600)))
		p.Matte.P[i] = 1
	}
	p.Colour = raster.RGB{p.Luma, p.Luma.Clone(), p.Luma.Clone()}
	return p
}

// spot is 1 in a disc with a soft edge of a pixel.
func spot(x, y, cx, cy, r float64) float64 { return min(1, max(0, r+0.5-math.Hypot(x-cx, y-cy))) }

// blackDog has wet eyes in black fur, at 270, 180 and 330, 184, and a black nose in a light muzzle.
func blackDog(nose bool) func(x, y float64) float64 {
	return func(x, y float64) float64 {
		v := 0.12 + 0.04*float64(raster.White(3, int(x)/2, int(y)/2))
		v += 0.45 * spot(x, y, 300, 250, 34)
		if nose {
			v *= 1 - 0.95*spot(x, y, 300, 246, 12)
		}
		for _, eye := range [][2]float64{{270, 180}, {330, 184}} {
			v *= 1 - 0.8*spot(x, y, eye[0], eye[1], 6)
			v += 0.55 * spot(x, y, eye[0]-2, eye[1]-2, 1.2)
		}
		return v
	}
}

func TestEyesAreFound(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		tone func(x, y float64) float64
		want []face.Point
	}{
		{"in black fur", blackDog(true), []face.Point{{X: 270, Y: 180}, {X: 330, Y: 184}}},
		{"not without a nose below", blackDog(false), nil},
		{"one, from the side", func(x, y float64) float64 {
			return (0.14+0.02*spot(x, y, 90, 200, 20))*(1-0.8*spot(x, y, 200, 200, 6)) + 0.5*spot(x, y, 199, 198, 1.2)
		}, []face.Point{{X: 200, Y: 200}}},
		{"in white fur", func(x, y float64) float64 {
			return 0.85 - 0.7*spot(x, y, 250, 200, 9) - 0.7*spot(x, y, 320, 210, 10)
		}, []face.Point{{X: 250, Y: 200}, {X: 320, Y: 210}}},
		{"not one dark above another", func(x, y float64) float64 {
			return 0.85 - 0.7*spot(x, y, 250, 200, 9) - 0.7*spot(x, y, 260, 270, 10)
		}, nil},
		{"not in gravel", func(x, y float64) float64 {
			return 0.1 + 0.5*math.Pow(float64(raster.White(9, int(x)/3, int(y)/3)), 8)
		}, nil},
		{"not in nothing", func(float64, float64) float64 { return 0.1 }, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			p := drawn(c.tone)
			defer p.Free()
			meets(t, p.findEyes(context.Background()), c.want, 1)
		})
	}
}

// meets compares eyes with where they are, in pixels of the work size divided by scale.
func meets(t *testing.T, eyes []Eye, want []face.Point, scale float32) {
	t.Helper()
	for _, e := range eyes {
		t.Logf("an eye at %.0f, %.0f, radius %.1f, light %.1f", e.X/scale, e.Y/scale, e.R, e.LightR)
	}
	if len(eyes) != len(want) {
		t.Fatalf("%d eyes, want %d", len(eyes), len(want))
	}
	for _, w := range want {
		near := float32(math.MaxFloat32)
		for _, e := range eyes {
			near = min(near, distance(face.Point{X: e.X / scale, Y: e.Y / scale}, w))
		}
		if near > 6 {
			t.Errorf("the eye at %.0f, %.0f is missed by %.0f pixels", w.X, w.Y, near)
		}
	}
}

func TestEyesMatter(t *testing.T) {
	t.Parallel()
	p := drawn(blackDog(true))
	defer p.Free()
	p.Eyes = p.findEyes(context.Background())
	p.mindEyes()
	if eye, nose, far := p.Importance.At(270, 180), p.Importance.At(300, 220), p.Importance.At(60, 60); eye < 0.9 || nose < 0.15 || far > 0 {
		t.Errorf("importance is %v on an eye, %v between eyes and nose, %v elsewhere", eye, nose, far)
	}
}

// TestEyesInPhotos states where a person sees eyes that can be told for certain, in pixels of the photo: in no other place
// may one be put.
func TestEyesInPhotos(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("photos are looked at in a plain build")
	}
	for name, want := range map[string][]face.Point{
		"pets/dog-bike.jpg":       {{X: 260, Y: 255}, {X: 288, Y: 246}},
		"pets/dogs-archive.jpg":   {{X: 150, Y: 168}},
		"pets/samoyed.jpg":        {{X: 337, Y: 204}, {X: 414, Y: 252}},
		"pets/dog-bench.png":      {{X: 723, Y: 308}, {X: 774, Y: 309}},
		"pets/cat-belly.jpg":      nil,
		"people/hikers-teide.jpg": nil,
	} {
		t.Run(filepath.Base(name), func(t *testing.T) {
			p, err := New(context.Background(), photo(t, name), Options{})
			if err != nil {
				t.Fatal(err)
			}
			defer p.Free()
			meets(t, p.Eyes, want, float32(p.W)/float32(p.Out.X))
		})
	}
}
