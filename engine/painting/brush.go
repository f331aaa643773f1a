package painting

import (
	"context"
	"math"

	"easel/engine/raster"
)

// The master texture of a brush: one row for each bristle, wide enough for the broadest stroke at print size.
const (
	fineRows   = 256 // for scales above 1
	plainRows  = 128
	longSide   = 4  // columns for each row: a stroke is a few times longer than wide
	smallest   = 16 // rows of the coarsest mip: finer than a small stroke needs, so that its ends stay soft
	brushCount = 18
)

// habit is how a brush meets the canvas.
type habit uint8

const (
	flat    habit = iota // square ends: planes, backgrounds
	filbert              // rounded ends: flesh
	dry                  // little paint: bristles break up and the ground shows
)

// brushHabit deals the set: flats first, then filberts, then dry brushes.
func brushHabit(i int) habit { return habit(i / (brushCount / 3)) }

// mip is the brush's print at one size. A texel packs alpha, paint height and how much of the second paint the bristle
// carries, 8 bits each from the lowest; rows run across the stroke, columns along it.
type mip struct {
	rows, cols int
	texel      []uint32
}

// brush is the print of one bristle brush from its coarsest mip to its finest.
type brush []mip

// at returns the mip whose bristles are about a pixel wide under a stroke of this half width in pixels.
func (b brush) at(radius float32) *mip {
	for i := range b {
		if float32(b[i].rows) >= 1.6*radius {
			return &b[i]
		}
	}
	return &b[len(b)-1]
}

// newBrushes makes the set. Larger scales get finer bristles; the coarser mips are means of the finer ones, so a small
// rendering is the large one seen from further away.
func newBrushes(ctx context.Context, seed uint64, scale float32) []brush {
	rows := plainRows
	if scale > 1 {
		rows = fineRows
	}
	set := make([]brush, brushCount)
	raster.Each(ctx, brushCount, func() struct{} { return struct{}{} }, func(_ struct{}, i int) {
		set[i] = newBrush(raster.Hash(seed, i, 7), brushHabit(i), rows)
	})
	return set
}

// newBrush builds the master and halves it down to the coarsest mip.
func newBrush(seed uint64, h habit, rows int) brush {
	var levels brush
	level := master(seed, h, rows)
	for level.rows > smallest {
		levels = append(levels, level)
		level = level.halved()
	}
	levels = append(levels, level)
	for i, j := 0, len(levels)-1; i < j; i, j = i+1, j-1 {
		levels[i], levels[j] = levels[j], levels[i]
	}
	return levels
}

// master draws the brush's print bristle by bristle.
func master(seed uint64, h habit, rows int) mip {
	cols := rows * longSide
	m := mip{rows: rows, cols: cols, texel: make([]uint32, rows*cols)}
	const octaves = 4
	for y := range rows {
		v := 2*(float32(y)+.5)/float32(rows) - 1
		b := newBristle(seed, h, v)
		var streak, mixed knots
		for x := range cols {
			if x%knotStep == 0 {
				next := func(u float32) (float32, float32) {
					hairs := raster.FBMAt(u*1.1, v*hairCount, 1, 2, seed+5) - .5
					return raster.FBMAt(u*2.2, v*5, 1, octaves, seed+3) + hairShare*hairs, raster.FBMAt(u*.9, v*1.9, 1, 4, seed+4)
				}
				if x == 0 {
					streak.to, mixed.to = next(0)
				}
				s, t := next(float32(x+knotStep) / float32(cols))
				streak.pass(s)
				mixed.pass(t)
			}
			t := (float32(x%knotStep) + .5) / knotStep
			alpha, height := b.print((float32(x)+.5)/float32(cols), contrast(streak.at(t), 1.9))
			m.texel[y*cols+x] = pack(alpha, height, raster.Smoothstep(.42, .66, mixed.at(t)))
		}
	}
	return m
}

const (
	hairCount = 24  // half of the hairs across a brush
	hairShare = .32 // of the streaks is single hairs; in small prints they merge
)

// knotStep is the number of columns between the places where noise is computed: along the stroke it changes slowly.
const knotStep = 4

// knots interpolate noise between two columns.
type knots struct{ from, to float32 }

func (k *knots) pass(to float32)      { k.from, k.to = k.to, to }
func (k *knots) at(t float32) float32 { return k.from + t*(k.to-k.from) }

// bristle is one row of the brush: where it touches down, lifts off and runs dry.
type bristle struct {
	v, away    float32 // signed and absolute place across, -1…1
	start, end float32
	edge       float32 // where the soft side begins
	thirst     float32 // how soon the paint runs out
}

func newBristle(seed uint64, h habit, v float32) bristle {
	ragged := contrast(raster.FBMAt(v*4, 0, 1, 3, seed), 1.8)
	lift := contrast(raster.FBMAt(v*5, 9, 1, 4, seed+1), 1.8)
	b := bristle{v: v, away: abs(v), start: .01 + .07*ragged, end: .985 - .20*lift, edge: .86, thirst: .45}
	switch h {
	case filbert:
		round := 1 - sqrt(max(0, 1-b.away*b.away))
		b.start = .01 + .03*ragged + .20*round
		b.end = .99 - .08*lift - .22*round
		b.thirst = .25
	case dry:
		b.end = .97 - .32*lift
		b.edge = .70
		b.thirst = 1
	}
	return b
}

// print returns alpha and paint height at u along the stroke for a streak noise of 0…1.
func (b bristle) print(u, streak float32) (alpha, height float32) {
	on := raster.Smoothstep(b.start-.012, b.start+.022, u)
	off := 1 - raster.Smoothstep(b.end-.07, b.end, u)
	side := 1 - raster.Smoothstep(b.edge-.10+.16*(streak-.5), 1, b.away)
	want := b.thirst * raster.Smoothstep(.30, 1, u)
	paint := raster.Smoothstep(want-.22, want+.10, streak+.12)
	alpha = on * off * side * paint
	ridge := .30*bump((b.away-b.edge+.06)/.09) + .26*bump((u-b.start-.03)/.03) + .30*bump((b.end-.06-u)/.04)
	height = .42 + .62*(streak-.5) + ridge
	return alpha, raster.Clamp(height*(.35+.65*alpha), 0, 1)
}

// bump is a bell of height 1 and unit deviation.
func bump(t float32) float32 { return float32(math.Exp(float64(-t * t / 2))) }

func contrast(v, gain float32) float32 { return raster.Clamp(.5+gain*(v-.5), 0, 1) }

func abs(v float32) float32  { return float32(math.Abs(float64(v))) }
func sqrt(v float32) float32 { return float32(math.Sqrt(float64(v))) }

// halved is the mean over 2×2 texels. Height and second paint are weighted with alpha: where there is no paint they
// mean nothing.
func (m mip) halved() mip {
	h := mip{rows: m.rows / 2, cols: m.cols / 2}
	h.texel = make([]uint32, h.rows*h.cols)
	for y := range h.rows {
		for x := range h.cols {
			i := 2*y*m.cols + 2*x
			h.texel[y*h.cols+x] = mean4(m.texel[i], m.texel[i+1], m.texel[i+m.cols], m.texel[i+m.cols+1])
		}
	}
	return h
}

func mean4(texels ...uint32) uint32 {
	var alpha, height, mixed float32
	for _, t := range texels {
		a, z, s := unpack(t)
		a += 1.0 / 1024
		alpha += a
		height += a * z
		mixed += a * s
	}
	return pack(alpha/4, height/alpha, mixed/alpha)
}

func pack(alpha, height, mixed float32) uint32 {
	return uint32(alpha*255+.5) | uint32(height*255+.5)<<8 | uint32(mixed*255+.5)<<16
}

func unpack(t uint32) (alpha, height, mixed float32) {
	return float32(t&255) / 255, float32(t>>8&255) / 255, float32(t>>16&255) / 255
}
