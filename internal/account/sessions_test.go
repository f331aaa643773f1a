package account_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"easel/internal/account"
	"easel/internal/account/accounttest"
	"easel/internal/fault"
	"easel/internal/postgres/pgtest"
)

// query runs SQL as somebody who sees everything, and returns the first column.
func query(t *testing.T, address, sql string, args ...any) []string {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.WithoutCancel(t.Context()))
	rows, err := conn.Query(t.Context(), sql, args...)
	if err != nil {
		t.Fatal(err)
	}
	all, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	return all
}

func TestSessionsAreListedAndEnded(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	var sessions []account.Session
	owner := h.join("ada@example.com", good).Owner
	for _, agent := range []string{"Safari on iPhone", "Chrome on Windows", strings.Repeat("x", 500)} {
		s, err := h.SignIn(t.Context(), "ada@example.com", good, account.Client{Agent: agent})
		if err != nil {
			t.Fatal(err)
		}
		sessions = append(sessions, s)
	}
	all, err := h.Sessions(t.Context(), owner)
	if err != nil || len(all) != 4 {
		t.Fatalf("%d sessions, %v; want 4", len(all), err)
	}
	by := map[string]account.SessionInfo{}
	for _, s := range all {
		by[s.Device] = s
		if s.Expires.Before(time.Now()) || s.Created.IsZero() || s.LastSeen.IsZero() {
			t.Errorf("a session is %+v", s)
		}
	}
	if by["Safari on iPhone"].How != "password" || by["Firefox on Linux"].How != "link" || len(by[strings.Repeat("x", 60)].Device) != 60 {
		t.Errorf("the sessions are %+v", all)
	}
	stranger := accounttest.Open(t, h.db)
	if err := h.End(t.Context(), stranger, by["Safari on iPhone"].ID); kind(err) != fault.Missing {
		t.Errorf("somebody else ended it: %v", err)
	}
	if err := h.End(t.Context(), owner, by["Safari on iPhone"].ID); err != nil {
		t.Fatal(err)
	}
	if _, ok, _ := h.Find(t.Context(), sessions[0].Token); ok {
		t.Error("a session that was ended goes on")
	}
	keep := h.caller(sessions[1])
	for range 2 {
		if err := h.EndOthers(t.Context(), owner, keep.SessionID); err != nil {
			t.Fatal(err)
		}
	}
	if all, err = h.Sessions(t.Context(), owner); err != nil || len(all) != 1 || all[0].ID != keep.SessionID {
		t.Errorf("after ending the others: %+v, %v", all, err)
	}
	if err := h.SignOut(t.Context(), sessions[1].Token); err != nil {
		t.Fatal(err)
	}
	if _, ok, _ := h.Find(t.Context(), sessions[1].Token); ok {
		t.Error("a session that was signed out of goes on")
	}
	if h.SignOut(t.Context(), sessions[1].Token) != nil || h.SignOut(t.Context(), "nonsense") != nil {
		t.Error("signing out twice is an error")
	}
}

func TestASignInEndsWhatTheBrowserHeld(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	before, other := h.join("ada@example.com", good), h.join("bob@example.com", good)
	now, err := h.SignIn(t.Context(), "ada@example.com", good, account.Client{Replaces: before.Token})
	if err != nil || now.Token == before.Token {
		t.Fatal(err)
	}
	if _, ok, _ := h.Find(t.Context(), before.Token); ok {
		t.Error("the old token still leads somewhere")
	}
	if _, err := h.SignIn(t.Context(), "ada@example.com", good, account.Client{Replaces: other.Token}); err != nil {
		t.Fatal(err)
	}
	if _, ok, _ := h.Find(t.Context(), other.Token); ok {
		t.Error("the session of whoever used the browser before goes on")
	}
}

func TestProvingItOnceMore(t *testing.T) {
	t.Parallel()
	app, owner := pgtest.Addresses(t)
	h := newHouseAt(t, app)
	session := h.join("ada@example.com", good)
	query(t, owner, `update easel.account_session set signed_in_at = now() - interval '1 hour' returning ''`)
	caller := h.caller(session)
	if caller.Fresh() {
		t.Fatal("an hour after the sign-in it is still fresh")
	}
	if _, err := h.Confirm(t.Context(), caller, "not the password", account.Client{}); kind(err) != fault.Denied {
		t.Errorf("a wrong password: %v", err)
	}
	again, err := h.Confirm(t.Context(), caller, good, account.Client{})
	if err != nil || again.Token == session.Token {
		t.Fatalf("the right one: %v", err)
	}
	if now := h.caller(again); !now.Fresh() || now.SessionID != caller.SessionID {
		t.Errorf("the session is %+v", now)
	}
	if _, ok, _ := h.Find(t.Context(), session.Token); ok {
		t.Error("the old token still leads somewhere")
	}
	for range 10 {
		if _, err = h.Confirm(t.Context(), caller, "not the password", account.Client{}); kind(err) == fault.Busy {
			break
		}
	}
	if f := fault.Of(err); f.Kind != fault.Busy || f.After <= 0 {
		t.Errorf("after ten wrong ones: %v", err)
	}
}

func TestSessionsEnd(t *testing.T) {
	t.Parallel()
	app, owner := pgtest.Addresses(t)
	h := newHouseAt(t, app)
	for name, change := range map[string]string{
		"idle":      `update easel.account_session set expires_at = now() - interval '1 second' where account = $1::uuid returning ''`,
		"absolute":  `update easel.account_session set ends_at = now() - interval '1 second' where account = $1::uuid returning ''`,
		"suspended": `update easel.account_account set suspended_at = now() where id = $1::uuid returning ''`,
	} {
		token, person := accounttest.SignIn(t, h.Service)
		query(t, owner, change, person)
		if _, ok, err := h.Find(t.Context(), token); ok || err != nil {
			t.Errorf("%s: the session goes on (%v)", name, err)
		}
		link, err := h.SignInLink(t.Context(), person)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := h.OpenLink(t.Context(), link, account.Client{}); (kind(err) == fault.Denied) != (name == "suspended") {
			t.Errorf("%s: coming in again: %v", name, err)
		}
	}
	if err := h.Expire(t.Context()); err != nil {
		t.Fatal(err)
	}
	if over := query(t, owner, `select id::text from easel.account_session where expires_at <= now() or ends_at <= now()`); len(over) != 0 {
		t.Errorf("%d sessions that are over are kept", len(over))
	}
}

// Using a session puts off its end, but never beyond the absolute one; and not every request writes.
func TestUsingASessionPutsOffItsEnd(t *testing.T) {
	t.Parallel()
	app, owner := pgtest.Addresses(t)
	h := newHouseAt(t, app)
	token, person := accounttest.SignIn(t, h.Service)
	until := func() string {
		return query(t, owner, `select round(extract(epoch from expires_at - now()) / 60)::text from easel.account_session where account = $1`, person)[0]
	}
	find := func() {
		if _, ok, err := h.Find(t.Context(), token); !ok || err != nil {
			t.Fatalf("the session is gone (%v)", err)
		}
	}
	query(t, owner, `update easel.account_session set expires_at = now() + interval '5 minutes' returning ''`)
	if find(); until() != "5" {
		t.Errorf("right after it was seen it ends in %s minutes, want 5", until())
	}
	query(t, owner, `update easel.account_session set seen_at = now() - interval '11 minutes' returning ''`)
	if find(); until() != "60" {
		t.Errorf("after eleven minutes it ends in %s minutes, want 60", until())
	}
	query(t, owner, `update easel.account_session set seen_at = now() - interval '11 minutes', ends_at = now() + interval '20 minutes' returning ''`)
	if find(); until() != "20" {
		t.Errorf("near its absolute end it ends in %s minutes, want 20", until())
	}
}

func TestTheUsageRecordIsSealedAndGoes(t *testing.T) {
	t.Parallel()
	app, owner := pgtest.Addresses(t)
	h := newHouseAt(t, app)
	who := h.join("ada@example.com", good).Owner
	c := from("2001:db8::1")
	c.Agent = "Firefox on Linux"
	if _, err := h.SignIn(t.Context(), "ada@example.com", good, c); err != nil {
		t.Fatal(err)
	}
	visits, err := h.Visits(t.Context(), who)
	if err != nil || len(visits) != 2 || visits[0].Address != "2001:db8::1" || visits[0].Agent != "Firefox on Linux" || visits[0].At.IsZero() {
		t.Fatalf("the record is %+v, %v", visits, err)
	}
	for _, days := range query(t, owner, `select round(extract(epoch from deadline - at) / 86400)::text from easel.account_visit`) {
		if days != "90" {
			t.Errorf("a line of the record is kept for %s days", days)
		}
	}
	for _, s := range query(t, owner, `select encode(seen, 'escape') from easel.account_visit`) {
		if strings.Contains(s, "2001") || strings.Contains(s, "Firefox") {
			t.Errorf("the record can be read: %s", s)
		}
	}
	query(t, owner, `update easel.account_visit set deadline = now() - interval '1 second' returning ''`)
	if visits, err := h.Visits(t.Context(), who); err != nil || len(visits) != 0 {
		t.Errorf("lines whose time is over are shown: %+v, %v", visits, err)
	}
	if err := h.Expire(t.Context()); err != nil {
		t.Fatal(err)
	}
	if left := query(t, owner, `select id::text from easel.account_visit`); len(left) != 0 {
		t.Errorf("%d lines whose time is over are kept", len(left))
	}
}

// Nothing in the tables tells a reader of the disk who somebody is, or lets them in.
func TestTheTablesHoldNothingReadable(t *testing.T) {
	t.Parallel()
	app, owner := pgtest.Addresses(t)
	h := newHouseAt(t, app)
	session := h.join("ada@example.com", good)
	if err := h.SignUp(t.Context(), account.SignUp{Mail: "bob@example.com", Password: good, Name: "Bob Builder"}, from("192.0.2.7")); err != nil {
		t.Fatal(err)
	}
	link := token(t, h.post.Last(t))
	for _, table := range query(t, owner, `select format('%I.%I', schemaname, tablename) from pg_tables where schemaname in ('easel', 'keys', 'river')`) {
		for _, row := range query(t, owner, `select encode(t::text::bytea, 'escape') from `+table+` t`) {
			for _, secret := range []string{"ada@", "lovelace", "bob@", "builder", "192.0.2.7", strings.ToLower(session.Token), strings.ToLower(link), good} {
				if strings.Contains(strings.ToLower(row), secret) {
					t.Errorf("%s holds %q: %s", table, secret, row)
				}
			}
		}
	}
}

func TestTheFirstWhoRunsThePlace(t *testing.T) {
	t.Parallel()
	app, all := pgtest.Addresses(t)
	h := newHouseAt(t, app)
	var links []string
	for range 4 {
		link, err := h.FirstLink(t.Context())
		if err != nil || link == "" {
			t.Fatal(err)
		}
		links = append(links, link)
	}
	var mu sync.Mutex
	var group sync.WaitGroup
	var won []account.Session
	for _, link := range append(links, links...) {
		group.Go(func() {
			session, err := h.OpenFirst(t.Context(), link, account.Client{})
			mu.Lock()
			defer mu.Unlock()
			if err == nil {
				won = append(won, session)
			} else if kind(err) != fault.Missing {
				t.Error(err)
			}
		})
	}
	group.Wait()
	if len(won) != 1 {
		t.Fatalf("%d run the place, want the first", len(won))
	}
	p, err := h.Person(t.Context(), won[0].Owner)
	if err != nil || !p.Admin || p.Mail != "" || p.Verified || p.HasPassword || !h.caller(won[0]).Admin {
		t.Errorf("the first is %+v, %v", p, err)
	}
	if link, err := h.FirstLink(t.Context()); link != "" || err != nil {
		t.Errorf("there is another first link: %q, %v", link, err)
	}
	// They give themselves an address and a password, and come in by those. Until then nothing but the session proves who they
	// are, however old it is.
	hourAgo := `update easel.account_session set signed_in_at = now() - interval '1 hour' returning ''`
	query(t, all, hourAgo)
	if err := h.AskMailChange(t.Context(), h.caller(won[0]), "ada@example.com", account.Client{}); err != nil {
		t.Fatal(err)
	}
	if err := h.ChangeMail(t.Context(), token(t, h.post.Last(t))); err != nil {
		t.Fatal(err)
	}
	if h.caller(won[0]).Fresh() {
		t.Error("an old session is fresh although there is an address to prove")
	}
	if err := h.AskReset(t.Context(), "ada@example.com", account.Client{}); err != nil {
		t.Fatal(err)
	}
	if _, err := h.Reset(t.Context(), token(t, h.post.Last(t)), good, account.Client{}); err != nil {
		t.Fatal(err)
	}
	if in, err := h.SignIn(t.Context(), "ada@example.com", good, account.Client{}); err != nil || !h.caller(in).Admin {
		t.Errorf("by address and password: %v", err)
	} else if query(t, all, hourAgo); h.caller(in).Fresh() {
		t.Error("an old session is fresh although there is a password to ask for")
	}
}

func TestRaisingSomebody(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	ada := h.join("ada@example.com", good)
	if h.caller(ada).Admin {
		t.Fatal("everybody runs the place")
	}
	for _, mail := range []string{"Ada@example.com", "bob@example.com"} {
		link, err := h.AddAdmin(t.Context(), mail)
		if err != nil {
			t.Fatal(err)
		}
		session, err := h.OpenLink(t.Context(), link, account.Client{})
		if err != nil || !h.caller(session).Admin || (session.Owner == ada.Owner) != (mail == "Ada@example.com") {
			t.Errorf("%s: %+v, %v", mail, session, err)
		}
		if _, err := h.OpenLink(t.Context(), link, account.Client{}); kind(err) != fault.Missing {
			t.Errorf("%s: the link opened twice: %v", mail, err)
		}
	}
	if _, err := h.AddAdmin(t.Context(), "nobody"); kind(err) != fault.Invalid {
		t.Errorf("no address: %v", err)
	}
}

func TestLeavingTakesEverythingAlong(t *testing.T) {
	t.Parallel()
	app, owner := pgtest.Addresses(t)
	h := newHouseAt(t, app)
	session := h.join("ada@example.com", good)
	stays := h.join("bob@example.com", good)
	if err := h.AskReset(t.Context(), "ada@example.com", account.Client{}); err != nil {
		t.Fatal(err)
	}
	link := token(t, h.post.Last(t))
	failing := errors.New("the vault does not answer")
	if err := h.Leave(t.Context(), session.Owner, func(context.Context, pgx.Tx, uuid.UUID) error { return failing }); !errors.Is(err, failing) {
		t.Errorf("leaving went on: %v", err)
	}
	h.caller(session)
	destroy := func(ctx context.Context, tx pgx.Tx, owner uuid.UUID) error {
		_, err := h.vault.DestroyOwner(ctx, tx, owner)
		return err
	}
	if err := h.Leave(t.Context(), session.Owner, destroy); err != nil {
		t.Fatal(err)
	}
	for _, table := range query(t, owner, `select format('%I.%I', schemaname, tablename) from pg_tables where schemaname in ('easel', 'keys')`) {
		for _, row := range query(t, owner, `select t::text from `+table+` t`) {
			if strings.Contains(row, session.Owner.String()) {
				t.Errorf("%s still holds %s", table, row)
			}
		}
	}
	if _, ok, _ := h.Find(t.Context(), session.Token); ok {
		t.Error("the session goes on")
	}
	if _, err := h.Reset(t.Context(), link, "entirely new otters", account.Client{}); kind(err) != fault.Missing {
		t.Errorf("a letter still opens something: %v", err)
	}
	if _, err := h.Person(t.Context(), session.Owner); kind(err) != fault.Missing {
		t.Errorf("the person is still there: %v", err)
	}
	if err := h.Leave(t.Context(), session.Owner, destroy); kind(err) != fault.Missing {
		t.Errorf("leaving twice: %v", err)
	}
	h.caller(stays)
	h.join("ada@example.com", good) // the address is free again
}
