package generation

import (
	"context"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"easel/internal/fault"
)

// copies are the rows that holds have kept, in short.
func (st *studio) copies() string {
	st.t.Helper()
	var all string
	st.one(`select coalesce(string_agg(what || ' ' || (was ->> 'id') || coalesce(' ' || (was ->> 'style'), ''), ', ' order by what, was ->> 'style'), '') from easel.generation_held`, &all)
	return all
}

// one reads one value as somebody who may do everything.
func (st *studio) one(sql string, to any, args ...any) {
	st.t.Helper()
	conn, err := pgx.Connect(st.t.Context(), st.root)
	if err != nil {
		st.t.Fatal(err)
	}
	defer conn.Close(context.WithoutCancel(st.t.Context()))
	if err := conn.QueryRow(st.t.Context(), sql, args...).Scan(to); err != nil {
		st.t.Fatalf("%s: %v", sql, err)
	}
}

// hold sets one on an account, or on a work with its objects; it returns how to lift it.
func (st *studio) hold(account, work *uuid.UUID, parts []uuid.UUID) (lift func()) {
	st.t.Helper()
	ctx, id := st.t.Context(), uuid.Nil
	do := func(sql string, args ...any) {
		st.t.Helper()
		if err := st.db.AsNobody(ctx, func(tx pgx.Tx) error { return tx.QueryRow(ctx, sql, args...).Scan(&id) }); err != nil {
			st.t.Fatal(err)
		}
	}
	do(`select easel.vault_hold_set($1, $2, $3, 'letter of a court', now() + interval '1 day')`, account, work, parts)
	return func() { do(`select $1::uuid from easel.vault_hold_lift($1, 'it is over')`, id) }
}

// TestAHoldKeepsWhatWasNotedOfAWork: the rows that say what a held picture is stay as they were, for nobody to see, also when its
// owner deletes it or its time is over; what is not held leaves nothing; and when the hold ends they go.
func TestAHoldKeepsWhatWasNotedOfAWork(t *testing.T) {
	t.Parallel()
	st := newStudio(t, small)
	ctx := t.Context()
	st.poor(5)
	held, free := st.bring(), st.bring()
	runs, jobs := st.start(held, "rough-sketch")
	if err := st.Draw(ctx, jobs[0]); err != nil {
		t.Fatal(err)
	}
	if objects, err := st.StaffObjects(ctx, st.owner, held.ID); err != nil || len(objects) != 0 {
		t.Errorf("somebody is told of the objects %v, %v", objects, err)
	}
	admin := st.person()
	var n int
	st.one(`with raised as (update easel.account_account set admin_at = now() where id = $1 returning 1) select count(*) from raised`, &n, admin)
	objects, err := st.StaffObjects(ctx, admin, held.ID)
	if err != nil || len(objects) != 4 { // photo, its copy, portrait, what it is compared with
		t.Fatalf("of the photo there are the objects %v, %v", objects, err)
	}
	if of, err := st.StaffObjects(ctx, admin, runs[0].ID); err != nil || len(of) != 2 {
		t.Errorf("of the portrait there are the objects %v, %v", of, err)
	}
	lift := st.hold(nil, &held.ID, objects)
	for _, u := range []Upload{held, free} {
		if err := st.DeleteUpload(ctx, st.owner, u.ID); err != nil {
			t.Fatal(err)
		}
	}
	want := "generation_run " + runs[0].ID.String() + " rough-sketch, generation_upload " + held.ID.String()
	if got := st.copies(); got != want {
		t.Errorf("kept are %s, want %s", got, want)
	}
	if works, err := st.Works(ctx, st.owner); err != nil || len(works) != 0 {
		t.Errorf("the owner still sees %v, %v", works, err)
	}
	_, err = st.Picture(ctx, st.owner, runs[0].ID)
	wantFault(t, "the held portrait", err, fault.Missing)
	if err := st.db.AsOwner(ctx, st.owner, func(tx pgx.Tx) error { _, err := tx.Exec(ctx, `select from easel.generation_held`); return err }); err == nil || !strings.Contains(err.Error(), "permission denied") {
		t.Errorf("reading what is held: %v", err)
	}
	if err := st.Recover(ctx); err != nil || st.copies() != want {
		t.Errorf("after a round kept are %s, %v", st.copies(), err)
	}
	var states string
	st.one(`select string_agg(state, ' ' order by state) from easel.vault_object where id = any ($1)`, &states, objects)
	if states != "held held held held" {
		t.Errorf("the objects are %s", states)
	}
	lift()
	if err := st.Recover(ctx); err != nil || st.copies() != "" {
		t.Errorf("after the hold kept are %s, %v", st.copies(), err)
	}
	if _, err := st.vault.Expire(ctx); err != nil {
		t.Fatal(err)
	}
	st.one(`select string_agg(distinct state, ' ') from easel.vault_object where id = any ($1)`, &states, objects)
	if states != "gone" {
		t.Errorf("after the hold the objects are %s", states)
	}
}

// A held account keeps the rows of all its works, and of requests, when their time is over.
func TestAHeldAccountKeepsItsRows(t *testing.T) {
	t.Parallel()
	st := newStudio(t, small)
	ctx, u := t.Context(), st.bring()
	var n int
	st.one(`with asked as (insert into easel.generation_request (owner, name, deadline) values ($1, sha256('a'), now()) returning 1) select count(*) from asked`, &n, st.owner)
	lift := st.hold(&st.owner, nil, nil)
	st.one(`with late as (update easel.generation_upload set deadline = now() - interval '1 hour' returning 1) select count(*) from late`, &n)
	over := func() {
		t.Helper()
		if err := st.Recover(ctx); err != nil {
			t.Fatal(err)
		}
		if err := st.ExpireRequests(ctx); err != nil {
			t.Fatal(err)
		}
	}
	over()
	var left, kept int
	st.one(`select (select count(*) from easel.generation_upload) + (select count(*) from easel.generation_request)`, &left)
	st.one(`select count(*) from easel.generation_held where owner = $1 and (was ->> 'id' = $2 or what = 'generation_request' and was ? 'name')`, &kept, st.owner, u.ID.String())
	if left != 0 || kept != 2 {
		t.Errorf("%d rows are left and %d are kept, want none and two", left, kept)
	}
	lift()
	over()
	if got := st.copies(); got != "" {
		t.Errorf("after the hold kept are %s", got)
	}
}
