package account_test

import (
	"context"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"easel/internal/account"
	"easel/internal/account/accounttest"
	"easel/internal/postgres/pgtest"
)

// TestAddressesForMinutesGetNoWelcome: an account with one is made, and nothing is given to it.
func TestAddressesForMinutesGetNoWelcome(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	h := &house{t: t, db: db, vault: accounttest.Vault(t, db), post: &accounttest.Post{}}
	config := accounttest.Config()
	welcomed := map[uuid.UUID]bool{}
	config.Opened = func(_ context.Context, _ pgx.Tx, owner uuid.UUID) error {
		welcomed[owner] = true
		return nil
	}
	var err error
	if config.Throwaway, err = account.ReadDomains(strings.NewReader("minutes.example\n")); err != nil {
		t.Fatal(err)
	}
	if h.Service, err = account.New(config, db, h.vault, h.post, pgtest.Log(t)); err != nil {
		t.Fatal(err)
	}
	for mail, want := range map[string]bool{"ada@example.com": true, "ada@minutes.example": false, "ada@sub.Minutes.example": false} {
		if s := h.join(mail, "four sheep in a boat"); welcomed[s.Owner] != want {
			t.Errorf("%s: welcomed %v, want %v", mail, !want, want)
		}
	}
}
