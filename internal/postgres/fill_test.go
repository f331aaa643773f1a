package postgres_test

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// table is what the catalogue says of one.
type table struct {
	Name    string
	Owner   string // the column that the application's policy compares with the caller; empty: there is no such policy
	Columns []column
	Refs    []reference
	Rules   []rule // checks and unique constraints
}

type column struct {
	Name, Type             string
	Needed                 bool // not null and no default
	Generated              bool
	Select, Insert, Update bool // what the application may
	Primary                bool
}

type reference struct {
	To        string
	Own, Its  []string
	Mandatory bool // no column of it may be null
}

type rule struct {
	Name, Text string
	Columns    []string
}

// readTables asks the catalogue about every table with row-level security.
const readTables = `
	select json_agg(json_build_object(
		'Name', c.oid::regclass::text,
		'Owner', coalesce((select min(a.attname::text) from pg_policy p join pg_attribute a on a.attrelid = c.oid
			and pg_get_expr(p.polqual, c.oid) = format('(%I = easel.caller())', a.attname) where p.polrelid = c.oid and 'easel_app'::regrole = any (p.polroles)), ''),
		'Columns', (select json_agg(json_build_object('Name', a.attname, 'Type', format_type(a.atttypid, a.atttypmod),
			'Needed', a.attnotnull and not a.atthasdef and a.attidentity = '', 'Generated', a.attgenerated <> '' or a.attidentity = 'a',
			'Select', has_column_privilege('easel_app', c.oid, a.attnum, 'select'), 'Insert', has_column_privilege('easel_app', c.oid, a.attnum, 'insert'),
			'Update', has_column_privilege('easel_app', c.oid, a.attnum, 'update'),
			'Primary', exists (select from pg_constraint k where k.conrelid = c.oid and k.contype = 'p' and a.attnum = any (k.conkey))) order by a.attnum)
			from pg_attribute a where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped),
		'Refs', coalesce((select json_agg(json_build_object('To', k.confrelid::regclass::text,
			'Own', (select json_agg(a.attname order by x.n) from unnest(k.conkey) with ordinality x (num, n) join pg_attribute a on a.attrelid = k.conrelid and a.attnum = x.num),
			'Its', (select json_agg(a.attname order by x.n) from unnest(k.confkey) with ordinality x (num, n) join pg_attribute a on a.attrelid = k.confrelid and a.attnum = x.num),
			'Mandatory', (select bool_and(a.attnotnull) from unnest(k.conkey) num join pg_attribute a on a.attrelid = k.conrelid and a.attnum = num)))
			from pg_constraint k where k.conrelid = c.oid and k.contype = 'f'), '[]'),
		'Rules', coalesce((select json_agg(json_build_object('Name', k.conname, 'Text', pg_get_constraintdef(k.oid),
			'Columns', (select json_agg(a.attname) from unnest(k.conkey) num join pg_attribute a on a.attrelid = k.conrelid and a.attnum = num)))
			from pg_constraint k where k.conrelid = c.oid and k.contype in ('c', 'u', 'p')), '[]')
	) order by c.oid)
	from pg_class c join pg_namespace n on n.oid = c.relnamespace
	where n.nspname in ('easel', 'keys') and c.relkind in ('r', 'p') and c.relrowsecurity`

// row is a row as text, by column; null is nil.
type row map[string]*string

// filler makes rows that the tables accept, whatever their constraints are.
type filler struct {
	t      *testing.T
	conn   *pgx.Conn // may do everything
	tables map[string]*table
	rows   map[string]map[uuid.UUID]row
}

func newFiller(t *testing.T, conn *pgx.Conn) *filler {
	t.Helper()
	var text []byte
	if err := conn.QueryRow(context.Background(), readTables).Scan(&text); err != nil {
		t.Fatal(err)
	}
	var all []*table
	if err := json.Unmarshal(text, &all); err != nil {
		t.Fatal(err)
	}
	f := &filler{t, conn, map[string]*table{}, map[string]map[uuid.UUID]row{}}
	if _, err := conn.Exec(context.Background(), `insert into easel.vault_server values (0, sha256('a key')) on conflict do nothing`); err != nil {
		t.Fatal(err)
	}
	for _, tab := range all {
		f.tables[tab.Name], f.rows[tab.Name] = tab, map[uuid.UUID]row{}
	}
	return f
}

// byHand are rows that nobody can guess from the catalogue: what goes between "insert into the table" and "returning". $1
// is the person's id; after names the table whose row has to be there before.
var byHand = map[string]struct{ after, sql string }{
	"easel.audit_entry": {"easel.account_account", `(actor, action, subject, reason) values ($1, 'support.open', $1, 'a trial')`},
	"easel.payment_order": {"easel.account_account", `(id, number, owner, tokens, amount, currency, tax)
		select gen_random_uuid(), upper(substr(md5($1::uuid::text), 1, 4) || '-' || substr(md5($1::uuid::text), 5, 4)), $1, 5, 500, 'eur', 'included'`},
	"easel.rights_request": {"easel.account_account", `(id, number, subject, account, kind, channel, studio, received_at, due_at)
		select gen_random_uuid(), upper(substr(md5($1::uuid::text), 1, 4) || '-' || substr(md5($1::uuid::text), 5, 4)), $1, true, 'access', 'page', 'portrait', now(), now()`},
	"easel.ledger_lot": {"easel.ledger_gift", `(owner, kind, tokens, gift, created_at, expires_at)
		select owner, kind, tokens, key, now(), now() + interval '1 day' from easel.ledger_gift where owner = $1`},
	"easel.ledger_entry": {"easel.ledger_lot", `(lot, seq, owner, kind, tokens, before, held_before, frozen_before, taken_before, key, ends, at)
		select id, 1, owner, 'grant', tokens, 0, 0, 0, 0, id::text, expires_at, created_at from easel.ledger_lot where owner = $1`},
}

// row returns the person's row in a table, and makes it with all rows that it refers to.
func (f *filler) row(name string, person uuid.UUID) (row, error) {
	if made := f.rows[name][person]; made != nil {
		return made, nil
	}
	tab := f.tables[name]
	if tab == nil {
		return nil, fmt.Errorf("%s has no row-level security", name)
	}
	r := row{}
	if tab.Owner != "" {
		r[tab.Owner] = ptr(person.String())
	}
	for _, ref := range tab.Refs {
		owners := len(ref.Own) == 1 && ref.Own[0] == tab.Owner                             // it is filled in any case
		if !ref.Mandatory && !owners || ref.To == name || ref.To == "easel.vault_server" { // which is nobody's, and there
			continue
		}
		parent, err := f.row(ref.To, person)
		if err != nil {
			return nil, err
		}
		for i, own := range ref.Own {
			r[own] = parent[ref.Its[i]]
		}
	}
	made, err := f.insert(tab, r, person)
	if err != nil {
		return nil, err
	}
	f.rows[name][person] = made
	return made, nil
}

// tries bounds the search for values that every constraint accepts.
const tries = 5000

// insert tries values until all constraints agree: what a constraint refuses is changed in its columns only.
func (f *filler) insert(tab *table, fixed row, person uuid.UUID) (row, error) {
	if hand, ok := byHand[tab.Name]; ok {
		if _, err := f.row(hand.after, person); err != nil {
			return nil, err
		}
		return f.returned(f.conn.QueryRow(context.Background(), `with made as (insert into `+tab.Name+" "+hand.sql+` returning *) select to_jsonb(made) from made`, person))
	}
	choice, choices := map[string]int{}, map[string][]*string{}
	var names []string
	for _, c := range tab.Columns {
		if _, done := fixed[c.Name]; !done && !c.Generated {
			choices[c.Name] = f.choices(tab, c)
			names = append(names, c.Name)
		}
	}
	for range tries {
		r := maps.Clone(fixed)
		for _, name := range names {
			if i := choice[name]; i > 0 { // 0 leaves the column out
				r[name] = choices[name][i-1]
			} else if f.needed(tab, name) {
				r[name] = choices[name][0]
			}
		}
		made, err := f.try(tab, r)
		var said *pgconn.PgError
		if err == nil || !errors.As(err, &said) || said.Code != "23514" && said.Code != "23505" {
			return made, err
		}
		i := slices.IndexFunc(tab.Rules, func(r rule) bool { return r.Name == said.ConstraintName })
		if i < 0 || !advance(tab.Rules[i].Columns, choice, choices) {
			return nil, err
		}
	}
	return nil, errors.New("no values were found that all constraints accept")
}

func (f *filler) needed(tab *table, name string) bool {
	return slices.ContainsFunc(tab.Columns, func(c column) bool { return c.Name == name && c.Needed })
}

// advance takes the next combination of values of some columns; false when there is none left.
func advance(columns []string, choice map[string]int, choices map[string][]*string) bool {
	for _, name := range columns {
		if len(choices[name]) == 0 {
			continue
		}
		if choice[name]++; choice[name] <= len(choices[name]) {
			return true
		}
		choice[name] = 0
	}
	return false
}

var (
	literals = regexp.MustCompile(`'((?:[^']|'')*)'::`)
	ofNumber = regexp.MustCompile(`= ?(\d+)\)`)
)

// choices are values worth trying in a column: those that its checks name, and some of its type.
func (f *filler) choices(tab *table, c column) (all []*string) {
	var named []string
	lengths := []string{"32"}
	for _, r := range tab.Rules {
		if !slices.Contains(r.Columns, c.Name) {
			continue
		}
		for _, m := range literals.FindAllStringSubmatch(r.Text, -1) {
			named = append(named, strings.ReplaceAll(m[1], "''", "'"))
		}
		for _, m := range ofNumber.FindAllStringSubmatch(r.Text, -1) {
			lengths = append(lengths, m[1])
		}
	}
	add := func(values ...string) {
		for _, v := range values {
			all = append(all, ptr(v))
		}
	}
	now := time.Now().UTC()
	switch kind := strings.SplitN(c.Type, "(", 2)[0]; kind {
	case "uuid":
		add(uuid.NewString(), uuid.NewString())
	case "text", "character varying":
		add(random(8))
		add(named...)
		add("abcd", "usd", "a@example.org", "https://example.org/", random(32))
	case "bytea":
		for _, n := range lengths {
			var length int
			if _, err := fmt.Sscan(n, &length); err == nil && length < 200 {
				add(`\x`+random(2*length), `\x`+random(2*length))
			}
		}
	case "smallint", "integer", "bigint", "numeric", "real", "double precision":
		add("1", "0", "2", "5", fmt.Sprint(rand.IntN(30000)), "-1")
	case "boolean":
		add("true", "false")
	case "timestamp with time zone", "date":
		add(now.Format(time.RFC3339), now.Add(time.Hour).Format(time.RFC3339), now.Add(-time.Hour).Format(time.RFC3339))
	case "interval":
		add("1 hour")
	case "jsonb", "json":
		add("{}", "[]")
	case "uuid[]":
		add("{}", "{"+uuid.NewString()+"}")
	case "text[]":
		add("{}")
		for _, v := range named {
			add("{" + v + "}")
		}
	case "integer[]", "bigint[]":
		add("{}", "{1}", "{1,2}", "{1,2,3}", "{0,0,9,9}")
	default:
		f.t.Errorf("%s.%s: nobody knows values of the type %s; add some here", tab.Name, c.Name, c.Type)
	}
	if !c.Needed {
		all = append(all, nil)
	}
	return all
}

func (f *filler) try(tab *table, r row) (row, error) {
	var names, values []string
	var args []any
	for _, c := range tab.Columns {
		if v, given := r[c.Name]; given {
			args = append(args, v)
			names, values = append(names, c.Name), append(values, fmt.Sprintf("$%d::text::%s", len(args), c.Type))
		}
	}
	return f.returned(f.conn.QueryRow(context.Background(), fmt.Sprintf(`with made as (insert into %s (%s) values (%s) returning *) select to_jsonb(made) from made`,
		tab.Name, strings.Join(names, ", "), strings.Join(values, ", ")), args...))
}

// returned reads a row as PostgreSQL's JSON and turns each value into its text.
func (f *filler) returned(from pgx.Row) (row, error) {
	var text []byte
	if err := from.Scan(&text); err != nil {
		return nil, err
	}
	var values map[string]json.RawMessage
	if err := json.Unmarshal(text, &values); err != nil {
		return nil, err
	}
	r := row{}
	for name, v := range values {
		var s string
		switch {
		case string(v) == "null":
			r[name] = nil
			continue
		case json.Unmarshal(v, &s) == nil:
		case v[0] == '[':
			s = "{" + strings.Trim(strings.ReplaceAll(string(v), `"`, ""), "[]") + "}"
		default:
			s = string(v)
		}
		r[name] = &s
	}
	return r, nil
}

func ptr(s string) *string { return &s }

// random returns so many letters from a to f and digits, the first a letter.
func random(n int) string {
	raw := make([]byte, n/2+1)
	for i := range raw {
		raw[i] = byte(rand.UintN(256)) | 0xa0
	}
	return hex.EncodeToString(raw)[:n]
}
