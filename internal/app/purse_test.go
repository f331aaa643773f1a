package app

import (
	"context"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"easel/internal/account"
	"easel/internal/account/accounttest"
	"easel/internal/ledger"
	"easel/internal/mail"
	"easel/internal/postgres/pgtest"
)

func TestWelcomeTokensAreANumber(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]int64{"": ledger.DefaultWelcome, "0": 0, "7": 7, "-1": -1, "many": -1, "1000000": -1} {
		c, err := ReadConfig(func(name string) string {
			if name == "EASEL_WELCOME_TOKENS" {
				return text
			}
			return ""
		})
		if (err != nil) != (want < 0) || err == nil && c.Welcome != want {
			t.Errorf("%q gives %d, %v", text, c.Welcome, err)
		}
	}
}

// A new account has its welcome at once, is written to once before it ends, and takes it along when it goes.
func TestAPurseFromWelcomeToLeaving(t *testing.T) {
	t.Parallel()
	ctx, db, post := t.Context(), pgtest.New(t), &letterBox{}
	a := &App{db: db, log: pgtest.Log(t)}
	config, err := ReadConfig(func(string) string { return "" })
	if err != nil {
		t.Fatal(err)
	}
	a.config = config
	if a.ledger, err = ledger.New(ledger.Config{Welcome: 4}, db, a.log); err != nil {
		t.Fatal(err)
	}
	people := accounttest.Config()
	people.Opened = a.welcome
	if a.account, err = account.New(people, db, accounttest.Vault(t, db), post, a.log); err != nil {
		t.Fatal(err)
	}
	owner, err := a.account.Invite(ctx, "ada@example.com", "Ada")
	if err != nil {
		t.Fatal(err)
	}
	purse := tokens{db, a.ledger}
	balance, err := purse.Balance(ctx, owner)
	if err != nil || balance.Free() != 4 || len(balance.Lots) != 1 || balance.Lots[0].Kind != ledger.Welcomed {
		t.Fatalf("a new account has %+v, %v", balance, err)
	}
	day := time.Date(2027, 5, 22, 10, 0, 0, 0, time.UTC)
	if err := db.AsOwner(ctx, owner, func(tx pgx.Tx) error {
		return a.ending(ctx, tx, owner, []ledger.Ending{{Tokens: 1, Expires: day}, {Tokens: 2, Expires: day.Add(time.Hour)}, {Tokens: 1, Expires: day.AddDate(0, 0, 1)}})
	}); err != nil {
		t.Fatal(err)
	}
	if len(post.letters) != 2 || post.letters[0].Values["tokens"] != "3 tokens" || post.letters[0].Values["ends"] != "22 May 2027" ||
		post.letters[1].Values["tokens"] != "1 token" || post.letters[0].Kind != mail.TokensEnding {
		t.Errorf("written: %+v", post.letters)
	}
	if err := a.account.Leave(ctx, owner, a.ledger.Leave); err != nil {
		t.Fatal(err)
	}
	if balance, err := purse.Balance(ctx, owner); err != nil || len(balance.Lots) != 0 {
		t.Errorf("after leaving there is %+v, %v", balance, err)
	}
}

// letterBox keeps letters.
type letterBox struct{ letters []mail.Letter }

// Write keeps one.
func (b *letterBox) Write(_ context.Context, _ pgx.Tx, l mail.Letter) error {
	b.letters = append(b.letters, l)
	return nil
}
