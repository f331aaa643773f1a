package cutout

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"math"

	"easel/engine/cutout"
	"easel/engine/ingest"
	"easel/engine/matting"
	"easel/engine/raster"
	"easel/internal/fault"
	"easel/internal/provider"
)

// parcel is what is sent elsewhere: a fresh file of upright pixels, with nothing of the one that was brought but those.
type parcel struct {
	data, mask []byte
	w, h       int
}

func (p *parcel) clear() {
	clear(p.data)
	clear(p.mask)
}

// qualities are tried in order until a photo's file is small enough.
var qualities = []int{95, 88, 75}

// prepare makes what an engine is sent.
func (j *job) prepare(ctx context.Context, h Hosted) (*parcel, error) {
	leave, err := j.session.service.arriving.enter(ctx, j.network)
	if err != nil {
		return nil, err
	}
	defer leave()
	whole, err := j.session.reopen(ctx, j.photo.file)
	if err != nil {
		return nil, err
	}
	defer clear(whole.Pix)
	k := math.Sqrt(float64(h.Pixels) / float64(whole.Rect.Dx()*whole.Rect.Dy()))
	if h.SideMost > 0 {
		k = min(k, float64(h.SideMost)/float64(max(whole.Rect.Dx(), whole.Rect.Dy())))
	}
	img := fitted(ctx, whole, k)
	defer clear(img.Pix)
	p := &parcel{w: img.Rect.Dx(), h: img.Rect.Dy()}
	if min(p.w, p.h) < h.SideLeast {
		return nil, &provider.Error{Who: h.Engine.Name(), Kind: provider.Unfit, Stage: "it was to be sent the photo", Why: "The photo is smaller than it takes.", Do: "Bring a larger one."}
	}
	for _, quality := range qualities {
		var file bytes.Buffer
		if err := ingest.EncodeJPEG(&file, img, quality); err != nil {
			return nil, err
		}
		clear(p.data)
		if p.data = file.Bytes(); len(p.data) <= h.Bytes {
			break
		}
	}
	if j.photo.Kind == Crowd {
		if p.mask, err = j.mask(ctx, p.w, p.h); err != nil {
			p.clear()
			return nil, err
		}
	}
	return p, ctx.Err()
}

// mask is what goes, in white, as a PNG of a size.
func (j *job) mask(ctx context.Context, w, h int) ([]byte, error) {
	soft, err := j.session.going(ctx, j.photo, w, h)
	if err != nil {
		return nil, err
	}
	defer soft.Free()
	img := image.NewNRGBA(image.Rect(0, 0, w, h))
	defer clear(img.Pix)
	for i, v := range soft.P {
		g := uint8(0)
		if v > 0.5 {
			g = 255
		}
		img.Pix[4*i], img.Pix[4*i+1], img.Pix[4*i+2], img.Pix[4*i+3] = g, g, g, 255
	}
	var file bytes.Buffer
	err = ingest.EncodePNG(&file, img)
	return file.Bytes(), err
}

// going is how much of each pixel goes, with a soft edge: what stays keeps all of its own.
func (ss *Session) going(ctx context.Context, p *photo, w, h int) (*raster.Plane, error) {
	ss.room.mu.Lock()
	alpha, stays := p.alpha, p.stays
	ss.room.mu.Unlock()
	mask, err := getMatte(ss.handle, alpha)
	if err != nil {
		return nil, err
	}
	defer mask.Free()
	kept, err := getMatte(ss.handle, stays)
	if err != nil {
		return nil, err
	}
	defer kept.Free()
	for i := range mask.P {
		mask.P[i] = max(0, mask.P[i]-kept.P[i])
	}
	return raster.Enlarge(ctx, mask, w, h), ctx.Err()
}

// cutAway receives a subject that was found elsewhere. Without one, what this program has found is shown.
func cutAway(own *rawMatte) func(context.Context, *job, outcome) error {
	return func(ctx context.Context, k *job, o outcome) error {
		small, err := get(k.session.handle, k.photo.small)
		if err != nil {
			return err
		}
		defer clear(small.Pix)
		defer clear(o.data)
		if o.full != nil {
			err := k.showCut(ctx, small, o.full, o.who, true)
			o.full.Free()
			if !noRoom(err) {
				return err
			}
			o.note = unkept(o.who)
		}
		alpha := own.plane()
		defer alpha.Free()
		k.tell("placing", 0.9)
		return k.preview(ctx, small, alpha, func(p *photo) { p.Engine, p.Say = "", o.note })
	}
}

// fits reports whether what a service makes of a parcel can be kept, before anybody pays for it: a matte of that size and two small
// ones, or the file of a picture, whose size nobody knows beforehand; and a preview.
func (j *job) fits(p *parcel) bool {
	pixels := int64(p.w * p.h)
	sizes := []int64{matteHead + pixels, previewSide * previewSide}
	if j.photo.Kind == Background {
		little := matteHead + min(pixels, smallPixels)
		sizes = append(sizes, little, little)
	}
	return j.session.handle.Fits(sizes...) == nil
}

// noRoom reports whether an error says that something does not fit into the memory for pictures; what is smaller may.
func noRoom(err error) bool { return fault.Is(err, fault.TooLarge) || fault.Is(err, fault.Busy) }

// unkept says why what a service makes is not shown.
func unkept(who string) string {
	return fmt.Sprintf("What %s makes does not fit into the memory for your pictures.", who) + ours
}

// showCut shows a subject that was found elsewhere and keeps its matte for the full picture, where that is new.
func (j *job) showCut(ctx context.Context, small *image.NRGBA, full *raster.Plane, who string, fresh bool) error {
	alpha := raster.Resize(ctx, full, small.Rect.Dx(), small.Rect.Dy())
	defer alpha.Free()
	var items [3]string // the matte in full, small, and small again as what a stroke mends
	defer func() {      // those that are not the photo's
		for _, item := range items {
			j.session.handle.Drop(item)
		}
	}()
	for i, plane := range [3]*raster.Plane{full, alpha, alpha} {
		if plane == full && !fresh {
			continue
		}
		item, err := putMatte(j.session.handle, plane)
		if err != nil {
			return err
		}
		items[i] = item
	}
	return j.preview(ctx, small, alpha, func(p *photo) {
		if fresh {
			p.distant, items[0] = items[0], p.distant
		}
		p.alpha, items[1] = items[1], p.alpha
		p.alone, items[2] = items[2], p.alone
		p.Engine, p.maker = who, who
	})
}

// fillAway receives a photo whose crowd was taken out elsewhere. Without one, this program does it, in the line again.
func fillAway(ctx context.Context, k *job, o outcome) error {
	if o.img != nil {
		defer clear(o.data)
		defer clear(o.img.Pix)
		err := k.showFill(ctx, o)
		if !noRoom(err) {
			return err
		}
		o.note = unkept(o.who)
	}
	k.change(func(p *photo) { p.declined = o.note })
	return k.session.requeue(k, fillHere)
}

// showFill shows a photo whose crowd was taken out elsewhere and keeps the file for the full picture.
func (j *job) showFill(ctx context.Context, o outcome) error {
	small, err := get(j.session.handle, j.photo.small)
	if err != nil {
		return err
	}
	defer clear(small.Pix)
	out, err := j.session.patched(ctx, j.photo, small, o.img)
	if err != nil {
		return err
	}
	item, _, err := j.session.handle.Put(bytes.NewReader(o.data))
	if err != nil {
		return err
	}
	defer func() { j.session.handle.Drop(item) }() // the one that is not the photo's
	return j.publish(ctx, out, "", func(p *photo) {
		p.distant, item = item, p.distant
		p.Engine = o.who
	})
}

// patched is a photo with what goes taken from another picture of it; everything else stays as it was, to the pixel.
func (ss *Session) patched(ctx context.Context, p *photo, img, from *image.NRGBA) (*image.NRGBA, error) {
	w, h := img.Rect.Dx(), img.Rect.Dy()
	soft, err := ss.going(ctx, p, w, h)
	if err != nil {
		return nil, err
	}
	defer soft.Free()
	other := from
	if from.Rect.Dx() != w || from.Rect.Dy() != h {
		other = raster.ResizeNRGBA(ctx, from, w, h)
		defer clear(other.Pix)
	}
	out := image.NewNRGBA(image.Rect(0, 0, w, h))
	copy(out.Pix, img.Pix)
	for i, m := range soft.P {
		if m <= 0 {
			continue
		}
		for c := range 3 {
			a, b := float32(img.Pix[4*i+c]), float32(other.Pix[4*i+c])
			out.Pix[4*i+c] = uint8(a + (b-a)*min(m, 1) + 0.5)
		}
	}
	return out, ctx.Err()
}

// requeue lets a job's photo wait in the line once more, for a task of this program's own; unless something newer was asked for,
// whose place in the line it would take.
func (ss *Session) requeue(j *job, do task) error {
	ss.room.mu.Lock()
	defer ss.room.mu.Unlock()
	if j.photo.round != j.round {
		return nil
	}
	k := &job{session: ss, photo: j.photo, round: j.round, do: do, network: j.network}
	k.ctx, k.stop = context.WithCancel(ss.handle.Context())
	err := ss.service.line.add(k, true)
	if err != nil {
		k.stop()
	}
	return err
}

// distantCut is the matte that was made elsewhere, as large as the photo.
func (ss *Session) distantCut(ctx context.Context, p *photo, img *image.NRGBA) (*raster.Plane, error) {
	alpha, err := getMatte(ss.handle, p.distant)
	if err != nil {
		return nil, err
	}
	if alpha.W == img.Rect.Dx() && alpha.H == img.Rect.Dy() {
		return alpha, nil
	}
	defer alpha.Free()
	return (&cutout.Cut{Alpha: alpha}).Enlarged(ctx, img)
}

// distantFill is the photo with its crowd taken out elsewhere, at its own size.
func (ss *Session) distantFill(ctx context.Context, p *photo, img *image.NRGBA) (*image.NRGBA, error) {
	from, err := ss.reopen(ctx, p.distant)
	if err != nil {
		return nil, err
	}
	defer clear(from.Pix)
	return ss.patched(ctx, p, img, from)
}

// said reports whether somebody has pointed something out.
func said(h matting.Hints) bool { return !h.Box.Empty() || len(h.Strokes) > 0 }

// recall shows the cut again that was made elsewhere before somebody drew and took it back: it has been paid for.
func (j *job) recall(ctx context.Context, small *image.NRGBA) (known bool, err error) {
	j.session.room.mu.Lock()
	item, who := j.photo.distant, j.photo.maker
	j.session.room.mu.Unlock()
	if item == "" {
		return false, nil
	}
	full, err := getMatte(j.session.handle, item)
	if err != nil {
		return true, err
	}
	defer full.Free()
	return true, j.showCut(ctx, small, full, who, false)
}
