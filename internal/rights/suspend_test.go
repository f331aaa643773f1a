package rights_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"easel/internal/fault"
	"easel/internal/mail"
	"easel/internal/policy"
	"easel/internal/rights"
	"easel/studios"
)

func studioOf(t *testing.T) *policy.Studio {
	t.Helper()
	studio, err := studios.Portrait()
	if err != nil {
		t.Fatal(err)
	}
	return studio
}

const newUpload = `insert into easel.generation_upload (id, owner, photo, view, name, width, height, has_face, crop, warnings, deadline)
	values ($1, $2, $1, $1, '\x00', 10, 10, false, '{0,0,10,10}', '{}', now() + interval '1 day')`

const newRun = `insert into easel.generation_run (id, owner, upload, style, seed, crop, state, result, deadline)
	values ($1, $2, $3, 'artistic', 1, '{0,0,10,10}', 'done', $1, now() + interval '1 day')`

// picture makes a finished portrait, without bytes.
func (h *house) picture(owner uuid.UUID) (upload, run uuid.UUID) {
	h.t.Helper()
	upload, run = uuid.New(), uuid.New()
	h.must(h.db.AsOwner(h.t.Context(), owner, func(tx pgx.Tx) error {
		if _, err := tx.Exec(h.t.Context(), newUpload, upload, owner); err != nil {
			return err
		}
		_, err := tx.Exec(h.t.Context(), newRun, run, owner, upload)
		return err
	}))
	return upload, run
}

func (h *house) brings(owner uuid.UUID) error {
	return h.db.AsOwner(h.t.Context(), owner, func(tx pgx.Tx) error {
		_, err := tx.Exec(h.t.Context(), newUpload, uuid.New(), owner)
		return err
	})
}

// stopped reports whether the database itself has refused something new.
func stopped(err error) bool {
	var said *pgconn.PgError
	return errors.As(err, &said) && said.Code == "EA001"
}

// While the use of somebody's data is suspended the database takes nothing new of theirs, also when nobody asks; what is there
// stays.
func TestSuspendedUse(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	ctx, ana, ben := t.Context(), h.person("ana@example.com"), h.person("ben@example.com")
	upload, run := h.picture(ana)
	h.must(h.Suspend(ctx, ana))
	h.must(h.Suspend(ctx, ana))
	if since, err := h.Suspended(ctx, ana); err != nil || since.IsZero() || !slices.Equal(h.stopped, []uuid.UUID{ana, ana}) {
		t.Errorf("suspended since %v, %v; stopped %v", since, err, h.stopped)
	}
	may := func(owner uuid.UUID) error {
		return h.db.AsOwner(ctx, owner, func(tx pgx.Tx) error { return h.May(ctx, tx) })
	}
	if err := may(ana); !fault.Is(err, fault.Conflict) {
		t.Errorf("asked: %v", err)
	}
	if err := h.brings(ana); !stopped(err) {
		t.Errorf("a photo: %v", err)
	}
	err := h.db.AsOwner(ctx, ana, func(tx pgx.Tx) error {
		_, err := tx.Exec(ctx, newRun, uuid.New(), ana, upload)
		return err
	})
	if !stopped(err) {
		t.Errorf("a drawing: %v", err)
	}
	err = h.db.AsOwner(ctx, ana, func(tx pgx.Tx) error {
		_, err := tx.Exec(ctx, `update easel.generation_run set state = 'queued', result = null where id = $1`, run)
		return err
	})
	if !stopped(err) {
		t.Errorf("one drawn again: %v", err)
	}
	if err := errors.Join(may(ben), h.brings(ben)); err != nil {
		t.Errorf("somebody else: %v", err)
	}
	h.must(h.Resume(ctx, ana))
	h.must(h.Resume(ctx, ana))
	if err := errors.Join(may(ana), h.brings(ana)); err != nil {
		t.Errorf("lifted: %v", err)
	}
	if h.said("ana@example.com", mail.UseSuspended) == 0 || h.said("ana@example.com", mail.UseResumed) != 1 {
		t.Errorf("she was told %v", h.letters("ana@example.com"))
	}
}

// What was allowed to begin ends before the suspension takes hold: nobody slips through between asking and writing.
func TestSuspendingWaitsForWhatHasBegun(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	ctx, ana := t.Context(), h.person("ana@example.com")
	conn, done := h.owned(), make(chan error, 1)
	h.must(h.db.AsOwner(ctx, ana, func(tx pgx.Tx) error {
		if err := h.May(ctx, tx); err != nil {
			return err
		}
		go func() { done <- h.Suspend(ctx, ana) }()
		for waits := 0; waits == 0; { // until it stands before the lock
			if err := conn.QueryRow(ctx, `select count(*) from pg_locks where locktype = 'advisory' and not granted`).Scan(&waits); err != nil {
				return err
			}
		}
		_, err := tx.Exec(ctx, newUpload, uuid.New(), ana)
		return err
	}))
	h.must(<-done)
	if err := h.brings(ana); !stopped(err) {
		t.Errorf("afterwards: %v", err)
	}
}

// Those who run the place can suspend for somebody who has asked by letter.
func TestSuspendedByRequest(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	ctx, ana := t.Context(), h.person("ana@example.com")
	r, err := h.Register(ctx, h.boss, rights.Registration{Kind: policy.AskSuspension, Channel: rights.Letter, Received: h.clock().Add(-time.Hour), Account: ana, Words: "Please stop."})
	h.must(err)
	h.must(h.Act(ctx, h.boss, r.ID, rights.Suspended, "As you have asked."))
	if err := h.brings(ana); !stopped(err) || h.said("ana@example.com", mail.RequestStep) != 1 {
		t.Errorf("%v; she was told %v", err, h.letters("ana@example.com"))
	}
}
