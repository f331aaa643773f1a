package vault

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"easel/internal/fault"
	"easel/internal/postgres/pgtest"
)

// machineOf is a machine with a clock that a test sets, that can be started anew, and that a time server may keep.
type machineOf struct {
	*studio
	hands   *hands
	starts  int
	vouched atomic.Bool
}

func newMachine(t *testing.T) *machineOf {
	t.Helper()
	m := &machineOf{studio: &studio{t: t, dir: t.TempDir(), db: pgtest.New(t)}, hands: &hands{}, starts: 1}
	m.hands.wall.at.Store(time.Now().Add(-200 * 24 * time.Hour).UnixNano())
	m.clock = &m.hands.wall
	m.vouched.Store(true)
	t.Cleanup(func() { m.Close() })
	m.run()
	return m
}

// run starts the program.
func (m *machineOf) run() {
	m.t.Helper()
	c := withClock(Config{DataDir: m.dir}, m.hands)
	start := string(rune('a' + m.starts))
	c.Machine, c.Vouched = func() string { return start }, m.vouched.Load
	var err error
	if m.Vault, err = New(context.Background(), c, m.db, pgtest.Log(m.t)); err != nil {
		m.t.Fatal(err)
	}
	m.expire() // as the program does before it serves anything
}

// off ends the program; the machine itself is started anew with it, or runs on.
func (m *machineOf) off(anew bool) {
	m.t.Helper()
	m.expire()
	if err := m.Close(); err != nil {
		m.t.Fatal(err)
	}
	if anew {
		m.starts++
		m.hands.boot.Store(0)
	}
}

// TestAClockThatWasSetWhileNothingRan: where the machine has run on it is known how long that was; where it was started anew a time
// server's word is good for any time, and without one the clock is believed for a day. What is not believed destroys nothing.
func TestAClockThatWasSetWhileNothingRan(t *testing.T) {
	t.Parallel()
	const month, hour = 30 * 24 * time.Hour, time.Hour
	for name, c := range map[string]struct {
		anew, vouched bool
		passes, set   time.Duration // while nothing runs: time, and what somebody sets the clock by
		stops, gone   bool          // whether it stands still; whether what was kept for a day is destroyed
	}{
		"an hour":                              {passes: hour},
		"an hour, and the clock was set":       {passes: hour, set: month, stops: true},
		"a month, and the machine ran on":      {passes: month, gone: true},
		"set back, and the machine ran on":     {passes: month, set: -month, gone: true},
		"a month of a machine that was off":    {anew: true, vouched: true, passes: month, gone: true},
		"the same without a time server":       {anew: true, passes: month, stops: true},
		"a machine that was halted":            {vouched: true, passes: hour, set: month, gone: true},
		"an hour without a time server":        {anew: true, passes: hour},
		"set ahead without a time server":      {anew: true, passes: hour, set: month, stops: true},
		"a night without a time server, ended": {anew: true, passes: 20 * hour},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m, owner := newMachine(t), uuid.New()
			id := m.keep(owner, []byte("a day"))
			m.off(c.anew)
			m.vouched.Store(c.vouched)
			m.hands.wall.add(c.passes + c.set)
			if !c.anew {
				m.hands.boot.Add(int64(c.passes))
			}
			m.run()
			_, err := m.read(owner, id)
			switch {
			case c.stops && !errors.Is(err, errStopped), c.gone && !fault.Is(err, fault.Missing), !c.stops && !c.gone && err != nil:
				t.Errorf("reading says %v", err)
			}
			_, keys, _ := m.left(owner)
			state, err := m.State(t.Context())
			if err != nil || state.Clock.Stopped != c.stops || state.Clock.Doubt != (c.stops && c.anew) || (keys == 0) != c.gone {
				t.Errorf("%d keys are left, and the clock is %+v, %v", keys, state.Clock, err)
			}
		})
	}
}

// TestADoubtedClockEnds by a time server's word or somebody's, also after further starts; and when it is put right nothing was lost.
func TestADoubtedClockEnds(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]func(m *machineOf){
		"a time server":              func(m *machineOf) { m.vouched.Store(true) },
		"a time server, a start on":  func(m *machineOf) { m.off(true); m.vouched.Store(true); m.run() },
		"somebody's word":            func(m *machineOf) { m.confirm() },
		"somebody's word, before it": func(m *machineOf) { m.off(true); m.confirm(); m.run() },
		"put right":                  func(m *machineOf) { m.clock.add(-40 * 24 * time.Hour) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m, owner := newMachine(t), uuid.New()
			id := m.keep(owner, []byte("a day"))
			m.off(true)
			m.vouched.Store(false)
			m.clock.add(40 * 24 * time.Hour)
			m.run()
			for range 2 { // a start is nobody's word
				if _, err := m.read(owner, id); !errors.Is(err, errStopped) {
					t.Fatalf("doubted: %v", err)
				}
				m.off(true)
				m.run()
			}
			end(m)
			m.expire()
			m.expire()
			got, err := m.read(owner, id)
			if right := name == "put right"; right && string(got) != "a day" || !right && !fault.Is(err, fault.Missing) {
				t.Errorf("reading says %q, %v", got, err)
			}
			if state, err := m.State(t.Context()); err != nil || state.Clock.Stopped || state.Clock.Doubt {
				t.Errorf("the clock is %+v, %v", state.Clock, err)
			}
		})
	}
}

func (m *machineOf) confirm() {
	m.t.Helper()
	// The database's own clock is this machine's in a test, so that what is noted is said as the test has it.
	if err := m.db.AsNobody(context.Background(), func(tx pgx.Tx) error {
		_, err := tx.Exec(context.Background(), `update easel.vault_clock set confirmed = confirmed + 1, jumped_at = null, jump = null, doubt = false, mark = greatest(mark, $1)`, m.clock.now())
		return err
	}); err != nil {
		m.t.Fatal(err)
	}
}

// What this machine knows of itself is stable, and is there where the tests run.
func TestTheMachineKnowsItsStart(t *testing.T) {
	t.Parallel()
	if one, two := machine(), machine(); one == "" || one != two {
		t.Errorf("the machine's start is %q, then %q", one, two)
	}
	vouched() // whatever it says
}
