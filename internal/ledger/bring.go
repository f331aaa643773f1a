package ledger

import (
	"context"
	"fmt"
	"strings"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"easel/internal/fault"
)

// Buy puts an order's tokens into the owner's purse. It does so once for each order, whatever comes how often: fresh is
// false when it has been done before, also when the tokens have expired since.
func (l *Ledger) Buy(ctx context.Context, tx pgx.Tx, owner, order uuid.UUID, tokens int64) (fresh bool, err error) {
	if err := whole(tokens); err != nil {
		return false, err
	}
	if err := ask(ctx, tx, owner, `easel.ledger_buy($1, $2)`, []any{order, tokens}, &fresh); err != nil {
		return false, fmt.Errorf("put an order's tokens into a purse: %w", err)
	}
	return fresh, nil
}

// Grant is tokens that nobody paid for.
type Grant struct {
	Key    string // names this grant among all: the same key never grants twice
	Tokens int64
	Reason string // a sentence that the owner reads
}

// longestReason is how much a person may be told, in characters; the database refuses more.
const longestReason = 500

// Grant puts tokens into the owner's purse, with a reason. They expire like bought ones.
func (l *Ledger) Grant(ctx context.Context, tx pgx.Tx, owner uuid.UUID, g Grant) (fresh bool, err error) {
	g.Reason = strings.TrimSpace(g.Reason)
	if g.Reason == "" || len([]rune(g.Reason)) > longestReason {
		return false, fault.New(fault.Invalid, fmt.Sprintf("A grant needs a reason that its owner can read, of at most %d characters.", longestReason))
	}
	return l.grant(ctx, tx, owner, "granted", g)
}

// Welcome gives a new account its first tokens, once for each account; call it when an address has been verified. Where
// tokens are sold there is no welcome, and it does nothing.
func (l *Ledger) Welcome(ctx context.Context, tx pgx.Tx, owner uuid.UUID) error {
	if l.config.Welcome == 0 {
		return nil
	}
	_, err := l.grant(ctx, tx, owner, "welcome", Grant{Key: "welcome:" + owner.String(), Tokens: l.config.Welcome})
	return err
}

func (l *Ledger) grant(ctx context.Context, tx pgx.Tx, owner uuid.UUID, kind string, g Grant) (fresh bool, err error) {
	if err := whole(g.Tokens); err != nil {
		return false, err
	}
	if err := ask(ctx, tx, owner, `easel.ledger_grant($1, $2, $3, $4)`, []any{g.Key, kind, g.Tokens, g.Reason}, &fresh); err != nil {
		return false, fmt.Errorf("grant tokens: %w", err)
	}
	return fresh, nil
}

func whole(tokens int64) error {
	if tokens < 1 || tokens > mostAtOnce {
		return fault.New(fault.Invalid, fmt.Sprintf("%d is no number of tokens to give; it is 1 to %d.", tokens, mostAtOnce))
	}
	return nil
}
