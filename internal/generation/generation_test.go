package generation

import (
	"bytes"
	"context"
	"errors"
	"image"
	"image/color"
	"image/jpeg"
	"io"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"easel/engine/provenance"
	"easel/internal/account/accounttest"
	"easel/internal/fault"
	"easel/internal/ledger"
	"easel/internal/postgres"
	"easel/internal/postgres/pgtest"
	"easel/internal/sandbox"
	"easel/internal/vault"
)

func TestMain(m *testing.M) {
	sandbox.Main()
	m.Run()
}

// studio is a service on a database of its own, with a queue that only writes down what it was given.
type studio struct {
	*Service
	t     *testing.T
	db    *postgres.DB
	owner uuid.UUID
	bank  *ledger.Ledger
	root  string // address of a role that may do everything

	mu   sync.Mutex
	jobs []DrawArgs
}

func newStudio(t *testing.T, change ...func(*Config)) *studio {
	t.Helper()
	config := Config{Keep: time.Hour, Uploads: 3, Unfinished: 4, Price: func(string) int64 { return 1 }, Pixels: 100_000}
	for _, c := range change {
		c(&config)
	}
	app, root := pgtest.Addresses(t)
	db, err := postgres.Connect(t.Context(), postgres.Config{URL: app, MaxConns: 6}, pgtest.Log(t))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	st := &studio{t: t, db: db, root: root}
	v, err := vault.New(t.Context(), vault.Config{Bucket: "mem://", KeyFile: t.TempDir() + "/server.key"}, st.db, pgtest.Log(t))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { v.Close() })
	enqueue := func(_ context.Context, _ pgx.Tx, args DrawArgs, _ time.Duration) (int64, error) {
		st.mu.Lock()
		defer st.mu.Unlock()
		st.jobs = append(st.jobs, args)
		return int64(len(st.jobs)), nil
	}
	if st.bank, err = ledger.New(ledger.Config{Welcome: 1000}, st.db, pgtest.Log(t)); err != nil {
		t.Fatal(err)
	}
	if st.Service, err = New(config, st.db, v, sandbox.New(sandbox.Config{}), st.bank, enqueue, pgtest.Log(t)); err != nil {
		t.Fatal(err)
	}
	st.owner = st.person()
	return st
}

// person makes an account.
func (st *studio) person() uuid.UUID {
	st.t.Helper()
	id := accounttest.Open(st.t, st.db)
	err := st.db.AsOwner(st.t.Context(), id, func(tx pgx.Tx) error { return st.bank.Welcome(st.t.Context(), tx, id) })
	if err != nil {
		st.t.Fatal(err)
	}
	return id
}

// leave is what happens to an account that is deleted.
func (st *studio) leave() {
	st.t.Helper()
	ctx := st.t.Context()
	err := st.db.AsOwner(ctx, st.owner, func(tx pgx.Tx) error {
		if err := st.Leave(ctx, tx, st.owner); err != nil {
			return err
		}
		if err := st.bank.Leave(ctx, tx, st.owner); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `delete from easel.account_account`)
		return err
	})
	if err != nil {
		st.t.Fatal(err)
	}
}

// photo is a picture with something to draw: a light disc on a dark ground.
func photo(t *testing.T, w, h int) io.Reader {
	t.Helper()
	img := image.NewNRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			c := color.NRGBA{60, uint8(70 + x%32), 90, 255}
			if dx, dy := x-w/2, y-h/2; dx*dx+dy*dy < w*h/9 {
				c = color.NRGBA{220, uint8(160 + y%48), 140, 255}
			}
			img.SetNRGBA(x, y, c)
		}
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, nil); err != nil {
		t.Fatal(err)
	}
	return &b
}

func (st *studio) bring() Upload {
	st.t.Helper()
	u, err := st.Upload(st.t.Context(), st.owner, "C:\\Pictures\\Bella.jpg", photo(st.t, 200, 240))
	if err != nil {
		st.t.Fatal(err)
	}
	return u
}

// start queues styles and returns the runs with the jobs that draw them.
func (st *studio) start(u Upload, styles ...string) ([]Run, []DrawArgs) {
	st.t.Helper()
	before := len(st.jobs)
	runs, err := st.Start(st.t.Context(), st.owner, u.ID, Order{Styles: styles, Seed: 7})
	if err != nil {
		st.t.Fatal(err)
	}
	return runs, slices.Clone(st.jobs[before:])
}

func (st *studio) run(id uuid.UUID) Run {
	st.t.Helper()
	r, err := st.FindRun(st.t.Context(), st.owner, id)
	if err != nil {
		st.t.Fatal(err)
	}
	return r
}

// begins waits until the run is being drawn.
func (st *studio) begins(id uuid.UUID) {
	st.t.Helper()
	for {
		switch r := st.run(id); {
		case r.State == Drawing:
			return
		case r.State.Final() || st.t.Context().Err() != nil:
			st.t.Fatalf("the run never began; it is %v: %s", r.State, r.Say)
		}
	}
}

// exec changes a row behind the service's back, as the owner.
func (st *studio) exec(sql string, args ...any) {
	st.t.Helper()
	err := st.db.AsOwner(st.t.Context(), st.owner, func(tx pgx.Tx) error {
		_, err := tx.Exec(st.t.Context(), sql, args...)
		return err
	})
	if err != nil {
		st.t.Fatal(err)
	}
}

func (st *studio) count(table string) (n int) {
	st.t.Helper()
	err := st.db.AsOwner(st.t.Context(), st.owner, func(tx pgx.Tx) error {
		return tx.QueryRow(st.t.Context(), `select count(*) from `+table).Scan(&n)
	})
	if err != nil {
		st.t.Fatal(err)
	}
	return n
}

func wantFault(t *testing.T, what string, err error, kind fault.Kind) {
	t.Helper()
	if !fault.Is(err, kind) {
		t.Errorf("%s: %v, want a fault of kind %v", what, err, kind)
	}
}

func TestAPhotoBecomesAPortrait(t *testing.T) {
	t.Parallel()
	st := newStudio(t)
	u := st.bring()
	if u.W != 200 || u.H != 240 || u.Name != "Bella" || u.HasFace {
		t.Fatalf("the upload is %+v", u)
	}
	runs, jobs := st.start(u, "rough-sketch")
	if runs[0].State != Queued || runs[0].Seed != 7 {
		t.Fatalf("the run begins as %+v", runs[0])
	}
	if err := st.Draw(t.Context(), jobs[0]); err != nil {
		t.Fatal(err)
	}
	r := st.run(runs[0].ID)
	if r.State != Done || r.W != 200 || r.H != 240 || r.Done != 1 {
		t.Fatalf("the run ends as %+v", r)
	}
	for format, start := range map[string]string{"png": "\x89PNG", "jpeg": "\xff\xd8", "webp": "RIFF", "pdf": "%PDF"} {
		data, name, err := st.Download(t.Context(), st.owner, r.ID, format, "letter")
		if err != nil || !strings.HasPrefix(string(data), start) {
			t.Errorf("%s: %d bytes, %v", format, len(data), err)
		}
		if !strings.HasPrefix(name, "Bella-rough-sketch.") {
			t.Errorf("%s is called %q", format, name)
		}
		if m, err := provenance.Read(data); format != "pdf" && (err != nil || m.Seed != 7 || m.Style != "rough-sketch") {
			t.Errorf("%s says %+v, %v", format, m, err)
		}
	}
	// The job may come again: nothing changes.
	if err := st.Draw(t.Context(), jobs[0]); err != nil {
		t.Error(err)
	}
	if again := st.run(r.ID); again != r {
		t.Errorf("a second delivery of the job changed the run to %+v", again)
	}
}

func TestAPhotoWithoutFaultsHasNoWarnings(t *testing.T) {
	t.Parallel()
	st := newStudio(t)
	flawless := uploadRow{Upload: Upload{ID: uuid.New(), Name: "x", W: 600, H: 600, Crop: image.Rect(0, 0, 600, 600)}}
	kept, err := st.keep(t.Context(), st.owner, flawless, []byte("photo"), []byte("view"))
	if err != nil {
		t.Fatal(err)
	}
	w, err := st.Find(t.Context(), st.owner, kept.ID)
	if err != nil || len(w.Warnings) != 0 {
		t.Errorf("found %v, %v", w.Warnings, err)
	}
}

func TestStrangersFindNothing(t *testing.T) {
	t.Parallel()
	st := newStudio(t)
	u := st.bring()
	runs, jobs := st.start(u, "rough-sketch")
	if err := st.Draw(t.Context(), jobs[0]); err != nil {
		t.Fatal(err)
	}
	stranger, ctx := st.person(), t.Context()
	for what, ask := range map[string]func() error{
		"find":     func() error { _, err := st.Find(ctx, stranger, u.ID); return err },
		"run":      func() error { _, err := st.FindRun(ctx, stranger, runs[0].ID); return err },
		"view":     func() error { _, err := st.View(ctx, stranger, u.ID); return err },
		"before":   func() error { _, err := st.Before(ctx, stranger, runs[0].ID); return err },
		"picture":  func() error { _, err := st.Picture(ctx, stranger, runs[0].ID); return err },
		"download": func() error { _, _, err := st.Download(ctx, stranger, runs[0].ID, "png", ""); return err },
		"start": func() error {
			_, err := st.Start(ctx, stranger, u.ID, Order{Styles: []string{"artistic"}})
			return err
		},
		"cancel": func() error { return st.Cancel(ctx, stranger, runs[0].ID) },
		"delete": func() error { return st.Delete(ctx, stranger, runs[0].ID) },
		"all":    func() error { return st.DeleteUpload(ctx, stranger, u.ID) },
		"watch":  func() error { return st.Watch(ctx, stranger, u.ID, func(Run) error { return nil }) },
	} {
		wantFault(t, what, ask(), fault.Missing)
	}
	if works, err := st.Works(ctx, stranger); err != nil || len(works) != 0 {
		t.Errorf("a stranger sees %d works (%v)", len(works), err)
	}
	if r := st.run(runs[0].ID); r.State != Done {
		t.Errorf("a stranger's requests left the run %v", r.State)
	}
}

func TestCancelStopsTheDrawing(t *testing.T) {
	t.Parallel()
	st := newStudio(t)
	runs, jobs := st.start(st.bring(), "artistic", "rough-sketch")
	if err := st.Cancel(t.Context(), st.owner, runs[1].ID); err != nil { // while it waits
		t.Fatal(err)
	}
	finished := make(chan error, 1)
	go func() { finished <- st.Draw(t.Context(), jobs[0]) }()
	st.begins(runs[0].ID)
	if err := st.Cancel(t.Context(), st.owner, runs[0].ID); err != nil {
		t.Fatal(err)
	}
	if err := <-finished; err != nil {
		t.Errorf("drawing what was cancelled: %v", err)
	}
	if err := st.Draw(t.Context(), jobs[1]); err != nil {
		t.Error(err)
	}
	for _, r := range runs {
		if s := st.run(r.ID).State; s != Cancelled {
			t.Errorf("a cancelled run is %v", s)
		}
	}
	if err := st.Cancel(t.Context(), st.owner, runs[0].ID); err != nil {
		t.Errorf("cancelling twice: %v", err)
	}
}

func TestAFinishedRunCannotBeCancelled(t *testing.T) {
	t.Parallel()
	st := newStudio(t)
	runs, jobs := st.start(st.bring(), "rough-sketch")
	if err := st.Draw(t.Context(), jobs[0]); err != nil {
		t.Fatal(err)
	}
	wantFault(t, "cancel", st.Cancel(t.Context(), st.owner, runs[0].ID), fault.Conflict)
}

func TestALostRunIsDrawnOnceMore(t *testing.T) {
	t.Parallel()
	st := newStudio(t)
	runs, jobs := st.start(st.bring(), "rough-sketch")
	dead, err := st.claim(t.Context(), jobs[0]) // a worker takes it and is never heard of again
	if err != nil {
		t.Fatal(err)
	}
	if err := st.Recover(t.Context()); err != nil {
		t.Fatal(err)
	}
	if len(st.jobs) != 1 {
		t.Fatal("a run whose lease is not over was queued again")
	}
	st.exec(`update easel.generation_run set lease_until = now() - interval '1 second'`)
	for range 2 { // two machines patrol
		if err := st.Recover(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if len(st.jobs) != 2 || st.jobs[1].Attempt != 2 {
		t.Fatalf("after the lease was over the jobs are %+v, want one more, attempt 2", st.jobs)
	}
	if err := st.Draw(t.Context(), st.jobs[1]); err != nil {
		t.Fatal(err)
	}
	done := st.run(runs[0].ID)
	if done.State != Done {
		t.Fatalf("the second attempt ends as %+v", done)
	}
	// The first worker was only slow. What it brings now is not taken.
	img := image.NewNRGBA(image.Rect(0, 0, 10, 10))
	if err := st.store(t.Context(), jobs[0], dead, img, img); !errors.Is(err, errLost) {
		t.Errorf("the first attempt's picture: %v, want errLost", err)
	}
	if now := st.run(runs[0].ID); now != done {
		t.Errorf("the first attempt changed the run to %+v", now)
	}
}

func TestARunThatAlwaysDiesFails(t *testing.T) {
	t.Parallel()
	st := newStudio(t)
	runs, _ := st.start(st.bring(), "rough-sketch")
	for range mostFailures {
		if _, err := st.claim(t.Context(), st.jobs[len(st.jobs)-1]); err != nil {
			t.Fatal(err)
		}
		st.exec(`update easel.generation_run set lease_until = now() - interval '1 second'`)
		if err := st.Recover(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if r := st.run(runs[0].ID); r.State != Failed || r.Say == "" {
		t.Errorf("after %d lost attempts the run is %v and says %q", mostFailures, r.State, r.Say)
	}
}

func TestAServerThatStopsInGoodOrderCountsForNothing(t *testing.T) {
	t.Parallel()
	st := newStudio(t)
	runs, _ := st.start(st.bring(), "artistic")
	for range mostFailures + 1 {
		ctx, stop := context.WithCancel(t.Context())
		finished := make(chan error, 1)
		job := st.jobs[len(st.jobs)-1]
		go func() { finished <- st.Draw(ctx, job) }()
		st.begins(runs[0].ID)
		stop()
		if err := <-finished; err != nil {
			t.Fatal(err)
		}
		if r := st.run(runs[0].ID); r.State != Queued {
			t.Fatalf("a drawing that a stopping server gave back is %v (%s)", r.State, r.Say)
		}
	}
}

func TestAQueuedRunWhoseJobIsGoneIsQueuedAgain(t *testing.T) {
	t.Parallel()
	st := newStudio(t)
	st.start(st.bring(), "rough-sketch")
	st.exec(`update easel.generation_run set queued_at = now() - interval '1 minute'`)
	if err := st.Recover(t.Context()); err != nil {
		t.Fatal(err)
	}
	if len(st.jobs) != 2 {
		t.Errorf("the queue was given %d jobs, want a second one", len(st.jobs))
	}
}

func TestAPhotoThatIsGoneFailsTheRunWithASentence(t *testing.T) {
	t.Parallel()
	st := newStudio(t)
	u := st.bring()
	runs, jobs := st.start(u, "rough-sketch")
	st.exec(`delete from keys.vault_object`)
	if err := st.Draw(t.Context(), jobs[0]); err != nil {
		t.Fatal(err)
	}
	if r := st.run(runs[0].ID); r.State != Failed || !strings.HasSuffix(r.Say, ".") {
		t.Errorf("the run is %v and says %q", r.State, r.Say)
	}
}

func TestDeletingLeavesNothing(t *testing.T) {
	t.Parallel()
	st := newStudio(t)
	u := st.bring()
	runs, jobs := st.start(u, "rough-sketch", "light-colouring")
	for _, job := range jobs {
		if err := st.Draw(t.Context(), job); err != nil {
			t.Fatal(err)
		}
	}
	if n := st.count("keys.vault_object"); n != 6 {
		t.Fatalf("a photo, its copy and two portraits with their photos have %d keys, want 6", n)
	}
	if err := st.Delete(t.Context(), st.owner, runs[0].ID); err != nil {
		t.Fatal(err)
	}
	if n := st.count("keys.vault_object"); n != 4 {
		t.Errorf("after one portrait was deleted there are %d keys, want 4", n)
	}
	wantFault(t, "a deleted portrait", st.Delete(t.Context(), st.owner, runs[0].ID), fault.Missing)
	if err := st.DeleteUpload(t.Context(), st.owner, u.ID); err != nil {
		t.Fatal(err)
	}
	for _, table := range []string{"easel.generation_upload", "easel.generation_run", "keys.vault_object"} {
		if n := st.count(table); n != 0 {
			t.Errorf("after everything was deleted %s has %d rows", table, n)
		}
	}
}

func TestNothingIsThereAfterItsTime(t *testing.T) {
	t.Parallel()
	st := newStudio(t)
	u := st.bring()
	runs, jobs := st.start(u, "rough-sketch")
	st.exec(`update easel.generation_run set deadline = now() - interval '1 second'`)
	if err := st.Draw(t.Context(), jobs[0]); err != nil {
		t.Errorf("drawing what is over: %v", err)
	}
	_, err := st.FindRun(t.Context(), st.owner, runs[0].ID)
	wantFault(t, "the run", err, fault.Missing)
}

func TestLimitsHoldUnderParallelRequests(t *testing.T) {
	t.Parallel()
	st := newStudio(t)
	u := st.bring()
	var group sync.WaitGroup
	results := make(chan error, 12)
	for range cap(results) {
		group.Go(func() {
			_, err := st.Start(t.Context(), st.owner, u.ID, Order{Styles: []string{"rough-sketch"}})
			results <- err
		})
	}
	group.Wait()
	close(results)
	started := 0
	for err := range results {
		if err == nil {
			started++
		} else {
			wantFault(t, "a run too many", err, fault.Busy)
		}
	}
	if started != st.config.Unfinished {
		t.Errorf("%d runs started, want exactly %d", started, st.config.Unfinished)
	}
}

func TestPhotosThatArriveTogetherKeepToTheLimit(t *testing.T) {
	t.Parallel()
	st := newStudio(t)
	var group sync.WaitGroup
	results := make(chan error, 2*st.config.Uploads)
	for range cap(results) {
		u := uploadRow{Upload: Upload{ID: uuid.New(), Name: "x", W: 600, H: 600, Crop: image.Rect(0, 0, 600, 600)}}
		group.Go(func() {
			_, err := st.keep(t.Context(), st.owner, u, []byte("photo"), []byte("view"))
			results <- err
		})
	}
	group.Wait()
	close(results)
	kept := 0
	for err := range results {
		if err == nil {
			kept++
		} else {
			wantFault(t, "a photo too many", err, fault.Conflict)
		}
	}
	if kept != st.config.Uploads || st.count("keys.vault_object") != 2*kept {
		t.Errorf("%d photos were kept with %d keys, want exactly %d with two keys each", kept, st.count("keys.vault_object"), st.config.Uploads)
	}
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	st := newStudio(t, func(c *Config) { c.Uploads = 1 })
	ctx := t.Context()
	_, err := st.Upload(ctx, st.owner, "x.jpg", strings.NewReader("not a picture"))
	wantFault(t, "text as a photo", err, fault.Invalid)
	_, err = st.Upload(ctx, st.owner, "x.jpg", photo(t, 100, 100))
	wantFault(t, "a tiny photo", err, fault.Invalid)
	if n := st.count("easel.vault_object"); n != 0 {
		t.Errorf("refused photos left %d objects", n)
	}
	u := st.bring()
	_, err = st.Upload(ctx, st.owner, "x.jpg", photo(t, 200, 200))
	wantFault(t, "a photo too many", err, fault.Conflict)
	for what, o := range map[string]Order{
		"no style":      {},
		"unknown style": {Styles: []string{"crayon"}},
		"style twice":   {Styles: []string{"artistic", "artistic"}},
		"a tiny crop":   {Styles: []string{"artistic"}, Crop: image.Rect(0, 0, 20, 20)},
		"a crop beside": {Styles: []string{"artistic"}, Crop: image.Rect(1000, 1000, 2000, 2000)},
		"unknown ink":   {Styles: []string{"rough-sketch"}, Ink: "lipstick"},
	} {
		_, err := st.Start(ctx, st.owner, u.ID, o)
		wantFault(t, what, err, fault.Invalid)
	}
	if len(st.jobs) != 0 {
		t.Errorf("refused requests queued %d jobs", len(st.jobs))
	}
	_, _, err = st.Download(ctx, st.owner, uuid.New(), "gif", "")
	wantFault(t, "a format that we do not write", err, fault.Invalid)
}

func TestWatchTellsEveryState(t *testing.T) {
	t.Parallel()
	st := newStudio(t)
	u := st.bring()
	_, jobs := st.start(u, "rough-sketch")
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	go st.Run(ctx)
	states := make(chan State, 1000)
	watched := make(chan error, 1)
	go func() {
		watched <- st.Watch(ctx, st.owner, u.ID, func(r Run) error { states <- r.State; return nil })
	}()
	if first := <-states; first != Queued {
		t.Fatalf("the watcher is told %v first", first)
	}
	if err := st.Draw(ctx, jobs[0]); err != nil {
		t.Fatal(err)
	}
	last := Queued
	for last != Done {
		next := <-states
		if next == Queued && last != Queued {
			t.Errorf("after %v the watcher was told %v", last, next)
		}
		last = next
	}
	stop()
	if err := <-watched; !errors.Is(err, context.Canceled) {
		t.Errorf("the watch ended with %v", err)
	}
}
