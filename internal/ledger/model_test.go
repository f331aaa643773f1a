package ledger

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"easel/internal/fault"
)

// step is one thing that somebody does, to the ledger and to the obvious one.
type step struct {
	name  string
	owner uuid.UUID
	mints bool // makes a lot; two of one moment would be equally old
	do    func(ctx context.Context, tx pgx.Tx) (string, error)
	model func(m *obvious) string
}

// faults let a transaction end between any two rows that it writes: a trigger counts down and fails. 0 does nothing.
const faults = `create function easel.test_fault() returns trigger language plpgsql as $$
declare
    n int := coalesce(nullif(current_setting('test.fault', true), ''), '0')::int;
begin
    if n = 1 then
        raise exception 'a fault' using errcode = 'EL999';
    end if;
    perform set_config('test.fault', greatest(n - 1, 0)::text, true);
    return coalesce(new, old);
end
$$;
do $$
declare
    t text;
begin
    foreach t in array array['order', 'claim', 'sum', 'gift', 'lot', 'entry', 'warning'] loop
        execute format('create trigger a_fault before insert or delete on easel.ledger_%s for each row execute function easel.test_fault()', t);
    end loop;
end
$$`

// world is a ledger and its obvious twin, with some people in it.
type world struct {
	*bank
	m      *obvious
	random *rand.Rand
	people []uuid.UUID
	orders []uuid.UUID
	of     map[uuid.UUID]uuid.UUID // whose order or run
	runs   []uuid.UUID
	keys   []string
	told   []string // what was done, for whoever has to find out

	steps, aborted, together int
}

func newWorld(t testing.TB, seed uint64) *world {
	b := newBank(t)
	b.must(b.root.Exec(t.Context(), faults))
	w := &world{bank: b, m: newObvious(start), random: rand.New(rand.NewPCG(seed, 7)), of: map[uuid.UUID]uuid.UUID{}}
	for range 3 {
		w.people = append(w.people, b.person())
	}
	return w
}

// outcome is how a step ended, in the words of the obvious ledger.
func outcome(said string, err error) (string, error) {
	switch {
	case err == nil:
		return said, nil
	case fault.Is(err, fault.Unpaid), fault.Is(err, fault.Missing):
		if fault.Is(err, fault.Missing) {
			return "no order", nil
		}
		return strings.Split(fault.Of(err).Say, " (")[0], nil
	case code(err) == notHeld:
		return "not held", nil
	case code(err) == "EL999", errors.Is(err, errFault):
		return "aborted", nil
	}
	return "", err
}

var errFault = errors.New("a fault after the last statement")

// carry does a step. A fault comes before the given write, -1 after the last one, 0 not at all.
func (w *world) carry(s step, broken int) (string, error) {
	var said string
	err := w.as(s.owner, func(ctx context.Context, tx pgx.Tx) (err error) {
		if broken > 0 {
			if _, err := tx.Exec(ctx, `select set_config('test.fault', $1, true)`, fmt.Sprint(broken)); err != nil {
				return err
			}
		}
		if said, err = s.do(ctx, tx); err == nil && broken < 0 {
			err = errFault
		}
		return err
	})
	return outcome(said, err)
}

// one does one step, perhaps with a fault, and compares.
func (w *world) one() {
	s, broken := w.next(), 0
	if w.random.IntN(3) == 0 {
		broken = []int{-1, 1, 2, 3, 4, 5, 7}[w.random.IntN(7)]
	}
	got, err := w.carry(s, broken)
	w.steps++
	w.told = append(w.told, fmt.Sprintf("%s: %s (fault %d)", s.name, got, broken))
	if err != nil {
		w.failf("%s: %v", s.name, err)
	}
	if got == "aborted" {
		w.aborted++ // and nothing has happened
	} else if want := s.model(w.m); got != want {
		w.failf("%s: %q, the obvious ledger says %q", s.name, got, want)
	}
	w.compare(w.m)
}

// some does several steps at the same time. What comes out has to be what comes out one after the other, in some order.
func (w *world) some() {
	steps := []step{w.next()}
	for len(steps) < 2+w.random.IntN(2) {
		if s := w.next(); !s.mints || !slices.ContainsFunc(steps, func(o step) bool { return o.mints }) {
			steps = append(steps, s)
		}
	}
	got := make([]string, len(steps))
	errs := make([]error, len(steps))
	var group sync.WaitGroup
	for i, s := range steps {
		group.Go(func() { got[i], errs[i] = w.carry(s, 0) })
	}
	group.Wait()
	w.steps += len(steps)
	w.together++
	if err := errors.Join(errs...); err != nil {
		w.failf("at the same time: %v", err)
	}
	for i, s := range steps {
		w.told = append(w.told, fmt.Sprintf("together: %s: %s", s.name, got[i]))
	}
	seen := w.picture()
	var tried []string
	for _, order := range orders(len(steps)) {
		m := w.m.clone()
		same := true
		for _, i := range order {
			same = steps[i].model(m) == got[i] && same
		}
		if same && slices.Equal(seen, m.picture()) {
			w.m = m
			return
		}
		tried = append(tried, fmt.Sprintf("%v would bring\n%s\nfor\n%s", order, without(m.picture(), seen), without(seen, m.picture())))
	}
	w.failf("no order of the last %d steps leads to what was seen:\n%s", len(steps), strings.Join(tried, "\n"))
}

// orders are all orders of so many things.
func orders(n int) [][]int {
	if n == 0 {
		return [][]int{nil}
	}
	var all [][]int
	for _, rest := range orders(n - 1) {
		for at := range n {
			all = append(all, slices.Insert(slices.Clone(rest), at, n-1))
		}
	}
	return all
}

func (w *world) failf(format string, args ...any) {
	w.t.Helper()
	w.t.Fatalf("after %d steps: %s\nthe last of them:\n%s", w.steps, fmt.Sprintf(format, args...), strings.Join(w.told[max(0, len(w.told)-25):], "\n"))
}

// modelTime is for how long the model is tried.
func modelTime(t *testing.T) time.Duration {
	text := os.Getenv("EASEL_MODEL")
	if text == "" {
		return 0
	}
	d, err := time.ParseDuration(text)
	if err != nil {
		t.Fatalf("EASEL_MODEL: %v", err)
	}
	return d
}

// TestModel does whatever can be done, in any order, at the same time, twice, and with faults in between, and compares
// the ledger with the obvious one after each step.
func TestModel(t *testing.T) {
	t.Parallel()
	begun, long, first := time.Now(), modelTime(t), rand.Uint64()
	if seed, err := strconv.ParseUint(os.Getenv("EASEL_MODEL_SEED"), 10, 64); err == nil {
		first = seed
	}
	var steps, aborted, together, worlds int
	for seed := first; worlds < 3 || time.Since(begun) < long; seed++ {
		t.Run("", func(t *testing.T) {
			w := newWorld(t, seed)
			t.Logf("seed %d", seed)
			for w.steps < 500 {
				switch w.random.IntN(6) {
				case 0:
					w.at(w.now.Add(w.pause()))
					w.m.now = w.now
					w.told = append(w.told, "now it is "+w.now.String())
				case 1:
					w.some()
				default:
					w.one()
				}
				w.at(w.now.Add(time.Second)) // lots of different moments
				w.m.now = w.now
			}
			steps, aborted, together = steps+w.steps, aborted+w.aborted, together+w.together
		})
		if worlds++; t.Failed() {
			return
		}
	}
	t.Logf("%d steps in %d worlds in %v: %d ended by a fault, %d times several at once", steps, worlds, time.Since(begun).Round(time.Second), aborted, together)
}
