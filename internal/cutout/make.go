package cutout

import (
	"bytes"
	"context"
	"hash/fnv"
	"image"

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
func cut(ctx context.Context, j *job) error {
	small, err := get(j.session.handle, j.photo.small)
	if err != nil {
		return err
	}
	defer clear(small.Pix)
	hints, err := j.hints()
	if err != nil {
		return err
	}
	found, err := cutout.Find(ctx, small, hints, seed)
	if err != nil {
		return err
	}
	defer raster.Free(found.Alpha, hints.Before)
	alpha, err := putMatte(j.session.handle, found.Alpha)
	if err != nil {
		return err
	}
	asking := found.Confidence < cutout.Sure
	if err := j.remember(hints, found); err != nil {
		return err
	}
	if !j.change(func(p *photo) {
		j.session.handle.Drop(p.alpha)
		p.alpha, p.Confidence = alpha, found.Confidence
		if asking {
			p.State, p.Say = Asking, "We are not sure what the subject is. Draw over it, or put a box around it, and we look again."
		}
	}) {
		j.session.handle.Drop(alpha)
		return nil
	}
	if asking {
		return nil
	}
	j.tell("placing", 0.7)
	return j.preview(ctx, small, found.Alpha)
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
	j.change(func(p *photo) {
		j.session.handle.Drop(p.alone)
		p.alone, alone = alone, ""
	})
	j.session.handle.Drop(alone) // something newer was asked for
	return nil
}

// preview shows a subject before its ground, small and marked.
func (j *job) preview(ctx context.Context, small *image.NRGBA, alpha *raster.Plane) error {
	j.session.room.mu.Lock()
	ground := j.photo.Ground
	j.session.room.mu.Unlock()
	out, err := cutout.Place(ctx, small, alpha, ground)
	if err != nil {
		return err
	}
	return j.publish(ctx, out, "")
}

// publish shows a result small and marked, and with it that the photo is ready.
func (j *job) publish(ctx context.Context, out *image.NRGBA, say string) error {
	side := min(previewSide, max(j.photo.W, j.photo.H)/2)
	little := fitted(ctx, out, float64(side)/float64(max(out.Rect.Dx(), out.Rect.Dy())))
	marked, err := mark.Preview(ctx, little, random(j.photo.ID))
	if err != nil {
		return err
	}
	clear(out.Pix)
	var file bytes.Buffer
	if err := ingest.EncodePNG(&file, marked); err != nil {
		return err
	}
	item, pass, err := show(j.session.handle, file.Bytes())
	if err != nil {
		return err
	}
	if !j.change(func(p *photo) {
		j.session.handle.Drop(p.show[1])
		p.show[1], p.Preview = item, pass
		p.State, p.Stage, p.Done, p.Say = Ready, "", 1, say
	}) {
		j.session.handle.Drop(item)
	}
	return nil
}

// random is a number that differs from photo to photo, so that marks lie elsewhere on each.
func random(id string) uint64 {
	h := fnv.New64a()
	_, _ = h.Write([]byte(id)) // never fails
	return h.Sum64()
}

// seek finds who is to be taken out of the small copy and shows it; nothing is filled before somebody has looked.
func seek(ctx context.Context, j *job) error {
	small, err := get(j.session.handle, j.photo.small)
	if err != nil {
		return err
	}
	defer clear(small.Pix)
	hints, err := j.hints()
	if err != nil {
		return err
	}
	crowd, err := cutout.Crowded(ctx, small, hints.Strokes, seed)
	if err != nil {
		return err
	}
	defer raster.Free(crowd.Mask, crowd.Subject)
	mask, err := putMatte(j.session.handle, crowd.Mask)
	if err != nil {
		return err
	}
	stays, err := putMatte(j.session.handle, crowd.Subject)
	if err != nil {
		return err
	}
	var file bytes.Buffer
	if err := ingest.EncodeJPEG(&file, fitted(ctx, tinted(small, crowd.Mask), viewSide/float64(max(small.Rect.Dx(), small.Rect.Dy()))), 85); err != nil {
		return err
	}
	item, pass, err := show(j.session.handle, file.Bytes())
	if err != nil {
		return err
	}
	say := "What is red goes. Draw over whoever else should go, or over what should stay; then fill the ground."
	if crowd.People == 0 && len(hints.Strokes) == 0 {
		say = "Nobody but the main subject shows a face here. Draw over whom to take out."
	}
	j.change(func(p *photo) {
		j.session.handle.Drop(p.alpha)
		j.session.handle.Drop(p.stays)
		j.session.handle.Drop(p.show[2])
		p.alpha, p.stays, p.show[2], p.Mask = mask, stays, item, pass
		p.State, p.Stage, p.Done, p.Say, p.Preview = Asking, "", 1, say, ""
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

// fill takes the crowd out of the small copy and shows the result.
func fill(ctx context.Context, j *job) error {
	small, err := get(j.session.handle, j.photo.small)
	if err != nil {
		return err
	}
	defer clear(small.Pix)
	out, report, err := j.session.cleared(ctx, j.photo, small, j.tell)
	if err != nil {
		return err
	}
	say := ""
	if report.Doubtful() {
		say = "The filled ground is unlike what is around it. Look closely before you take it."
	}
	return j.publish(ctx, out, say)
}

// cleared takes what was found out of a picture of any size.
func (ss *Session) cleared(ctx context.Context, p *photo, img *image.NRGBA, tell func(string, float64)) (*image.NRGBA, inpaint.Report, error) {
	ss.room.mu.Lock()
	alpha, stays := p.alpha, p.stays
	ss.room.mu.Unlock()
	crowd := &cutout.Crowd{Main: -1}
	for item, plane := range map[string]**raster.Plane{alpha: &crowd.Mask, stays: &crowd.Subject} {
		small, err := getMatte(ss.handle, item)
		if err != nil {
			return nil, inpaint.Report{}, err
		}
		*plane = raster.Enlarge(ctx, small, img.Rect.Dx(), img.Rect.Dy())
		small.Free()
	}
	defer raster.Free(crowd.Mask, crowd.Subject)
	if crowd.Mask.Mean(nil) == 0 {
		return nil, inpaint.Report{}, fault.New(fault.Invalid, "Nobody is marked to be taken out. Draw over whom to take out first.")
	}
	return crowd.Clear(ctx, img, inpaint.Options{Seed: seed, Progress: tell})
}
