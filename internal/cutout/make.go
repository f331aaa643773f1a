package cutout

import (
	"context"
	"hash/fnv"
	"image"
	"strings"

	"easel/engine/cutout"
	"easel/engine/ingest"
	"easel/engine/inpaint"
	"easel/engine/mark"
	"easel/engine/matting"
	"easel/engine/raster"
	"easel/internal/fault"
)

// previewSide is the longer side of what is shown before a code is redeemed, at most; a small photo's is half its own.
const previewSide = 480

// cut finds the subject of the small copy and shows it before the ground that was chosen. When we are not sure, and nobody
// has said where the subject is, nothing is shown: the person is asked.
func cut(ctx context.Context, j *job, small *image.NRGBA) error {
	hints, err := j.hints()
	if err != nil {
		return err
	}
	found, err := cutout.Find(ctx, small, hints, seed)
	if err != nil {
		return err
	}
	defer raster.Free(found.Alpha, hints.Before)
	if err := j.remember(hints, found); err != nil {
		return err
	}
	alpha, err := putMatte(j.session.handle, found.Alpha)
	if err != nil {
		return err
	}
	swap := func(p *photo) {
		p.alpha, alpha = alpha, p.alpha
		p.Confidence, p.Engine = found.Confidence, ""
	}
	defer func() { j.session.handle.Drop(alpha) }() // the one that is not the photo's
	if found.Confidence < cutout.Sure {
		j.change(func(p *photo) {
			swap(p)
			p.State, p.Say = Asking, "We are not sure what the subject is. Draw over it, or put a box around it, and we look again."
		})
		return nil
	}
	if !said(hints) { // whoever has pointed something out gets what they pointed at
		known, err := j.recall(ctx, small)
		if known && !noRoom(err) {
			return err
		}
		if !known && j.hand(cutAway(raw(found.Alpha))) {
			j.change(func(p *photo) { swap(p); p.Stage = "asking elsewhere" })
			return nil
		}
	}
	j.tell("placing", 0.7)
	return j.preview(ctx, small, found.Alpha, swap)
}

// seed makes the same session's answers repeatable.
const seed = 1

// hints are what the person said, and what was found without help, so that a stroke mends a cut and does not begin anew.
func (j *job) hints() (h matting.Hints, err error) {
	j.session.room.mu.Lock()
	alone := j.photo.alone
	h.Box, h.Strokes = j.photo.box, append(h.Strokes, j.photo.marks...)
	j.session.room.mu.Unlock()
	if alone != "" && h.Box.Empty() && len(h.Strokes) > 0 {
		h.Before, err = getMatte(j.session.handle, alone)
	}
	return h, err
}

// remember keeps a sure cut that was found without help.
func (j *job) remember(hints matting.Hints, found *cutout.Cut) error {
	if !hints.Box.Empty() || len(hints.Strokes) > 0 || found.Confidence < cutout.Sure {
		return nil
	}
	alone, err := putMatte(j.session.handle, found.Alpha)
	if err != nil {
		return err
	}
	j.change(func(p *photo) { p.alone, alone = alone, p.alone })
	j.session.handle.Drop(alone) // the older one, or ours when something newer was asked for
	return nil
}

// place shows the cut as it is before the ground that was chosen.
func place(ctx context.Context, j *job, small *image.NRGBA) error {
	j.session.room.mu.Lock()
	item := j.photo.alpha
	j.session.room.mu.Unlock()
	alpha, err := getMatte(j.session.handle, item)
	if err != nil {
		return err
	}
	defer alpha.Free()
	return j.preview(ctx, small, alpha, func(*photo) {})
}

// preview shows a subject before its ground, small and marked. It is put together at the size at which it is shown.
func (j *job) preview(ctx context.Context, small *image.NRGBA, alpha *raster.Plane, also func(*photo)) error {
	j.session.room.mu.Lock()
	ground, backdrop := j.photo.Ground, j.photo.backdrop
	j.session.room.mu.Unlock()
	var err error
	if ground.Kind == cutout.Picture {
		if ground.Picture, err = get(j.session.handle, backdrop); err != nil {
			return err
		}
		defer clear(ground.Picture.Pix)
	}
	little := fitted(ctx, small, j.shrink(small))
	part := alpha
	if little != small {
		defer clear(little.Pix)
		part = raster.Resize(ctx, alpha, little.Rect.Dx(), little.Rect.Dy())
		defer part.Free()
	}
	out, err := cutout.Place(ctx, little, part, ground)
	if err != nil {
		return err
	}
	return j.publish(ctx, out, "", also)
}

// shrink is how much smaller than the picture its preview is.
func (j *job) shrink(img *image.NRGBA) float64 {
	side := min(previewSide, max(j.photo.W, j.photo.H)/2)
	return float64(side) / float64(max(img.Rect.Dx(), img.Rect.Dy()))
}

// publish shows a result small and marked, and with it that the photo is ready. What else is to change changes with it.
func (j *job) publish(ctx context.Context, out *image.NRGBA, say string, also func(*photo)) error {
	defer clear(out.Pix)
	little := fitted(ctx, out, j.shrink(out))
	defer clear(little.Pix)
	marked, err := mark.Preview(ctx, little, random(j.photo.ID))
	if err != nil {
		return err
	}
	file := newBuffer()
	if err := ingest.EncodePNG(file, marked); err != nil {
		return err
	}
	item, pass, err := show(j.session.handle, file.data)
	if err != nil {
		return err
	}
	j.change(func(p *photo) {
		p.show[1], item = item, p.show[1]
		p.Preview = pass
		p.State, p.Stage, p.Done, p.Say = Ready, "", 1, say
		also(p)
	})
	j.session.handle.Drop(item) // the older one, or ours when something newer was asked for
	return nil
}

// random is a number that differs from photo to photo, so that marks lie elsewhere on each.
func random(id string) uint64 {
	h := fnv.New64a()
	_, _ = h.Write([]byte(id)) // never fails
	return h.Sum64()
}

// seek finds who is to be taken out of the small copy and shows it; nothing is filled before somebody has looked.
func seek(ctx context.Context, j *job, small *image.NRGBA) error {
	hints, err := j.hints()
	if err != nil {
		return err
	}
	crowd, err := cutout.Crowded(ctx, small, hints.Strokes, seed)
	if err != nil {
		return err
	}
	defer raster.Free(crowd.Mask, crowd.Subject)
	say := "What is red goes. Draw from head to foot over whoever else should go, or over what should stay; then take them out."
	if crowd.People == 0 && len(hints.Strokes) == 0 {
		say = "Nobody but the main subject shows a face here. Draw from head to foot over whom to take out."
	}
	return j.ask(ctx, small, crowd, say)
}

// ask shows what would go and waits for a word.
func (j *job) ask(ctx context.Context, small *image.NRGBA, crowd *cutout.Crowd, say string) (err error) {
	var mask, stays, item, pass string
	defer func() { // those that are not the photo's
		for _, left := range []string{mask, stays, item} {
			j.session.handle.Drop(left)
		}
	}()
	if mask, err = putMatte(j.session.handle, crowd.Mask); err != nil {
		return err
	}
	if stays, err = putMatte(j.session.handle, crowd.Subject); err != nil {
		return err
	}
	red := tinted(small, crowd.Mask)
	defer clear(red.Pix)
	file := newBuffer()
	if err := ingest.EncodeJPEG(file, fitted(ctx, red, viewSide/float64(max(small.Rect.Dx(), small.Rect.Dy()))), 85); err != nil {
		return err
	}
	if item, pass, err = show(j.session.handle, file.data); err != nil {
		return err
	}
	j.change(func(p *photo) {
		p.alpha, mask = mask, p.alpha
		p.stays, stays = stays, p.stays
		p.show[2], item = item, p.show[2]
		p.Mask, p.Preview = pass, ""
		p.State, p.Stage, p.Done, p.Say = Asking, "", 1, say
	})
	return nil
}

// tinted shows what goes in red.
func tinted(img *image.NRGBA, mask *raster.Plane) *image.NRGBA {
	out := image.NewNRGBA(img.Rect)
	copy(out.Pix, img.Pix)
	for i, m := range mask.P {
		if m > 0.5 {
			out.Pix[4*i] = uint8(127 + int(out.Pix[4*i])/2)
			out.Pix[4*i+1], out.Pix[4*i+2] = out.Pix[4*i+1]/2, out.Pix[4*i+2]/2
		}
	}
	return out
}

// fill lets the crowd be taken out elsewhere, or takes it out.
func fill(ctx context.Context, j *job, small *image.NRGBA) error {
	if j.hand(fillAway) {
		return nil
	}
	return fillHere(ctx, j, small)
}

// fillHere takes the crowd out of the small copy and shows the result.
func fillHere(ctx context.Context, j *job, small *image.NRGBA) error {
	out, hidden, err := j.session.cleared(ctx, j.photo, small, j.tell)
	if err != nil {
		return err
	}
	say := ""
	if hidden {
		say = "Much of what is behind them was hidden, so a good part of this is a guess. Look at it closely."
	}
	return j.publish(ctx, out, say, func(p *photo) {
		p.Engine = ""
		p.Say, p.declined = strings.TrimSpace(p.declined+" "+p.Say), ""
	})
}

// cleared takes what was found out of a picture of any size, and reports whether much of the ground was hidden by it.
func (ss *Session) cleared(ctx context.Context, p *photo, img *image.NRGBA, tell func(string, float64)) (out *image.NRGBA, hidden bool, err error) {
	ss.room.mu.Lock()
	alpha, stays := p.alpha, p.stays
	ss.room.mu.Unlock()
	crowd := &cutout.Crowd{Main: -1}
	defer func() { raster.Free(crowd.Mask, crowd.Subject) }()
	for item, plane := range map[string]**raster.Plane{alpha: &crowd.Mask, stays: &crowd.Subject} {
		small, err := getMatte(ss.handle, item)
		if err != nil {
			return nil, false, err
		}
		*plane = raster.Enlarge(ctx, small, img.Rect.Dx(), img.Rect.Dy())
		small.Free()
	}
	if crowd.Mask.Mean(nil) == 0 {
		return nil, false, fault.New(fault.Invalid, "Nobody is marked to be taken out. Draw over whom to take out first.")
	}
	hidden = crowd.Hidden(ctx)
	out, err = crowd.Clear(ctx, img, inpaint.Options{Seed: seed, Progress: tell})
	return out, hidden, err
}
