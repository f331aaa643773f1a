package generation

import (
	"context"
	"io"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"easel/internal/fault"
)

// mayAsk asks the database, as the program does.
func mayAsk(c *Config) {
	c.May = func(ctx context.Context, tx pgx.Tx) error {
		var may bool
		if err := tx.QueryRow(ctx, `select easel.rights_may()`).Scan(&may); err != nil || may {
			return err
		}
		return fault.New(fault.Conflict, "You have suspended the use of your data.")
	}
}

// While the use of somebody's data is suspended nothing new of theirs begins, no token moves, and what waited has ended; what
// is finished can still be looked at.
func TestNothingBeginsWhileUseIsSuspended(t *testing.T) {
	t.Parallel()
	st := newStudio(t, small, mayAsk)
	st.poor(3)
	ctx, u := t.Context(), st.bring()
	runs, jobs := st.start(u, "rough-sketch")
	if err := st.Draw(ctx, jobs[0]); err != nil {
		t.Fatal(err)
	}
	waiting, _ := st.start(u, "artistic")
	st.wantTokens("while one is done and one waits", 1, 1)
	if err := st.db.AsOwner(ctx, st.owner, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `insert into easel.rights_suspension (owner) values ($1)`, st.owner); err != nil {
			return err
		}
		return st.Stop(ctx, tx, st.owner)
	}); err != nil {
		t.Fatal(err)
	}
	st.wantTokens("once it is suspended", 2, 0)
	if r := st.run(waiting[0].ID); r.State != Cancelled {
		t.Errorf("what waited is %s", r.State)
	}
	_, err := st.Start(ctx, st.owner, u.ID, Order{Styles: []string{"artistic"}})
	wantFault(t, "a portrait", err, fault.Conflict)
	_, err = st.Upload(ctx, st.owner, "Bella.jpg", photo(t, 200, 240))
	wantFault(t, "a photo", err, fault.Conflict)
	_, err = st.Preview(ctx, st.owner, u.ID, "artistic")
	wantFault(t, "a preview", err, fault.Conflict)
	st.wantTokens("after all of that", 2, 0)
	picture, err := st.Picture(ctx, st.owner, runs[0].ID)
	if err != nil {
		t.Fatalf("what was finished: %v", err)
	}
	picture.Close()
	kept, err := st.Photo(ctx, st.owner, u.ID)
	if err != nil {
		t.Fatalf("the photo: %v", err)
	}
	if data, err := io.ReadAll(kept); err != nil || len(data) < 1000 {
		t.Errorf("the photo is %d bytes, %v", len(data), err)
	}
	kept.Close()
	st.exec(`delete from easel.rights_suspension`)
	if _, err = st.Start(ctx, st.owner, u.ID, Order{Styles: []string{"artistic"}}); err != nil {
		t.Errorf("lifted: %v", err)
	}
}

// However many photos there are, each is told once, in order, with its own portraits; nobody else's are.
func TestWalkTellsThousandsOfWorksOnce(t *testing.T) {
	t.Parallel()
	st := newStudio(t)
	const works = 2500
	ctx, other := t.Context(), st.owner
	st.poor(0)
	err := st.db.AsOwner(ctx, st.owner, func(tx pgx.Tx) error {
		name, err := st.vault.SealText(ctx, tx, st.owner, "Bella")
		if err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `with made as (insert into easel.generation_upload (id, owner, photo, view, name, width, height, has_face, crop, warnings, created_at, deadline)
			select gen_random_uuid(), $1, gen_random_uuid(), gen_random_uuid(), $2, 10, 10, false, '{0,0,10,10}', '{}', now() - (i / 3) * interval '1 second', now() + interval '1 hour'
			  from generate_series(1, $3) i returning id)
			insert into easel.generation_run (id, owner, upload, style, seed, crop, state, result, deadline)
			select gen_random_uuid(), $1, id, 'artistic', 1, '{0,0,10,10}', 'done', id, now() + interval '1 hour' from made`, st.owner, name, works)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	seen, last := map[uuid.UUID]bool{}, time.Time{}
	if err := st.Walk(ctx, st.owner, func(w Work) error {
		if seen[w.ID] || w.Created.Before(last) || w.Name != "Bella" || len(w.Runs) != 1 || w.Runs[0].UploadID != w.ID {
			t.Fatalf("told %+v after %v", w, last)
		}
		seen[w.ID], last = true, w.Created
		return nil
	}); err != nil || len(seen) != works {
		t.Errorf("%d works were told, %v", len(seen), err)
	}
	if err := st.Walk(ctx, other, func(w Work) error { t.Errorf("somebody else is told of %v", w.ID); return nil }); err != nil {
		t.Error(err)
	}
	if h, err := st.Held(ctx, st.owner); err != nil || h.Uploads != works || h.Results != works || h.First.IsZero() {
		t.Errorf("held: %+v, %v", h, err)
	}
}
