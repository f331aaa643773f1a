package backup

import (
	"strings"
	"testing"
	"time"

	"easel/internal/postgres/pgtest"
)

// Who never made a backup is not warned; who did is, from half of the promised time on, until there is a newer copy or none.
func TestTheAgeOfTheNewestCopy(t *testing.T) {
	t.Parallel()
	ctx, db, now := t.Context(), pgtest.New(t), time.Now().Truncate(time.Millisecond)
	state := func() Copies {
		t.Helper()
		c, err := Newest(ctx, db)
		if err != nil {
			t.Fatal(err)
		}
		c.Promised = 24 * time.Hour
		return c
	}
	count := func(c Copies) string {
		var b strings.Builder
		if err := c.WriteMetrics(&b, now); err != nil {
			t.Fatal(err)
		}
		return b.String()
	}
	if c := state(); c.Late(now) || !strings.Contains(count(c), "\neasel_backup_keys_late 0\n") || strings.Contains(count(c), "age") {
		t.Errorf("before any: %+v, %s", c, count(c))
	}
	for _, s := range []struct {
		begun time.Time
		data  bool
		late  bool
	}{{now.Add(-40 * time.Hour), true, true}, {now.Add(-11 * time.Hour), false, false}, {now.Add(-13 * time.Hour), false, true}, {now, false, false}} {
		if err := Note(ctx, db, s.begun, s.data); err != nil {
			t.Fatal(err)
		}
		if c := state(); !c.Keys.Equal(s.begun) || c.Late(now) != s.late || !c.Data.Equal(now.Add(-40*time.Hour)) {
			t.Errorf("%+v is noted as %+v, late %v", s, c, c.Late(now))
		}
	}
	if said := count(state()); !strings.Contains(said, "\neasel_backup_keys_age_seconds 0\n") || !strings.Contains(said, "\neasel_backup_data_age_seconds 144000\n") {
		t.Error(said)
	}
	if late := count(Copies{Keys: now.Add(-13 * time.Hour), Promised: 24 * time.Hour}); !strings.Contains(late, "\neasel_backup_keys_late 1\n") {
		t.Error(late)
	}
	if err := Forget(ctx, db); err != nil {
		t.Fatal(err)
	}
	if c := state(); !c.Keys.IsZero() || !c.Data.IsZero() {
		t.Errorf("after all copies were destroyed: %+v", c)
	}
}
