package stroke

import (
	"context"
	"testing"

	"easel/engine/face"
	"easel/engine/plan"
	"easel/engine/raster"
)

// TestAFaceIsDrawnWhateverTheMatteSays takes a matte that is trusted and has lost a side of a face.
func TestAFaceIsDrawnWhateverTheMatteSays(t *testing.T) {
	t.Parallel()
	const w, h = 200, 240
	flow := raster.New(w, h)
	p := &plan.Plan{
		W: w, H: h, K: 0.17, Matte: raster.New(w, h), MatteConfidence: 1, Importance: raster.New(w, h),
		Flow: &raster.Flow{Tx: flow, Ty: flow, Coherence: flow, Energy: flow}, Faces: []face.Face{{X: 100, Y: 90, Size: 80, Score: 200}},
	}
	for i := range p.Matte.P {
		if i%w > 90 || i/w > 150 {
			p.Matte.P[i] = 1
		}
	}
	drawn := Subject(context.Background(), p)
	defer drawn.Free()
	if v := drawn.At(75, 75); v < 0.99 {
		t.Errorf("the side of the face that the matte has lost is drawn at %.2f", v)
	}
	if v := drawn.At(20, 60); v > 0.05 {
		t.Errorf("what is beside the face is drawn at %.2f", v)
	}
}
