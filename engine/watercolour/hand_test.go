package watercolour

import (
	"context"
	"image"
	"math"
	"testing"

	"easel/engine/face"
	"easel/engine/plan"
	"easel/engine/raster"
	"easel/engine/stroke"
)

// flat is a plan of one gray, with a direction that is the same everywhere and a subject nowhere.
func flat(w, h int, luma, tx, ty float32) *plan.Plan {
	p := &plan.Plan{W: w, H: h, K: 1, Luma: raster.New(w, h), Matte: raster.New(w, h), Importance: raster.New(w, h)}
	p.Flow = &raster.Flow{Tx: raster.New(w, h), Ty: raster.New(w, h), Coherence: raster.New(w, h), Energy: raster.New(w, h)}
	p.Luma.Fill(luma)
	p.Flow.Tx.Fill(tx)
	p.Flow.Ty.Fill(ty)
	return p
}

func TestDryStrokesRunAlongTheForms(t *testing.T) {
	t.Parallel()
	const size = 96
	p := flat(size, size, 0.5, 0, 1)
	s := &study{p: p, k: 1, look: raster.New(size/2, size/2)}
	tone := raster.New(size, size)
	for i := range tone.P {
		tone.P[i] = 0.4 + 0.2*raster.White(3, i%size/2, i/size/2)
	}
	small := shrinkFlow(context.Background(), p.Flow)
	strokes := s.hairs(context.Background(), tone, small, newAbsorbance(darkest))
	var across, down, most float64
	for y := 4; y < strokes.H-4; y++ {
		for x := 4; x < strokes.W-4; x++ {
			v := strokes.At(x, y)
			across += math.Abs(float64(v - strokes.At(x+1, y)))
			down += math.Abs(float64(v - strokes.At(x, y+1)))
			most = max(most, math.Abs(float64(v)))
		}
	}
	if across < 3*down {
		t.Errorf("strokes change by %.2f across the forms and by %.2f along them", across, down)
	}
	if most < 0.02 || most > 1.5*lockDepth {
		t.Errorf("the deepest stroke has an absorbance of %.3f", most)
	}
	level := raster.New(strokes.W, strokes.H)
	s.look.Fill(1)
	s.brush(level, strokes)
	if level.Mean(nil) != 0 {
		t.Error("strokes cross what the eye looks at")
	}
	tone.Fill(0.4)
	for i, v := range s.hairs(context.Background(), tone, small, newAbsorbance(darkest)).P {
		if v > 1e-4 || v < -1e-4 {
			t.Fatalf("an even wall has a stroke of %v at %d", v, i)
		}
	}
}

func TestHandStraysAlongTheForm(t *testing.T) {
	t.Parallel()
	s := &study{p: flat(16, 16, 0.5, 0, 1)}
	if dx, dy := s.follow(1, 1, 5, 5, 0); dx > 0.6 || dy != 5 {
		t.Errorf("along a vertical form the hand strays by %v, %v", dx, dy)
	}
	if dx, dy := s.follow(1, 1, 5, 5, 1); dx != 5 || dy != 5 {
		t.Errorf("where the eye looks it strays by %v, %v", dx, dy)
	}
}

// TestWashHasNoHoles has a round subject, and a wash that its outline ends in part.
func TestWashHasNoHoles(t *testing.T) {
	t.Parallel()
	const size, radius = 640, 90
	for seed := range uint64(3) {
		p := flat(size, size, 0.5, 0, 1)
		for i := range p.Matte.P {
			if hypot(float32(i%size)-size/2, float32(i/size)-size/2) < radius {
				p.Matte.P[i] = 1
			}
		}
		p.MatteConfidence = 0.71
		s := newStudy(context.Background(), p, Options{Seed: seed})
		matte := raster.Shrink(context.Background(), p.Matte, 4)
		s.findEdge(context.Background(), matte)
		if s.trust == 0 || s.trust > endless {
			t.Fatalf("a doubtful outline is trusted by %v", s.trust)
		}
		for turn := range 48 {
			sin, cos := math.Sincos(2 * math.Pi * float64(turn) / 48)
			for r := float32(0); r < 190; r += 4 {
				if v := s.edge(size/2+r*float32(cos), size/2+r*float32(sin)); v < edgeAt {
					t.Fatalf("seed %d: bare paper %v pixels from the middle, at a turn of %d/48 (%.2f)", seed, r, turn, v)
				}
			}
		}
		raster.Free(matte)
		s.free()
	}
}

func TestLinesEndWhereTheirStepEnds(t *testing.T) {
	t.Parallel()
	p := flat(200, 100, 0.9, 1, 0)
	for y := 48; y < 53; y++ {
		for x := range 100 {
			p.Luma.P[y*200+x] = 0.1
		}
	}
	p.Matte.Fill(1)
	s := &study{p: p, k: 1, belief: 1, cut: p.Matte, spread: raster.New(50, 25), page: raster.New(50, 25)}
	s.page.Fill(1)
	s.spread.Fill(1)
	var line stroke.Line
	for x := float32(10); x < 190; x += 3 {
		line = append(line, stroke.Point{X: x, Y: 50, Strength: 1})
	}
	got, depths := s.found(line, image.Point{})
	if len(got) != len(depths) || got[0].X != 10 || got[len(got)-1].X < 90 || got[len(got)-1].X > 112 {
		t.Errorf("of a line from 10 to 190 whose step ends at 100, %v to %v is drawn", got[0].X, got[len(got)-1].X)
	}
	if depths[5] < 0.9 {
		t.Errorf("on its step it is drawn with %.2f", depths[5])
	}
}

func TestChanceLinesAreLeftOut(t *testing.T) {
	t.Parallel()
	p := flat(400, 100, 0.5, 1, 0)
	s := &study{p: p, k: 1, cut: p.Matte, spread: raster.New(100, 25), page: raster.New(100, 25)}
	s.spread.Fill(1)
	wave := func(from, to, swing float32) (line stroke.Line) {
		for x := from; x < to; x += 3 {
			line = append(line, stroke.Point{X: x, Y: 50 + swing*float32(math.Sin(float64(x)/8)), Strength: 1})
		}
		return line
	}
	for _, c := range []struct {
		name     string
		line     stroke.Line
		bare     bool
		chance   bool
		believed float32
	}{
		{"a short one in the grass", wave(10, 60, 0), false, true, 0},
		{"a winding one in the grass", wave(10, 120, 8), false, true, 0},
		{"a straight one", wave(10, 120, 0), false, false, 0},
		{"a horizon", wave(10, 390, 3), false, false, 0},
		{"a horizon on bare paper", wave(10, 390, 3), true, true, 0},
		{"a lock of the subject", wave(10, 60, 3), false, false, 1},
	} {
		s.page.Fill(1)
		if c.bare {
			s.page.Fill(0)
		}
		s.belief = c.believed
		p.Matte.Fill(c.believed)
		if got := s.meaningless(c.line, image.Point{}); got != c.chance {
			t.Errorf("%s is left out: %v", c.name, got)
		}
	}
}

func TestGroundBesideAHeadKeepsItsTone(t *testing.T) {
	t.Parallel()
	const size = 400
	p := flat(size, size, 0.4, 1, 0)
	p.Faces = []face.Face{{X: 200, Y: 200, Size: 100}}
	tone := raster.New(size, size)
	tone.Fill(0.8)
	(&study{p: p, k: 1}).leaveGround(context.Background(), tone)
	for _, c := range []struct {
		x, y int
		want float32
	}{{200, 200, 0.8}, {200, 150, 0.8}, {200, 90, 0.42}, {110, 190, 0.42}, {200, 320, 0.8}, {30, 30, 0.8}} {
		if got := tone.At(c.x, c.y); math.Abs(float64(got-c.want)) > 0.02 {
			t.Errorf("at (%d, %d) the tone is %.2f, want %.2f", c.x, c.y, got, c.want)
		}
	}
}

func TestShadowsInLightFurDeepen(t *testing.T) {
	t.Parallel()
	p := flat(300, 1, 0.5, 1, 0)
	p.Matte.Fill(1)
	s := &study{p: p, k: 1, level: raster.New(300, 1)}
	for i := range s.level.P {
		s.level.P[i] = float32(i) / 150
	}
	s.shadeLights(context.Background())
	for i, v := range s.level.P[1:] {
		if v <= s.level.P[i] {
			t.Fatalf("at level %.2f the order of tones turns", float32(i)/150)
		}
	}
	if got := s.level.P[30]; got < 0.3 {
		t.Errorf("a shadow of 0.2 is painted with %.2f", got)
	}
	if got := s.level.P[150]; got != 1 {
		t.Errorf("black fur changes from 1 to %.2f", got)
	}
}

func TestRimsAreOfTheirMass(t *testing.T) {
	t.Parallel()
	table := newAbsorbance(blackest)
	olive := [3]float32{table.of(0.40), table.of(0.44), table.of(0.34)}
	spread := func(by nearby) float32 {
		r, g, b := pigment(olive, 0, 0.5, by)
		return max(r, g, b) - min(r, g, b)
	}
	alone, rim := spread(nearby{}), spread(nearby{depth: 3.6, stain: 0.02})
	if rim > 0.5*alone {
		t.Errorf("beside black, olive has a chroma of %.2f, and alone of %.2f", rim, alone)
	}
	if kept := spread(nearby{depth: 14, stain: 0.02}); kept != alone {
		t.Errorf("what is pale beside black loses its hue: %.2f instead of %.2f", kept, alone)
	}
	if got := notGreen(olive, 0.5, 3.6); got < olive[0] {
		t.Errorf("dark hair stays green: %.2f under %.2f", got, olive[0])
	}
	for name, got := range map[string]float32{"an iris": notGreen(olive, 1, 3.6), "a wall": notGreen(olive, 0, 3.6), "a meadow": notGreen(olive, 0.5, 1)} {
		if got != olive[1] {
			t.Errorf("%s is not green any more", name)
		}
	}
	for name, c := range map[string][3]float32{"brown hair": {0.35, 0.24, 0.15}, "a blue tie": {0.15, 0.25, 0.45}, "a red scarf": {0.6, 0.1, 0.15}} {
		c = [3]float32{table.of(c[0]), table.of(c[1]), table.of(c[2])}
		if got := notGreen(c, 0.5, 3.6); got != c[1] {
			t.Errorf("%s changes", name)
		}
	}
}

func TestEyeInLightFurHasItsLight(t *testing.T) {
	t.Parallel()
	p := flat(60, 60, 0.9, 1, 0)
	for i := range p.Luma.P {
		if hypot(float32(i%60)-30, float32(i/60)-30) < 8 {
			p.Luma.P[i] = 0.08
		}
	}
	s := &study{p: p, k: 1}
	e := plan.Eye{Point: face.Point{X: 30, Y: 30}, R: 8}
	if _, ok := s.lightIn(e); ok {
		t.Error("an eye in the shade has a light")
	}
	p.Luma.P[28*60+32] = 0.4
	if at, ok := s.lightIn(e); !ok || at != (face.Point{X: 32, Y: 28}) {
		t.Errorf("its light is seen: %v, at %v", ok, at)
	}
}
