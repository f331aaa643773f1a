package vault

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"

	"easel/internal/bucket"
)

// Scrub looks through the whole bucket and removes bytes that no row knows, and what writers that were interrupted more
// than an hour ago have left. It returns how many it removed. Names that are not ours are left alone.
//
// A row is always there before its bytes, and is looked for after the bytes were seen, so that nothing is taken from a
// writer at work.
func (v *Vault) Scrub(ctx context.Context) (n int, err error) {
	now, err := v.clock.now()
	if err != nil {
		return 0, err
	}
	if n, err = v.bucket.Unfinished(ctx, now.Add(-time.Hour)); err != nil {
		return n, err
	}
	err = v.bucket.Pages(ctx, "", func(page []bucket.Entry) error {
		more, err := v.scrubPage(ctx, page, now)
		n += more
		return err
	})
	return n, err
}

func (v *Vault) scrubPage(ctx context.Context, page []bucket.Entry, now time.Time) (n int, err error) {
	var whole []uuid.UUID
	for _, o := range page {
		id, all, ours := placed(o.Key)
		switch {
		case ours && all:
			whole = append(whole, uuid.UUID(id))
		case ours && now.Sub(o.ModTime) > time.Hour:
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
	return n + len(removed), err
}
