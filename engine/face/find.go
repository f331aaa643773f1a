package face

import (
	"cmp"
	"context"
	"math"
	"slices"

	"easel/engine/raster"
)

const (
	firstSide  = 640  // long side of the copy that is searched first
	secondSide = 1280 // of the one searched when that showed nothing, for small faces
	firstLeast = 24   // side in pixels of the smallest face in the first copy
	nextLeast  = 20   // in the second
	leaning    = 20 * math.Pi / 180

	blind    = 60   // score from which a window cluster in an upright copy is a face even if its eyes are not found
	likely   = 20   // score from which it is one if the eyes are where eyes must be
	possible = 12   // score from which it is one if nose and mouth, too, are found again and again at one place
	steady   = 0.02 // how far those may spread, in face sides
)

// Find returns the faces in a picture, the most prominent first: large ones near the middle. It sees faces that look
// towards the camera, upright or leaning to about 30 degrees; profiles, backs of heads and animals it does not. The
// samples must lie in 0…1. Where several faces are found, others that lean or turn away are looked for. It panics when Ready has an error.
func Find(ctx context.Context, luma *raster.Plane) []Face {
	m, err := loaded()
	if err != nil {
		panic(err)
	}
	if min(luma.W, luma.H) < 2*firstLeast {
		return nil
	}
	faces := m.search(ctx, luma, firstSide, firstLeast, math.MaxInt, 0)
	if long := max(luma.W, luma.H); len(faces) == 0 && long > firstSide {
		faces = m.search(ctx, luma, secondSide, nextLeast, 2*firstLeast*secondSide/firstSide, 0)
	}
	for _, angle := range []float32{leaning, -leaning} {
		if len(faces) == 0 {
			faces = m.search(ctx, luma, firstSide, firstLeast, math.MaxInt, angle)
		}
	}
	if len(faces) >= company {
		faces = append(faces, m.companions(ctx, luma, faces)...)
	}
	weight := func(f Face) float32 {
		dx := (f.X/float32(luma.W) - 0.5) / 0.35
		dy := (f.Y/float32(luma.H) - 0.5) / 0.35
		return f.Size * float32(math.Exp(-0.5*float64(dx*dx+dy*dy)))
	}
	slices.SortStableFunc(faces, func(a, b Face) int { return cmp.Compare(weight(b), weight(a)) })
	return faces
}

// search looks for faces in a copy of at most the given long side, turned by an angle.
func (m *models) search(ctx context.Context, luma *raster.Plane, long, least, most int, angle float32) []Face {
	g, v := copyOf(ctx, luma, long, angle)
	var faces []Face
	for _, h := range cluster(m.face.scan(ctx, g, least, most)) {
		if h.score < possible || ctx.Err() != nil {
			continue
		}
		at := v.out(h.x, h.y)
		if at.X < 0 || at.Y < 0 || at.X >= float32(luma.W) || at.Y >= float32(luma.H) {
			continue // in the corners that a turned copy fills with edge pixels
		}
		f := Face{X: at.X, Y: at.Y, Size: h.size * v.step, Score: h.score, Tilt: angle}
		firm := m.measure(ctx, luma, &f)
		if firm || h.score >= likely && f.HasEyes || h.score >= blind && angle == 0 {
			faces = append(faces, f)
		}
	}
	return faces
}

// copyOf returns the copy to search and where its pixels lie.
func copyOf(ctx context.Context, luma *raster.Plane, long int, angle float32) (gray, view) {
	w, h := luma.W, luma.H
	if side := max(w, h); side > long {
		w, h = max(1, w*long/side), max(1, h*long/side)
	}
	small := luma
	if w != luma.W || h != luma.H {
		small = raster.Resize(ctx, luma, w, h)
		defer small.Free()
	}
	step := float32(luma.W) / float32(w)
	cx, cy := float32(luma.W-1)/2, float32(luma.H-1)/2
	if angle == 0 {
		return newGray(small), newView(cx, cy, 0, step, w, h)
	}
	// Turned about its middle, the copy keeps its size: corners go, and what comes in is edge.
	inner := newView(float32(w-1)/2, float32(h-1)/2, angle, 1, w, h)
	return inner.cut(ctx, small, w, h), newView(cx, cy, angle, step, w, h)
}

const (
	patch     = 288 // side in pixels of the upright copy in which points are located
	patchFace = 128 // side of the face in it
)

// measure finds pupils, then nose and mouth in a copy turned so that the eyes lie level. It says whether all of them
// are where they must be and steady.
func (m *models) measure(ctx context.Context, luma *raster.Plane, f *Face) bool {
	for range 2 { // the second time with the tilt that the first found
		g, v := upright(ctx, luma, *f)
		m.pupils(g, v, f)
		if !f.HasEyes {
			return false
		}
	}
	g, v := upright(ctx, luma, *f)
	return m.landmarks(g, v, f) < steady*patchFace && f.HasMouth
}

// upright cuts out a copy in which the face has a fixed size and its tilt is gone.
func upright(ctx context.Context, luma *raster.Plane, f Face) (gray, view) {
	step := f.Size / patchFace
	v := newView(f.X, f.Y, f.Tilt, step, patch, patch)
	if step < 2 {
		return v.cut(ctx, luma, patch, patch), v
	}
	// Large faces are shrunk first, or pixels would be skipped.
	n := int(step)
	reach := int(f.Size * patch / patchFace)
	x0, y0 := max(0, int(f.X)-reach), max(0, int(f.Y)-reach)
	x1, y1 := min(luma.W, int(f.X)+reach), min(luma.H, int(f.Y)+reach)
	part := raster.New(x1-x0, y1-y0)
	defer part.Free()
	for y := range part.H {
		copy(part.Row(y), luma.Row(y0 + y)[x0:x1])
	}
	small := raster.Shrink(ctx, part, n)
	defer small.Free()
	k := float32(n)
	inside := newView((f.X-float32(x0)+0.5)/k-0.5, (f.Y-float32(y0)+0.5)/k-0.5, f.Tilt, step/k, patch, patch)
	return inside.cut(ctx, small, patch, patch), v
}

// pupils sets eyes and tilt, if the eyes are where eyes must be.
func (m *models) pupils(g gray, v view, f *Face) {
	middle := float32(patch-1) / 2
	eye := func(side float32, seed uint64) (x, y, spread float32) {
		return m.pupil.find(g, middle+side*0.185*patchFace, middle-0.075*patchFace, 0.25*patchFace, false, seed)
	}
	lx, ly, _ := eye(-1, 1)
	rx, ry, _ := eye(1, 2)
	apart := float32(math.Hypot(float64(rx-lx), float64(ry-ly))) / patchFace
	lean := math.Atan2(float64(ry-ly), float64(rx-lx))
	above := (ly+ry)/2 < middle
	f.HasEyes = above && apart >= 0.28 && apart <= 0.48 && math.Abs(lean) < leaning
	if f.HasEyes {
		f.LeftEye, f.RightEye = v.out(lx, ly), v.out(rx, ry)
		f.Tilt = float32(math.Atan2(float64(f.RightEye.Y-f.LeftEye.Y), float64(f.RightEye.X-f.LeftEye.X)))
	}
}

// landmarks sets nose, mouth and chin, if they lie below the eyes in their order. It returns the greatest spread.
func (m *models) landmarks(g gray, v view, f *Face) float32 {
	lx, ly := v.in(f.LeftEye)
	rx, ry := v.in(f.RightEye)
	apart := float32(math.Hypot(float64(rx-lx), float64(ry-ly)))
	cx, cy := (lx+rx)/2, (ly+ry)/2
	start := func(l *locator, mirror bool, seed uint64) (x, y, spread float32) {
		return l.find(g, cx+0.15*apart, cy+0.25*apart, 3*apart, mirror, seed)
	}
	nx, ny, s1 := start(m.nose, false, 3)
	ax, ay, s2 := start(m.mouth, false, 4)
	bx, by, s3 := start(m.mouth, true, 5)
	if ax > bx {
		ax, ay, bx, by = bx, by, ax, ay
	}
	mx, my := (ax+bx)/2, (ay+by)/2
	wide := bx - ax
	f.HasMouth = ny > cy+0.2*apart && my > ny+0.1*apart && my < cy+2*apart &&
		wide > 0.35*apart && wide < 1.6*apart && abs(mx-cx) < 0.6*apart && abs(nx-cx) < 0.6*apart
	if !f.HasMouth {
		return patch
	}
	f.Nose, f.MouthL, f.MouthR = v.out(nx, ny), v.out(ax, ay), v.out(bx, by)
	f.Chin = v.out(mx+0.65*(mx-cx), my+0.65*(my-cy))
	return max(s1, s2, s3)
}
