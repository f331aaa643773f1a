package vault

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"

	"easel/internal/metrics"
)

// trouble is what this process's reaper remembers for whoever looks.
type trouble struct {
	mu        sync.Mutex
	swept     time.Time // when keys were last looked after
	destroyed int64     // keys, since the start
	removed   int64     // objects' bytes, since the start
	late      time.Duration
	clearing  stuck // removing bytes
	scrubbing stuck // looking through the bucket
	keysStuck string
}

func (t *trouble) keys(s Swept, err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.keysStuck = ""
	if err != nil {
		t.keysStuck = err.Error()
		return
	}
	t.swept = time.Now()
	t.destroyed += int64(s.Keys)
	t.late = max(t.late, s.Late)
}

func (t *trouble) bytes(n int, err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.removed += int64(n)
	t.clearing.note(err)
}

func (t *trouble) scrubbed(n int, err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.removed += int64(n)
	t.scrubbing.note(err)
}

// stuck is why something could not be done the last time, and since when; "": it could.
type stuck struct {
	why   string
	since time.Time
}

func (s *stuck) note(err error) {
	switch {
	case err == nil || errors.Is(err, errStopped):
		*s = stuck{}
	case s.why == "":
		*s = stuck{err.Error(), time.Now()}
	default:
		s.why = err.Error()
	}
}

// State is how deletion stands, for whoever runs the place.
type State struct {
	Swept     time.Time     // when this process last looked after keys; zero: not yet
	Overdue   int64         // objects whose key should be gone
	Oldest    time.Time     // since when, the first of them
	Waiting   int64         // objects without a key whose bytes are still there
	Held      int64         // deleted objects that a hold keeps
	Destroyed int64         // keys, by this process
	Removed   int64         // objects' bytes, by this process
	Late      time.Duration // after its deadline the latest key was destroyed
	Stuck     string        // why bytes could not be removed; "": nothing is stuck
	Since     time.Time     // since when
	KeysStuck string        // why keys could not be destroyed
	Clock     ClockState
}

// State counts.
func (v *Vault) State(ctx context.Context) (s State, err error) {
	if s.Clock, err = v.Clock(ctx); err != nil {
		return s, err
	}
	err = v.db.AsNobody(ctx, func(tx pgx.Tx) error {
		var oldest *time.Time
		if err := tx.QueryRow(ctx, `select overdue, since, waiting, held from easel.vault_state()`).Scan(&s.Overdue, &oldest, &s.Waiting, &s.Held); err != nil {
			return err
		}
		if oldest != nil {
			s.Oldest = *oldest
		}
		return nil
	})
	if err != nil {
		return s, fmt.Errorf("count what waits to be deleted: %w", err)
	}
	t := &v.trouble
	t.mu.Lock()
	defer t.mu.Unlock()
	s.Swept, s.Destroyed, s.Removed, s.Late, s.KeysStuck = t.swept, t.destroyed, t.removed, t.late, t.keysStuck
	bytes := t.clearing
	if bytes.why == "" {
		bytes = t.scrubbing
	}
	s.Stuck, s.Since = bytes.why, bytes.since
	return s, nil
}

// WriteMetrics writes the state in Prometheus's text form.
func (s State) WriteMetrics(w io.Writer) error {
	return metrics.Write(w, []metrics.Figure{
		{Name: "easel_vault_overdue_objects", Help: "Objects whose key should have been destroyed.", Value: float64(s.Overdue)},
		{Name: "easel_vault_waiting_objects", Help: "Objects without a key whose bytes are still there.", Value: float64(s.Waiting)},
		{Name: "easel_vault_held_objects", Help: "Deleted objects that a hold keeps.", Value: float64(s.Held)},
		{Name: "easel_vault_keys_destroyed_total", Help: "Keys destroyed by this process.", Value: float64(s.Destroyed)},
		{Name: "easel_vault_objects_removed_total", Help: "Objects whose bytes were removed by this process.", Value: float64(s.Removed)},
		{Name: "easel_vault_late_seconds", Help: "How long after its deadline the latest key was destroyed, since the start.", Value: s.Late.Seconds()},
		{Name: "easel_vault_keys_stuck", Help: "1 while keys cannot be destroyed.", Value: metrics.Yes(s.KeysStuck != "")},
		{Name: "easel_vault_bytes_stuck", Help: "1 while bytes cannot be removed.", Value: metrics.Yes(s.Stuck != "")},
		{Name: "easel_vault_clock_stopped", Help: "1 while the clock is not to be trusted.", Value: metrics.Yes(s.Clock.Stopped)},
	}...)
}
