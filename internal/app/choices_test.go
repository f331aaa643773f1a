package app

import (
	"context"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"easel/internal/account"
	"easel/internal/account/accounttest"
	"easel/internal/fault"
	"easel/internal/mail"
	"easel/internal/postgres/pgtest"
)

// TestChoicesAreThoseOfTheFile: a switch that no file declares does nothing, and nobody is asked for a permission that none names;
// with the line both go on to what they are about.
func TestChoicesAreThoseOfTheFile(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		without       string
		asks, records bool
	}{
		"as it is":              {"", true, true},
		"no permission":         {"  marketing: when-agreed\n", false, true},
		"no switch for records": {"  usage-records: unless-refused\n", true, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var change []string
			if c.without != "" {
				change = []string{c.without, ""}
			}
			a, ctx := declared(t, change...), t.Context()
			a.db = pgtest.New(t)
			a.vault = accounttest.Vault(t, a.db)
			post, err := mail.New(mail.Config{}, a.db, a.vault, func(context.Context, pgx.Tx, mail.SendArgs, time.Duration) error { return nil }, a.log)
			if err != nil {
				t.Fatal(err)
			}
			a.mail, a.account = post, accounttest.Service(t, a.db, a.vault, post)
			studio := a.live("portrait")
			if err := a.sales(studio); err != nil {
				t.Fatal(err)
			}
			if err := a.claims(studio); err != nil {
				t.Fatal(err)
			}
			if err := a.drawings(studio); err != nil {
				t.Fatal(err)
			}
			_, owner := accounttest.SignIn(t, a.account)
			_, staff := accounttest.SignIn(t, a.account)
			if err := a.db.AsNobody(ctx, func(tx pgx.Tx) error {
				_, err := tx.Exec(ctx, `select easel.account_raise($1, false)`, staff)
				return err
			}); err != nil {
				t.Fatal(err)
			}
			err = a.rights.AskPermission(ctx, staff, uuid.New(), "the wall of the studio")
			if refused := fault.Is(err, fault.Refused); refused == c.asks || c.asks && !fault.Is(err, fault.Missing) { // there is no such portrait
				t.Errorf("asking whether a portrait may be shown: %v", err)
			}
			d := desk{a.rights, a, studio}
			err = d.Optional(ctx, owner, account.RecordSignIns, false)
			if refused := fault.Is(err, fault.Refused); refused == c.records || c.records && err != nil {
				t.Errorf("switching the record of sign-ins off: %v", err)
			}
			if off, err := d.OptOuts(ctx, owner); err != nil || (len(off) == 1) != c.records {
				t.Errorf("switched off are %v, %v", off, err)
			}
		})
	}
}
