package payment

import (
	"context"
	"crypto/rand"
	"errors"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"easel/internal/fault"
)

// State is where an order stands.
type State string

// The states. A paid order stays one, whatever is refunded or disputed later.
const (
	Awaited State = "open"    // the checkout waits for the person
	Waiting State = "waiting" // the person has done their part, the bank has not
	Paid    State = "paid"
	Failed  State = "failed"  // the bank refused, after all
	Expired State = "expired" // the checkout was given up, or its day was over
	Review  State = "review"  // something was paid that does not fit; a person has to look
)

// Dispute says whether the payment is being taken back through a bank.
type Dispute string

// What became of a dispute.
const (
	Undisputed  Dispute = ""
	DisputeOpen Dispute = "open"
	DisputeWon  Dispute = "won"
	DisputeLost Dispute = "lost"
)

// Order is one purchase. It names nobody: Owner is zero once the account is gone.
type Order struct {
	ID       uuid.UUID
	Number   string // as people say it: "7KQ2-9XWD"
	Owner    uuid.UUID
	State    State
	Code     bool  // of an unlock code: nobody's from the beginning
	Tokens   int64 // of a code: the pictures that it opens
	Price    Money
	Tax      string
	Session  string // Stripe's ids; "" as long as there is none
	Intent   string
	Charge   string
	Total    Money     // what was paid; zero before
	PaidAt   time.Time // zero before
	Asked    int64     // up to which amount refunds were asked for, in total
	Refunded Money     // up to which amount Stripe has refunded, in total
	Disputed Money     // what disputes have taken
	Dispute  Dispute
	Promise  uuid.UUID // the refund that is under way; zero when none is
	Created  time.Time
	Checked  time.Time

	version int64
}

const columns = `id, number, owner, state, tokens, amount, currency, tax, session, intent, charge, version, paid, paid_at, asked, refunded,
	disputed, dispute, promise, created_at, checked_at, code`

func scan(row pgx.CollectableRow) (o Order, err error) {
	var owner, promise *uuid.UUID
	var session, intent, charge *string
	var paid *int64
	var paidAt *time.Time
	err = row.Scan(&o.ID, &o.Number, &owner, &o.State, &o.Tokens, &o.Price.Amount, &o.Price.Currency, &o.Tax, &session, &intent, &charge, &o.version,
		&paid, &paidAt, &o.Asked, &o.Refunded.Amount, &o.Disputed.Amount, &o.Dispute, &promise, &o.Created, &o.Checked, &o.Code)
	o.Owner, o.Promise, o.PaidAt = or(owner), or(promise), or(paidAt)
	o.Session, o.Intent, o.Charge = or(session), or(intent), or(charge)
	o.Total = Money{or(paid), o.Price.Currency}
	o.Refunded.Currency, o.Disputed.Currency = o.Price.Currency, o.Price.Currency
	return o, err
}

// or is what p points at, or the zero value.
func or[T any](p *T) (v T) {
	if p != nil {
		v = *p
	}
	return v
}

// null is v, or SQL's null for the zero value.
func null[T comparable](v T) *T {
	var zero T
	if v == zero {
		return nil
	}
	return &v
}

// digits of an order's number: none that is taken for another one.
const digits = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

// newNumber is one in a million million.
func newNumber() string {
	var random [8]byte
	_, _ = rand.Read(random[:]) // which never fails
	number := make([]byte, 0, 9)
	for i, b := range random {
		if i == 4 {
			number = append(number, '-')
		}
		number = append(number, digits[b%32])
	}
	return string(number)
}

// errNoOrder is what somebody gets who asks for an order that is not theirs, or not there.
func errNoOrder() error {
	return fault.New(fault.Missing, "There is no such order in your account. If you paid in another browser, sign in with the account that you bought with.")
}

// Order returns one of the owner's orders as it is written down, without asking Stripe.
func (s *Service) Order(ctx context.Context, owner, id uuid.UUID) (o Order, err error) {
	err = s.db.AsOwner(ctx, owner, func(tx pgx.Tx) error {
		o, err = own(ctx, tx, id)
		return err
	})
	return o, err
}

func own(ctx context.Context, tx pgx.Tx, id uuid.UUID) (Order, error) {
	rows, err := tx.Query(ctx, `select `+columns+` from easel.payment_order where id = $1`, id)
	if err != nil {
		return Order{}, err
	}
	o, err := pgx.CollectExactlyOneRow(rows, scan)
	if errors.Is(err, pgx.ErrNoRows) {
		return Order{}, errNoOrder()
	}
	return o, err
}

// Orders returns the owner's orders that came to something or still may, the newest first.
func (s *Service) Orders(ctx context.Context, owner uuid.UUID) (all []Order, err error) {
	err = s.db.AsOwner(ctx, owner, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, `select `+columns+` from easel.payment_order
			where state not in ('open', 'expired') or created_at > now() - interval '1 day'
			order by created_at desc, id limit 1000`)
		if err != nil {
			return err
		}
		all, err = pgx.CollectRows(rows, scan)
		return err
	})
	return all, err
}

// read returns an order for the program's own work, whoever's it is.
func (s *Service) read(ctx context.Context, id, owner uuid.UUID) (o Order, err error) {
	if owner != uuid.Nil {
		return s.Order(ctx, owner, id)
	}
	err = s.db.AsNobody(ctx, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, `select `+columns+` from easel.payment_order_left($1)`, id)
		if err != nil {
			return err
		}
		o, err = pgx.CollectExactlyOneRow(rows, scan)
		return err
	})
	if errors.Is(err, pgx.ErrNoRows) {
		return o, errNoOrder()
	}
	return o, err
}

// clue is what may lead to an order.
type clue struct {
	order                   uuid.UUID
	session, intent, charge string
}

// find returns the order that the clue leads to. ok is false when it is none of ours, or not yet.
func (s *Service) find(ctx context.Context, c clue) (o Order, ok bool, err error) {
	var owner *uuid.UUID
	var session *string
	var id uuid.UUID
	err = s.db.AsNobody(ctx, func(tx pgx.Tx) error {
		return tx.QueryRow(ctx, `select id, owner, session from easel.payment_order_find($1, $2, $3, $4) limit 1`,
			null(c.order), null(c.session), null(c.intent), null(c.charge)).Scan(&id, &owner, &session)
	})
	if errors.Is(err, pgx.ErrNoRows) {
		return o, false, nil
	}
	if err == nil {
		o, err = s.read(ctx, id, or(owner))
	}
	return o, err == nil, err
}
