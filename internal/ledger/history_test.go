package ledger

import (
	"context"
	"encoding/csv"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
)

func (b *bank) history(owner uuid.UUID, cursor int64, most int) (events []Event) {
	b.t.Helper()
	b.must(nil, b.as(owner, func(ctx context.Context, tx pgx.Tx) (err error) {
		events, err = b.History(ctx, tx, owner, cursor, most)
		return err
	}))
	return events
}

// eventful is a purse in which everything has happened, the newest first as its history tells it.
func eventful(b *bank) (me uuid.UUID, want []What) {
	me = b.person()
	order := uuid.New()
	b.buy(me, order, 5)
	b.must(nil, b.as(me, func(ctx context.Context, tx pgx.Tx) error {
		if err := b.Welcome(ctx, tx, me); err != nil {
			return err
		}
		_, err := b.Grant(ctx, tx, me, Grant{Key: "sorry", Tokens: 1, Reason: "=Sorry for the wait."})
		return err
	}))
	runs := []uuid.UUID{uuid.New(), uuid.New(), uuid.New()}
	for i, run := range runs {
		b.must(nil, b.as(me, func(ctx context.Context, tx pgx.Tx) error {
			return b.HoldAll(ctx, tx, me, []Held{{run, 1, []string{"Rough sketch", "Artistic", "Light colouring"}[i]}})
		}))
	}
	b.must(nil, b.capture(me, runs[0]))
	b.must(nil, b.release(me, runs[1]))
	b.refund(me, order, 1)
	b.dispute(me, order, "first", Opened, 1)
	b.dispute(me, order, "first", Won, 1)
	b.dispute(me, order, "second", Opened, 1)
	return me, []What{EventFrozen, EventThawed, EventRefunded, EventInUse, EventBack, EventSpent, EventGranted, EventWelcome, EventBought}
}

func TestHistoryTellsWhatHappened(t *testing.T) {
	t.Parallel()
	b := newBank(t)
	me, want := eventful(b)
	var got []What
	var sum int64
	for cursor := int64(0); ; { // in pages of two
		page := b.history(me, cursor, 2)
		for _, e := range page {
			got, cursor = append(got, e.What), e.Number
			sum += e.Change
			if (e.What == EventBack) != (e.Why == "It was cancelled.") || (e.Run != uuid.Nil) != slices.Contains([]What{EventInUse, EventBack, EventSpent}, e.What) {
				t.Errorf("%s tells %+v", e.What, e)
			}
		}
		if len(page) < 2 {
			break
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("the history is %v, want %v", got, want)
	}
	if settled := b.balance(me).Settled; sum != settled {
		t.Errorf("the history's changes sum up to %d, the balance is %d", sum, settled)
	}
	if others := b.history(b.person(), 0, 10); len(others) != 0 {
		t.Errorf("somebody else sees %v", others)
	}
}

func TestExportIsReadByOthers(t *testing.T) {
	t.Parallel()
	b := newBank(t)
	me, want := eventful(b)
	var text strings.Builder
	b.must(nil, b.as(me, func(ctx context.Context, tx pgx.Tx) error { return b.Export(ctx, tx, me, &text) }))
	lines, err := csv.NewReader(strings.NewReader(text.String())).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	if len(lines) != len(want)+1 || !slices.Equal(lines[0], exportHead) || lines[1][0] != "2030-03-10T12:00:00Z" || lines[1][1] != "bought" {
		t.Errorf("the export is %q", lines)
	}
	if strings.Contains(text.String(), ",=") {
		t.Error("a spreadsheet would read a reason as a formula")
	}
}

func TestOwnersAreToldOnceBeforeTokensEnd(t *testing.T) {
	t.Parallel()
	b := newBank(t)
	me, spent := b.person(), b.person()
	b.buy(me, uuid.New(), 5)
	b.buy(spent, uuid.New(), 1)
	b.must(nil, b.hold(spent, uuid.New(), 1))
	b.must(nil, b.hold(me, uuid.New(), 2))
	told := map[uuid.UUID][]Ending{}
	warn := func() {
		b.must(nil, b.Warn(t.Context(), func(_ context.Context, _ pgx.Tx, owner uuid.UUID, ending []Ending) error {
			told[owner] = append(told[owner], ending...)
			return nil
		}))
	}
	ends := start.AddDate(0, 6, 0)
	b.at(ends.Add(-Before - time.Second))
	warn()
	if len(told) != 0 {
		t.Errorf("too early: %v", told)
	}
	b.at(ends.Add(-Before))
	warn()
	warn()
	if len(told) != 1 || len(told[me]) != 1 || told[me][0].Tokens != 3 || !told[me][0].Expires.Equal(ends) {
		t.Errorf("told %v; want 3 tokens of one lot, once, and nothing to whom nothing is left", told)
	}
}
