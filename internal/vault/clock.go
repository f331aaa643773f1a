package vault

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"

	"easel/internal/fault"
)

// jumpMost is how far the clock may run ahead of the time that has passed. The database's easel.vault_now has the same figure.
const jumpMost = 10 * time.Minute

// idleMost is for how long nothing may have run before the system's clock needs somebody's word for it, where the machine was
// started anew as well and no time server keeps the clock.
const idleMost = 24 * time.Hour

// errStopped is what everybody reads while the clock is not to be trusted.
var errStopped = fault.New(fault.Busy, "The clock of this server has jumped, and nothing is shown until whoever runs it has looked. Nothing was lost; please come back later.")

// watch tells the time by which things are over. It never goes back and never runs slower than the time that passes, whatever
// the system's clock does. When that one runs ahead by more than ten minutes, the clock goes on without it and says so: reads
// and removals stop until the system's clock is put right or somebody confirms it.
type watch struct {
	wall func() time.Time
	boot func() time.Duration // time that has passed, also while the machine slept

	machine func() string // which start of which machine boot counts from; "": not known
	vouched func() bool   // whether a time server keeps the system's clock

	mu        sync.Mutex
	trusted   time.Time     // what it was
	at        time.Duration // then
	jump      time.Duration // how far the system's clock is ahead; 0: all is well
	raised    bool          // the database knows of our jump
	others    bool          // another machine's clock has jumped
	doubt     bool          // it is no jump that was seen: the clock is far ahead of what was noted, and nothing vouches for it
	confirmed int           // how often somebody has confirmed, as far as we know
}

func (c Config) watch() *watch {
	k := &watch{wall: c.Now, boot: c.Boot, machine: c.Machine, vouched: c.Vouched}
	if k.wall != nil || k.boot != nil { // a clock of a test's own: what this machine knows is of no use for it
		k.machine, k.vouched = orElse(k.machine, func() string { return "" }), orElse(k.vouched, func() bool { return true })
	}
	k.machine, k.vouched = orElse(k.machine, machine), orElse(k.vouched, vouched)
	switch {
	case k.wall == nil:
		k.wall = time.Now
	case k.boot == nil: // a clock of a test's own, and no other to compare it with
		begun := k.wall()
		k.boot = func() time.Duration { return k.wall().Sub(begun) }
	}
	if k.boot == nil {
		k.boot = boot
	}
	return k
}

func orElse[T any](f, other func() T) func() T {
	if f == nil {
		return other
	}
	return f
}

// noted is what the database remembers of the time.
type noted struct {
	mark          time.Time // zero: nothing was ever noted
	jumped, doubt bool
	confirmed     int
	machine       string        // "": not known
	passed        time.Duration // since its start, at the mark
}

// remember begins the clock with what the database remembers.
func (v *Vault) remember(ctx context.Context) error {
	var n noted
	err := v.db.AsNobody(ctx, func(tx pgx.Tx) error {
		return ignoreNone(tx.QueryRow(ctx, `select mark, jumped_at is not null, doubt, confirmed, coalesce(boot, ''), coalesce(passed, '0') from easel.vault_clock`).
			Scan(&n.mark, &n.jumped, &n.doubt, &n.confirmed, &n.machine, &n.passed))
	})
	if err != nil {
		return fmt.Errorf("read the time that was noted: %w", err)
	}
	v.clock.begin(n)
	return nil
}

// now is the trusted time, and errStopped when nothing may be read or removed by it.
func (c *watch) now() (time.Time, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	t, passed := c.look()
	if c.jump > 0 || c.others {
		return t, errStopped
	}
	c.trusted, c.at = t, passed
	return t, nil
}

// look compares the two clocks. The caller has the lock.
func (c *watch) look() (t time.Time, passed time.Duration) {
	passed = c.boot()
	if c.doubt && c.vouched() { // a time server was found since
		c.trusted, c.at, c.doubt = later(c.trusted, c.wall().Round(0)), passed, false
	}
	t = c.trusted.Add(max(0, passed-c.at))
	wall := c.wall().Round(0) // without the monotonic clock that Go keeps beside it
	c.jump = max(0, wall.Sub(t))
	if c.jump <= jumpMost {
		if c.jump > 0 {
			t = wall
		}
		c.jump, c.doubt = 0, false
	}
	return t, passed
}

// begin starts from what the database remembers: a time that was reached stays reached, and a jump that nobody has confirmed
// is one still. A clock that a time server keeps is believed: setting it by hand ends that, and a machine that was halted does not
// know for how long. Without one, a machine that has run on since knows how long that was, and a clock that was set meanwhile is seen
// as if the program had been there; where it was started anew nobody knows, and the clock is believed for a day.
func (c *watch) begin(n noted) {
	c.mu.Lock()
	defer c.mu.Unlock()
	wall := c.wall().Round(0)
	c.at, c.trusted, c.confirmed = c.boot(), wall, n.confirmed
	c.raised, c.doubt = n.jumped, n.jumped && n.doubt
	switch {
	case n.mark.IsZero():
	case n.jumped:
		c.trusted = n.mark
	case wall.After(n.mark) && c.vouched():
	case n.machine != "" && n.machine == c.machine() && c.at >= n.passed:
		c.trusted = n.mark.Add(c.at - n.passed)
	case wall.Sub(n.mark) > idleMost:
		c.trusted, c.doubt = n.mark, true
	default:
		c.trusted = later(wall, n.mark)
	}
	c.look()
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// sync tells the database how late it is and whether the clock has jumped, and learns the same of other machines. It returns
// the trusted time.
func (v *Vault) sync(ctx context.Context, tx pgx.Tx) (time.Time, error) {
	c := v.clock
	c.mu.Lock()
	defer c.mu.Unlock()
	t, passed := c.look()
	if _, err := tx.Exec(ctx, `insert into easel.vault_clock (mark) values ($1) on conflict do nothing`, t); err != nil {
		return t, fmt.Errorf("note the time: %w", err)
	}
	var mark time.Time
	var jumped bool
	var confirmed int
	if err := tx.QueryRow(ctx, `select mark, jumped_at is not null, confirmed from easel.vault_clock for update`).Scan(&mark, &jumped, &confirmed); err != nil {
		return t, fmt.Errorf("read the time that was noted: %w", err)
	}
	if confirmed > c.confirmed { // the system's clock is right, somebody says
		if wall := c.wall().Round(0); wall.After(t) {
			t = wall
		}
		c.confirmed, c.jump, c.doubt = confirmed, 0, false
	}
	if mark.After(t) {
		t = mark
	}
	before := c.raised
	c.raised = c.jump > 0
	c.others = jumped && !before && !c.raised
	c.trusted, c.at = t, passed
	v.tell(ctx, before)
	_, err := tx.Exec(ctx, `update easel.vault_clock set mark = greatest(mark, $1), boot = nullif($5, ''), passed = $6::interval,
		jumped_at = case when $2 then coalesce(jumped_at, $1) when $3 then null else jumped_at end,
		jump = case when $2 then $4::interval when $3 then null else jump end,
		doubt = case when $2 then $7 when $3 then false else doubt end`, t, c.raised, before && !c.raised, c.jump, c.machine(), passed, c.doubt)
	if err != nil {
		return t, fmt.Errorf("note the time: %w", err)
	}
	return t, nil
}

// tell logs when the clock begins and ends to be wrong.
func (v *Vault) tell(ctx context.Context, before bool) {
	switch c := v.clock; {
	case c.raised && !before && c.doubt:
		v.log.LogAttrs(ctx, slog.LevelError, "the system's clock is far ahead of the time that was last noted, the machine was started anew since, and no time server keeps its clock: nothing is read or removed until one does, or somebody says that it is right with `easel clock confirm` or on the page /admin/deletion",
			slog.Duration("by", c.jump.Round(time.Second)))
	case c.raised && !before:
		v.log.LogAttrs(ctx, slog.LevelError, "the system's clock has jumped ahead: nothing is read or removed until it is put right, or confirmed with `easel clock confirm` or on the page /admin/deletion",
			slog.Duration("by", c.jump.Round(time.Second)))
	case before && !c.raised:
		v.log.LogAttrs(ctx, slog.LevelWarn, "the system's clock is trusted again")
	}
}

// ClockState is how the clock stands.
type ClockState struct {
	Mark    time.Time     // the latest time that was reached
	Stopped bool          // nothing is read or removed
	Since   time.Time     // when it stopped
	Jump    time.Duration // by how much the system's clock runs ahead
	Doubt   bool          // so far ahead of what was noted before nothing ran, and nothing vouches for it
}

// Clock reads how the clock stands, on all machines.
func (v *Vault) Clock(ctx context.Context) (s ClockState, err error) {
	err = v.db.AsNobody(ctx, func(tx pgx.Tx) error {
		var since *time.Time
		var jump *time.Duration
		err := tx.QueryRow(ctx, `select mark, jumped_at, jump, doubt from easel.vault_clock`).Scan(&s.Mark, &since, &jump, &s.Doubt)
		if errors.Is(err, pgx.ErrNoRows) || since == nil {
			return ignoreNone(err)
		}
		s.Stopped, s.Since, s.Jump = true, *since, *jump
		return err
	})
	if err != nil {
		return s, fmt.Errorf("read the clock: %w", err)
	}
	if _, err := v.clock.now(); err != nil && !s.Stopped { // noticed here, and not told yet
		s.Stopped, s.Since = true, time.Now()
		s.Jump, s.Doubt = v.clock.ahead()
	}
	return s, nil
}

func ignoreNone(err error) error {
	if errors.Is(err, pgx.ErrNoRows) {
		return nil
	}
	return err
}

func (c *watch) ahead() (jump time.Duration, doubt bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.jump, c.doubt
}

// ConfirmClock says, in the transaction, that the system's clock is right: everything goes on from what it shows. Machines
// learn it with their next sweep.
func ConfirmClock(ctx context.Context, tx pgx.Tx) error {
	_, err := tx.Exec(ctx, `update easel.vault_clock set confirmed = confirmed + 1, jumped_at = null, jump = null, doubt = false, mark = greatest(mark, now())`)
	if err != nil {
		return fmt.Errorf("confirm the clock: %w", err)
	}
	return nil
}
