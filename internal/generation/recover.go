package generation

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5"

	"easel/internal/rounds"
)

// patrol is how often lost runs are looked for.
const patrol = 5 * time.Second

// Patrol finds runs whose worker has died and rows whose time is over, at once and then every few seconds, until the
// context ends.
func (s *Service) Patrol(ctx context.Context) error {
	reconcile := rounds.Logged(s.log, "looking for tokens that were left held failed", s.Reconcile)
	lost := rounds.Logged(s.log, "looking for lost drawings failed", s.Recover)
	var reconciled time.Time
	return rounds.Every(ctx, patrol, func(ctx context.Context) {
		if time.Since(reconciled) > suspicious {
			reconcile(ctx)
			reconciled = time.Now()
		}
		lost(ctx)
	})
}

// Recover queues every lost run again, or fails it when it has had its attempts, ends those whose photo's time is over, and
// deletes such photos' rows. It is safe to run on any number of machines at once.
func (s *Service) Recover(ctx context.Context) error {
	if err := s.overdue(ctx); err != nil {
		return err
	}
	var lost []DrawArgs
	err := s.db.AsNobody(ctx, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `select easel.generation_expire()`); err != nil {
			return err
		}
		rows, err := tx.Query(ctx, `select id, owner, attempt from easel.generation_lost()`)
		if err != nil {
			return err
		}
		lost, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (DrawArgs, error) {
			var a DrawArgs
			err := row.Scan(&a.Run, &a.Owner, &a.Attempt)
			return a, err
		})
		return err
	})
	if err != nil {
		return err
	}
	var wrong []error // one that cannot be taken up must not keep the others
	for _, args := range lost {
		if err := s.again(ctx, args, true); err != nil {
			wrong = append(wrong, err)
			continue
		}
		s.log.WarnContext(ctx, "a lost drawing was taken up again", slog.String("run", args.Run.String()), slog.Int("attempt", args.Attempt))
	}
	return errors.Join(wrong...)
}
