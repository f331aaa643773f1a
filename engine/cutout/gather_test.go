package cutout_test

import (
	"image"
	"image/color"
	"math"
	"slices"
	"testing"

	"easel/engine/cutout"
	"easel/engine/raster"
)

// walker is somebody in a red shirt and blue trousers, an arm away from the body, on gravel before a wall, and the shadow that they cast;
// and who is where: 1 the person, 2 the shadow.
func walker() (*image.NRGBA, []int) {
	img, who := image.NewNRGBA(image.Rect(0, 0, w, h)), make([]int, w*h)
	for y := range h {
		for x := range w {
			grain := 0.06 * (raster.White(7, x, y) - 0.5)
			c := [3]float32{0.72, 0.74, 0.76}
			if y > 110 {
				c = [3]float32{0.55, 0.50, 0.44}
			}
			dx, dy := float64(x), float64(y)
			i := y*w + x
			switch arm := (dx-122)*0.8 - (dy-62)*0.55; {
			case math.Hypot(dx-110, dy-46) < 11 || math.Abs(arm) < 4 && x >= 118 && x < 146 && y > 58 && y < 100:
				c, who[i] = [3]float32{0.80, 0.58, 0.45}, 1
			case x >= 98 && x < 123 && y >= 56 && y < 100:
				c, who[i] = [3]float32{0.70, 0.12, 0.15}, 1
			case x >= 100 && x < 121 && y >= 100 && y < 150:
				c, who[i] = [3]float32{0.15, 0.22, 0.50}, 1
			case x >= 121 && x < 166 && math.Abs(dy-147) < 4:
				for k := range c {
					c[k] *= 0.6
				}
				who[i] = 2
			}
			eight := func(v float32) uint8 { return uint8(raster.Clamp(v+grain, 0, 1)*255 + 0.5) }
			img.SetNRGBA(x, y, color.NRGBA{eight(c[0]), eight(c[1]), eight(c[2]), 255})
		}
	}
	return img, who
}

// A stroke from face to belt takes arm and legs along, and the shadow at the feet, but not the ground.
func TestAStrokeOverPartOfSomebodyTakesAllOfThem(t *testing.T) {
	t.Parallel()
	img, who := walker()
	stroke := cutout.Mark{Points: []image.Point{{110, 46}, {110, 98}}, Radius: 4}
	crowd, err := cutout.Crowded(t.Context(), img, []cutout.Mark{stroke}, 1)
	if err != nil {
		t.Fatal(err)
	}
	near := raster.New(w, h)
	var taken, all [3]int
	for i, k := range who {
		all[k]++
		if crowd.Mask.P[i] > 0.5 {
			taken[k]++
		}
		if k > 0 {
			near.P[i] = 1
		}
	}
	if 10*taken[1] < 9*all[1] {
		t.Errorf("%d of %d pixels of somebody go", taken[1], all[1])
	}
	if 10*taken[2] < 8*all[2] {
		t.Errorf("%d of %d pixels of their shadow go", taken[2], all[2])
	}
	away, beside := raster.Distance(t.Context(), near), 0
	for i, d := range away.P {
		if d > 6 && crowd.Mask.P[i] > 0.5 {
			beside++
		}
	}
	if 10*beside > all[1] {
		t.Errorf("%d pixels of the ground go with somebody of %d", beside, all[1])
	}
	keep := cutout.Mark{Points: []image.Point{{140, 147}, {160, 147}}, Radius: 3, Keep: true}
	crowd, err = cutout.Crowded(t.Context(), img, []cutout.Mark{stroke, keep}, 1)
	if err != nil {
		t.Fatal(err)
	}
	if crowd.Mask.P[147*w+150] > 0.5 {
		t.Error("a shadow that was marked to stay goes")
	}
}

// Who goes does not depend on the number of cores.
func TestWhoGoesIsTheSameOnAnyMachine(t *testing.T) {
	t.Parallel()
	img, _ := walker()
	stroke := cutout.Mark{Points: []image.Point{{110, 46}, {110, 98}}, Radius: 4}
	var masks [2][]float32
	for k, cores := range [2]int{1, 5} {
		crowd, err := cutout.Crowded(raster.WithWorkers(t.Context(), cores), img, []cutout.Mark{stroke}, 1)
		if err != nil {
			t.Fatal(err)
		}
		masks[k] = crowd.Mask.P
	}
	if !slices.Equal(masks[0], masks[1]) {
		t.Error("one core and five cores take out different pixels")
	}
}
