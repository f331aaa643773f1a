package cutout

import (
	"context"
	"errors"
	"net/netip"
	"strings"
	"testing"
	"time"

	"easel/internal/fault"
)

var (
	here  = netip.MustParsePrefix("192.0.2.1/32")
	there = netip.MustParsePrefix("192.0.2.2/32")
)

func waiting(name string, of netip.Prefix) *job {
	ctx, stop := context.WithCancel(context.Background())
	return &job{photo: &photo{Photo: Photo{ID: name}}, network: of, ctx: ctx, stop: stop}
}

// served takes jobs until none is left and names their photos.
func (l *line) servedAll(t *testing.T) string {
	t.Helper()
	var names []string
	for len(l.waiting) > 0 {
		j := l.take(t.Context())
		names = append(names, j.photo.ID)
		l.done(j, time.Second)
	}
	return strings.Join(names, " ")
}

func TestNetworksTakeTurns(t *testing.T) {
	t.Parallel()
	l := newLine(10, 5)
	for _, name := range []string{"a1", "a2", "a3", "a4"} {
		if err := l.add(waiting(name, here), false); err != nil {
			t.Fatal(err)
		}
	}
	lone := waiting("b1", there)
	if err := l.add(lone, false); err != nil {
		t.Fatal(err)
	}
	if n, in := l.ahead(lone.photo); n != 1 || in <= 0 {
		t.Errorf("%d are before the lone photo, %v", n, in)
	}
	first := l.take(t.Context())
	if err := l.add(waiting("a-stroke", here), true); err != nil {
		t.Fatal(err)
	}
	l.done(first, time.Second)
	if got := first.photo.ID + " " + l.servedAll(t); got != "a1 b1 a-stroke a2 a3 a4" {
		t.Errorf("they are served as %s", got)
	}
}

func TestAFullLineSaysWhenToComeAgain(t *testing.T) {
	t.Parallel()
	l := newLine(3, 2)
	for i, of := range []netip.Prefix{here, here, here, there, there} {
		err := l.add(waiting("x", of), false)
		switch f := fault.Of(err); {
		case i == 2 || i == 4:
			if !fault.Is(err, fault.Busy) || f.After < time.Second || !strings.Contains(f.Say, "Try again in ") {
				t.Errorf("number %d: %v", i, err)
			}
		case err != nil:
			t.Errorf("number %d: %v", i, err)
		}
	}
}

// Whatever is newer takes the place of what waits for the same photo, and stops what is done for it.
func TestTheNewerWins(t *testing.T) {
	t.Parallel()
	l := newLine(3, 3)
	old := waiting("x", here)
	_ = l.add(old, false) // there is room
	_ = l.take(t.Context())
	second := waiting("x", here)
	second.photo = old.photo
	_ = l.add(second, true) // as above
	third := waiting("x", here)
	third.photo = old.photo
	_ = l.add(third, true) // as above
	if old.ctx.Err() == nil || len(l.waiting) != 1 || l.waiting[0] != third {
		t.Errorf("%d wait, and the first goes on: %v", len(l.waiting), old.ctx.Err() == nil)
	}
	l.drop(old.photo)
	if len(l.waiting) != 0 {
		t.Error("what was dropped waits")
	}
}

func TestAGateLetsFewIn(t *testing.T) {
	t.Parallel()
	g := newGate(1, time.Second, "Many are here.")
	leave, err := g.enter(t.Context(), here)
	if err != nil {
		t.Fatal(err)
	}
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := g.enter(gone, there); !errors.Is(err, context.Canceled) {
		t.Errorf("who has gone is told %v", err)
	}
	g.all, g.waiting[there] = 5, 2 // each takes half a second
	if err := g.full(here); !fault.Is(err, fault.Busy) || !strings.Contains(fault.Of(err).Say, "Many are here. Try again in 2 seconds.") {
		t.Errorf("a full gate says %v", err)
	}
	g.all, g.waiting = 0, map[netip.Prefix]int{}
	leave()
	if leave, err = g.enter(t.Context(), there); err != nil {
		t.Fatal(err)
	}
	leave()
}

func TestCodesAreTakenApart(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]int{"K7M2P-QX9RT-4HJW8": 1, "K7M2P QX9RT 4HJW8": 1, "K7M2P-QX9RT-4HJW8 K7M2P-QX9RT-4HJW9": 2, "": 1, "k7m2pqx9rt4hjw8  k7m2pqx9rt4hjw8\tk7m2pqx9rt4hjw8": 3} {
		if got := separate(in); len(got) != want {
			t.Errorf("%q is %q, want %d", in, got, want)
		}
	}
}
