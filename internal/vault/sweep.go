package vault

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"easel/internal/receipt"
	"easel/internal/rounds"
)

// batch is how many objects are removed between two looks at the database.
const batch = 200

// together is how many removals are under way at once: a bucket elsewhere takes its time for each.
const together = 4

// Swept is what one round has done to keys.
type Swept struct {
	Keys int           // destroyed
	Late time.Duration // after the deadline, at most
}

// sealedAtOnce is up to how many statements are put into the log together with the destruction of their keys. More are written
// down with it, and put into the log right after.
const sealedAtOnce = 10_000

func (v *Vault) seal(ctx context.Context) (last *receipt.Entry, err error) {
	err = v.db.AsNobody(ctx, func(tx pgx.Tx) error {
		now, _ := v.clock.now() // what is stated says itself when it was
		last, err = v.receipts.Seal(ctx, tx, now)
		return err
	})
	return last, err
}

// Expire destroys the keys of all objects whose time is over, of those that were never finished and of those whose hold has
// ended, in one statement, and states it in the same transaction; the log of receipts takes all that was stated meanwhile.
func (v *Vault) Expire(ctx context.Context) (s Swept, err error) {
	var last *receipt.Entry
	err = v.db.AsNobody(ctx, func(tx pgx.Tx) error {
		now, err := v.sync(ctx, tx)
		if err != nil {
			return err
		}
		var late *time.Duration
		if err := tx.QueryRow(ctx, `select keys, late from easel.vault_expire($1)`, now).Scan(&s.Keys, &late); err != nil {
			return err
		}
		if late != nil {
			s.Late = max(0, *late)
		}
		if err := v.at("keys destroyed"); err != nil {
			return err
		}
		if s.Keys > sealedAtOnce {
			return nil // the keys go first
		}
		if last, err = v.receipts.Seal(ctx, tx, now); err != nil {
			return err
		}
		return v.at("stated")
	})
	if err != nil {
		return Swept{}, fmt.Errorf("destroy keys: %w", err)
	}
	if s.Keys > sealedAtOnce {
		if last, err = v.seal(ctx); err != nil {
			return s, err
		}
	}
	if err := v.at("committed"); err != nil {
		return s, err
	}
	return s, v.receipts.Anchor(last)
}

// Sweep is one whole round without haste: Expire, then the bytes of everything without a key. It returns how many keys it
// destroyed.
func (v *Vault) Sweep(ctx context.Context) (n int, err error) {
	s, err := v.Expire(ctx)
	if err != nil {
		return s.Keys, err
	}
	_, err = v.Clear(ctx, 0)
	return s.Keys, err
}

// Clear removes the bytes of everything without a key, so many objects a second at most (0: as fast as it goes), and returns
// how many it removed. Bytes that cannot be removed now do not stop the others, and are tried again by the next round; the
// error says so. Where a whole batch fails, the bucket is taken not to answer and the round ends.
func (v *Vault) Clear(ctx context.Context, rate int) (n int, err error) {
	var failed []error
	for after := uuid.Nil; ; {
		if _, err := v.clock.now(); err != nil {
			return n, errors.Join(append(failed, err)...)
		}
		begin := time.Now()
		ids, err := v.ids(ctx, `select easel.vault_gone($1, $2)`, after, batch)
		if err != nil {
			return n, fmt.Errorf("find bytes to remove: %w", err)
		}
		if len(ids) == 0 {
			return n, errors.Join(failed...)
		}
		after = ids[len(ids)-1]
		removed, err := v.removeAll(ctx, ids)
		if err != nil {
			failed = append(failed, err)
		}
		n += len(removed)
		if err := errors.Join(v.at("bytes removed"), v.forget(ctx, removed)); err != nil {
			return n, err
		}
		if len(removed) == 0 && len(ids) > 1 {
			return n, errors.Join(failed...)
		}
		if !pause(ctx, begin, len(ids), rate) {
			return n, ctx.Err()
		}
	}
}

// pause waits until a batch has taken as long as the rate asks for; false when the context has ended.
func pause(ctx context.Context, begin time.Time, n, rate int) bool {
	if rate <= 0 {
		return ctx.Err() == nil
	}
	wait := time.NewTimer(time.Until(begin.Add(time.Duration(n) * time.Second / time.Duration(rate))))
	defer wait.Stop()
	select {
	case <-wait.C:
		return ctx.Err() == nil
	case <-ctx.Done():
		return false
	}
}

func (v *Vault) ids(ctx context.Context, sql string, args ...any) (ids []uuid.UUID, err error) {
	err = v.db.AsNobody(ctx, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, sql, args...)
		if err != nil {
			return err
		}
		ids, err = pgx.CollectRows(rows, pgx.RowTo[uuid.UUID])
		return err
	})
	return ids, err
}

// removeAll returns which were removed, and one error for all that were not.
func (v *Vault) removeAll(ctx context.Context, ids []uuid.UUID) (removed []uuid.UUID, err error) {
	errs := make([]error, len(ids))
	var group sync.WaitGroup
	for lane := range together {
		group.Go(func() {
			for i := lane; i < len(ids); i += together {
				if errs[i] = v.at("one to remove"); errs[i] == nil {
					errs[i] = v.remove(ctx, ID(ids[i]))
				}
			}
		})
	}
	group.Wait()
	for i, e := range errs {
		if e != nil {
			err = e
			continue
		}
		removed = append(removed, ids[i])
	}
	if err != nil {
		return removed, fmt.Errorf("%d objects without a key keep their bytes for now: %w", len(ids)-len(removed), err)
	}
	return removed, nil
}

func (v *Vault) forget(ctx context.Context, ids []uuid.UUID) error {
	err := v.db.AsNobody(ctx, func(tx pgx.Tx) error {
		_, err := tx.Exec(ctx, `select easel.vault_forget($1)`, ids)
		return err
	})
	if err != nil {
		return fmt.Errorf("forget removed objects: %w", err)
	}
	return v.at("forgotten")
}

// at is where tests end the program.
func (v *Vault) at(step string) error {
	if v.step == nil {
		return nil
	}
	return v.step(step)
}

// DefaultRate is how many objects' bytes are removed in a second.
const DefaultRate = 500

// Reaper sweeps again and again.
type Reaper struct {
	Vault *Vault
	Every time.Duration // between two rounds; 0 = twenty seconds, so that a key is gone within a minute
	Rate  int           // objects whose bytes are removed in a second; 0 = DefaultRate
	Log   *slog.Logger
}

// scrubs is how many rounds of removing bytes there are for one look through the whole bucket.
const scrubs = 180

// Run sweeps until the context ends, then returns nil. An error is logged and the next round tries again. Keys do not wait for
// bytes, and bytes not for a look through the bucket. The first look at keys, before anything is served, is the caller's: v.Expire.
func (r *Reaper) Run(ctx context.Context) error {
	every := r.Every
	if every == 0 {
		every = 20 * time.Second
	}
	rate := r.Rate
	if rate == 0 {
		rate = DefaultRate
	}
	var group sync.WaitGroup
	group.Go(func() {
		_ = rounds.Every(ctx, every, r.expire)
	})
	group.Go(func() {
		_ = rounds.Every(ctx, every, func(ctx context.Context) { r.clear(ctx, rate) })
	})
	group.Go(func() {
		_ = rounds.Every(ctx, scrubs*every, r.scrub)
	})
	group.Wait()
	return nil
}

func (r *Reaper) expire(ctx context.Context) {
	s, err := r.Vault.Expire(ctx)
	if ctx.Err() != nil {
		return
	}
	r.Vault.trouble.keys(s, err)
	if err != nil {
		r.Log.Error("keys not destroyed", "error", err)
	} else if s.Keys > 0 {
		r.Log.Info("keys destroyed", "keys", s.Keys, "late", s.Late.Round(time.Millisecond))
	}
}

func (r *Reaper) clear(ctx context.Context, rate int) {
	n, err := r.Vault.Clear(ctx, rate)
	if ctx.Err() == nil {
		r.Vault.trouble.bytes(n, err)
		r.tell(n, err)
	}
}

// scrub has a pace of its own: a large bucket takes minutes to look through, and what is to be removed does not wait for that.
func (r *Reaper) scrub(ctx context.Context) {
	n, err := r.Vault.Scrub(ctx)
	if ctx.Err() == nil {
		r.Vault.trouble.scrubbed(n, err)
		r.tell(n, err)
	}
}

func (r *Reaper) tell(n int, err error) {
	if err != nil {
		r.Log.Error("bytes not removed", "removed", n, "error", err)
	} else if n > 0 {
		r.Log.Info("bytes removed", "objects", n)
	}
}
