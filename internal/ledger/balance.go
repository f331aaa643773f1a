package ledger

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
)

// Kind says where a lot came from.
type Kind string

// The kinds of lots.
const (
	Bought   Kind = "bought"
	Granted  Kind = "granted"  // by whoever runs the studio, with a reason
	Welcomed Kind = "welcome"  // with a new account
	Returned Kind = "returned" // after a dispute that was won when the lot had gone
)

// Lot is what came into a purse at one time and ends at one time.
type Lot struct {
	ID      uuid.UUID
	Kind    Kind
	Order   uuid.UUID // zero where nobody paid
	Reason  string    // of a grant
	Tokens  int64     // that came
	Free    int64     // that can be spent; none once its time is over
	Held    int64     // set aside for runs
	Frozen  int64     // by a dispute
	Created time.Time
	Expires time.Time
}

// Balance is a purse at one moment. Free = bought + granted − captured − held − expired − taken back.
type Balance struct {
	Settled int64 // what is shown: free and held; it never dips because something is being drawn
	Held    int64 // of these, set aside for runs
	Frozen  int64 // not in Settled: what a dispute keeps
	Lots    []Lot // in the order in which they are spent; those with nothing in them are left out
}

// Free is how many tokens can be spent now.
func (b Balance) Free() int64 { return b.Settled - b.Held }

// Balance reads the owner's purse.
func (l *Ledger) Balance(ctx context.Context, tx pgx.Tx, owner uuid.UUID) (Balance, error) {
	lots, err := l.Lots(ctx, tx, owner)
	if err != nil {
		return Balance{}, err
	}
	var b Balance
	for _, lot := range lots {
		b.Settled += lot.Free + lot.Held
		b.Held += lot.Held
		b.Frozen += lot.Frozen
		if lot.Free+lot.Held+lot.Frozen > 0 {
			b.Lots = append(b.Lots, lot)
		}
	}
	return b, nil
}

// Lots returns all lots that the owner has, spent ones among them until their time is over, in the order in which they
// are spent.
func (l *Ledger) Lots(ctx context.Context, tx pgx.Tx, owner uuid.UUID) ([]Lot, error) {
	rows, err := tx.Query(ctx, `
		select l.id, l.kind, l.order_id, l.reason, l.tokens, case when e.ends > easel.ledger_now() then e.after else 0 end, e.held, e.frozen, l.created_at, e.ends
		  from easel.ledger_lot l
		  cross join lateral (select x.after, x.held, x.frozen, x.ends from easel.ledger_entry x where x.lot = l.id order by x.seq desc limit 1) e
		 where l.owner = $1
		 order by e.ends, l.created_at, l.id`, owner)
	if err != nil {
		return nil, fmt.Errorf("read a purse: %w", err)
	}
	lots, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (Lot, error) {
		var lot Lot
		var order *uuid.UUID
		err := row.Scan(&lot.ID, &lot.Kind, &order, &lot.Reason, &lot.Tokens, &lot.Free, &lot.Held, &lot.Frozen, &lot.Created, &lot.Expires)
		if order != nil {
			lot.Order = *order
		}
		return lot, err
	})
	if err != nil {
		return nil, fmt.Errorf("read a purse: %w", err)
	}
	return lots, nil
}
