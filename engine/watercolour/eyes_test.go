package watercolour

import (
	"testing"

	"easel/engine/face"
	"easel/engine/plan"
	"easel/engine/raster"
)

// TestEyesInBlackFurAreOpened draws an eye whose lids are hardly lighter than its pupil.
func TestEyesInBlackFurAreOpened(t *testing.T) {
	t.Parallel()
	const size, r = 60, 8
	p := &plan.Plan{W: size, H: size, K: 1, Luma: raster.New(size, size)}
	s := &study{p: p, k: 1, level: raster.New(size, size)}
	defer raster.Free(p.Luma, s.level)
	s.level.Fill(3)
	for i := range p.Luma.P {
		p.Luma.P[i] = 0.10
		if hypot(float32(i%size)-30, float32(i/size)-30) < r {
			p.Luma.P[i] = 0.03
		}
	}
	e := plan.Eye{Point: face.Point{X: 30, Y: 30}, R: r, Light: face.Point{X: 27, Y: 27}, LightR: 2}
	s.openEye(e)
	s.setEye(e)
	if pupil, lid := s.level.At(30, 30), s.level.At(30, 30+r+2); pupil < lid+1 {
		t.Errorf("the pupil is painted with %.2f and the lid with %.2f", pupil, lid)
	}
	if far := s.level.At(30, 30+2*r); far != 3 {
		t.Errorf("fur further away was changed to %.2f", far)
	}
	if len(s.sparks) != 1 || len(s.pupils) != 1 || s.sparks[0].x != 27 {
		t.Errorf("lights %v, darks %v", s.sparks, s.pupils)
	}
}
