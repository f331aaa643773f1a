package payment

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"easel/internal/fault"
	"easel/internal/rounds"
)

// round is how often the patrol goes.
const round = 30 * time.Second

// atOnce is how much one round takes on.
const atOnce = 50

// Patrol asks Stripe about orders of which nothing was heard, works messages and refunds that were left lying, and
// deletes what need not be kept, until the context ends. With it a studio works without any webhook.
func (s *Service) Patrol(ctx context.Context) error {
	return rounds.Every(ctx, round, rounds.Logged(s.log, "a round of the payments' patrol failed", s.Round))
}

// Round is one round of the patrol.
func (s *Service) Round(ctx context.Context) error {
	if !s.Open() {
		return s.tidy(ctx)
	}
	var wrong []error
	for _, step := range []func(context.Context) error{s.tidy, s.remind, s.takeUp, s.giveUp} {
		if err := step(ctx); err != nil {
			wrong = append(wrong, err)
		}
	}
	return errors.Join(wrong...)
}

// tidy closes orders that were never begun and deletes what is old enough, codes that buyers have had a day to look at
// among it.
func (s *Service) tidy(ctx context.Context) error {
	if s.config.Codes != nil {
		if err := s.config.Codes.Sweep(ctx); err != nil {
			return err
		}
	}
	return s.db.AsNobody(ctx, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `select easel.payment_order_lapse()`); err != nil {
			return err
		}
		rows, err := tx.Query(ctx, `select payment_forget from easel.payment_forget($1)`, s.config.Keep)
		if err != nil {
			return err
		}
		gone, err := pgx.CollectRows(rows, pgx.RowTo[uuid.UUID])
		if err != nil {
			return err
		}
		for _, order := range gone {
			err := pgx.BeginFunc(ctx, tx, func(tx pgx.Tx) error { return s.ledger.Forget(ctx, tx, order) })
			if err != nil { // a lot that is frozen for years: it must not keep the others
				s.log.Error("what the ledger keeps of an old order could not go with it", "cause", err)
			}
		}
		return nil
	})
}

// remind looks at orders that are due.
func (s *Service) remind(ctx context.Context) error {
	sessions, err := list[string](ctx, s, `select payment_order_due from easel.payment_order_due($1)`)
	if err != nil {
		return fmt.Errorf("find orders to look at: %w", err)
	}
	for _, session := range sessions {
		if _, err := s.Fulfil(ctx, session); err != nil {
			if fault.Is(err, fault.Busy) || ctx.Err() != nil {
				return err // the others would fare no better now
			}
			s.log.Error("an order could not be looked at", "cause", err)
			if err := s.postpone(ctx, session); err != nil {
				return err
			}
		}
	}
	return nil
}

// postpone makes an order that cannot be looked at wait its turn, so that it is not always the first.
func (s *Service) postpone(ctx context.Context, session string) error {
	o, ok, err := s.find(ctx, clue{session: session})
	if err != nil || !ok {
		return err
	}
	return s.as(ctx, o.Owner, func(tx pgx.Tx) error {
		_, err := claim(ctx, tx, o)
		return err
	})
}

// takeUp works messages whose job is gone.
func (s *Service) takeUp(ctx context.Context) error {
	events, err := list[string](ctx, s, `select payment_event_left from easel.payment_event_left($1)`)
	if err != nil {
		return fmt.Errorf("find messages that wait: %w", err)
	}
	var wrong []error
	for _, id := range events {
		wrong = append(wrong, s.Work(ctx, EventArgs{id}))
	}
	return errors.Join(wrong...)
}

// giveUp asks for refunds whose job is gone.
func (s *Service) giveUp(ctx context.Context) error {
	refunds, err := list[uuid.UUID](ctx, s, `select payment_refund_left from easel.payment_refund_left($1)`)
	if err != nil {
		return fmt.Errorf("find refunds that wait: %w", err)
	}
	var wrong []error
	for _, id := range refunds {
		wrong = append(wrong, s.Give(ctx, RefundArgs{id}))
	}
	return errors.Join(wrong...)
}

func list[T any](ctx context.Context, s *Service, sql string) (all []T, err error) {
	err = s.db.AsNobody(ctx, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, sql, atOnce)
		if err != nil {
			return err
		}
		all, err = pgx.CollectRows(rows, pgx.RowTo[T])
		return err
	})
	return all, err
}
