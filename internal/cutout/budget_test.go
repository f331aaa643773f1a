package cutout

import (
	"errors"
	"net/netip"
	"strings"
	"testing"
	"time"

	"easel/internal/provider"
)

var one, two = netip.MustParsePrefix("192.0.2.1/32"), netip.MustParsePrefix("192.0.2.2/32")

// clock is a time that a test moves.
type clock struct{ time.Time }

func (c *clock) now() time.Time { return c.Time }

func TestABudgetHoldsForAllAndForEach(t *testing.T) {
	t.Parallel()
	at := &clock{time.Unix(1e9, 0)}
	b := newBudget(5, 2, at.now)
	ask := func(of netip.Prefix, want string) {
		t.Helper()
		why := b.take(of, 1, "S")
		if want == "" && why != "" || !strings.Contains(why, want) {
			t.Errorf("asked for %s: %q, want %q", of, why, want)
		}
		if why == "" {
			b.settle(of, 1, 1, nil, false)
		}
	}
	ask(one, "")
	ask(one, "")
	ask(one, "your network")
	ask(two, "")
	if why := b.take(two, 1, "S"); why != "" {
		t.Fatal(why)
	}
	b.settle(two, 1, 0, nil, false) // it came to nothing and cost nothing
	ask(two, "")
	ask(two, "your network")
	ask(netip.MustParsePrefix("192.0.2.3/32"), "")
	ask(netip.MustParsePrefix("192.0.2.4/32"), "in a day is used up")
	at.Time = at.Add(24 * time.Hour)
	ask(one, "")
	if b.today() != 1 || len(b.networks) != 1 {
		t.Errorf("a day later %g are spent by %d networks", b.today(), len(b.networks))
	}
}

func TestAServiceThatKeepsFailingRests(t *testing.T) {
	t.Parallel()
	at := &clock{time.Unix(1e9, 0)}
	b := newBudget(1000, 1000, at.now)
	call := func(err error) (asked bool) {
		if b.take(one, 1, "S") != "" {
			return false
		}
		b.settle(one, 1, 0, err, false)
		return true
	}
	fails := func(kind provider.Kind) error { return &provider.Error{Kind: kind} }
	for range failuresMost {
		if !call(fails(provider.Failed)) {
			t.Fatal("it rests too early")
		}
	}
	if call(nil) {
		t.Error("after three failures it is asked at once")
	}
	at.Time = at.Add(restLeast)
	if b.take(one, 1, "S") != "" || b.take(two, 1, "S") == "" {
		t.Error("after its rest one call, and only one, has to try")
	}
	b.settle(one, 1, 0, errors.New("nonsense"), false)
	at.Time = at.Add(restLeast)
	if call(nil) {
		t.Error("after another failure it does not rest longer")
	}
	at.Time = at.Add(restLeast)
	if !call(nil) || !call(fails(provider.Failed)) || !call(nil) {
		t.Error("after a success it still rests")
	}
	for kind, rest := range map[provider.Kind]time.Duration{provider.Spent: restLong, provider.Barred: restLong, provider.Busy: restLeast, provider.Unfit: 0, provider.Empty: 0, provider.Refused: 0} {
		if !call(fails(kind)) {
			t.Errorf("before %d it rests", kind)
		}
		if rest > 0 && call(nil) {
			t.Errorf("after %d it is asked at once", kind)
		}
		at.Time = at.Add(rest)
		if !call(nil) {
			t.Errorf("after %d it rests longer than %v", kind, rest)
		}
	}
	if b.take(one, 1, "S") != "" {
		t.Fatal("it rests")
	}
	b.settle(one, 1, 1, errors.New("called off"), true)
	if b.failures != 0 {
		t.Error("a call that somebody called off counts as a failure")
	}
}
