package vault

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"gocloud.dev/blob"
)

// batch is how many objects are removed between two looks at the database.
const batch = 200

// Sweep destroys the keys of all objects whose time is over and of those that were never finished, in one statement;
// then it removes the bytes of everything without a key. It returns how many keys it destroyed. Bytes that cannot be
// removed now do not stop the others, and are tried again by the next sweep; the error says so.
func (v *Vault) Sweep(ctx context.Context) (n int, err error) {
	err = v.db.AsNobody(ctx, func(tx pgx.Tx) error {
		return tx.QueryRow(ctx, `select easel.vault_expire()`).Scan(&n)
	})
	if err != nil {
		return 0, fmt.Errorf("destroy keys: %w", err)
	}
	var failed []error
	for after := uuid.Nil; ; {
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
		if ctx.Err() != nil {
			return n, ctx.Err()
		}
		if err := v.forget(ctx, removed); err != nil {
			return n, err
		}
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
	for _, id := range ids {
		if e := v.remove(ctx, ID(id)); e != nil {
			err = e
			continue
		}
		removed = append(removed, id)
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
	return nil
}

// Scrub looks through the whole bucket and removes bytes that no row knows, and what writers that were interrupted more
// than an hour ago have left. It returns how many it removed. Names that are not ours are left alone.
//
// A row is always there before its bytes, and is looked for after the bytes were seen, so that nothing is taken from a
// writer at work.
func (v *Vault) Scrub(ctx context.Context) (n int, err error) {
	page, token, err := v.bucket.ListPage(ctx, blob.FirstPageToken, 1000, nil)
	for ; err == nil; page, token, err = v.bucket.ListPage(ctx, token, 1000, nil) {
		var whole []uuid.UUID
		for _, o := range page {
			id, all, ours := placed(o.Key)
			switch {
			case ours && all:
				whole = append(whole, uuid.UUID(id))
			case ours && v.now().Sub(o.ModTime) > time.Hour:
				if err := v.bucket.Delete(ctx, o.Key); err != nil {
					return n, fmt.Errorf("remove an unfinished object: %w", err)
				}
				n++
			}
		}
		unknown, err := v.ids(ctx, `select easel.vault_unknown($1)`, whole)
		if err != nil {
			return n, fmt.Errorf("find bytes that no row knows: %w", err)
		}
		removed, err := v.removeAll(ctx, unknown)
		n += len(removed)
		if err != nil {
			return n, err
		}
		if len(token) == 0 {
			return n, nil
		}
	}
	if errors.Is(err, io.EOF) {
		return n, nil
	}
	return n, fmt.Errorf("look through the bucket: %w", err)
}

// Reaper sweeps again and again.
type Reaper struct {
	Vault *Vault
	Every time.Duration // between two sweeps; 0 = half a minute, so that a key is gone within a minute
	Log   *slog.Logger
}

// scrubs is how many sweeps there are for one look through the whole bucket.
const scrubs = 120

// Run sweeps until the context ends, then returns nil. An error is logged and the next round tries again. The first
// sweep, before anything is served, is the caller's: v.Sweep.
func (r *Reaper) Run(ctx context.Context) error {
	every := r.Every
	if every == 0 {
		every = 30 * time.Second
	}
	tick := time.NewTicker(every)
	defer tick.Stop()
	for round := 0; ; round++ {
		if round%scrubs == 0 {
			if n, err := r.Vault.Scrub(ctx); err != nil && ctx.Err() == nil {
				r.Log.Error("bucket not scrubbed", "error", err)
			} else if n > 0 {
				r.Log.Info("bucket scrubbed", "removed", n)
			}
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
		if n, err := r.Vault.Sweep(ctx); err != nil && ctx.Err() == nil {
			r.Log.Error("sweep incomplete", "keys", n, "error", err)
		} else if n > 0 {
			r.Log.Info("swept", "keys", n)
		}
	}
}
