package watercolour

import (
	"context"
	"testing"

	"easel/engine/face"
	"easel/engine/plan"
	"easel/engine/raster"
)

// TestFiguresArePartedFromTheDark has a dark gray walker before a black bush.
func TestFiguresArePartedFromTheDark(t *testing.T) {
	t.Parallel()
	const size = 80
	p := &plan.Plan{W: size, H: size, K: 1, Luma: raster.New(size, size), Importance: raster.New(size, size)}
	s := &study{p: p, k: 1, level: raster.New(size, size), kin: raster.New(size, size)}
	defer raster.Free(p.Luma, p.Importance, s.level, s.kin)
	s.level.Fill(3.6)
	s.kin.Fill(figureCare)
	p.Importance.P[10*size+10] = 0.6 // what matters
	s.kin.P[10*size+10] = 0.6
	for i := range p.Luma.P {
		p.Luma.P[i] = 0.03
		if i%size > 30 && i%size < 50 {
			p.Luma.P[i] = 0.16
		}
	}
	s.partFigures(context.Background())
	if walker, bush := s.level.At(40, 40), s.level.At(15, 40); walker > bush-0.4 || bush > 3 {
		t.Errorf("the walker is painted with %.2f before a bush of %.2f", walker, bush)
	}
	if got := s.level.At(10, 10); got != 3.6 {
		t.Errorf("what matters is painted with %.2f, and was 3.6", got)
	}
}

// TestHairReachesTheEdgeOfTheSheet has a head that touches the top of the photo, and is surely told from what is behind.
func TestHairReachesTheEdgeOfTheSheet(t *testing.T) {
	t.Parallel()
	const size = 200
	f := face.Face{X: 100, Y: 70, Size: 80}
	for _, c := range []struct {
		confidence float32
		painted    bool
	}{{1, true}, {0.7, false}} {
		p := &plan.Plan{W: size, H: size, K: 1, Faces: []face.Face{f}, MatteConfidence: c.confidence, FillsFrame: true}
		s := &study{p: p, k: 1, seed: 1}
		matte := raster.New(size/4, size/4)
		matte.Fill(1)
		s.findEdge(context.Background(), matte)
		if got := s.page.At(25, 0) > edgeAt; got != c.painted {
			t.Errorf("with a confidence of %v hair at the top is painted: %v", c.confidence, got)
		}
		raster.Free(matte, s.spread, s.page)
	}
}
