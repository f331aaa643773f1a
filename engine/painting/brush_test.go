package painting

import (
	"context"
	"testing"

	"easel/engine/raster"
)

func TestBrushesDifferAndRepeat(t *testing.T) {
	t.Parallel()
	one := newBrushes(raster.WithWorkers(context.Background(), 1), 3, 1)
	many := newBrushes(raster.WithWorkers(context.Background(), 8), 3, 1)
	seen := map[[16]uint32]bool{}
	for i := range one {
		finest := one[i][len(one[i])-1]
		var head [16]uint32
		copy(head[:], finest.texel[finest.cols*finest.rows/2+finest.cols/2:])
		if seen[head] {
			t.Errorf("brush %d repeats another", i)
		}
		seen[head] = true
		for j, v := range many[i][len(many[i])-1].texel {
			if v != finest.texel[j] {
				t.Fatalf("brush %d depends on the workers at texel %d", i, j)
			}
		}
	}
}

func TestBrushPrint(t *testing.T) {
	t.Parallel()
	for i, b := range newBrushes(context.Background(), 1, 1) {
		m := b[len(b)-1]
		middle, start, end := meanAlpha(m, .2, .4), meanAlpha(m, 0, .005), meanAlpha(m, .995, 1)
		if middle < .35 {
			t.Errorf("brush %d covers only %.2f in its middle", i, middle)
		}
		if start > .3 || end > .3 {
			t.Errorf("brush %d begins with %.2f and ends with %.2f: its ends should fade", i, start, end)
		}
		if late := meanAlpha(m, .6, .75); late > middle+.02 {
			t.Errorf("brush %d does not run dry: %.2f, then %.2f", i, middle, late)
		}
	}
}

// meanAlpha is the mean alpha over a part of the stroke's length, in the inner half of its width.
func meanAlpha(m mip, from, to float32) float32 {
	var sum, n float32
	for y := m.rows / 4; y < m.rows*3/4; y++ {
		for x := int(from * float32(m.cols)); x < int(to*float32(m.cols)); x++ {
			a, _, _ := unpack(m.texel[y*m.cols+x])
			sum += a
			n++
		}
	}
	return sum / max(n, 1)
}

func TestMipIsTheMeanOfTheFinerOne(t *testing.T) {
	t.Parallel()
	m := mip{rows: 2, cols: 2, texel: []uint32{pack(1, .8, 1), pack(1, .4, 0), pack(0, .1, 1), pack(0, .9, 1)}}
	alpha, height, mixed := unpack(m.halved().texel[0])
	if abs(alpha-.5) > .01 || abs(height-.6) > .01 || abs(mixed-.5) > .01 {
		t.Errorf("alpha %.2f, height %.2f, mixed %.2f; bare bristles must not count for height and paint", alpha, height, mixed)
	}
}

func TestBrushAtFitsTheStroke(t *testing.T) {
	t.Parallel()
	b := newBrushes(context.Background(), 1, 2)[0]
	for _, c := range []struct {
		radius float32
		rows   int
	}{{2, smallest}, {10, 16}, {11, 32}, {60, 128}, {90, 256}, {500, fineRows}} {
		if got := b.at(c.radius).rows; got != c.rows {
			t.Errorf("half width %.0f is painted with %d rows, want %d", c.radius, got, c.rows)
		}
	}
}
