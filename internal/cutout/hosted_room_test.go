package cutout_test

import (
	"context"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"easel/internal/cutout"
	"easel/internal/memory"
	"easel/internal/postgres/pgtest"
	"easel/internal/provider"
	"easel/internal/provider/removebg"
	"easel/internal/provider/removebg/removebgfake"
	"easel/internal/sandbox"
	"easel/internal/sitter"
)

// piece is what the smallest item takes of the memory.
func piece(t *testing.T) int64 {
	t.Helper()
	store, err := memory.New(memory.Config{Keep: time.Hour, Budget: 1 << 20, Each: 1 << 20, Sessions: 1})
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	ticket, err := store.Begin(home)
	if err != nil {
		t.Fatal(err)
	}
	put(t, store, ticket)
	n, _ := store.Used()
	return n
}

// put lays something small into a session.
func put(t *testing.T, store *memory.Store, ticket memory.Ticket) {
	t.Helper()
	h, err := store.Enter(ticket.ID, ticket.Secret)
	if err == nil {
		_, _, err = h.Put(strings.NewReader("x"))
	}
	if err != nil {
		t.Error(err)
	}
}

// A cut that was made elsewhere and does not fit into what is left of the memory makes way for this program's own; and one that
// could not be kept is not asked for, so that nobody pays for it.
func TestACutThatDoesNotFitMakesWay(t *testing.T) {
	t.Parallel()
	// The photo, its small copy, what the page shows, two mattes and a preview are six pieces; a cut made elsewhere is three more.
	for pieces, want := range map[int64]int{8: 0, 9: 1} {
		store, err := memory.New(memory.Config{Keep: time.Hour, Budget: 16 << 20, Each: pieces * piece(t), Sessions: 1})
		if err != nil {
			t.Fatal(err)
		}
		var ticket memory.Ticket
		fake := removebgfake.New(10)
		t.Cleanup(fake.Close)
		address, client := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			put(t, store, ticket) // as another photo of the session's would
			fake.ServeHTTP(w, r)
		}))
		engine, err := removebg.New(removebg.Config{Key: removebgfake.Key, Base: address + "/v1.0"}, client)
		if err != nil {
			t.Fatal(err)
		}
		s, err := cutout.New(cutout.Config{Workers: 1, Waiting: 10, Photos: 3, Hosting: &cutout.Hosting{Log: pgtest.Log(t),
			Background: []cutout.Hosted{{Engine: engine, Pixels: 1e7, Bytes: 1e7, Day: 9, Each: 9}}}}, store, sandbox.New(sandbox.Config{}))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = s.Close() })
		if ticket, err = s.Begin(home); err != nil {
			t.Fatal(err)
		}
		ss, err := s.Enter(ticket.ID, ticket.Secret)
		if err != nil {
			t.Fatal(err)
		}
		p := bring(t, ss, cutout.Background, sitter.Ball(t))
		if p.State != cutout.Ready || p.Engine != "" || p.Preview == "" || !strings.Contains(p.Say, "does not fit into the memory") || !strings.HasSuffix(p.Say, "own engine made the result.") {
			t.Errorf("with room for %d pieces the photo is %s by %q: %q", pieces, p.State, p.Engine, p.Say)
		}
		if n := len(fake.Calls()); n != want {
			t.Errorf("with room for %d pieces %d calls were paid for, want %d", pieces, n, want)
		}
	}
}

// greedy is an engine that may cost two and then makes nothing.
type greedy struct{ calls atomic.Int64 }

func (g *greedy) Name() string  { return "Greedy" }
func (g *greedy) Most() float64 { return 2 }

func (g *greedy) Do(context.Context, []byte, []byte, int, int) ([]byte, float64, error) {
	g.calls.Add(1)
	return nil, 2, &provider.Error{Who: "Greedy", Kind: provider.Failed}
}

// What a call may cost at most is booked before it is made, so that no day's spending is passed.
func TestTheMostIsBookedBeforehand(t *testing.T) {
	t.Parallel()
	engine := &greedy{}
	s, _ := studio(t, cutout.Config{Workers: 2, Waiting: 10, Photos: 20, Hosting: &cutout.Hosting{Log: pgtest.Log(t),
		Background: []cutout.Hosted{{Engine: engine, Pixels: 1e7, Bytes: 1e7, Day: 3, Each: 9}}}})
	ss := enter(t, s)
	for n, want := range []string{"did not make a result", "in a day is used up"} {
		p := bring(t, ss, cutout.Background, sitter.Ball(t))
		if calls := engine.calls.Load(); p.State != cutout.Ready || !strings.Contains(p.Say, want) || calls != 1 {
			t.Errorf("photo %d is %s: %q, after %d calls", n, p.State, p.Say, calls)
		}
	}
}
