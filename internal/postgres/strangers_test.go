package postgres_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"easel/internal/postgres"
	"easel/internal/postgres/pgtest"
)

// refused is what PostgreSQL says of a right that is not there and of a row that a policy does not let in.
const refused = "42501"

// stranger is somebody who tries everything with somebody else's rows.
type stranger struct {
	*testing.T

	fail   func(format string, args ...any)
	db     *postgres.DB
	conn   *pgx.Conn // may do everything
	me, it uuid.UUID // the caller, and whose rows are tried
}

// openBoth connects to a database as the application and as one that may do everything.
func openBoth(t *testing.T) (*postgres.DB, *pgx.Conn) {
	t.Helper()
	app, owner := pgtest.Addresses(t)
	conn, err := pgx.Connect(context.Background(), owner)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close(context.Background()) })
	db, err := postgres.Connect(context.Background(), postgres.Config{URL: app, MaxConns: 4}, pgtest.Log(t))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db, conn
}

// TestStrangers is made from the catalogue: for every table it makes rows of two people, and then one of them, and
// somebody whom nobody knows, tries to read, insert, change and delete what is the other's.
func TestStrangers(t *testing.T) {
	t.Parallel()
	db, conn := openBoth(t)
	f := newFiller(t, conn)
	a, b := uuid.New(), uuid.New()
	for name := range f.tables {
		for _, person := range []uuid.UUID{a, b} {
			if _, err := f.row(name, person); err != nil {
				t.Errorf("%s: no row could be made from what the catalogue says (%v); write one in byHand", name, err)
			}
		}
	}
	for name, tab := range f.tables {
		if f.rows[name][a] != nil && f.rows[name][b] != nil {
			t.Run(name, func(t *testing.T) {
				stranger{t, t.Errorf, db, conn, a, b}.tries(tab, f.rows[name][a], f.rows[name][b])
			})
		}
	}
}

// TestStrangersNotice plants tables that are open in one way each, so that the test above is known to be able to fail.
func TestStrangersNotice(t *testing.T) {
	t.Parallel()
	db, conn := openBoth(t)
	plant := []string{"select", "insert", "update", "delete"}
	for _, right := range plant {
		also := map[string]string{"insert": `with check (owner is not null)`, "update": `using (owner is not null) with check (owner is not null)`}[right]
		if also == "" {
			also = `using (owner is not null)`
		}
		if _, err := conn.Exec(context.Background(), strings.NewReplacer("TABLE", "easel.planted_"+right, "RIGHT", right, "ALSO", also).Replace(`
			create table TABLE (id uuid primary key default gen_random_uuid(), owner uuid not null, word text not null default '');
			alter table TABLE enable row level security; alter table TABLE force row level security;
			create policy own on TABLE to easel_app using (owner = easel.caller()) with check (owner = easel.caller());
			create policy wide on TABLE for RIGHT to easel_app ALSO;
			grant select, insert, update, delete on TABLE to easel_app`)); err != nil {
			t.Fatal(err)
		}
	}
	f := newFiller(t, conn)
	a, b := uuid.New(), uuid.New()
	for _, right := range plant {
		name := "easel.planted_" + right
		mine, err := f.row(name, a)
		if err != nil {
			t.Fatal(err)
		}
		theirs, err := f.row(name, b)
		if err != nil {
			t.Fatal(err)
		}
		var found []string
		stranger{t, func(format string, args ...any) { found = append(found, fmt.Sprintf(format, args...)) }, db, conn, a, b}.tries(f.tables[name], mine, theirs)
		if len(found) == 0 {
			t.Errorf("a table on which strangers may %s was taken for a closed one", right)
		}
	}
}

// tries everything with a table.
func (s stranger) tries(tab *table, mine, theirs row) {
	s.Helper()
	before := s.content(tab, theirs)
	s.reads(tab, theirs)
	s.inserts(tab, mine, theirs)
	s.changes(tab, mine, theirs)
	s.deletes(tab, theirs)
	if after := s.content(tab, theirs); after != before {
		s.fail("after all that the other person's row is %s, it was %s", after, before)
	}
}

// content is the other person's row as the owner of everything sees it.
func (s stranger) content(tab *table, theirs row) (text string) {
	s.Helper()
	where, args := tab.find(theirs)
	err := s.conn.QueryRow(context.Background(), `select t::text from `+tab.Name+` t where `+where, args...).Scan(&text)
	if err != nil && !errors.Is(err, pgx.ErrNoRows) {
		s.Fatal(err)
	}
	return text
}

// find is a condition that picks one row.
func (tab *table) find(r row) (where string, args []any) {
	var parts []string
	for _, c := range tab.Columns {
		if c.Primary {
			args = append(args, r[c.Name])
			parts = append(parts, fmt.Sprintf("t.%s = $%d::text::%s", c.Name, len(args), c.Type))
		}
	}
	return strings.Join(parts, " and "), args
}

// may lists the columns that the application has a right to.
func (tab *table) may(right func(column) bool) (names []string) {
	for _, c := range tab.Columns {
		if right(c) {
			names = append(names, c.Name)
		}
	}
	return names
}

func (tab *table) column(name string) column {
	return tab.Columns[slices.IndexFunc(tab.Columns, func(c column) bool { return c.Name == name })]
}

// as runs one statement as the caller, or with nobody calling, and returns how many rows it reached. Unless keep is set
// nothing of it stays.
func (s stranger) as(known, keep bool, sql string, args ...any) (n int64, err error) {
	s.Helper()
	undo := errors.New("undo")
	run := func(tx pgx.Tx) error {
		tag, err := tx.Exec(context.Background(), sql, args...)
		n = tag.RowsAffected()
		if err == nil && !keep {
			err = undo
		}
		return err
	}
	if known {
		err = s.db.AsOwner(context.Background(), s.me, run)
	} else {
		err = s.db.AsNobody(context.Background(), run)
	}
	if errors.Is(err, undo) {
		err = nil
	}
	return n, err
}

func isRefused(err error) bool {
	var said *pgconn.PgError
	return errors.As(err, &said) && said.Code == refused
}

// none checks that a statement was refused or reached nothing.
func (s stranger) none(what string, known bool, sql string, args ...any) {
	s.Helper()
	if n, err := s.as(known, true, sql, args...); !isRefused(err) && (err != nil || n != 0) {
		s.fail("%s (caller known: %v) reached %d rows, %v; want none, or a refusal\n%s", what, known, n, err, sql)
	}
}

// own checks that a statement without a condition reached the caller's own row and no other.
func (s stranger) own(tab *table, what, sql string, args ...any) {
	s.Helper()
	n, err := s.as(true, false, sql, args...)
	if want := tab.mine(); err != nil || n != want {
		s.fail("%s of all rows reached %d of them, %v; want %d\n%s", what, n, err, want, sql)
	}
}

// mine is how many rows of a table the caller has a policy for.
func (tab *table) mine() int64 {
	if tab.Owner == "" {
		return 0
	}
	return 1
}

func (s stranger) reads(tab *table, theirs row) {
	where, args := tab.find(theirs)
	s.none("reading by id", true, `select from `+tab.Name+` t where `+where, args...)
	s.none("reading by id", false, `select from `+tab.Name+` t where `+where, args...)
	if cols := tab.may(func(c column) bool { return c.Select }); len(cols) > 0 {
		s.own(tab, "reading", `select `+strings.Join(cols, ", ")+` from `+tab.Name)
		s.none("reading everything", false, `select `+strings.Join(cols, ", ")+` from `+tab.Name)
	}
}

func (s stranger) inserts(tab *table, mine, theirs row) {
	cols := tab.may(func(c column) bool { return c.Insert && !c.Generated })
	if len(cols) == 0 {
		s.none("inserting", true, `insert into `+tab.Name+` default values`)
		return
	}
	sql := func(r row) (string, []any) {
		var names, values []string
		var args []any
		for _, name := range cols {
			args = append(args, r[name])
			names, values = append(names, name), append(values, fmt.Sprintf("$%d::text::%s", len(args), tab.column(name).Type))
		}
		return fmt.Sprintf(`insert into %s (%s) values (%s)`, tab.Name, strings.Join(names, ", "), strings.Join(values, ", ")), args
	}
	text, args := sql(theirs)
	for _, known := range []bool{true, false} {
		if _, err := s.as(known, true, text, args...); !isRefused(err) {
			s.fail("a row in another person's name (caller known: %v): %v, want a refusal", known, err)
		}
	}
	if text, args = sql(mine); tab.Owner != "" {
		if _, err := s.as(true, false, text, args...); isRefused(err) {
			s.fail("the caller's own row is refused, so that the refusals above prove nothing: %v", err)
		}
	}
}

func (s stranger) changes(tab *table, mine, theirs row) {
	cols := tab.may(func(c column) bool { return c.Update })
	if len(cols) == 0 {
		s.none("changing", true, fmt.Sprintf(`update %s set %s = null`, tab.Name, tab.may(func(c column) bool { return !c.Generated })[0]))
	}
	for _, name := range cols {
		kind := tab.column(name).Type
		s.none("changing "+name, false, fmt.Sprintf(`update %s set %s = $1::text::%s`, tab.Name, name, kind), theirs[name])
		if tab.Owner == "" {
			s.none("changing "+name, true, fmt.Sprintf(`update %s set %s = $1::text::%s`, tab.Name, name, kind), theirs[name])
			continue
		}
		s.own(tab, "changing "+name, fmt.Sprintf(`update %s set %s = $1::text::%s`, tab.Name, name, kind), mine[name])
		where, args := tab.find(theirs)
		args = append(args, mine[name])
		s.none("changing "+name+" by id", true, fmt.Sprintf(`update %s t set %s = $%d::text::%s where %s`, tab.Name, name, len(args), kind, where), args...)
		if name == tab.Owner {
			if _, err := s.as(true, true, fmt.Sprintf(`update %s set %s = $1::text::%s`, tab.Name, name, kind), theirs[name]); !isRefused(err) {
				s.fail("giving a row away: %v, want a refusal", err)
			}
		}
	}
}

func (s stranger) deletes(tab *table, theirs row) {
	where, args := tab.find(theirs)
	s.none("deleting by id", true, `delete from `+tab.Name+` t where `+where, args...)
	s.none("deleting by id", false, `delete from `+tab.Name+` t where `+where, args...)
	s.none("deleting everything", false, `delete from `+tab.Name)
	if n, err := s.as(true, false, `delete from `+tab.Name); err == nil && n > tab.mine() { // one's own may be held by what refers to it
		s.fail("deleting without a condition reached %d rows, %v; want the caller's own at most", n, err)
	}
}
