package generation

import (
	"bytes"
	"context"
	"image"
	"image/draw"
	"image/jpeg"
	"testing"
	"time"

	"github.com/google/uuid"

	"easel/engine/plan"
	"easel/engine/portrait"
	"easel/engine/provenance"
	"easel/engine/raster"
	"easel/internal/fault"
)

func TestPreviewsAreSmallAndOnlyForTheOwner(t *testing.T) {
	t.Parallel()
	st := newStudio(t)
	u := st.bring()
	for _, style := range []string{"rough-sketch", "artistic"} {
		data, err := st.Preview(t.Context(), st.owner, u.ID, style)
		if err != nil {
			t.Fatal(err)
		}
		size, err := jpeg.DecodeConfig(bytes.NewReader(data))
		if err != nil || max(size.Width, size.Height) != previewSide {
			t.Errorf("the preview is %d×%d pixels (%v), want a longest side of %d", size.Width, size.Height, err, previewSide)
		}
		again, err := st.Preview(t.Context(), st.owner, u.ID, style)
		if err != nil || !bytes.Equal(data, again) {
			t.Errorf("a second look is another picture (%v)", err)
		}
		_, err = st.Preview(t.Context(), st.person(), u.ID, style)
		wantFault(t, "a stranger's look", err, fault.Missing)
		if style == "rough-sketch" {
			checkMarked(t, st, style, data)
		}
	}
	_, err := st.Preview(t.Context(), st.owner, u.ID, "crayon")
	wantFault(t, "a style that does not exist", err, fault.Missing)
	_, err = st.Preview(t.Context(), st.owner, uuid.New(), "artistic")
	wantFault(t, "a photo that does not exist", err, fault.Missing)
	if len(st.jobs) != 0 || st.count("easel.generation_run") != 0 {
		t.Error("a preview queued something")
	}
	if err := st.DeleteUpload(t.Context(), st.owner, u.ID); err != nil {
		t.Fatal(err)
	}
	_, err = st.Preview(t.Context(), st.owner, u.ID, "artistic")
	wantFault(t, "the preview of a deleted photo", err, fault.Missing)
	if len(st.previews.kept) != 0 || st.previews.photo.plan != nil {
		t.Error("something of a deleted photo is in memory")
	}
}

// checkMarked holds a preview against the same drawing without the mark, and looks for the seed that no portrait has.
func checkMarked(t *testing.T, st *studio, style string, data []byte) {
	t.Helper()
	made, err := provenance.Read(data)
	if err != nil || made.Seed != previewSeed || made.Style != style {
		t.Errorf("the preview says that it is %+v (%v)", made, err)
	}
	leave, err := st.previews.seat.take(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer leave()
	p := st.previews.photo.plan
	bare, err := portrait.Draw(t.Context(), p, portrait.Style(style), portrait.Options{Seed: previewSeed, Full: image.Pt(p.W, p.H)})
	if err != nil {
		t.Fatal(err)
	}
	img, err := jpeg.Decode(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	shown := image.NewNRGBA(img.Bounds())
	draw.Draw(shown, shown.Rect, img, image.Point{}, draw.Src)
	var luma [2]*raster.Plane
	for i, one := range []*image.NRGBA{shown, raster.ResizeNRGBA(t.Context(), bare, shown.Rect.Dx(), shown.Rect.Dy())} {
		colours := raster.FromNRGBA(t.Context(), one)
		luma[i] = raster.Luma(t.Context(), colours)
		colours.Free()
	}
	if s := raster.SSIM(t.Context(), luma[0], luma[1], 0); s > 0.8 {
		t.Errorf("the preview has SSIM %.3f with the same drawing without a mark: it carries none", s)
	} else {
		t.Logf("SSIM %.3f with the drawing without a mark", s)
	}
	raster.Free(luma[:]...)
}

// What another process deletes is forgotten here as well, and nothing is kept longer than its photo.
func TestPreviewsEndWithTheirPhoto(t *testing.T) {
	t.Parallel()
	p := newPreviews()
	gone, stays := uuid.New(), uuid.New()
	p.keep(previewKey{gone, "artistic"}, []byte("a"), time.Now().Add(time.Hour))
	p.keep(previewKey{stays, "artistic"}, []byte("b"), time.Now().Add(time.Hour))
	p.forget(gone)
	if p.find(previewKey{gone, "artistic"}) != nil || p.find(previewKey{stays, "artistic"}) == nil {
		t.Error("the wrong preview was forgotten")
	}
	over := previewKey{uuid.New(), "artistic"}
	for p.keep(over, []byte("c"), time.Now()); p.find(over) != nil; {
		if t.Context().Err() != nil {
			t.Fatal("a preview outlives its photo")
		}
	}

	st := newStudio(t)
	u := st.bring()
	if _, err := st.Preview(t.Context(), st.owner, u.ID, "rough-sketch"); err != nil {
		t.Fatal(err)
	}
	st.hear(deleted + u.ID.String())
	for {
		st.previews.mu.Lock()
		n := len(st.previews.kept)
		st.previews.mu.Unlock()
		if n == 0 {
			return
		}
		if t.Context().Err() != nil {
			t.Fatal("a photo that another process deleted is remembered")
		}
	}
}

// While the clock is not to be trusted nothing is shown, also not what is in memory.
func TestPreviewsStopWithTheClock(t *testing.T) {
	t.Parallel()
	st := newStudio(t, small)
	ctx, u := t.Context(), st.bring()
	look := func() error { _, err := st.Preview(ctx, st.owner, u.ID, "rough-sketch"); return err }
	if err := look(); err != nil {
		t.Fatal(err)
	}
	var n int
	for _, c := range []struct {
		sql  string
		want bool
	}{{`jumped_at = now(), jump = '1 hour'`, false}, {`jumped_at = null, jump = null`, true}} {
		if _, err := st.vault.Expire(ctx); err != nil { // the clock is there
			t.Fatal(err)
		}
		st.one(`with set as (update easel.vault_clock set `+c.sql+` returning 1) select count(*) from set`, &n)
		if _, err := st.vault.Expire(ctx); err != nil { // and learned of
			t.Fatal(err)
		}
		if err := look(); (err == nil) != c.want || err != nil && !fault.Is(err, fault.Busy) {
			t.Errorf("with %s the preview says %v", c.sql, err)
		}
	}
}
func TestAPlanIsForgottenWithItsPhoto(t *testing.T) {
	t.Parallel()
	var p plans
	key := planKey{upload: uuid.New()}
	made := func(context.Context) (*sitting, error) {
		pl, err := plan.New(t.Context(), image.NewNRGBA(image.Rect(0, 0, 128, 128)), plan.Options{MaxPixels: 20_000})
		return &sitting{plan: pl}, err
	}
	_, release, err := p.get(t.Context(), key, made)
	if err != nil {
		t.Fatal(err)
	}
	p.forget(key.upload)
	if p.sitting == nil {
		t.Error("a plan that is being drawn from was freed")
	}
	release()
	if p.sitting != nil {
		t.Error("the plan of a deleted photo is kept")
	}
}
