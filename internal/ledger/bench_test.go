package ledger

import (
	"context"
	"fmt"
	"log/slog"
	"sync/atomic"
	"testing"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"golang.org/x/sync/errgroup"

	"easel/internal/postgres"
)

// BenchmarkHoldAndCapture measures a portrait's two transactions, on a cluster that keeps what it has promised (fsync on):
// by one client and by 32, all of one person or each of another.
func BenchmarkHoldAndCapture(b *testing.B) {
	ctx := context.Background()
	db, err := postgres.Open(ctx, postgres.Config{DataDir: b.TempDir(), MaxConns: 34}, slog.New(slog.DiscardHandler))
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { db.Close() })
	l, err := New(Config{}, db, slog.New(slog.DiscardHandler))
	if err != nil {
		b.Fatal(err)
	}
	rich := func() uuid.UUID {
		owner := uuid.New()
		err := db.AsOwner(ctx, owner, func(tx pgx.Tx) error {
			if _, err := tx.Exec(ctx, `insert into easel.account_account (id) values ($1)`, owner); err != nil {
				return err
			}
			for range 5 { // lots enough
				if _, err := l.Buy(ctx, tx, owner, uuid.New(), mostAtOnce); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			b.Fatal(err)
		}
		return owner
	}
	for _, clients := range []int{1, 32} {
		for _, one := range []bool{true, false} {
			name := fmt.Sprintf("%d clients of many people", clients)
			people := clients
			if one {
				name, people = fmt.Sprintf("%d clients of one person", clients), 1
			}
			if clients == 1 {
				if !one {
					continue
				}
				name = "1 client"
			}
			b.Run(name, func(b *testing.B) {
				var owners []uuid.UUID
				for range people {
					owners = append(owners, rich())
				}
				var left atomic.Int64
				left.Store(int64(b.N))
				var group errgroup.Group
				b.ResetTimer()
				for i := range clients {
					owner := owners[i%len(owners)]
					group.Go(func() error {
						for left.Add(-1) >= 0 {
							if err := pair(ctx, db, l, owner); err != nil {
								return err
							}
						}
						return nil
					})
				}
				if err := group.Wait(); err != nil {
					b.Fatal(err)
				}
				b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "pairs/s")
			})
		}
	}
}

// pair is what one portrait does to a purse.
func pair(ctx context.Context, db *postgres.DB, l *Ledger, owner uuid.UUID) error {
	run := uuid.New()
	if err := db.AsOwner(ctx, owner, func(tx pgx.Tx) error { return l.Hold(ctx, tx, owner, run, 1) }); err != nil {
		return err
	}
	return db.AsOwner(ctx, owner, func(tx pgx.Tx) error { return l.Capture(ctx, tx, run) })
}
