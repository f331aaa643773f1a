// Package inpaint fills holes in photos with what is around them, so that a person or a thing that was taken out seems
// never to have stood there. On a small copy patches that agree with each other and with the hole's edge say what belongs
// where (Wexler, Shechtman and Irani 2007, with the search of Barnes and others 2009). Whole pieces are then copied from as
// far away as the photo repeats itself and as those patches lie (He and Sun 2012), cut where they meet best (Pritch and others
// 2009), and brought to each other's light (after Pérez and others 2003).
package inpaint

import (
	"context"
	"fmt"
	"image"

	"easel/engine/raster"
)

// Options say how to fill.
type Options struct {
	Seed     uint64 // another seed, another filling
	Pixels   int    // work size; 0 means 1.5 million. Larger surroundings are searched smaller and copied at full size
	Progress func(stage string, done float64)
}

// Check reports what is wrong with the options.
func (o Options) Check() error {
	if o.Pixels < 0 || o.Pixels > 0 && o.Pixels < 1<<14 {
		return fmt.Errorf("inpaint: a hole cannot be filled at %d pixels", o.Pixels)
	}
	return nil
}

const workPixels = 1_500_000

// Refusal says why a hole is not filled, in sentences for the person who made it.
type Refusal struct{ Say string }

func (r *Refusal) Error() string { return "inpaint: " + r.Say }

// What cannot be filled believably: the hole leaves too little of the photo, or is open on too many sides.
const (
	largest   = 0.35
	openSides = 3
)

// Fill returns a copy of src in which the pixels where hole is over a half are replaced by what could have been behind
// them. Nothing is copied from where protect, which may be nil, is over a half. Both planes are as large as src, whose
// alpha is kept. Errors are the context's, a *Refusal, or of wrong sizes.
func Fill(ctx context.Context, src *image.NRGBA, hole, protect *raster.Plane, o Options) (*image.NRGBA, error) {
	if err := o.Check(); err != nil {
		return nil, err
	}
	w, h := src.Rect.Dx(), src.Rect.Dy()
	if hole.W != w || hole.H != h || protect != nil && (protect.W != w || protect.H != h) {
		return nil, fmt.Errorf("inpaint: hole and protect must be as large as the photo, %d×%d", w, h)
	}
	full := newScene(src, hole, protect)
	if err := full.refuse(); err != nil {
		return nil, err
	}
	result := copyOf(src)
	if full.holes == 0 {
		return result, nil
	}
	if o.Progress == nil {
		o.Progress = func(string, float64) {}
	}
	groups := full.groups()
	done := 0
	for _, box := range groups {
		part := full.within(box)
		begun, share := float64(done)/float64(full.holes), float64(part.holes)/float64(full.holes)
		near := part.surroundings()
		scene := part.crop(near)
		if err := scene.complete(ctx, o, func(stage string, done float64) { o.Progress(stage, begun+share*done) }); err != nil {
			return nil, err
		}
		scene.paste(result, near.Min)
		done += part.holes
	}
	return result, nil
}

func copyOf(src *image.NRGBA) *image.NRGBA {
	w, h := src.Rect.Dx(), src.Rect.Dy()
	out := image.NewNRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		from := src.PixOffset(src.Rect.Min.X, src.Rect.Min.Y+y)
		copy(out.Pix[y*out.Stride:][:4*w], src.Pix[from:from+4*w])
	}
	return out
}

// complete fills the scene's hole in place.
func (s *scene) complete(ctx context.Context, o Options, tell func(stage string, done float64)) error {
	levels := s.pyramid(o.Pixels)
	if len(levels) == 0 {
		return &Refusal{"There is too little of the photo left around the hole to fill it from. Take out less, or bring a photo that shows more."}
	}
	f := &filler{levels: levels, seed: o.Seed, tell: tell}
	m, err := f.run(ctx)
	if err != nil {
		return err
	}
	tell("joining", 0.9)
	if m.scene.W() != s.W() || m.scene.H() != s.H() {
		m = m.enlarged(s)
	} else {
		s.img = m.scene.img
		m.scene = s
	}
	m.lay()
	m.blend(ctx)
	tell("joining", 1)
	return ctx.Err()
}
