package cutout

import (
	"context"
	"image"

	"easel/engine/cutout"
	"easel/internal/fault"
)

// Full makes the picture at the photo's own size, unmarked: what a code opens. One is made at a time; others wait. The result
// is the caller's, who clears it when it is delivered.
func (ss *Session) Full(ctx context.Context, id string) (*image.NRGBA, error) {
	ss.room.mu.Lock()
	p, err := ss.room.find(id)
	if err == nil && p.State != Ready {
		err = fault.New(fault.Conflict, "There is no result to download yet. Wait until its preview is shown.")
	}
	if err != nil {
		ss.room.mu.Unlock()
		return nil, err
	}
	shot := *p
	ss.room.mu.Unlock()
	select {
	case ss.service.large <- struct{}{}:
		defer func() { <-ss.service.large }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(ss.handle.Context(), cancel)()
	r, err := ss.handle.Open(shot.file)
	if err != nil {
		return nil, err
	}
	defer func() { _ = r.Close() }() // it wipes a buffer and cannot fail
	picture, err := ss.service.decoder.DecodeReader(ctx, r)
	if err != nil {
		return nil, refusal(err)
	}
	defer clear(picture.Image.Pix)
	if shot.Kind == Crowd {
		out, _, err := ss.cleared(ctx, &shot, picture.Image, nil)
		return out, err
	}
	alpha, err := getMatte(ss.handle, shot.alpha)
	if err != nil {
		return nil, err
	}
	defer alpha.Free()
	whole, err := (&cutout.Cut{Alpha: alpha}).Enlarged(ctx, picture.Image)
	if err != nil {
		return nil, err
	}
	defer whole.Free()
	return cutout.Place(ctx, picture.Image, whole, shot.Ground)
}

// Deliver lets one delivery of a photo run at a time: whoever asks again while one is under way waits to see how it ended,
// and neither pays twice nor gets a picture that nobody paid for. The caller calls release when it has ended.
func (ss *Session) Deliver(ctx context.Context, id string) (release func(), err error) {
	ss.room.mu.Lock()
	p, err := ss.room.find(id)
	ss.room.mu.Unlock()
	if err != nil {
		return nil, err
	}
	select {
	case p.delivery <- struct{}{}:
		return func() { <-p.delivery }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// Unlock notes that the photo's full picture was paid for: from then on downloading it again is free.
func (ss *Session) Unlock(id string) error {
	ss.room.mu.Lock()
	defer ss.room.mu.Unlock()
	p, err := ss.room.find(id)
	if err == nil {
		p.Unlocked = true
	}
	return err
}
