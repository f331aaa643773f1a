package app_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"easel/internal/postgres/pgtest"
)

// TestWhatIsLeftOfAnAccount reads every row of the database after somebody has left: payment records and closed requests stay
// for their time, and nothing in any of them says whose they were.
func TestWhatIsLeftOfAnAccount(t *testing.T) {
	t.Parallel()
	address, everything := pgtest.Addresses(t)
	a := run(t, map[string]string{"EASEL_ADDRESS": freeAddress(t), "DATABASE_URL": address}, nil)
	first, err := a.FirstLink(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	origin := "http://" + a.Address()
	boss, ana := newPerson(t, origin), newPerson(t, origin)
	boss.post(strings.TrimPrefix(first, origin), nil)
	agree := regexp.MustCompile(`name="agree" value="([^"]+)"`).FindStringSubmatch(boss.get("/portrait/"))[1]
	ana.post("/sign-up", url.Values{"mail": {"ana.lindqvist@example.com"}, "name": {"Ana Lindqvist"}, "password": {oldPassword}, "age": {"of-age"}, "agree": {agree}})
	letter := boss.get(regexp.MustCompile(`/admin/letters/[0-9a-f-]{36}`).FindString(boss.get("/admin/letters")))
	ana.post(regexp.MustCompile(`/link/sign-up/[\w-]+`).FindString(letter), nil)
	ana.post("/your-data/requests", url.Values{"kind": {"objection"}, "words": {"a sentence of mine"}})
	ana.post("/account/keys", url.Values{"name": {"my frame"}, "scope": {"read"}})

	conn, err := pgx.Connect(t.Context(), everything)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(t.Context())
	var owner string
	if err := conn.QueryRow(t.Context(), `select id::text from easel.account_account where admin_at is null`).Scan(&owner); err != nil {
		t.Fatal(err)
	}
	for _, sql := range []string{`insert into easel.payment_order (id, number, owner, state, tokens, amount, currency, tax, session, charge, paid, paid_at)
		select gen_random_uuid(), 'ABCD-EFGH', id, 'paid', 5, 500, 'eur', 'included', 'cs_1', 'ch_1', 500, now() from easel.account_account where admin_at is null`} {
		if _, err := conn.Exec(t.Context(), sql); err != nil {
			t.Fatal(err)
		}
	}
	if found := rowsWith(t, conn, owner); found["easel.payment_order"] == 0 || found["easel.account_visit"] == 0 {
		t.Fatalf("before leaving the id is in %v: the test reads nothing", found)
	}
	if status, page, _ := ana.ask(http.MethodPost, "/account/leave", "application/x-www-form-urlencoded", strings.NewReader(url.Values{"password": {oldPassword}, "sure": {"yes"}}.Encode())); status != http.StatusOK {
		t.Fatalf("leaving: %d %s", status, page)
	}
	for _, word := range []string{"ana.lindqvist", "Lindqvist", "a sentence of mine", "my frame", oldPassword} {
		if found := rowsWith(t, conn, word); len(found) > 0 {
			t.Errorf("%q is in %v", word, found)
		}
	}
	// What staff did and which request there was keep the number of an account, which leads nowhere now.
	for table, n := range rowsWith(t, conn, owner) {
		switch table {
		case "easel.rights_request", "easel.rights_step", "easel.audit_entry", "easel.audit_session":
		case "easel.vault_object", "easel.receipt_statement": // until its bytes are gone; that this account was deleted
		default:
			t.Errorf("%d rows of %s still have the account's number", n, table)
		}
	}
	var orders, sealed, keys int
	if err := conn.QueryRow(t.Context(), `select (select count(*) from easel.payment_order where owner is null and charge = 'ch_1'), (select count(sealed) from easel.rights_request),
		(select count(*) from keys.vault_owner where owner::text = $1)`, owner).Scan(&orders, &sealed, &keys); err != nil {
		t.Fatal(err)
	}
	if orders != 1 || sealed != 0 || keys != 0 {
		t.Errorf("%d payment records are kept, %d requests say something, %d keys are left", orders, sealed, keys)
	}
}

// rowsWith counts the rows with a text in them, in every table there is.
func rowsWith(t *testing.T, conn *pgx.Conn, text string) map[string]int {
	t.Helper()
	rows, err := conn.Query(t.Context(), `select c.oid::regclass::text from pg_class c join pg_namespace n on n.oid = c.relnamespace
		where n.nspname in ('easel', 'keys', 'river') and c.relkind in ('r', 'p')`)
	if err != nil {
		t.Fatal(err)
	}
	tables, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil || len(tables) < 30 {
		t.Fatalf("%d tables, %v", len(tables), err)
	}
	found := map[string]int{}
	for _, table := range tables {
		var n int
		if err := conn.QueryRow(t.Context(), `select count(*) from `+table+` t where strpos(t::text, $1) > 0`, text).Scan(&n); err != nil {
			t.Fatal(err)
		}
		if n > 0 {
			found[table] = n
		}
	}
	return found
}
