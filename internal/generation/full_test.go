package generation

import (
	"bytes"
	"errors"
	"image"
	"image/png"
	"io"
	"strings"
	"sync"
	"testing"

	"github.com/google/uuid"

	"easel/engine/portrait"
	"easel/engine/provenance"
	"easel/engine/raster"
	"easel/internal/fault"
)

// small lets portraits of the tests' photos be smaller than their full size.
func small(c *Config) { c.Pixels = 100_000 }

// shown brings a photo of 400 × 480 and draws it at first.
func (st *studio) shown(style string) Run {
	st.t.Helper()
	u, err := st.Upload(st.t.Context(), st.owner, "Bella.jpg", photo(st.t, 400, 480))
	if err != nil {
		st.t.Fatal(err)
	}
	runs, jobs := st.start(u, style)
	st.draw(jobs[0])
	return st.run(runs[0].ID)
}

func (st *studio) draw(job DrawArgs) {
	st.t.Helper()
	if err := st.Draw(st.t.Context(), job); err != nil {
		st.t.Fatal(err)
	}
}

// enlarge asks for the full size and returns its run with the newest job.
func (st *studio) enlarge(run uuid.UUID) (Run, DrawArgs) {
	st.t.Helper()
	full, err := st.Enlarge(st.t.Context(), st.owner, run)
	if err != nil {
		st.t.Fatal(err)
	}
	st.mu.Lock()
	defer st.mu.Unlock()
	return full, st.jobs[len(st.jobs)-1]
}

func (st *studio) picture(run uuid.UUID) *image.NRGBA {
	st.t.Helper()
	r, err := st.Picture(st.t.Context(), st.owner, run)
	if err != nil {
		st.t.Fatal(err)
	}
	defer r.Close()
	img, err := png.Decode(r)
	if err != nil {
		st.t.Fatal(err)
	}
	return opaque(img)
}

func TestFullSizeIsTheSameDrawing(t *testing.T) {
	t.Parallel()
	for _, style := range portrait.Styles {
		t.Run(string(style), func(t *testing.T) {
			t.Parallel()
			st, ctx := newStudio(t, small), t.Context()
			shown := st.shown(string(style))
			if shown.W >= 400 || shown.Full != (Full{W: 400, H: 480}) {
				t.Fatalf("the portrait is %d × %d and its full size %+v", shown.W, shown.H, shown.Full)
			}
			full, job := st.enlarge(shown.ID)
			if full.State != Queued || full.Of != shown.ID || full.Seed != shown.Seed || full.Deadline != shown.Deadline {
				t.Fatalf("the full size begins as %+v", full)
			}
			st.draw(job)
			if full = st.run(full.ID); full.State != Done || full.W != 400 || full.H != 480 {
				t.Fatalf("the full size ends as %+v", full)
			}
			if now := st.run(shown.ID).Full; now.State != Done || now.Run != full.ID || now.Done != 1 {
				t.Errorf("the portrait's own run tells of %+v", now)
			}
			first, large := st.picture(shown.ID), st.picture(full.ID)
			a := raster.Luma(ctx, raster.FromNRGBA(ctx, first))
			b := raster.Luma(ctx, raster.FromNRGBA(ctx, raster.ResizeNRGBA(ctx, large, shown.W, shown.H)))
			if same := raster.SSIM(ctx, a, b, 2); same < 0.95 {
				t.Errorf("reduced, the full size has a similarity of %.3f to the portrait, want 0.95", same)
			}
			stretched := raster.Luma(ctx, raster.FromNRGBA(ctx, raster.ResizeNRGBA(ctx, first, 400, 480)))
			if sharp := raster.SSIM(ctx, stretched, raster.Luma(ctx, raster.FromNRGBA(ctx, large)), 0); sharp > 0.98 {
				t.Errorf("the full size is the portrait, only stretched: similarity %.3f", sharp)
			}
		})
	}
}

func TestFullSizeIsAskedForOnce(t *testing.T) {
	t.Parallel()
	st := newStudio(t, small)
	shown := st.shown("rough-sketch")
	before := len(st.jobs)
	var group sync.WaitGroup
	asked := make(chan uuid.UUID, 8)
	for range cap(asked) {
		group.Go(func() {
			full, err := st.Enlarge(t.Context(), st.owner, shown.ID)
			if err != nil {
				t.Error(err)
			}
			asked <- full.ID
		})
	}
	group.Wait()
	close(asked)
	first := <-asked
	for id := range asked {
		if id != first {
			t.Error("two who asked at once were given two runs")
		}
	}
	if n := len(st.jobs) - before; n != 1 {
		t.Fatalf("the queue was given %d jobs, want one", n)
	}
	st.draw(st.jobs[before])
	if full, err := st.Enlarge(t.Context(), st.owner, shown.ID); err != nil || full.ID != first || full.State != Done {
		t.Errorf("asked again when it is ready: %+v, %v", full, err)
	}
	if len(st.jobs) != before+1 {
		t.Error("what is ready was queued again")
	}
}

func TestFullSizeCanBeCancelledAndAskedForAgain(t *testing.T) {
	t.Parallel()
	st, ctx := newStudio(t, small), t.Context()
	shown := st.shown("artistic")
	full, job := st.enlarge(shown.ID)
	finished := make(chan error, 1)
	go func() { finished <- st.Draw(ctx, job) }()
	st.begins(full.ID)
	if err := st.Cancel(ctx, st.owner, full.ID); err != nil {
		t.Fatal(err)
	}
	if err := <-finished; err != nil {
		t.Errorf("drawing what was cancelled: %v", err)
	}
	if now := st.run(shown.ID); now.State != Done || now.Full.State != Cancelled {
		t.Fatalf("afterwards the portrait is %v and its full size %v", now.State, now.Full.State)
	}
	again, next := st.enlarge(shown.ID)
	if again.ID != full.ID || again.State != Queued || next.Attempt != job.Attempt+1 {
		t.Fatalf("asked again it is %+v, with the job %+v", again, next)
	}
	st.draw(job) // the old job comes once more
	if s := st.run(full.ID).State; s != Queued {
		t.Errorf("the old job made it %v", s)
	}
	st.draw(next)
	if s := st.run(full.ID).State; s != Done {
		t.Errorf("asked again and drawn it is %v", s)
	}
}

func TestFullSizeOfALostWorkerIsDrawnOnceMore(t *testing.T) {
	t.Parallel()
	st := newStudio(t, small)
	full, job := st.enlarge(st.shown("rough-sketch").ID)
	for range mostFailures {
		if _, err := st.claim(t.Context(), st.jobs[len(st.jobs)-1]); err != nil {
			t.Fatal(err)
		}
		st.exec(`update easel.generation_run set lease_until = now() - interval '1 second' where id = $1`, full.ID)
		if err := st.Recover(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if r := st.run(full.ID); r.State != Failed || !strings.Contains(r.Say, "full size") {
		t.Fatalf("after %d lost attempts it is %v and says %q", mostFailures, r.State, r.Say)
	}
	_, next := st.enlarge(full.Of)
	if next.Attempt != job.Attempt+mostFailures {
		t.Errorf("asked again after the failure the attempt is %d", next.Attempt)
	}
	st.draw(next)
	if r := st.run(full.ID); r.State != Done || r.Say != "" {
		t.Errorf("asked again it ends as %v (%s)", r.State, r.Say)
	}
}

func TestFullSizeGoesWithItsPortrait(t *testing.T) {
	t.Parallel()
	st, ctx := newStudio(t, small), t.Context()
	shown := st.shown("rough-sketch")
	full, job := st.enlarge(shown.ID)
	st.draw(job)
	if n := st.count("keys.vault_object"); n != 5 {
		t.Fatalf("photo, its copy, portrait, its photo and full size have %d keys, want 5", n)
	}
	if err := st.Delete(ctx, st.owner, full.ID); err != nil { // by itself
		t.Fatal(err)
	}
	if now := st.run(shown.ID); now.Full != (Full{W: 400, H: 480}) || st.count("keys.vault_object") != 4 {
		t.Errorf("without its full size the portrait tells of %+v", now.Full)
	}
	_, job = st.enlarge(shown.ID)
	st.draw(job)
	if err := st.Delete(ctx, st.owner, shown.ID); err != nil { // with the portrait
		t.Fatal(err)
	}
	if runs, keys := st.count("easel.generation_run"), st.count("keys.vault_object"); runs != 0 || keys != 2 {
		t.Errorf("after the portrait was deleted there are %d runs and %d keys, want 0 and 2", runs, keys)
	}
	runs, jobs := st.start(Upload{ID: shown.UploadID}, "rough-sketch")
	st.draw(jobs[0])
	_, job = st.enlarge(runs[0].ID)
	if err := st.DeleteUpload(ctx, st.owner, shown.UploadID); err != nil { // with the photo, while it waits
		t.Fatal(err)
	}
	st.draw(job)
	for _, table := range []string{"easel.generation_upload", "easel.generation_run", "keys.vault_object"} {
		if n := st.count(table); n != 0 {
			t.Errorf("after everything was deleted %s has %d rows", table, n)
		}
	}
}

func TestFullSizeIsRefused(t *testing.T) {
	t.Parallel()
	st, ctx := newStudio(t, small, func(c *Config) { c.Unfinished = 1 }), t.Context()
	u := st.bring() // 200 × 240: drawn at its own size at once
	runs, jobs := st.start(u, "rough-sketch")
	enlarge := func(owner, run uuid.UUID) error { _, err := st.Enlarge(ctx, owner, run); return err }
	wantFault(t, "before the portrait is done", enlarge(st.owner, runs[0].ID), fault.Conflict)
	st.draw(jobs[0])
	wantFault(t, "nothing larger", enlarge(st.owner, runs[0].ID), fault.Conflict)
	if f := st.run(runs[0].ID).Full; f != (Full{}) {
		t.Errorf("a portrait at its full size tells of %+v", f)
	}
	wantFault(t, "no run", enlarge(st.owner, uuid.New()), fault.Missing)

	shown := st.shown("rough-sketch")
	wantFault(t, "a stranger", enlarge(st.person(), shown.ID), fault.Missing)
	st.exec(`update easel.generation_run set version = 'old' where id = $1`, shown.ID)
	wantFault(t, "an engine that draws differently", enlarge(st.owner, shown.ID), fault.Conflict)
	st.exec(`update easel.generation_run set version = $2 where id = $1`, shown.ID, portrait.Version)

	_, waiting := st.start(u, "artistic")
	wantFault(t, "no place in the queue", enlarge(st.owner, shown.ID), fault.Busy)
	st.draw(waiting[0])
	full, job := st.enlarge(shown.ID)
	wantFault(t, "the full size of a full size", enlarge(st.owner, full.ID), fault.Conflict)
	_, err := st.Picture(ctx, st.owner, full.ID)
	wantFault(t, "its picture before it is ready", err, fault.Conflict)
	st.draw(job)
	stranger := st.person()
	_, _, err = st.Download(ctx, stranger, full.ID, "png", "")
	wantFault(t, "a stranger's download", err, fault.Missing)
	wantFault(t, "a stranger's cancel", st.Cancel(ctx, stranger, full.ID), fault.Missing)
	wantFault(t, "a stranger's delete", st.Delete(ctx, stranger, full.ID), fault.Missing)
	st.exec(`update easel.generation_run set deadline = now() - interval '1 second'`)
	wantFault(t, "after its time", enlarge(st.owner, shown.ID), fault.Missing)
}

func TestFullSizeIsTold(t *testing.T) {
	t.Parallel()
	st, ctx := newStudio(t, small), t.Context()
	shown := st.shown("rough-sketch")
	full, job := st.enlarge(shown.ID)
	works, err := st.Works(ctx, st.owner)
	if err != nil || len(works) != 1 || len(works[0].Runs) != 1 {
		t.Fatalf("a portrait with its full size is %+v (%v), want one run in one work", works, err)
	}
	if f := works[0].Runs[0].Full; f.Run != full.ID || f.State != Queued || f.Left <= 0 {
		t.Errorf("its full size is told as %+v", f)
	}
	errEnough := io.EOF
	var told []State
	err = st.Watch(ctx, st.owner, shown.UploadID, func(r Run) error {
		if r.ID != shown.ID || r.State != Done {
			t.Errorf("the watcher is told of %+v", r)
		}
		told = append(told, r.Full.State)
		if len(told) == 1 {
			st.draw(job)
		}
		if r.Full.State == Done {
			return errEnough
		}
		return nil
	})
	if !errors.Is(err, errEnough) || told[0] != Queued {
		t.Errorf("the watcher was told %v, %v", told, err)
	}
}

func TestFullSizeAsAFile(t *testing.T) {
	t.Parallel()
	st, ctx := newStudio(t, small), t.Context()
	shown := st.shown("light-colouring")
	page := func(run uuid.UUID) int {
		data, _, err := st.Download(ctx, st.owner, run, "pdf", "")
		if err != nil {
			t.Fatal(err)
		}
		return bytes.Count(data, []byte("/Width 400 /Height 480 "))
	}
	if page(shown.ID) != 0 {
		t.Error("the print has the full size before that is drawn")
	}
	full, job := st.enlarge(shown.ID)
	st.draw(job)
	if page(shown.ID) != 1 || page(full.ID) != 1 {
		t.Error("the print does not have the full size")
	}
	for _, format := range []string{"png", "jpeg", "webp", "pdf"} {
		data, name, err := st.Download(ctx, st.owner, full.ID, format, "")
		if err != nil || !strings.HasPrefix(name, "Bella-light-colouring-full.") {
			t.Errorf("%s is called %q (%v)", format, name, err)
		}
		if m, err := provenance.Read(data); format != "pdf" && (err != nil || m.Seed != 7 || m.Style != "light-colouring") {
			t.Errorf("%s says %+v, %v", format, m, err)
		}
	}
}
