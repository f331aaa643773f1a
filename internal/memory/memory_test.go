package memory_test

import (
	"bytes"
	"errors"
	"io"
	"net/netip"
	"sync"
	"testing"
	"time"

	"easel/internal/fault"
	"easel/internal/memory"
)

var (
	home   = netip.MustParsePrefix("192.0.2.1/32")
	office = netip.MustParsePrefix("2001:db8::/64")
)

func store(t *testing.T, c memory.Config) *memory.Store {
	t.Helper()
	if c.Keep == 0 {
		c.Keep = time.Hour
	}
	if c.Each == 0 {
		c.Each = 8 << 20
	}
	if c.Budget == 0 {
		c.Budget = 32 << 20
	}
	if c.Sessions == 0 {
		c.Sessions = 4
	}
	s, err := memory.New(c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
		if used, sessions := s.Used(); used != 0 || sessions != 0 {
			t.Errorf("after the end %d bytes in %d sessions are still booked", used, sessions)
		}
	})
	return s
}

func begin(t *testing.T, s *memory.Store, from netip.Prefix) (memory.Ticket, *memory.Handle) {
	t.Helper()
	ticket, err := s.Begin(from)
	if err != nil {
		t.Fatal(err)
	}
	h, err := s.Enter(ticket.ID, ticket.Secret)
	if err != nil {
		t.Fatal(err)
	}
	return ticket, h
}

func TestWhatWasPutIsReadWithTheSecret(t *testing.T) {
	t.Parallel()
	s := store(t, memory.Config{})
	ticket, h := begin(t, s, home)
	for _, size := range []int{0, 1, 1 << 16, 1<<16 + 1, 300_000, 1 << 20} {
		want := bytes.Repeat([]byte("fur "), size/4+1)[:size]
		name, n, err := h.Put(bytes.NewReader(want))
		if err != nil || n != int64(size) {
			t.Fatalf("put %d bytes: %d, %v", size, n, err)
		}
		again, err := s.Enter(ticket.ID, ticket.Secret)
		if err != nil {
			t.Fatal(err)
		}
		r, err := again.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		got, err := io.ReadAll(r)
		if err != nil || !bytes.Equal(got, want) || r.Size() != int64(size) {
			t.Errorf("%d bytes came back as %d, %v", size, len(got), err)
		}
		if size > 100_000 {
			tail := make([]byte, 5)
			if _, err := r.Seek(-5, io.SeekEnd); err != nil {
				t.Fatal(err)
			}
			if _, err := io.ReadFull(r, tail); err != nil || !bytes.Equal(tail, want[size-5:]) {
				t.Errorf("the last bytes came back as %q, %v", tail, err)
			}
		}
		if err := r.Close(); err != nil {
			t.Fatal(err)
		}
		if _, err := r.Read(make([]byte, 1)); size > 0 && err == nil {
			t.Error("a closed reader still reads")
		}
	}
}

func TestNobodyElseGetsIn(t *testing.T) {
	t.Parallel()
	s := store(t, memory.Config{})
	mine, h := begin(t, s, home)
	theirs, other := begin(t, s, office)
	name, _, err := h.Put(bytes.NewReader([]byte("mine")))
	if err != nil {
		t.Fatal(err)
	}
	for what, at := range map[string][2]string{
		"another's secret": {mine.ID, theirs.Secret}, "another's session": {theirs.ID, mine.Secret}, "no secret": {mine.ID, ""},
		"half a secret": {mine.ID, mine.Secret[:20]}, "no session": {"", mine.Secret}, "bytes that are no text": {mine.ID, "\xff\x00"},
	} {
		if _, err := s.Enter(at[0], at[1]); !fault.Is(err, fault.Missing) {
			t.Errorf("%s: %v, want missing", what, err)
		}
	}
	if _, err := other.Open(name); !fault.Is(err, fault.Missing) {
		t.Errorf("an item of another session: %v, want missing", err)
	}
}

func TestAPassOpensOneItemUntilTheEnd(t *testing.T) {
	t.Parallel()
	s := store(t, memory.Config{})
	_, h := begin(t, s, home)
	name, _, err := h.Put(bytes.NewReader([]byte("a preview")))
	if err != nil {
		t.Fatal(err)
	}
	token, err := h.Pass(name)
	if err != nil {
		t.Fatal(err)
	}
	r, err := s.OpenPass(token)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := io.ReadAll(r); err != nil || string(got) != "a preview" {
		t.Errorf("the pass read %q, %v", got, err)
	}
	if _, err := r.Seek(0, io.SeekStart); err != nil {
		t.Fatal(err)
	}
	h.End()
	if _, err := io.ReadAll(r); !fault.Is(err, fault.Missing) {
		t.Errorf("after the end an open reader gives %v, want missing", err)
	}
	if err := r.Close(); err != nil {
		t.Error(err)
	}
	for _, token := range []string{token, "", "x", token[:42] + "A"} {
		if _, err := s.OpenPass(token); !fault.Is(err, fault.Missing) {
			t.Errorf("after the end the pass %q: %v, want missing", token, err)
		}
	}
}

func TestTheEndComesByItself(t *testing.T) {
	t.Parallel()
	s := store(t, memory.Config{Keep: 30 * time.Millisecond})
	ticket, err := s.Begin(home)
	if err != nil {
		t.Fatal(err)
	}
	h, err := s.Enter(ticket.ID, ticket.Secret)
	if err == nil {
		<-h.Context().Done()
	}
	if _, err := s.Enter(ticket.ID, ticket.Secret); !fault.Is(err, fault.Missing) {
		t.Errorf("after its time the session gives %v, want missing", err)
	}
}

// A laptop that was closed for an hour: the process's own clock stood still.
func TestASleepingMachineProlongsNothing(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	wall := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	s := store(t, memory.Config{Keep: 30 * time.Minute, Now: func() time.Time { mu.Lock(); defer mu.Unlock(); return wall }})
	ticket, h := begin(t, s, home)
	name, _, err := h.Put(bytes.NewReader([]byte("a photo")))
	if err != nil {
		t.Fatal(err)
	}
	token, err := h.Pass(name)
	if err != nil {
		t.Fatal(err)
	}
	mu.Lock()
	wall = wall.Add(31 * time.Minute)
	mu.Unlock()
	if _, err := s.OpenPass(token); !fault.Is(err, fault.Missing) {
		t.Errorf("the pass: %v, want missing", err)
	}
	if _, err := s.Enter(ticket.ID, ticket.Secret); !fault.Is(err, fault.Missing) {
		t.Errorf("the session: %v, want missing", err)
	}
}

func TestTheBudgetHolds(t *testing.T) {
	t.Parallel()
	s := store(t, memory.Config{Budget: 4 << 20, Each: 2 << 20, Sessions: 2})
	_, a := begin(t, s, home)
	if _, _, err := a.Put(endless{}); !fault.Is(err, fault.TooLarge) {
		t.Errorf("more than a session may hold: %v, want too large", err)
	}
	if used, _ := s.Used(); used != 0 {
		t.Errorf("after a refused upload %d bytes are booked", used)
	}
	fill := func(h *memory.Handle) error {
		_, _, err := h.Put(io.LimitReader(endless{}, 1_500_000))
		return err
	}
	if err := fill(a); err != nil {
		t.Fatal(err)
	}
	_, b := begin(t, s, home)
	wantBusy(t, "one network over its share", fill(b))
	if _, err := s.Begin(home); err == nil {
		t.Error("a third session for a network that may have two")
	} else {
		wantBusy(t, "a third session", err)
	}
	_, c := begin(t, s, office)
	if err := fill(c); err != nil {
		t.Errorf("another network has no room: %v", err)
	}
	_, d := begin(t, s, netip.MustParsePrefix("198.51.100.7/32"))
	wantBusy(t, "over the budget", fill(d))
	a.End()
	if err := fill(d); err != nil {
		t.Errorf("after a session left there is no room: %v", err)
	}
}

func wantBusy(t *testing.T, what string, err error) {
	t.Helper()
	if after := fault.Of(err).After; !fault.Is(err, fault.Busy) || after < time.Second || after > time.Minute {
		t.Errorf("%s: %v, want busy and how long to wait", what, err)
	}
}

// endless is a photo that never stops.
type endless struct{}

func (endless) Read(p []byte) (int, error) { return len(p), nil }

func TestABrokenUploadLeavesNothing(t *testing.T) {
	t.Parallel()
	s := store(t, memory.Config{})
	_, h := begin(t, s, home)
	broken := errors.New("the connection was cut")
	if _, _, err := h.Put(io.MultiReader(io.LimitReader(endless{}, 500_000), failing{broken})); !errors.Is(err, broken) {
		t.Errorf("got %v, want the reader's own error", err)
	}
	if used, _ := s.Used(); used != 0 {
		t.Errorf("%d bytes are booked", used)
	}
}

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

// Many tabs at once, some of which leave while they read and write. The race detector watches.
func TestManyTabs(t *testing.T) {
	t.Parallel()
	s := store(t, memory.Config{Budget: 16 << 20, Each: 4 << 20, Sessions: 100})
	var all sync.WaitGroup
	for n := range 40 {
		all.Go(func() {
			ticket, err := s.Begin(home)
			if err != nil {
				return // no room is an answer
			}
			h, err := s.Enter(ticket.ID, ticket.Secret)
			if err != nil {
				t.Error(err)
				return
			}
			if n%3 == 0 {
				go h.End()
			}
			for range 5 {
				name, _, err := h.Put(io.LimitReader(endless{}, 200_000))
				if err != nil {
					continue
				}
				if r, err := h.Open(name); err == nil {
					_, _ = io.Copy(io.Discard, r) // it may end in the middle
					_ = r.Close()
				}
				if n%2 == 0 {
					h.Drop(name)
				}
			}
			if n%4 != 0 {
				h.End()
			}
		})
	}
	all.Wait()
}

func TestSettingsThatMakeNoSense(t *testing.T) {
	t.Parallel()
	good := memory.Config{Keep: time.Minute, Budget: 1 << 20, Each: 1 << 20, Sessions: 1}
	for name, change := range map[string]func(*memory.Config){
		"no time": func(c *memory.Config) { c.Keep = 0 }, "no budget": func(c *memory.Config) { c.Budget = 0 },
		"no room": func(c *memory.Config) { c.Each = 10 }, "more for one than for all": func(c *memory.Config) { c.Each = 2 << 20 }, "no session": func(c *memory.Config) { c.Sessions = 0 },
	} {
		c := good
		change(&c)
		if _, err := memory.New(c); err == nil {
			t.Errorf("%s was accepted", name)
		}
	}
}
