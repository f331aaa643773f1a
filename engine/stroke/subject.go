package stroke

import (
	"context"
	"image"
	"math"

	"easel/engine/plan"
	"easel/engine/raster"
)

// group is the number of faces from which a photo is about all who are in it, found or not.
const group = 3

// Trust is how far a cut along the plan's matte may be relied on, 0…1. A doubtful matte must not cut a limb off, nor
// one that leaves a face outside make a ghost of that person.
func Trust(p *plan.Plan) float32 {
	if p.FillsFrame || len(p.Faces) >= group {
		return 0
	}
	for _, f := range p.Faces {
		if f.Size > 0.4*p.Faces[0].Size && p.Matte.At(int(f.X), int(f.Y))+p.Matte.At(int(f.X), int(f.Y+0.3*f.Size)) < 1.2 {
			return 0
		}
	}
	return raster.Smoothstep(0.35, 0.7, p.MatteConfidence)
}

// cutTrust is Trust where something is left out: below a confidence of 0.6 a drawing that keeps too much is better than
// one that has lost an ear.
func cutTrust(p *plan.Plan) float32 {
	return min(Trust(p), raster.Smoothstep(0.5, 0.72, p.MatteConfidence))
}

// Subject is how much of each place belongs to what is being drawn, 0…1. Where the matte's outline runs along no edge
// of the photo the drawing thins out instead of being cut off. Where the whole matte is doubtful, what it calls
// background keeps a share, and the drawing fades from its middle to the corners. The caller owns the plane.
func Subject(ctx context.Context, p *plan.Plan) *raster.Plane {
	trust := cutTrust(p)
	soft := raster.Gaussian(ctx, p.Matte, 2*p.K)
	half := raster.Shrink(ctx, p.Matte, 2)
	broad := raster.Gaussian(ctx, half, 12*p.K)
	wide := raster.Enlarge(ctx, broad, p.W, p.H)
	raster.Free(half, broad)
	backed := support(ctx, p, soft)
	faces := faces(p)
	defer raster.Free(wide, backed, faces)
	cx, cy := p.Middle()
	raster.Rows(ctx, p.H, func(y0, y1 int) {
		for y := y0; y < y1; y++ {
			row, imp := soft.Row(y), p.Importance.Row(y)
			for x := range row {
				i := y*p.W + x
				// A matte a little too small is worse than one a little too large.
				cut := raster.Smoothstep(0.05, 0.6, row[x])
				faint := raster.Smoothstep(0.08, 0.8, wide.P[i])
				cut = faint + backed.P[i]*(cut-faint)
				if trust == 1 {
					row[x] = max(cut, faces.P[i])
					continue
				}
				dx := (float32(x) - cx) / (0.62 * float32(p.W))
				dy := (float32(y) - cy) / (0.62 * float32(p.H))
				round := raster.Smoothstep(1.25, 0.55, sqrt(dx*dx+dy*dy))
				loose := 0.55*cut + (1-0.55*cut)*round
				face := raster.Smoothstep(0.25, 0.6, imp[x])
				row[x] = max(loose+trust*(cut-loose), face*(1-trust), faces.P[i])
			}
		}
	})
	return soft
}

// faces is 1 on faces from brow to chin: whatever a matte says, they are drawn. Jaws are narrower than brows: what is beside
// them is left to the matte.
func faces(p *plan.Plan) *raster.Plane {
	const jaw = 0.25 // by how much of a face's width it is narrower at the jaw
	out := raster.New(p.W, p.H)
	for _, f := range p.Faces {
		rx, ry := 0.43*f.Size, 0.55*f.Size
		for y := max(int(f.Y-1.2*ry), 0); y < min(int(f.Y+1.3*ry), p.H); y++ {
			row, dy := out.Row(y), (float32(y)-f.Y-0.02*f.Size)/ry
			narrow := rx * (1 - jaw*raster.Smoothstep(0, 0.7, dy))
			for x := max(int(f.X-1.2*rx), 0); x < min(int(f.X+1.2*rx), p.W); x++ {
				dx := (float32(x) - f.X) / narrow
				row[x] = max(row[x], raster.Smoothstep(1.15, 0.95, sqrt(dx*dx+dy*dy)))
			}
		}
	}
	return out
}

// Around is how much of each place is drawn with a background, 0…1: with the style's own it is Subject. The caller owns
// the plane.
func Around(ctx context.Context, p *plan.Plan, b plan.Background, seed uint64) *raster.Plane {
	const behind = 0.5 // force of what stands around a subject that has a painted edge
	switch b {
	case plan.OwnGround:
		return Subject(ctx, p)
	case plan.EdgedGround:
		out, within := p.Kept(ctx, plan.NoGround, seed), p.Kept(ctx, b, seed)
		defer within.Free()
		for i, v := range within.P {
			out.P[i] = max(out.P[i], behind*v)
		}
		return out
	default:
		return p.Kept(ctx, b, seed)
	}
}

// Sets says whether the ground behind a light subject is darkened so that the subject stands out.
func Sets(p *plan.Plan, b plan.Background) bool {
	return p.LightSubject && (b == plan.OwnGround && cutTrust(p) > 0.3 || b == plan.EdgedGround)
}

// Calm is how much of the tone of each place is drawn where the outline is in doubt, 0…1: less far from what seems to be
// the subject, or hatching would cover a whole hillside behind a head. In a group everybody counts. The caller owns the
// plane.
func Calm(ctx context.Context, p *plan.Plan) *raster.Plane {
	far := float32(0.3) // of the tone that stays far from the subject
	if len(p.Faces) == 0 {
		far = 0.85 // nobody says that the subject is not there
	}
	quiet := (1 - cutTrust(p)) * (1 - far)
	if len(p.Faces) >= group {
		quiet = 0
	}
	if quiet == 0 {
		out := raster.New(p.W, p.H)
		out.Fill(1)
		return out
	}
	out := raster.Gaussian(ctx, p.Matte, 30*p.K)
	raster.Rows(ctx, p.H, func(y0, y1 int) {
		for i := y0 * p.W; i < y1*p.W; i++ {
			out.P[i] = 1 - quiet*(1-raster.Smoothstep(0, 0.4, out.P[i]))
		}
	})
	return out
}

// support is near 1 around those parts of the matte's outline that run along an edge of the photo. It varies slowly and is
// measured at half the size.
func support(ctx context.Context, p *plan.Plan, matte *raster.Plane) *raster.Plane {
	band, edge := raster.New(p.W, p.H), raster.New(p.W, p.H)
	raster.Rows(ctx, p.H, func(y0, y1 int) {
		for i := y0 * p.W; i < y1*p.W; i++ {
			if m := matte.P[i]; m > 0 && m < 1 {
				band.P[i] = 4 * m * (1 - m)
				edge.P[i] = band.P[i] * raster.Smoothstep(0.012, 0.04, p.Flow.Energy.P[i])
			}
		}
	})
	halfBand, halfEdge := raster.Shrink(ctx, band, 2), raster.Shrink(ctx, edge, 2)
	raster.Free(band, edge)
	wide, strong := raster.Gaussian(ctx, halfBand, 5*p.K), raster.Gaussian(ctx, halfEdge, 5*p.K)
	raster.Free(halfBand, halfEdge)
	defer raster.Free(wide, strong)
	for i, v := range strong.P {
		strong.P[i] = raster.Smoothstep(0.15, 0.55, (v+1e-4)/(wide.P[i]+1e-4))
	}
	return raster.Enlarge(ctx, strong, p.W, p.H)
}

// Margin is 1 in the sheet and falls to 0 towards its edges, irregularly, as a drawing does that was begun in the
// middle. The margin is about share of the short side. The caller owns the plane.
func Margin(ctx context.Context, w, h int, share float32, seed uint64) *raster.Plane {
	const every = 8 // pixels between the samples of the long hollows
	short := float32(min(w, h))
	hollows := raster.FBMEvery(ctx, image.Rect(0, 0, w/every+2, h/every+2), every, 0.28*short, 3, seed)
	defer hollows.Free()
	out := raster.New(w, h)
	raster.Rows(ctx, h, func(y0, y1 int) {
		for y := y0; y < y1; y++ {
			row := out.Row(y)
			for x := range row {
				edge := min(x, w-1-x, y, h-1-y)
				d := float32(edge) / short
				if d > 5*share {
					row[x] = 1
					continue
				}
				// Long hollows decide how far the drawing reaches; its border frays along the slant of the hand.
				n := hollows.Sample(float32(x)/every, float32(y)/every) - 0.5
				if a := share * (0.5 + 1.8*n); d > a+2.8*share {
					row[x] = 1 // however it frays
					continue
				} else if d < a-0.8*share {
					row[x] = 0
					continue
				}
				fx, fy := float32(x)/short, float32(y)/short
				fray := raster.FBMAt((fx-fy)*0.12, (fx+fy)*1.4, 0.03, 2, seed+1) - 0.5
				a := share * (0.5 + 1.8*n + 1.6*fray)
				row[x] = raster.Smoothstep(a, a+2*share, d) * raster.Smoothstep(0.15*share, 0.6*share, d)
			}
		}
	})
	return out
}

// FaceSize is the side of the main face in plan pixels, or for a subject without one the size that its head would
// have by its area.
func FaceSize(p *plan.Plan) float32 {
	if len(p.Faces) > 0 {
		return p.Faces[0].Size
	}
	area := float64(p.Matte.Mean(nil)) * float64(p.W) * float64(p.H)
	side := 0.9 * float32(math.Sqrt(area/math.Pi))
	return raster.Clamp(side, 120*p.K, 600*p.K)
}
