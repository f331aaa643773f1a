package generation

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"easel/internal/catalog"
	"easel/internal/ledger"
)

// hold names a run for each style and sets aside what they cost: all or nothing.
func (s *Service) hold(ctx context.Context, tx pgx.Tx, owner uuid.UUID, styles []string) ([]ledger.Held, error) {
	var all []ledger.Held
	for _, style := range styles {
		row, _ := catalog.Find(style) // which was looked up before
		one := ledger.Held{Run: uuid.New(), What: row.Title}
		if s.config.Price != nil {
			one.Tokens = s.config.Price(style)
		}
		all = append(all, one)
	}
	return all, s.purse.HoldAll(ctx, tx, owner, all)
}

// capture takes what a run costs, with the result that it brings.
func (s *Service) capture(ctx context.Context, tx pgx.Tx, run uuid.UUID, tokens int64) error {
	if tokens == 0 {
		return nil
	}
	return s.purse.Capture(ctx, tx, run)
}

// release gives back what a run would have cost.
func (s *Service) release(ctx context.Context, tx pgx.Tx, run uuid.UUID, tokens int64, why string) error {
	if tokens == 0 {
		return nil
	}
	return s.purse.Release(ctx, tx, run, why)
}

// end cancels a run that is not finished, and gives its tokens back. It returns false for one that is.
func (s *Service) end(ctx context.Context, tx pgx.Tx, run uuid.UUID, why string) (ended bool, err error) {
	var tokens int64
	err = tx.QueryRow(ctx, `update easel.generation_run set state = 'cancelled', stage = '', lease_until = null, finished_at = now()
		where id = $1 and state in ('queued', 'drawing') returning tokens`, run).Scan(&tokens)
	if errors.Is(err, pgx.ErrNoRows) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	return true, s.release(ctx, tx, run, tokens, why)
}

// overdue ends the runs whose photo's time is over before they were finished. Only then the photo's row goes, so that no
// tokens can stay behind.
func (s *Service) overdue(ctx context.Context) error {
	runs, err := s.runsOfAll(ctx, `select id, owner from easel.generation_overdue()`)
	if err != nil {
		return err
	}
	var wrong []error
	for _, r := range runs {
		wrong = append(wrong, s.db.AsOwner(ctx, r.Owner, func(tx pgx.Tx) error {
			_, err := s.end(ctx, tx, r.Run, "The photo's time was over before it was drawn.")
			return err
		}))
	}
	return errors.Join(wrong...)
}

func (s *Service) runsOfAll(ctx context.Context, sql string) (runs []ledger.Open, err error) {
	err = s.db.AsNobody(ctx, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, sql)
		if err != nil {
			return err
		}
		runs, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (o ledger.Open, err error) {
			err = row.Scan(&o.Run, &o.Owner)
			return o, err
		})
		return err
	})
	return runs, err
}

// suspicious is for how long tokens may be held before somebody asks what for.
const suspicious = time.Hour

// Reconcile looks at tokens that have been held for long and settles them by what became of their run. Every ending of a
// run settles them already, in its own transaction; whatever is found here was our mistake, and is logged as one.
func (s *Service) Reconcile(ctx context.Context) error {
	open, err := s.purse.Held(ctx, suspicious)
	if err != nil {
		return err
	}
	var wrong []error
	for _, o := range open {
		wrong = append(wrong, s.db.AsOwner(ctx, o.Owner, func(tx pgx.Tx) error {
			state := Cancelled // also of one that is not there any more
			err := tx.QueryRow(ctx, `select state from easel.generation_run where id = $1 for update`, o.Run).Scan(&state)
			if err != nil && !errors.Is(err, pgx.ErrNoRows) {
				return err
			}
			if !state.Final() {
				return nil
			}
			s.log.ErrorContext(ctx, "tokens were held for a run that had ended", slog.String("run", o.Run.String()), slog.String("state", string(state)))
			if state == Done {
				return s.purse.Capture(ctx, tx, o.Run)
			}
			return s.purse.Release(ctx, tx, o.Run, "It ended without a result.")
		}))
	}
	return errors.Join(wrong...)
}
