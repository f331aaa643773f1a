package account_test

import (
	"encoding/hex"
	"fmt"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"easel/internal/account"
	"easel/internal/account/accounttest"
	"easel/internal/fault"
	"easel/internal/postgres"
	"easel/internal/postgres/pgtest"
)

func from(address string) account.Client {
	return account.Client{Address: netip.MustParseAddr(address)}
}

// guess tries wrong passwords and returns how many were judged, and how long to wait then.
func (h *house) guess(n int, mail string, c account.Client) (judged int, wait time.Duration) {
	h.t.Helper()
	for range n {
		_, err := h.SignIn(h.t.Context(), mail, "not the password", c)
		switch f := fault.Of(err); {
		case f == nil:
			h.t.Fatal("a wrong password was right")
		case f.Kind == fault.Denied:
			judged++
		case f.Kind == fault.Busy && f.After > 0:
			return judged, f.After
		default:
			h.t.Fatal(err)
		}
	}
	return judged, 0
}

func TestGuessingIsSlowedDownAndNobodyIsLockedOut(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	session := h.join("ada@example.com", good)
	judged, wait := h.guess(20, "ada@example.com", from("192.0.2.1"))
	if judged != 5 || wait < 30*time.Second || wait > time.Minute {
		t.Errorf("from one network %d guesses were judged, then it is %v; want 5 and about a minute", judged, wait)
	}
	if _, err := h.SignIn(t.Context(), "ada@example.com", good, from("192.0.2.1")); kind(err) != fault.Busy {
		t.Errorf("the right password right after them: %v", err)
	}
	if _, err := h.SignIn(t.Context(), "ada@example.com", good, from("192.0.2.2")); err != nil {
		t.Errorf("from another network: %v", err)
	}
	known := from("192.0.2.1")
	known.Device = session.Device
	if _, err := h.SignIn(t.Context(), "ada@example.com", good, known); err != nil {
		t.Errorf("from a browser that has signed in before: %v", err)
	}
	for _, forged := range []string{"x", session.Device + "x", strings.Replace(session.Device, ".", "..", 1), h.join("bob@example.com", good).Device} {
		known.Device = forged
		if _, err := h.SignIn(t.Context(), "ada@example.com", good, known); kind(err) != fault.Busy {
			t.Errorf("with the mark %q: %v", forged, err)
		}
	}
}

func TestManyNetworksThatTryOneAccount(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.join("ada@example.com", good)
	for i := range 10 {
		h.guess(5, "ada@example.com", from(fmt.Sprintf("198.51.100.%d", i)))
	}
	if judged, wait := h.guess(20, "ada@example.com", from("203.0.113.1")); judged != 2 || wait < 10*time.Minute {
		t.Errorf("a fresh network got %d guesses and then waits %v; want 2 and a quarter of an hour", judged, wait)
	}
	if _, err := h.SignIn(t.Context(), "ada@example.com", good, from("203.0.113.2")); err != nil {
		t.Errorf("the owner, from a network that nobody guessed from: %v", err)
	}
	if judged, _ := h.guess(5, "bob@example.com", from("203.0.113.3")); judged != 5 {
		t.Errorf("another account's first guesses are %d", judged)
	}
}

func TestOneNetworkThatTriesManyAccounts(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	judged := 0
	for i := range 80 {
		n, _ := h.guess(1, fmt.Sprintf("person%d@example.com", i), from("192.0.2.9"))
		judged += n
	}
	if judged < 50 || judged > 52 {
		t.Errorf("%d guesses of one network were judged, want 50", judged)
	}
	if n, _ := h.guess(1, "ada@example.com", from("192.0.2.10")); n != 1 {
		t.Error("a neighbour is slowed down as well")
	}
}

func TestAHouseholdIsOneNetwork(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	for i := range 5 {
		h.guess(1, "ada@example.com", from(fmt.Sprintf("2001:db8:1:2::%d", i+1)))
	}
	if n, _ := h.guess(1, "ada@example.com", from("2001:db8:1:2:ffff::1")); n != 0 {
		t.Error("a sixth address of the same household was judged")
	}
	if n, _ := h.guess(1, "ada@example.com", from("2001:db8:1:3::1")); n != 1 {
		t.Error("the next household was not judged")
	}
	if n, _ := h.guess(1, "bob@example.com", from("::ffff:192.0.2.1")); n != 1 {
		t.Error("an IPv4 address in other letters was not judged")
	}
}

// A right password is no guess, however often it is given.
func TestSigningInManyTimes(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.join("ada@example.com", good)
	for i := range 30 {
		if _, err := h.SignIn(t.Context(), "ada@example.com", good, from("192.0.2.1")); err != nil {
			t.Fatalf("sign-in %d: %v", i+1, err)
		}
	}
}

func TestLettersAndSignUpsAreLimited(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	limited := func(ask func(i int) error) (done int, wait time.Duration) {
		for i := range 100 {
			err := ask(i)
			if f := fault.Of(err); f != nil && f.Kind == fault.Busy && f.After > 0 {
				return done, f.After
			} else if err != nil {
				t.Fatal(err)
			}
			done++
		}
		return done, 0
	}
	if n, wait := limited(func(i int) error {
		return h.AskReset(t.Context(), "ada@example.com", from(fmt.Sprintf("192.0.2.%d", i+1)))
	}); n != 3 || wait < 10*time.Minute {
		t.Errorf("%d letters to one address, then %v", n, wait)
	}
	if n, wait := limited(func(i int) error {
		return h.AskReset(t.Context(), fmt.Sprintf("person%d@example.com", i), from("198.51.100.1"))
	}); n != 20 || wait < time.Minute {
		t.Errorf("%d letters asked for by one network, then %v", n, wait)
	}
	if n, wait := limited(func(i int) error {
		return h.SignUp(t.Context(), account.SignUp{Mail: fmt.Sprintf("new%d@example.com", i), Password: good}, from("198.51.100.2"))
	}); n != 10 || wait < time.Minute {
		t.Errorf("%d sign-ups from one network, then %v", n, wait)
	}
	letters := len(h.post.Letters())
	if err := h.AskReset(t.Context(), "ada@example.com", from("203.0.113.1")); kind(err) != fault.Busy || len(h.post.Letters()) != letters {
		t.Errorf("one letter too many: %v", err)
	}
}

// Several processes on one database count together: of many tries at once, no more pass than one process lets through.
func TestProcessesCountTogether(t *testing.T) {
	t.Parallel()
	address := pgtest.Address(t)
	var houses []*house
	first := newHouseAt(t, address)
	first.join("ada@example.com", good)
	for range 3 {
		db, err := postgres.Connect(t.Context(), postgres.Config{URL: address, MaxConns: 6}, pgtest.Log(t))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { db.Close() })
		h := &house{t: t, db: db, vault: first.vault, post: first.post}
		h.Service = accounttest.Service(t, db, first.vault, first.post)
		houses = append(houses, h)
	}
	var mu sync.Mutex
	var group sync.WaitGroup
	judged := 0
	for i := range 24 {
		group.Go(func() {
			_, err := houses[i%3].SignIn(t.Context(), "ada@example.com", "not the password", from("192.0.2.1"))
			if kind(err) == fault.Denied {
				mu.Lock()
				defer mu.Unlock()
				judged++
			} else if kind(err) != fault.Busy {
				t.Error(err)
			}
		})
	}
	group.Wait()
	if judged != 5 {
		t.Errorf("three processes judged %d guesses, want 5 together", judged)
	}
}

func newHouseAt(t *testing.T, address string) *house {
	t.Helper()
	db, err := postgres.Connect(t.Context(), postgres.Config{URL: address, MaxConns: 6}, pgtest.Log(t))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return houseOn(t, db)
}

// What counts tries says nothing to whoever reads the table, and goes when it counts nothing any more.
func TestCountsSayNothingAndGo(t *testing.T) {
	t.Parallel()
	app, owner := pgtest.Addresses(t)
	h := newHouseAt(t, app)
	h.guess(1, "ada@example.com", from("192.0.2.1"))
	seen := query(t, owner, `select encode(key, 'escape') || key::text from easel.account_throttle`)
	if len(seen) != 3 {
		t.Fatalf("one guess left %d counts, want 3", len(seen))
	}
	for _, s := range seen {
		if strings.Contains(s, "ada@") || strings.Contains(s, hex.EncodeToString([]byte("ada@"))) || strings.Contains(s, "192.0.2") {
			t.Errorf("a count tells who: %s", s)
		}
	}
	query(t, owner, `update easel.account_throttle set full_at = now() - interval '1 second' returning ''`)
	if err := h.Expire(t.Context()); err != nil {
		t.Fatal(err)
	}
	if left := query(t, owner, `select key::text from easel.account_throttle`); len(left) != 0 {
		t.Errorf("%d counts are left", len(left))
	}
}
