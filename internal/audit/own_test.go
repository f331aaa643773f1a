package audit_test

import (
	"context"
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
