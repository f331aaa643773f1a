package ledger

import (
	"context"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
)

// Behind returns the lots and the newest events of the one person whom the actor's session of the audit log is about.
// What was drawn is left out; why something came back is told. Without such a session there is nothing.
func (l *Ledger) Behind(ctx context.Context, actor, session uuid.UUID) (lots []Lot, events []Event, err error) {
	err = l.db.AsSupport(ctx, actor, session, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, `select id, kind, order_id, reason, tokens, free, held, frozen, created_at, ends from easel.ledger_staff_lots()`)
		if err != nil {
			return err
		}
		lots, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (lot Lot, err error) {
			var order *uuid.UUID
			err = row.Scan(&lot.ID, &lot.Kind, &order, &lot.Reason, &lot.Tokens, &lot.Free, &lot.Held, &lot.Frozen, &lot.Created, &lot.Expires)
			if order != nil {
				lot.Order = *order
			}
			return lot, err
		})
		if err != nil {
			return err
		}
		rows, err = tx.Query(ctx, `select number, kind, lot, tokens, at, '', ref, order_id, ended, until, why from easel.ledger_staff_events($1)`, HistoryMost)
		if err != nil {
			return err
		}
		events, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (Event, error) { return scanEvent(row) })
		return err
	})
	if err != nil {
		return nil, nil, fmt.Errorf("look at a purse: %w", err)
	}
	return lots, events, nil
}
