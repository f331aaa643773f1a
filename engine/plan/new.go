package plan

import (
	"context"
	"errors"
	"fmt"
	"image"
	"math"

	"easel/engine/face"
	"easel/engine/matting"
	"easel/engine/raster"
)

const (
	maxPixels = 2_000_000 // default work size: beyond it strokes of hand size do not gain
	fewPixels = 800_000   // photos below this are enlarged, or strokes would be wider than eyes
	minPixels = 900_000   // to this
	unit      = 1400      // long side at which K is 1
)

// Options say how a photo is to be looked at.
type Options struct {
	MaxPixels int             // of the work size; 0 means two million
	Crop      image.Rectangle // the part of the photo to draw; empty means all of it
	Seed      uint64
	Progress  func(stage string, done float64) // called with plain words and 0…1, rising; may be nil
}

// ErrCrop says that the crop has no pixel in the photo.
var ErrCrop = errors.New("the crop lies outside the photo")

// New looks at a photo. The photo is not changed and not kept. It fails with ErrCrop, with the context's error, or
// when the face cascades are not built in.
func New(ctx context.Context, src *image.NRGBA, o Options) (*Plan, error) {
	if err := face.Ready(); err != nil {
		return nil, err
	}
	if !o.Crop.Empty() {
		part := o.Crop.Add(src.Rect.Min).Intersect(src.Rect)
		if part.Empty() {
			return nil, fmt.Errorf("%w: %v of %v", ErrCrop, o.Crop, src.Rect.Size())
		}
		src = src.SubImage(part).(*image.NRGBA) //nolint:forcetypeassert // a part of an NRGBA is one
	}
	if src.Rect.Empty() {
		return nil, fmt.Errorf("%w: the photo is empty", ErrCrop)
	}
	p := sized(src.Rect.Size(), o.MaxPixels)
	var even raster.RGB
	defer func() { p.forget(even) }()
	for _, s := range []struct {
		say  string
		done float64
		run  func()
	}{
		{"Looking at the photo", 0, func() { p.look(ctx, src, o.Seed); even = p.evenly(ctx) }},
		{"Finding faces", 0.15, func() { p.Faces = face.Find(ctx, p.Luma) }},
		{"Telling the subject from what is behind it", 0.35, func() {
			p.Matte, p.MatteConfidence = matting.Figure(ctx, even, p.Faces, o.Seed)
			p.clearBeside(ctx, even)
		}},
		{"Following the forms", 0.75, func() { p.Flow = raster.NewFlow(ctx, p.Colour, max(1.2, 3*p.K), 4) }},
		{"Deciding what matters", 0.9, func() { p.weigh(ctx) }},
	} {
		if o.Progress != nil {
			o.Progress(s.say, s.done)
		}
		s.run()
		if err := ctx.Err(); err != nil {
			p.Free()
			return nil, err
		}
	}
	if o.Progress != nil {
		o.Progress("Deciding what matters", 1)
	}
	return p, nil
}

// sized returns a plan with the sizes set.
func sized(photo image.Point, most int) *Plan {
	if most <= 0 {
		most = maxPixels
	}
	want := float64(photo.X) * float64(photo.Y)
	if want < fewPixels {
		want = minPixels
	}
	scale := math.Sqrt(min(want, float64(most)) / (float64(photo.X) * float64(photo.Y)))
	w := max(1, int(math.Round(float64(photo.X)*scale)))
	h := max(1, int(math.Round(float64(photo.Y)*scale)))
	p := &Plan{W: w, H: h, K: float32(max(w, h)) / unit, Out: image.Pt(w, h)}
	if scale > 1 {
		p.Out = photo
	}
	return p
}

// look reads the photo at work size and measures its colours and noise.
func (p *Plan) look(ctx context.Context, src *image.NRGBA, seed uint64) {
	p.Colour = raster.FromNRGBAAt(ctx, src, p.W, p.H)
	p.Luma = raster.Luma(ctx, p.Colour)
	p.Noise = noise(ctx, p.Luma)
	ends := p.Luma.Percentiles(nil, 0.005, 0.995)
	stretch(ctx, p.Luma, ends[0], ends[1])
	p.Palette = raster.Palette(ctx, p.Colour, nil, 8, seed)
}

// measureLight tells photos that are much too dark.
func (p *Plan) measureLight(ctx context.Context) {
	const dim, enough, most = 0.85, 0.97, 2.6
	peak := raster.New(p.W, p.H)
	defer peak.Free()
	raster.Rows(ctx, p.H, func(y0, y1 int) {
		for i := y0 * p.W; i < y1*p.W; i++ {
			peak.P[i] = max(p.Colour[0].P[i], p.Colour[1].P[i], p.Colour[2].P[i])
		}
	})
	p.light = 1
	if lights := peak.Percentile(0.995, nil); lights < dim {
		p.light = min(enough/max(lights, 0.01), most)
	}
}

// evenly returns the photo as it would be if enough light had been let in: what is behind the subject and how vivid
// colours are must not depend on the exposure. It is the photo itself where that has lights enough.
func (p *Plan) evenly(ctx context.Context) raster.RGB {
	p.measureLight(ctx)
	if p.light == 1 {
		return p.Colour
	}
	out := p.Colour.Clone()
	raster.Rows(ctx, p.H, func(y0, y1 int) {
		for _, c := range out {
			for i := y0 * p.W; i < y1*p.W; i++ {
				c.P[i] = min(1, p.light*c.P[i])
			}
		}
	})
	return out
}

// forget hands back what evenly returned, unless it is the photo itself.
func (p *Plan) forget(even raster.RGB) {
	if even[0] != nil && even[0] != p.Colour[0] {
		even.Free()
	}
}

// stretch maps lo…hi to 0…1 in place. A picture of one tone stays as it is.
func stretch(ctx context.Context, l *raster.Plane, lo, hi float32) {
	if hi-lo < 0.02 {
		return
	}
	k := 1 / (hi - lo)
	raster.Rows(ctx, l.H, func(y0, y1 int) {
		for i, v := range l.P[y0*l.W : y1*l.W] {
			l.P[y0*l.W+i] = raster.Clamp((v-lo)*k, 0, 1)
		}
	})
}

// noise estimates the deviation of the photo's noise from the median of a filter that answers neither to slopes nor
// to straight edges (Immerkær 1996, with the median instead of the mean because textures are no noise).
func noise(ctx context.Context, l *raster.Plane) float32 {
	if l.W < 3 || l.H < 3 {
		return 0
	}
	answers := raster.New(l.W-2, l.H-2)
	defer answers.Free()
	raster.Rows(ctx, answers.H, func(y0, y1 int) {
		for y := y0; y < y1; y++ {
			a, b, c, row := l.Row(y), l.Row(y+1), l.Row(y+2), answers.Row(y)
			for x := range row {
				v := a[x] + a[x+2] + c[x] + c[x+2] - 2*(a[x+1]+b[x]+b[x+2]+c[x+1]) + 4*b[x+1]
				row[x] = max(v, -v)
			}
		}
	})
	return answers.Percentile(0.5, nil) / 0.6745 / 6
}

// Free hands the plan's planes back. The plan must not be used afterwards.
func (p *Plan) Free() {
	for _, c := range p.Colour {
		c.Free()
	}
	raster.Free(p.Luma, p.Matte, p.Importance)
	if p.Flow != nil {
		p.Flow.Free()
	}
}
