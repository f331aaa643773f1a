package sketch

import (
	"context"
	"math"

	"easel/engine/face"
	"easel/engine/raster"
	"easel/engine/stroke"
)

// mouth is where a face has its mouth.
type mouth struct {
	turn

	x, y, size float32
}

// leastMouth is the size of a face, in length units, from which its mouth is more than a line.
const leastMouth = 100

// mouthOf is the mouth of a face; ok is false where it is not known or too small.
func (a *artist) mouthOf(f face.Face) (m mouth, ok bool) {
	m = mouth{turnOf(f), (f.MouthL.X + f.MouthR.X) / 2, (f.MouthL.Y + f.MouthR.Y) / 2, f.Size}
	return m, f.HasMouth && f.Size > leastMouth*a.K
}

// turned is a step in the face's own directions, in sizes of the face.
func (m mouth) turned(dx, dy float32) (u, v float32) {
	u, v = m.by(dx, dy)
	return u / m.size, v / m.size
}

// away is how far a place is from the middle of the mouth: 1 on an oval that is wide in face sizes to either side.
func (m mouth) away(x, y, wide float32) float32 {
	const high = 0.1
	u, v := m.turned(x-m.x, y-m.y)
	return float32(math.Hypot(float64(u/wide), float64(v/high)))
}

// lips closes the mouths of faces: lips are redder than the skin around them and are drawn darker, and teeth are never as
// white as paper, or a smile would be a hole.
func (a *artist) lips(ctx context.Context) {
	const seen = 0.05 // of a mouth must be teeth
	if len(a.Faces) == 0 {
		return
	}
	target := raster.New(a.W, a.H)
	defer target.Free()
	a.grins = make([]bool, len(a.Faces))
	for n, f := range a.Faces {
		if m, ok := a.mouthOf(f); ok {
			a.grins[n] = a.lip(n, m, target) > seen
		}
	}
	tx, ty := stroke.Turn(1, 0, slant)
	a.sheet.Shade(ctx, target, stroke.Straight{TX: tx, TY: ty}, stroke.Pass{
		Length: 14 * a.K, Width: 1.3 * a.K, Dark: 0.5, Spacing: 2.8 * a.K, Threshold: 0.05, Jitter: 0.1, Rounds: 2,
	}, a.seed, "lips", nil)
}

// lip says how dark the mouth of one face is drawn, and returns the share of it that is teeth.
func (a *artist) lip(n int, m mouth, target *raster.Plane) float32 {
	const teeth, red, dark = 0.13, 0.34, 0.08
	f, c := a.Faces[n], a.tones[n]
	usual := a.usualRed(f)
	half, _ := m.turned(f.MouthR.X-m.x, f.MouthR.Y-m.y)
	wide := 1.1 * max(half, 0.12)
	r := int(wide * f.Size)
	white, all := float32(0), float32(1)
	for y := max(int(m.y)-r, 0); y < min(int(m.y)+r, a.H); y++ {
		for x := max(int(m.x)-r, 0); x < min(int(m.x)+r, a.W); x++ {
			if in := raster.Smoothstep(1, 0.75, m.away(float32(x), float32(y), wide)); in > 0 {
				i := y*a.W + x
				tone := raster.Clamp((c.light-a.form.P[i])/max(c.light-c.deep, 0.2), 0, 1)
				more := a.redness(i) - usual
				lip := (red + dark*tone) * raster.Smoothstep(0.015, 0.07, more)
				tooth := raster.Smoothstep(0.03, 0.09, -more)
				white, all = white+in*tooth, all+in
				target.P[i] = max(target.P[i], a.sheet.Forced(in*max(lip, teeth*tooth)*a.subject.P[i]))
			}
		}
	}
	return white / all
}

// usualRed is the redness of a face, by its middle.
func (a *artist) usualRed(f face.Face) float32 {
	const share, every = 0.33, 3
	sum, n := float32(0), float32(0)
	r := int(share * f.Size)
	for y := max(int(f.Y)-r, 0); y < min(int(f.Y)+r, a.H); y += every {
		for x := max(int(f.X)-r, 0); x < min(int(f.X)+r, a.W); x += every {
			sum, n = sum+a.redness(y*a.W+x), n+1
		}
	}
	return sum / max(n, 1)
}

// redness is by how much more red than green a place of the photo has, as a share of both.
func (a *artist) redness(i int) float32 {
	r, g := a.Colour[0].P[i], a.Colour[1].P[i]
	return (r - g) / max(r+g, 0.1)
}

// smile is how much less a hand leans on a line, 0…1: one inside of a smile is drawn lightly, and a gap between teeth
// hardly at all; drawn firmly it would be a missing tooth.
func (a *artist) smile(l stroke.Line) float32 {
	const inside, gap = 0.4, 0.45
	if len(a.Faces) == 0 {
		return 0
	}
	first, mid, last := l[0], l[len(l)/2], l[len(l)-1]
	n := a.nearest(mid.X, mid.Y)
	m, ok := a.mouthOf(a.Faces[n])
	if !ok || m.away(mid.X, mid.Y, 0.2) > 1 {
		return 0
	}
	if u, v := m.turned(last.X-first.X, last.Y-first.Y); math.Abs(float64(v)) > math.Abs(float64(u)) && l.Length() < 0.12*m.size {
		return gap
	}
	if a.grins[n] {
		return inside
	}
	return 0
}
