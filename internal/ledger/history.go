package ledger

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
)

// What says what happened to tokens, as people read it.
type What string

// What can happen. A hold is one event, which changes: in use, then spent or back.
const (
	EventBought   What = "bought"
	EventGranted  What = "granted"
	EventWelcome  What = "welcome"
	EventReturned What = "returned" // given back after a dispute
	EventInUse    What = "in use"   // set aside for something that is being made
	EventSpent    What = "spent"
	EventBack     What = "back" // was in use, and came back
	EventExpired  What = "expired"
	EventRefunded What = "refunded" // taken back with the money
	EventFrozen   What = "frozen"   // kept while a payment is disputed
	EventThawed   What = "thawed"   // was frozen, and can be spent again
)

// Event is one line of a purse's history.
type Event struct {
	Number int64 // rises; the cursor of the page after this event
	What   What
	At     time.Time // when it began
	Ended  time.Time // of what was in use or frozen: when that was over; else zero
	Tokens int64     // how many it is about
	Change int64     // what it did to the settled balance; nothing while in use
	Title  string    // of what was made, or the reason of a grant
	Why    string    // why it came back
	Run    uuid.UUID // zero where there is none
	Order  uuid.UUID // that brought these tokens; zero where there is none
}

// HistoryMost is how many events are read at a time.
const HistoryMost = 100

// History returns the owner's events, the newest first: those before the cursor, which is an event's number, or 0 for the
// newest. There are more where it returns as many as were asked for. What belongs to expired lots is not there any more.
func (l *Ledger) History(ctx context.Context, tx pgx.Tx, owner uuid.UUID, cursor int64, most int) ([]Event, error) {
	rows, err := tx.Query(ctx, history+` and ($2 = 0 or e.number < $2) order by e.number desc limit $3`, owner, cursor, max(1, min(most, HistoryMost)))
	if err != nil {
		return nil, fmt.Errorf("read a purse's history: %w", err)
	}
	events, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (Event, error) { return scanEvent(row) })
	if err != nil {
		return nil, fmt.Errorf("read a purse's history: %w", err)
	}
	return events, nil
}

// history reads what begins something, with what ended it. What only carries another thing out is left out: the end of a
// hold, and a freeze of nothing.
const history = `
	select e.number, e.kind, l.kind, e.tokens, e.at, e.what, e.ref, l.order_id, s.kind, s.at, s.what
	  from easel.ledger_entry e
	  join easel.ledger_lot l on l.id = e.lot
	  left join easel.ledger_entry s on s.lot = e.lot and s.settles = e.seq
	 where e.owner = $1 and e.tokens > 0 and e.kind not in ('capture', 'release', 'thaw')`

func scanEvent(row pgx.Row) (Event, error) {
	var e Event
	var kind, lot, ref string
	var order *uuid.UUID
	var ended, why *string
	var until *time.Time
	err := row.Scan(&e.Number, &kind, &lot, &e.Tokens, &e.At, &e.Title, &ref, &order, &ended, &until, &why)
	if err != nil {
		return e, err
	}
	if order != nil {
		e.Order = *order
	}
	if until != nil {
		e.Ended = *until
	}
	if why != nil {
		e.Why = *why
	}
	if kind == "hold" {
		if e.Run, err = uuid.Parse(ref); err != nil {
			return e, fmt.Errorf("a hold is for no run: %w", err)
		}
	}
	e.What, e.Change = told(kind, lot, ended, e.Tokens)
	return e, nil
}

// told is what an entry is called, by the lot it is in and by what ended it, and what it did to the settled balance.
func told(kind, lot string, ended *string, tokens int64) (what What, change int64) {
	switch kind {
	case "buy":
		return EventBought, tokens
	case "grant":
		return What(lot), tokens // a lot's kinds are called the same
	case "return":
		return EventReturned, tokens
	case "expire":
		return EventExpired, -tokens
	case "refund":
		return EventRefunded, -tokens
	case "freeze":
		if ended != nil {
			return EventThawed, 0
		}
		return EventFrozen, -tokens
	}
	switch {
	case ended == nil:
		return EventInUse, 0
	case *ended == "capture":
		return EventSpent, -tokens
	}
	return EventBack, 0
}
