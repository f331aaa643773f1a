package app

import (
	"context"
	"errors"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"easel/internal/receipt"
	"easel/internal/rights"
)

// Rounds does at once what the program does now and then: one round of everything that deletes.
func (a *App) Rounds(ctx context.Context) error {
	_, err := a.vault.Sweep(ctx)
	return errors.Join(err, a.overdue(ctx), a.payment.Round(ctx), a.ledger.Sweep(ctx), a.rights.Erase(ctx))
}

// Hush lets the pretended payment company forget what it has not said yet: it speaks seconds late, and what it says after time
// has moved would be new.
func (a *App) Hush() { a.demo.Take() }

// Ask takes in a request about personal data, as the page does.
func (a *App) Ask(ctx context.Context, owner uuid.UUID) (uuid.UUID, error) {
	r, err := a.rights.Ask(ctx, owner, rights.Kinds[0], "What do you hold about me?")
	return r.ID, err
}

// AskFor is Ask about something.
func (a *App) AskFor(ctx context.Context, owner uuid.UUID, kind rights.Kind) error {
	_, err := a.rights.Ask(ctx, owner, kind, "What do you hold about me?")
	return err
}

// Answer ends a request, as somebody of the staff does.
func (a *App) Answer(ctx context.Context, staff, id uuid.UUID) error {
	return a.rights.Act(ctx, staff, id, rights.Ended, "Your photos and your address.")
}

// AskPermission asks whether a portrait may be shown, as somebody of the staff does.
func (a *App) AskPermission(ctx context.Context, staff, run uuid.UUID) error {
	return a.rights.AskPermission(ctx, staff, run, "the wall of the studio")
}

// SellCode lays a code aside for a checkout, as a payment does.
func (a *App) SellCode(ctx context.Context, checkout string) error {
	if err := a.codes.Stock(ctx, 1); err != nil {
		return err
	}
	return a.db.AsNobody(ctx, func(tx pgx.Tx) error { return a.codes.Sell(ctx, tx, checkout, 1) })
}

// ReceiptOf is what anybody gets who knows an object's number, checked.
func (a *App) ReceiptOf(ctx context.Context, object uuid.UUID) error {
	r, err := a.receipts.Find(ctx, object)
	if err != nil {
		return err
	}
	keys, err := a.receipts.Published(ctx)
	if err != nil {
		return err
	}
	_, err = r.Check(keys)
	return err
}

// LogOfReceipts reads the whole log.
func (a *App) LogOfReceipts(ctx context.Context) (receipt.Found, error) {
	return receipt.VerifyLog(ctx, a.db, "", nil)
}
