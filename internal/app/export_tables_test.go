package app_test

import (
	"context"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"easel/internal/postgres/pgtest"
	"easel/internal/rights"
)

// exportedAs says for each table with rows about somebody in which file of an export they are, or why they are in none.
var exportedAs = map[string]string{
	"easel.account_account":    "profile.json",
	"easel.account_age":        "statements.json",
	"easel.account_consent":    "statements.json",
	"easel.account_notice":     "statements.json",
	"easel.account_identity":   "ways-in.json",
	"easel.account_passkey":    "ways-in.json",
	"easel.account_key":        "keys.json",
	"easel.account_key_use":    "key-days.json",
	"easel.account_optout":     "profile.json",
	"easel.account_password":   "profile.json", // that there is one
	"easel.account_session":    "sessions.json",
	"easel.account_visit":      "sign-ins.json",
	"easel.audit_entry":        "done-by-staff.json",
	"easel.generation_run":     "works.json",
	"easel.generation_upload":  "works.json",
	"easel.ledger_entry":       "entries.json",
	"easel.ledger_gift":        "lots.json", // each is the reason of a lot
	"easel.ledger_lot":         "lots.json",
	"easel.payment_order":      "orders.json",
	"easel.receipt_own":        "receipts.json",
	"easel.rights_answer":      "permissions.json",
	"easel.rights_permission":  "permissions.json",
	"easel.rights_request":     "requests.json",
	"easel.rights_step":        "requests.json",
	"easel.rights_suspension":  "profile.json",
	"easel.vault_object":       "pictures/",
	"keys.vault_object":        "a key of what is in pictures/, which is no use without this server",
	"keys.vault_owner":         "the key of all that, the same",
	"easel.account_link":       "the fingerprint of a link in a letter, for a day",
	"easel.mail_letter":        "a letter until it is sent: it goes to the person in any case, and holds links that nobody else may see",
	"easel.generation_request": "the fingerprint of what a program calls its request, for a day",
	"easel.generation_held":    "what a hold keeps of what was deleted, which nobody can see",
	"easel.vault_hold":         "what those wrote who set it is in done-by-staff.json",
	"easel.audit_session":      "that somebody of the staff looks at this moment; done-by-staff.json says so for ever",
	"easel.ledger_warning":     "that a letter about a lot's end was written",
	"easel.account_challenge":  "a ceremony that lasts for minutes",
}

// TestEveryTableIsInTheExport: a new table with rows about somebody has to come into what people take home, or say why it does not.
func TestEveryTableIsInTheExport(t *testing.T) {
	t.Parallel()
	_, owner := pgtest.Addresses(t)
	conn, err := pgx.Connect(t.Context(), owner)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.WithoutCancel(t.Context()))
	rows, err := conn.Query(t.Context(), `select distinct c.oid::regclass::text from pg_class c join pg_namespace n on n.oid = c.relnamespace
		  left join pg_attribute a on a.attrelid = c.oid and a.attname in ('owner', 'account', 'subject') and a.atttypid = 'uuid'::regtype
		  left join pg_policy p on p.polrelid = c.oid and 'easel_app'::regrole = any (p.polroles)
		 where n.nspname in ('easel', 'keys') and c.relkind = 'r' and (a.attname is not null or p.polname is not null) order by 1`)
	if err != nil {
		t.Fatal(err)
	}
	tables, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		t.Fatal(err)
	}
	for _, table := range tables {
		if exportedAs[table] == "" {
			t.Errorf("%s has rows about somebody: put them into the export (internal/app/export.go), or say in exportedAs why not", table)
		}
	}
	for _, table := range slices.Sorted(maps.Keys(exportedAs)) {
		if !slices.Contains(tables, table) {
			t.Errorf("there is no table %s with rows about somebody any more; take it out of exportedAs", table)
		}
		if as := exportedAs[table]; strings.HasSuffix(as, ".json") && !strings.Contains(as, " ") && !strings.Contains(string(rights.Schema), `"`+as+`"`) {
			t.Errorf("%s: an export has no %s", table, as)
		}
	}
}
