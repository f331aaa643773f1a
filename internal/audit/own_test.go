package audit_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"easel/internal/audit"
)

// People can take home what was done about them: all of it, in order, with why, and nothing about others.
func TestWhatWasDoneAboutSomebodyIsTheirsToRead(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	const done = 1203
	h.exec(t, `insert into easel.audit_entry (actor, action, subject, reason)
		select $1, 'support.open', case when i % 2 = 0 then $2::uuid else $3::uuid end, 'reason ' || i from generate_series(1, 2 * $4::integer) i`, h.admin, h.ada, h.stella, done)
	n, last := 0, int64(0)
	err := h.Walk(t.Context(), h.ada, func(d audit.Done) error {
		if d.Number <= last || d.Action != "support.open" || !strings.HasPrefix(d.Reason, "reason ") || strings.ContainsAny(d.Reason[len(d.Reason)-1:], "13579") {
			t.Fatalf("told %+v after number %d", d, last)
		}
		n, last = n+1, d.Number
		return nil
	})
	if err != nil || n != done {
		t.Errorf("%d entries were told, %v; want %d", n, err, done)
	}
	ctx, stop := context.WithCancel(t.Context())
	told := 0
	if err := h.Walk(ctx, h.ada, func(audit.Done) error { told++; stop(); return ctx.Err() }); err == nil || told != 1 {
		t.Errorf("called off after %d: %v", told, err)
	}
	if err := h.Walk(t.Context(), h.admin, func(d audit.Done) error { t.Errorf("who did it is told of %+v", d); return nil }); err != nil {
		t.Error(err)
	}
}

// What was done about their things is theirs as well: a letter that was read, money that was given back, a request that was answered,
// a work that was held. What was done about the same things of somebody else is not.
func TestWhatWasDoneAboutTheirThings(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	for _, owner := range []string{h.ada.String(), h.stella.String()} {
		h.exec(t, `with letter as (
				insert into easel.mail_letter (id, owner, kind, sealed, state, deadline) values (gen_random_uuid(), $1, 'reset', 's', 'kept', now() + interval '1 day') returning id
			), ordered as (
				insert into easel.payment_order (id, number, owner, tokens, amount, currency, tax) values (gen_random_uuid(), upper(substr(md5($1::text), 1, 4) || '-ABCD'), $1, 5, 500, 'eur', 'included') returning id
			), request as (
				insert into easel.rights_request (id, number, subject, account, kind, channel, studio, received_at, due_at)
				values (gen_random_uuid(), upper(substr(md5($1::text), 1, 4) || '-EFGH'), $1, true, 'access', 'page', 'portrait', now(), now()) returning id
			), photo as (
				insert into easel.generation_upload (id, owner, photo, view, name, width, height, has_face, crop, warnings, deadline)
				values (gen_random_uuid(), $1, gen_random_uuid(), gen_random_uuid(), 's', 1, 1, false, '{0,0,1,1}', '{}', now() + interval '1 day') returning id
			), held as (
				insert into easel.vault_hold (object, reason, ends_at) select id, 'letter of a court', now() + interval '1 day' from photo returning id
			)
			insert into easel.audit_entry (action, subject, reason)
			select 'mail.read', id, $1::text from letter union all select 'payment.refund', id, $1::text from ordered union all select 'rights.end', id, $1::text from request
			union all select 'hold.set', id, $1::text from photo union all select 'hold.lift', id, $1::text from held`, owner)
	}
	h.exec(t, `insert into easel.audit_entry (action, subject, reason) values ('unlock.mint', gen_random_uuid(), 'codes for the fair'), ('clock.confirm', null, 'looked at a watch')`)
	var all []string
	if err := h.Walk(t.Context(), h.ada, func(d audit.Done) error {
		if d.Reason != h.ada.String() {
			t.Errorf("told of somebody else: %+v", d)
		}
		all = append(all, d.Action)
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	slices.Sort(all)
	if want := []string{"hold.lift", "hold.set", "mail.read", "payment.refund", "rights.end"}; !slices.Equal(all, want) {
		t.Errorf("told are %v, want %v", all, want)
	}
}
