package pages

import (
	"bytes"
	"cmp"
	"context"
	"image"
	"io"
	"slices"
	"sync"
	"time"

	"github.com/google/uuid"

	"easel/internal/fault"
	"easel/internal/generation"
)

// fake is a studio in memory. Tests move its runs along by hand.
type fake struct {
	mu      sync.Mutex
	works   map[uuid.UUID]*generation.Work
	owners  map[uuid.UUID]uuid.UUID // upload → owner
	changed chan struct{}           // closed and replaced at every change
	serial  time.Duration
	now     time.Time
	fail    error // what Upload and Start answer, when set

	names    []string                 // as Upload was told
	view     []byte                   // the photo
	results  map[string][]byte        // by style
	previews map[string][]byte        // by style
	size     map[string]image.Point   // by style
	upload   func(*generation.Upload) // shapes what Upload returns
}

func newFake(now time.Time) *fake {
	return &fake{
		works: map[uuid.UUID]*generation.Work{}, owners: map[uuid.UUID]uuid.UUID{}, changed: make(chan struct{}), now: now,
		view: jpegOf(120, 160), results: map[string][]byte{}, previews: map[string][]byte{}, size: map[string]image.Point{},
	}
}

var errNotYours = fault.New(fault.Missing, "There is no such picture.")

func (f *fake) tell() {
	close(f.changed)
	f.changed = make(chan struct{})
}

func (f *fake) find(owner, id uuid.UUID) (*generation.Work, error) {
	if w := f.works[id]; w != nil && f.owners[id] == owner {
		return w, nil
	}
	return nil, errNotYours
}

func (f *fake) findRun(owner, id uuid.UUID) (*generation.Work, int, error) {
	for uploadID, w := range f.works {
		i := slices.IndexFunc(w.Runs, func(r generation.Run) bool { return r.ID == id })
		if i >= 0 && f.owners[uploadID] == owner {
			return w, i, nil
		}
	}
	return nil, 0, errNotYours
}

func (f *fake) Upload(_ context.Context, owner uuid.UUID, name string, photo io.Reader) (generation.Upload, error) {
	data, err := io.ReadAll(photo)
	f.mu.Lock()
	defer f.mu.Unlock()
	if err = cmp.Or(err, f.fail); err != nil {
		return generation.Upload{}, err
	}
	if len(data) == 0 {
		return generation.Upload{}, fault.New(fault.Invalid, "This file is empty.")
	}
	f.names = append(f.names, name)
	f.serial++
	u := generation.Upload{ID: uuid.New(), Name: name, W: 120, H: 160, HasFace: true, Crop: image.Rect(20, 20, 100, 120),
		Created: f.now.Add(f.serial), Deadline: f.now.Add(24 * time.Hour)}
	if f.upload != nil {
		f.upload(&u)
	}
	f.works[u.ID], f.owners[u.ID] = &generation.Work{Upload: u}, owner
	return u, nil
}

func (f *fake) Works(_ context.Context, owner uuid.UUID) ([]generation.Work, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	var all []generation.Work
	for id, w := range f.works {
		if f.owners[id] == owner {
			all = append(all, generation.Work{Upload: w.Upload, Runs: slices.Clone(w.Runs)})
		}
	}
	slices.SortFunc(all, func(a, b generation.Work) int { return b.Created.Compare(a.Created) })
	return all, nil
}

func (f *fake) Find(_ context.Context, owner, id uuid.UUID) (generation.Work, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	w, err := f.find(owner, id)
	if err != nil {
		return generation.Work{}, err
	}
	return generation.Work{Upload: w.Upload, Runs: slices.Clone(w.Runs)}, nil
}

func (f *fake) Start(_ context.Context, owner, id uuid.UUID, o generation.Order) ([]generation.Run, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	w, err := f.find(owner, id)
	if err = cmp.Or(err, f.fail); err != nil {
		return nil, err
	}
	if o.Seed == 0 {
		f.serial++
		o.Seed = 1234567 + uint64(f.serial)
	}
	for i, style := range o.Styles {
		ink := o.Ink
		if style == "light-colouring" || style == "artistic" {
			ink = ""
		}
		w.Runs = append(w.Runs, generation.Run{ID: uuid.New(), UploadID: id, Style: style, Seed: o.Seed, Crop: o.Crop, Ink: ink, Background: o.Background, Strength: cmp.Or(o.Strength, 100), State: generation.Queued,
			Ahead: i, Left: time.Duration(i+1) * 20 * time.Second, Created: f.now, Deadline: w.Deadline})
	}
	f.tell()
	return slices.Clone(w.Runs[len(w.Runs)-len(o.Styles):]), nil
}

func (f *fake) Enlarge(_ context.Context, owner, id uuid.UUID) (generation.Run, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	w, i, err := f.findRun(owner, id)
	if err != nil {
		return generation.Run{}, err
	}
	run := &w.Runs[i]
	if run.Full.W == 0 {
		return generation.Run{}, fault.New(fault.Conflict, "This portrait is at its full size already.")
	}
	run.Full.Run, run.Full.State = uuid.New(), generation.Queued
	f.tell()
	return f.full(*run), nil
}

// full is the run that draws the full size of another.
func (f *fake) full(of generation.Run) generation.Run {
	return generation.Run{ID: of.Full.Run, Of: of.ID, UploadID: of.UploadID, Style: of.Style, State: of.Full.State, W: of.Full.W, H: of.Full.H,
		Created: of.Created, Deadline: of.Deadline}
}

func (f *fake) Preview(_ context.Context, owner, id uuid.UUID, style string) ([]byte, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if _, err := f.find(owner, id); err != nil {
		return nil, err
	}
	if data := f.previews[style]; data != nil {
		return data, nil
	}
	return jpegOf(36, 45), nil
}

func (f *fake) FindRun(_ context.Context, owner, id uuid.UUID) (generation.Run, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, w := range f.works {
		for _, run := range w.Runs {
			if run.Full.Run == id && id != uuid.Nil && f.owners[w.ID] == owner {
				return f.full(run), nil
			}
		}
	}
	w, i, err := f.findRun(owner, id)
	if err != nil {
		return generation.Run{}, err
	}
	return w.Runs[i], nil
}

// change edits a run and tells everybody who watches.
func (f *fake) change(id uuid.UUID, edit func(*generation.Run)) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, w := range f.works {
		for i := range w.Runs {
			if w.Runs[i].ID == id {
				edit(&w.Runs[i])
			}
		}
	}
	f.tell()
}

// finish hangs up the result of a run.
func (f *fake) finish(id uuid.UUID) {
	f.change(id, func(r *generation.Run) {
		r.State, r.Done, r.Ahead, r.Left = generation.Done, 1, 0, 0
		r.W, r.H = r.Crop.Dx(), r.Crop.Dy()
		if size, ok := f.size[r.Style]; ok {
			r.W, r.H = size.X, size.Y
		}
		r.Full = generation.Full{W: 6 * r.W, H: 6 * r.H}
		r.Lines = r.Style == "rough-sketch"
	})
}

func (f *fake) Cancel(_ context.Context, owner, id uuid.UUID) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	w, i, err := f.findRun(owner, id)
	if err != nil {
		return err
	}
	if w.Runs[i].State.Final() {
		return fault.New(fault.Conflict, "This portrait is finished already.")
	}
	w.Runs[i].State = generation.Cancelled
	f.tell()
	return nil
}

func (f *fake) Delete(_ context.Context, owner, id uuid.UUID) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	w, i, err := f.findRun(owner, id)
	if err != nil {
		return err
	}
	w.Runs = slices.Delete(w.Runs, i, i+1)
	return nil
}

func (f *fake) DeleteUpload(_ context.Context, owner, id uuid.UUID) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if _, err := f.find(owner, id); err != nil {
		return err
	}
	delete(f.works, id)
	return nil
}

func (f *fake) View(_ context.Context, owner, id uuid.UUID) (io.ReadSeekCloser, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if _, err := f.find(owner, id); err != nil {
		return nil, err
	}
	return still(f.view), nil
}

func (f *fake) Before(_ context.Context, owner, id uuid.UUID) (io.ReadSeekCloser, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if _, _, err := f.findRun(owner, id); err != nil {
		return nil, err
	}
	return still(f.view), nil
}

func (f *fake) Picture(_ context.Context, owner, id uuid.UUID) (io.ReadSeekCloser, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	w, i, err := f.findRun(owner, id)
	if err != nil {
		return nil, err
	}
	if data := f.results[w.Runs[i].Style]; data != nil {
		return still(data), nil
	}
	return still(f.view), nil
}

func (f *fake) Download(ctx context.Context, owner, id uuid.UUID, format, paper string) ([]byte, string, error) {
	run, err := f.FindRun(ctx, owner, id)
	if err != nil {
		return nil, "", err
	}
	return []byte(format + " on " + paper), "Grünes Haus-" + run.Style + "." + format, nil
}

func (f *fake) Watch(ctx context.Context, owner, id uuid.UUID, tell func(generation.Run) error) error {
	for {
		f.mu.Lock()
		changed := f.changed
		f.mu.Unlock()
		work, err := f.Find(ctx, owner, id)
		if err != nil {
			return err
		}
		for _, run := range work.Runs {
			if err := tell(run); err != nil {
				return err
			}
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-changed:
		}
	}
}

// still is a picture that was read to memory.
func still(data []byte) io.ReadSeekCloser { return closer{bytes.NewReader(data)} }

type closer struct{ io.ReadSeeker }

func (closer) Close() error { return nil }
