package generation

import (
	"context"
	"errors"
	"fmt"
	"image"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"easel/internal/fault"
	"easel/internal/ledger"
)

// poor makes the owner somebody with so many tokens.
func (st *studio) poor(tokens int64) {
	st.t.Helper()
	st.leave()
	ctx := st.t.Context()
	st.owner = uuid.New()
	err := st.db.AsOwner(ctx, st.owner, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `insert into easel.account_account (id) values ($1)`, st.owner); err != nil || tokens == 0 {
			return err
		}
		_, err := st.bank.Grant(ctx, tx, st.owner, ledger.Grant{Key: uuid.NewString(), Tokens: tokens, Reason: "A test."})
		return err
	})
	if err != nil {
		st.t.Fatal(err)
	}
}

// wantTokens checks how many tokens can be spent and how many are in use.
func (st *studio) wantTokens(what string, free, held int64) {
	st.t.Helper()
	var b ledger.Balance
	err := st.db.AsOwner(st.t.Context(), st.owner, func(tx pgx.Tx) (err error) {
		b, err = st.bank.Balance(st.t.Context(), tx, st.owner)
		return err
	})
	if err != nil {
		st.t.Fatal(err)
	}
	if b.Free() != free || b.Held != held {
		st.t.Errorf("%s: %d tokens are free and %d in use, want %d and %d", what, b.Free(), b.Held, free, held)
	}
}

func TestAPortraitCostsItsTokenWhenItIsStored(t *testing.T) {
	t.Parallel()
	st := newStudio(t, small)
	st.poor(3)
	u, err := st.Upload(t.Context(), st.owner, "Bella.jpg", photo(t, 400, 480))
	if err != nil {
		t.Fatal(err)
	}
	runs, jobs := st.start(u, "rough-sketch")
	st.wantTokens("queued", 2, 1)
	st.draw(jobs[0])
	st.wantTokens("drawn", 2, 0)
	st.draw(jobs[0]) // the queue may bring a job twice
	st.wantTokens("drawn twice", 2, 0)
	_, job := st.enlarge(runs[0].ID)
	st.draw(job)
	st.wantTokens("its full size is part of it", 2, 0)
	if err := st.DeleteUpload(t.Context(), st.owner, u.ID); err != nil {
		t.Fatal(err)
	}
	st.wantTokens("deleting what is done gives nothing back", 2, 0)
}

func TestWithoutEnoughTokensNothingStarts(t *testing.T) {
	t.Parallel()
	st := newStudio(t)
	st.poor(2)
	u := st.bring()
	_, err := st.Start(t.Context(), st.owner, u.ID, Order{Styles: []string{"rough-sketch", "detailed-sketch", "artistic"}})
	wantFault(t, "three styles for two tokens", err, fault.Unpaid)
	if say := fault.Of(err).Say; say != "This needs 3 tokens and you have 2. Choose fewer, or get more tokens first." {
		t.Errorf("it says %q", say)
	}
	if n := st.count("easel.generation_run"); n != 0 || len(st.jobs) != 0 {
		t.Errorf("%d runs and %d jobs are there", n, len(st.jobs))
	}
	st.wantTokens("nothing is held", 2, 0)
}

// Every way in which a run can end without a result gives its token back.
func TestWhateverEndsWithoutAResultGivesTheTokenBack(t *testing.T) {
	t.Parallel()
	claimed := func(st *studio, job DrawArgs) {
		if _, err := st.claim(st.t.Context(), job); err != nil {
			st.t.Fatal(err)
		}
	}
	for name, end := range map[string]func(st *studio, u Upload, r Run, job DrawArgs) error{
		"cancelled while it waits": func(st *studio, _ Upload, r Run, _ DrawArgs) error {
			return st.Cancel(st.t.Context(), st.owner, r.ID)
		},
		"cancelled while it is drawn": func(st *studio, _ Upload, r Run, job DrawArgs) error {
			claimed(st, job)
			return st.Cancel(st.t.Context(), st.owner, r.ID)
		},
		"deleted while it waits": func(st *studio, _ Upload, r Run, _ DrawArgs) error {
			return st.Delete(st.t.Context(), st.owner, r.ID)
		},
		"its photo deleted while it is drawn": func(st *studio, u Upload, _ Run, job DrawArgs) error {
			claimed(st, job)
			return st.DeleteUpload(st.t.Context(), st.owner, u.ID)
		},
		"its photo unreadable": func(st *studio, _ Upload, _ Run, job DrawArgs) error {
			st.exec(`delete from keys.vault_object`)
			return st.Draw(st.t.Context(), job)
		},
		"refused": func(st *studio, _ Upload, _ Run, job DrawArgs) error {
			claimed(st, job)
			return st.giveUp(st.t.Context(), job, fault.New(fault.Refused, "The provider does not draw this."))
		},
		"too slow": func(st *studio, _ Upload, _ Run, job DrawArgs) error {
			claimed(st, job)
			ctx, stop := context.WithDeadline(st.t.Context(), time.Now().Add(-time.Second))
			defer stop()
			return st.giveUp(ctx, job, ctx.Err())
		},
		"failed again and again": func(st *studio, _ Upload, _ Run, _ DrawArgs) error {
			for range mostFailures {
				job := st.jobs[len(st.jobs)-1]
				claimed(st, job)
				st.wantTokens("while there is another attempt", 2, 1)
				if err := st.giveUp(st.t.Context(), job, errors.New("the engine failed")); err != nil {
					return err
				}
			}
			return nil
		},
		"lost again and again": func(st *studio, _ Upload, _ Run, _ DrawArgs) error {
			for range mostFailures {
				claimed(st, st.jobs[len(st.jobs)-1])
				st.exec(`update easel.generation_run set lease_until = now() - interval '1 second'`)
				if err := st.Recover(st.t.Context()); err != nil {
					return err
				}
			}
			return nil
		},
		"its photo's time over": func(st *studio, _ Upload, _ Run, job DrawArgs) error {
			claimed(st, job)
			st.expire()
			if err := st.db.AsNobody(st.t.Context(), func(tx pgx.Tx) error { // before the run was ended
				_, err := tx.Exec(st.t.Context(), `select easel.generation_expire()`)
				return err
			}); err != nil {
				return err
			}
			if n := st.count("easel.generation_run"); n != 1 {
				st.t.Error("the row went with a token held for it")
			}
			err := st.Recover(st.t.Context())
			if n := st.count("easel.generation_upload"); n != 0 {
				st.t.Error("the photo's row is still there")
			}
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			st := newStudio(t)
			st.poor(3)
			u := st.bring()
			runs, jobs := st.start(u, "rough-sketch")
			st.wantTokens("begun", 2, 1)
			if err := end(st, u, runs[0], jobs[0]); err != nil {
				t.Fatal(err)
			}
			st.wantTokens("ended", 3, 0)
			img := image.NewNRGBA(image.Rect(0, 0, 10, 10)) // a worker that did not hear of it brings a result
			if err := st.store(t.Context(), jobs[0], runRow{Run: runs[0]}, img, img); err == nil {
				t.Error("a result was stored that nobody pays for")
			}
			st.wantTokens("and stays ended", 3, 0)
			if why := st.why(); why == "" {
				t.Error("the owner is not told why the token came back")
			}
		})
	}
}

// expire lets the time of all photos be over.
func (st *studio) expire() {
	st.t.Helper()
	root, err := pgx.Connect(st.t.Context(), st.root)
	if err != nil {
		st.t.Fatal(err)
	}
	defer root.Close(context.Background())
	for _, table := range []string{"run", "upload"} {
		if _, err := root.Exec(st.t.Context(), `update easel.generation_`+table+` set deadline = now() - interval '1 second'`); err != nil {
			st.t.Fatal(err)
		}
	}
}

// why is what the history says about the token that came back last.
func (st *studio) why() (why string) {
	st.t.Helper()
	err := st.db.AsOwner(st.t.Context(), st.owner, func(tx pgx.Tx) error {
		return tx.QueryRow(st.t.Context(), `select what from easel.ledger_entry where kind = 'release' order by number desc limit 1`).Scan(&why)
	})
	if err != nil {
		st.t.Fatal(err)
	}
	return why
}

// A result whose token went back behind the service's back is not stored.
func TestNothingIsStoredThatIsNotPaidFor(t *testing.T) {
	t.Parallel()
	st := newStudio(t)
	st.poor(1)
	runs, jobs := st.start(st.bring(), "rough-sketch")
	st.exec(`select easel.ledger_release($1, 'A mistake.')`, runs[0].ID)
	if err := st.Draw(t.Context(), jobs[0]); err != nil {
		t.Fatal(err)
	}
	if r := st.run(runs[0].ID); r.State == Done {
		t.Error("it was stored without being paid for")
	}
	st.wantTokens("not paid", 1, 0)
}

func TestTwoHundredRequestsWithTenTokensStartTen(t *testing.T) {
	t.Parallel()
	st := newStudio(t, func(c *Config) { c.Unfinished = 1000 })
	st.poor(10)
	u := st.bring()
	var group sync.WaitGroup
	results := make(chan error, 200)
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
			wantFault(t, "one too many", err, fault.Unpaid)
		}
	}
	if rows := st.count("easel.generation_run"); started != 10 || rows != 10 || len(st.jobs) != 10 {
		t.Errorf("%d requests started, %d runs, %d jobs; want 10", started, rows, len(st.jobs))
	}
	st.wantTokens("all in use", 0, 10)
}

// A run that is started while its photo is deleted goes with it, and its token comes back.
func TestStartingWhileThePhotoIsDeletedLeavesNoTokenBehind(t *testing.T) {
	t.Parallel()
	st := newStudio(t, func(c *Config) { c.Unfinished, c.Uploads = 1000, 1000 })
	st.poor(500)
	for range 12 {
		kept, err := st.keep(t.Context(), st.owner, uploadRow{Upload: Upload{ID: uuid.New(), Name: "x", W: 600, H: 600, Crop: image.Rect(0, 0, 600, 600)}}, []byte("photo"), []byte("view"))
		if err != nil {
			t.Fatal(err)
		}
		var group sync.WaitGroup
		for range 4 {
			group.Go(func() {
				_, err := st.Start(t.Context(), st.owner, kept.ID, Order{Styles: []string{"rough-sketch"}})
				if err != nil {
					wantFault(t, "starting what is deleted", err, fault.Missing)
				}
			})
		}
		group.Go(func() {
			if err := st.DeleteUpload(t.Context(), st.owner, kept.ID); err != nil {
				t.Error(err)
			}
		})
		group.Wait()
	}
	st.wantTokens("all photos are gone", 500, 0)
}

// Tokens that a mistake of ours left held are found and settled.
func TestReconcileSettlesWhatWasLeftHeld(t *testing.T) {
	t.Parallel()
	st := newStudio(t)
	st.poor(3)
	runs, jobs := st.start(st.bring(), "rough-sketch", "artistic", "detailed-sketch")
	st.draw(jobs[0])
	st.exec(fmt.Sprintf(`update easel.generation_run set state = 'failed' where id = '%s'`, runs[1].ID))
	st.wantTokens("one failed without letting go", 0, 2)
	st.purse = hours{st.purse}
	if err := st.Reconcile(t.Context()); err != nil {
		t.Fatal(err)
	}
	st.wantTokens("only what waits is in use", 1, 1)
}

// hours is a purse in which everything was held long ago.
type hours struct{ Purse }

func (h hours) Held(ctx context.Context, _ time.Duration) ([]ledger.Open, error) {
	return h.Purse.Held(ctx, 0)
}
