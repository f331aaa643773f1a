package ledger

import (
	"context"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"easel/internal/fault"
)

// Held is what is set aside for one run.
type Held struct {
	Run    uuid.UUID
	Tokens int64
	What   string // what the history calls it, such as the style's title
}

// Hold sets tokens aside for a run, the ones that expire first. Too few are an Unpaid fault. The same run again holds
// nothing more.
func (l *Ledger) Hold(ctx context.Context, tx pgx.Tx, owner, run uuid.UUID, tokens int64) error {
	return l.HoldAll(ctx, tx, owner, []Held{{Run: run, Tokens: tokens}})
}

// HoldAll is Hold of several runs at once: for all of them or for none.
func (l *Ledger) HoldAll(ctx context.Context, tx pgx.Tx, owner uuid.UUID, all []Held) error {
	var runs []uuid.UUID
	var tokens []int64
	var titles []string
	for _, h := range all {
		switch {
		case h.Tokens < 0 || h.Tokens > mostAtOnce:
			return fmt.Errorf("hold %d tokens for a run: that is no price", h.Tokens)
		case h.Tokens > 0: // what is free needs no hold
			runs, tokens, titles = append(runs, h.Run), append(tokens, h.Tokens), append(titles, h.What)
		}
	}
	if len(runs) == 0 {
		return nil
	}
	var need, have int64
	err := tx.QueryRow(ctx, `select h.need, h.have from easel.ledger_hold($1, $2, $3) h where easel.caller() = $4`, runs, tokens, titles, owner).Scan(&need, &have)
	if err != nil {
		return fmt.Errorf("hold tokens: %w", err)
	}
	if need > have {
		return fault.New(fault.Unpaid, tooFew(need, have))
	}
	return nil
}

// tooFew says what is missing and what to do about it.
func tooFew(need, have int64) string {
	switch {
	case have > 0:
		return fmt.Sprintf("This needs %s and you have %d. Choose fewer, or get more tokens first.", count(need), have)
	default:
		return fmt.Sprintf("This needs %s and you have none. Get tokens first.", count(need))
	}
}

func count(tokens int64) string {
	if tokens == 1 {
		return "1 token"
	}
	return fmt.Sprintf("%d tokens", tokens)
}

// Capture takes what is held for the run; call it in the transaction that stores the result. Captured before, it does
// nothing. Where nothing is held, or it went back already, it fails, so that nothing is stored that nobody paid for.
func (l *Ledger) Capture(ctx context.Context, tx pgx.Tx, run uuid.UUID) error {
	if _, err := tx.Exec(ctx, `select easel.ledger_capture($1)`, run); err != nil {
		return fmt.Errorf("take the tokens of a run: %w", err)
	}
	return nil
}

// Release gives back what is held for the run, and says why in a sentence for its owner. Where nothing is held (any more)
// it does nothing.
func (l *Ledger) Release(ctx context.Context, tx pgx.Tx, run uuid.UUID, why string) error {
	if r := []rune(why); len(r) > longestReason {
		why = string(r[:longestReason])
	}
	if _, err := tx.Exec(ctx, `select easel.ledger_release($1, $2)`, run, why); err != nil {
		return fmt.Errorf("give the tokens of a run back: %w", err)
	}
	return nil
}
