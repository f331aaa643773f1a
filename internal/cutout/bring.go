package cutout

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"image"
	"io"
	"math"
	"path/filepath"
	"strings"
	"unicode"

	"easel/engine/cutout"
	"easel/engine/ingest"
	"easel/engine/raster"
	"easel/internal/fault"
)

// Sizes of the copies that are kept, in pixels.
const (
	smallPixels = 1_200_000 // on which cuts are tried
	viewSide    = 900       // of the copy that the page shows
	nameMost    = 80        // letters of a file's name
)

// Bring takes a photo into the session and lets it wait to be worked on. Name is the file's name as the browser told it. On
// an error nothing is kept.
func (ss *Session) Bring(ctx context.Context, kind Kind, name string, r io.Reader) (Photo, error) {
	if kind != Background && kind != Crowd {
		return Photo{}, fault.New(fault.Invalid, "Choose what to take out: the background or the crowd.")
	}
	if err := ss.hasRoom(); err != nil {
		return Photo{}, err
	}
	data, err := ss.service.decoder.Read(ctx, r)
	if err != nil {
		return Photo{}, refusal(err)
	}
	defer clear(data)
	picture, err := ss.service.decoder.Decode(ctx, data)
	if err != nil {
		return Photo{}, refusal(err)
	}
	defer clear(picture.Image.Pix)
	p := &photo{delivery: make(chan struct{}, 1), Photo: Photo{ID: rand.Text(), Name: cleanName(name), Kind: kind, W: picture.Image.Rect.Dx(), H: picture.Image.Rect.Dy(), Ground: cutout.Ground{Kind: cutout.Transparent}}}
	if err := ss.keep(ctx, p, data, picture.Image); err != nil {
		ss.drop(p)
		return Photo{}, err
	}
	ss.room.mu.Lock()
	defer ss.room.mu.Unlock()
	if err := ss.enqueue(p, ss.first(kind)); err != nil {
		ss.drop(p)
		return Photo{}, err
	}
	ss.room.photos = append(ss.room.photos, p)
	return ss.shown(p), nil
}

func (ss *Session) first(kind Kind) func(context.Context, *job) error {
	if kind == Crowd {
		return seek
	}
	return cut
}

func (ss *Session) hasRoom() error {
	ss.room.mu.Lock()
	defer ss.room.mu.Unlock()
	if n := len(ss.room.photos); n >= ss.service.config.Photos {
		return fault.New(fault.Conflict, fmt.Sprintf("There are %d photos here already, as many as fit. Remove one, or end the session and begin another.", n))
	}
	return nil
}

// keep seals the file, the small copy and the copy that the page shows.
func (ss *Session) keep(ctx context.Context, p *photo, data []byte, img *image.NRGBA) (err error) {
	if p.file, _, err = ss.handle.Put(bytes.NewReader(data)); err != nil {
		return err
	}
	small := fitted(ctx, img, math.Sqrt(smallPixels/float64(p.W*p.H)))
	p.k = float64(small.Rect.Dx()) / float64(p.W)
	if p.small, err = put(ss.handle, small); err != nil {
		return err
	}
	var view bytes.Buffer
	if err := ingest.EncodeJPEG(&view, fitted(ctx, small, viewSide/float64(max(small.Rect.Dx(), small.Rect.Dy()))), 85); err != nil {
		return err
	}
	if p.show[0], p.View, err = show(ss.handle, view.Bytes()); err != nil {
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
	ss.drop(p)
	for n := range ss.room.photos {
		if ss.room.photos[n] == p {
			ss.room.photos = append(ss.room.photos[:n], ss.room.photos[n+1:]...)
			break
		}
	}
	return nil
}

// drop wipes what was kept of a photo.
func (ss *Session) drop(p *photo) {
	for _, item := range append([]string{p.file, p.small, p.alone, p.alpha, p.stays}, p.show[:]...) {
		ss.handle.Drop(item)
	}
}

// refusal gives the decoder's sentences the server's kinds.
func refusal(err error) error {
	var r *ingest.Refusal
	if !errors.As(err, &r) {
		return err
	}
	kind := fault.Invalid
	if r.Reason == ingest.TooLarge || r.Reason == ingest.TooManyPixels {
		kind = fault.TooLarge
	}
	return fault.Wrap(err, kind, r.Say)
}

// cleanName is a file's name without its path, its ending and what no name should hold.
func cleanName(name string) string {
	base := filepath.Base(strings.ReplaceAll(name, "\\", "/"))
	base = strings.TrimSuffix(base, filepath.Ext(base))
	base = strings.Map(func(r rune) rune {
		if r < ' ' || !unicode.IsPrint(r) || strings.ContainsRune(`/:*?"<>|`, r) {
			return -1
		}
		return r
	}, base)
	if letters := []rune(strings.Trim(base, ". ")); len(letters) > 0 {
		return string(letters[:min(len(letters), nameMost)])
	}
	return "photo"
}
