package plan

import (
	"image"
	"testing"

	"easel/engine/raster"
)

// TestSunglassesAreNoSkin measures a face a third of which is as dark as glasses, in much and in little light.
func TestSunglassesAreNoSkin(t *testing.T) {
	t.Parallel()
	for _, light := range []float32{1, 0.5} {
		l := raster.New(60, 60)
		for i := range l.P {
			l.P[i] = light * (0.60 + 0.1*float32(i%60)/60)
			if y := i / 60; y >= 15 && y < 37 {
				l.P[i] = light * 0.08
			}
		}
		if skin := tonePercentile(l, image.Rect(0, 0, 60, 60)); skin < light*0.64 || skin > light*0.68 {
			t.Errorf("skin of %.2f to %.2f beside glasses is measured as %.2f", light*0.60, light*0.70, skin)
		}
	}
}
