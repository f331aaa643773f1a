package cutout

import (
	"context"
	"crypto/rand"
	"fmt"
	"image"
	"io"
	"math"

	"easel/engine/cutout"
	"easel/engine/ingest"
	"easel/engine/raster"
	"easel/internal/fault"
	"easel/internal/sandbox"
)

// Sizes of the copies that are kept, in pixels.
const (
	smallPixels = 1_200_000 // on which cuts are tried
	viewSide    = 900       // of the copy that the page shows
)

// Bring takes a photo into the session and lets it wait to be worked on. It is sealed as it arrives, so that it counts
// against the budget before anything opens it. Name is the file's name as the browser told it. On an error nothing is kept.
func (ss *Session) Bring(ctx context.Context, kind Kind, name string, r io.Reader) (Photo, error) {
	if kind != Background && kind != Crowd {
		return Photo{}, fault.New(fault.Invalid, "Choose what to take out: the background or the crowd.")
	}
	if err := ss.hasRoom(); err != nil {
		return Photo{}, err
	}
	p := &photo{delivery: make(chan struct{}, 1), Photo: Photo{ID: rand.Text(), Name: ingest.Name(name), Kind: kind, Ground: cutout.Ground{Kind: cutout.Transparent}}}
	err := ss.receive(ctx, r, &p.file, func(img *image.NRGBA) error { return ss.keep(ctx, p, img) })
	if err == nil {
		err = ss.admit(p)
	}
	if err != nil {
		ss.drop(p)
		return Photo{}, err
	}
	return ss.see(p), nil
}

// receive seals a file as it arrives and opens it when its turn comes.
func (ss *Session) receive(ctx context.Context, r io.Reader, item *string, use func(*image.NRGBA) error) (err error) {
	arriving := ss.service.arriving
	if err := arriving.full(ss.handle.Network()); err != nil {
		return err
	}
	if *item, _, err = ss.handle.Put(io.LimitReader(r, ss.service.decoder.Most()+1)); err != nil {
		return err
	}
	leave, err := arriving.enter(ctx, ss.handle.Network())
	if err != nil {
		return err
	}
	defer leave()
	img, err := ss.reopen(ctx, *item)
	if err != nil {
		return err
	}
	defer clear(img.Pix)
	return use(img)
}

// reopen opens a file that is kept. The pixels are the caller's to clear.
func (ss *Session) reopen(ctx context.Context, item string) (*image.NRGBA, error) {
	r, err := ss.handle.Open(item)
	if err != nil {
		return nil, err
	}
	defer func() { _ = r.Close() }() // it wipes a buffer and cannot fail
	picture, err := ss.service.decoder.DecodeReader(ctx, r)
	if err != nil {
		return nil, sandbox.Fault(err)
	}
	return picture.Image, nil
}

// admit puts the photo among the session's and lets it wait for its first look.
func (ss *Session) admit(p *photo) error {
	ss.room.mu.Lock()
	defer ss.room.mu.Unlock()
	if err := ss.room.full(ss.service.config.Photos); err != nil {
		return err
	}
	if err := ss.enqueue(p, rest{State: Failed, Say: stopped}, first(p.Kind), false); err != nil {
		return err
	}
	ss.room.photos = append(ss.room.photos, p)
	return nil
}

// stopped is what is said of a photo whose first look was stopped.
const stopped = "You stopped this before there was a result."

// first is what is done with a photo to begin with, and when somebody drew on it.
func first(kind Kind) task {
	if kind == Crowd {
		return seek
	}
	return cut
}

// hasRoom says why no photo can be brought now, before one is sent.
func (ss *Session) hasRoom() error {
	ss.room.mu.Lock()
	defer ss.room.mu.Unlock()
	if err := ss.room.full(ss.service.config.Photos); err != nil {
		return err
	}
	return ss.service.line.full(ss.handle.Network())
}

func (r *room) full(most int) error {
	if n := len(r.photos); n >= most {
		return fault.New(fault.Conflict, fmt.Sprintf("There are %d photos here already, as many as fit. Remove one, or end the session and begin another.", n))
	}
	return nil
}

// keep seals the small copy and the copy that the page shows.
func (ss *Session) keep(ctx context.Context, p *photo, img *image.NRGBA) (err error) {
	p.W, p.H = img.Rect.Dx(), img.Rect.Dy()
	small := fitted(ctx, img, math.Sqrt(smallPixels/float64(p.W*p.H)))
	defer clear(small.Pix)
	p.k = float64(small.Rect.Dx()) / float64(p.W)
	if p.small, err = put(ss.handle, small); err != nil {
		return err
	}
	file := newBuffer()
	view := fitted(ctx, small, viewSide/float64(max(small.Rect.Dx(), small.Rect.Dy())))
	defer clear(view.Pix)
	if err := ingest.EncodeJPEG(file, view, 85); err != nil {
		return err
	}
	if p.show[0], p.View, err = show(ss.handle, file.data); err != nil {
		return err
	}
	return ctx.Err()
}

// fitted is the picture made smaller by a factor; never larger.
func fitted(ctx context.Context, img *image.NRGBA, k float64) *image.NRGBA {
	if k >= 1 {
		return img
	}
	return raster.ResizeNRGBA(ctx, img, max(1, int(float64(img.Rect.Dx())*k+0.5)), max(1, int(float64(img.Rect.Dy())*k+0.5)))
}

// Remove wipes one photo and what was made of it.
func (ss *Session) Remove(id string) error {
	ss.room.mu.Lock()
	defer ss.room.mu.Unlock()
	p, err := ss.room.find(id)
	if err != nil {
		return err
	}
	p.round++ // whatever is under way finds nothing to change
	ss.service.line.drop(p)
	ss.drop(p)
	for n := range ss.room.photos {
		if ss.room.photos[n] == p {
			ss.room.photos = append(ss.room.photos[:n], ss.room.photos[n+1:]...)
			break
		}
	}
	ss.room.tell()
	return nil
}

// drop wipes what was kept of a photo.
func (ss *Session) drop(p *photo) {
	for _, item := range append([]string{p.file, p.small, p.alone, p.alpha, p.stays, p.behind, p.backdrop, p.distant}, p.show[:]...) {
		ss.handle.Drop(item)
	}
	ss.service.sweep.ask()
}
