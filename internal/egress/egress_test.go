package egress_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"easel/internal/egress"
	"easel/internal/policy"
)

// names is a resolver with fixed answers; one with several lists gives the next one at each look-up, as a rebinding
// attacker's does.
type names map[string][]string

func (n names) lookup(asked *atomic.Int32) func(context.Context, string) ([]netip.Addr, error) {
	return func(_ context.Context, host string) ([]netip.Addr, error) {
		answers, ok := n[host]
		if !ok {
			return nil, fmt.Errorf("no such host %s", host)
		}
		i := min(int(asked.Add(1))-1, len(answers)-1)
		var all []netip.Addr
		for _, a := range strings.Fields(answers[i]) {
			all = append(all, netip.MustParseAddr(a))
		}
		return all, nil
	}
}

const inside = "93.184.215.14" // a public address that nothing in these tests reaches

func gate(t *testing.T, c egress.Config) *egress.Gate {
	t.Helper()
	c.Log = slog.New(slog.DiscardHandler)
	g, err := egress.New(c)
	if err != nil {
		t.Fatal(err)
	}
	return g
}

// service is a TLS server that answers for accounts.example.com, which Go's test certificate names.
func service(t *testing.T, h http.HandlerFunc) *httptest.Server {
	t.Helper()
	s := httptest.NewTLSServer(h)
	t.Cleanup(s.Close)
	return s
}

func get(t *testing.T, c *http.Client, address string) (string, error) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := c.Do(r)
	if err != nil {
		return "", err
	}
	defer answer.Body.Close()
	data, err := io.ReadAll(answer.Body)
	return string(data), err
}

func TestANamedHostIsReachedAtTheAddressThatWasChecked(t *testing.T) {
	t.Parallel()
	s := service(t, func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, "hello ", r.Host) })
	var asked atomic.Int32
	g := gate(t, egress.Config{Named: map[policy.Role][]string{policy.SignIn: {"example.com"}},
		// The second answer is the attack: a name that was checked and is then resolved again leads inside.
		Lookup: names{"example.com": {inside + " 2606:2800:21f:cb07:6820:80da:af6b:8b2c", "127.0.0.1"}}.lookup(&asked)})
	seen := g.Fake(s.Listener.Addr().String(), s.Certificate())
	body, err := get(t, g.Client(policy.SignIn, egress.Limits{}), "https://EXAMPLE.com/")
	if err != nil || body != "hello EXAMPLE.com" {
		t.Fatalf("got %q, %v", body, err)
	}
	if d := seen.Dialled(); len(d) != 1 || d[0] != inside+":443" || asked.Load() != 1 {
		t.Errorf("dialled %v after %d look-ups; want the address that was checked, looked up once", d, asked.Load())
	}
}

func TestNobodyElseIsReached(t *testing.T) {
	t.Parallel()
	s := service(t, func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "reached") })
	g := gate(t, egress.Config{
		Named: map[policy.Role][]string{policy.SignIn: {"example.com", "rebound.example.com", "mixed.example.com", "mapped.example.com", "10.0.0.7", "meta.example.com"}, policy.Bucket: {"bucket.example.com"}},
		Own:   map[policy.Role][]string{policy.SignIn: {"127.0.0.1:8081"}},
		Lookup: names{"example.com": {inside}, "rebound.example.com": {"127.0.0.1"}, "mixed.example.com": {inside + " 10.1.2.3"}, "mapped.example.com": {"::ffff:192.168.1.1"},
			"meta.example.com": {"169.254.169.254"}, "other.example.com": {inside}, "bucket.example.com": {inside}}.lookup(new(atomic.Int32)),
	})
	seen := g.Fake(s.Listener.Addr().String(), s.Certificate())
	client := g.Client(policy.SignIn, egress.Limits{})
	for name, address := range map[string]string{
		"a host that nobody named":              "https://other.example.com/",
		"a host below a named one":              "https://www.example.com/",
		"a host that begins like a named one":   "https://example.com.evil.example.org/",
		"a host named for another role":         "https://bucket.example.com/",
		"a named host without encryption":       "http://example.com/",
		"a named host at another port":          "https://example.com:8443/",
		"a named host's name with a password":   "https://user:secret@example.com/",
		"a name that leads to this machine":     "https://rebound.example.com/",
		"a name that leads inside as well":      "https://mixed.example.com/",
		"a private address dressed as IPv6":     "https://mapped.example.com/",
		"the cloud's metadata":                  "https://meta.example.com/",
		"a private address that a policy names": "https://10.0.0.7/",
		"this machine":                          "http://127.0.0.1/",
		"an operator's address, other port":     "http://127.0.0.1:8082/",
		"an operator's address, other spelling": "http://2130706433:8081/",
		"a file":                                "file:///etc/passwd",
		"another scheme":                        "gopher://example.com:443/",
		"no host":                               "https:///path",
	} {
		if body, err := get(t, client, address); body != "" || err == nil || !errors.Is(err, egress.ErrRefused) && !strings.Contains(err.Error(), "no Host") {
			t.Errorf("%s (%s): got %q, %v; want a refusal", name, address, body, err)
		}
	}
	if d := seen.Dialled(); len(d) > 0 {
		t.Errorf("dialled %v", d)
	}
}

func TestTheSocketLooksOnceMore(t *testing.T) {
	t.Parallel()
	s := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(s.Close)
	if _, err := egress.Connect(t.Context(), s.Listener.Addr().String(), false); !errors.Is(err, egress.ErrRefused) {
		t.Errorf("connected to this machine: %v", err)
	}
	conn, err := egress.Connect(t.Context(), s.Listener.Addr().String(), true)
	if err != nil {
		t.Fatalf("what the operator configured is not reached: %v", err)
	}
	conn.Close()
}

func TestWhatTheOperatorConfiguredIsReachedOnThisMachineWithoutEncryption(t *testing.T) {
	t.Parallel()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "mine") }))
	t.Cleanup(s.Close)
	g := gate(t, egress.Config{Own: map[policy.Role][]string{policy.SignIn: {s.Listener.Addr().String()}}})
	if body, err := get(t, g.Client(policy.SignIn, egress.Limits{}), s.URL); body != "mine" || err != nil {
		t.Errorf("got %q, %v", body, err)
	}
	if _, err := get(t, g.Client(policy.Database, egress.Limits{}), s.URL); !errors.Is(err, egress.ErrRefused) {
		t.Errorf("the address was configured for sign-in only: %v", err)
	}
}

func TestARedirectIsCheckedLikeACall(t *testing.T) {
	t.Parallel()
	var posts atomic.Int32
	s := service(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost {
			posts.Add(1)
		}
		if to := r.URL.Query().Get("to"); to != "" {
			http.Redirect(w, r, to, http.StatusTemporaryRedirect)
			return
		}
		fmt.Fprint(w, "arrived")
	})
	g := gate(t, egress.Config{Named: map[policy.Role][]string{policy.SignIn: {"example.com"}}, Lookup: names{"example.com": {inside}, "evil.example.com": {inside}}.lookup(new(atomic.Int32))})
	g.Fake(s.Listener.Addr().String(), s.Certificate())
	client := g.Client(policy.SignIn, egress.Limits{})
	at := func(to string) string { return "https://example.com/?to=" + url.QueryEscape(to) }
	if body, err := get(t, client, at("https://example.com/there")); body != "arrived" || err != nil {
		t.Errorf("to a named host: %q, %v", body, err)
	}
	for name, to := range map[string]string{"a stranger": "https://evil.example.com/", "this machine": "http://127.0.0.1:22/", "no encryption": "http://example.com/",
		"for ever": at(at(at(at(at("https://example.com/")))))} {
		if body, err := get(t, client, at(to)); !errors.Is(err, egress.ErrRefused) {
			t.Errorf("redirected to %s: %q, %v", name, body, err)
		}
	}
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, at("https://example.com/there"), strings.NewReader("secret"))
	if err != nil {
		t.Fatal(err)
	}
	answer, err := client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	answer.Body.Close()
	if answer.StatusCode != http.StatusTemporaryRedirect || posts.Load() != 1 {
		t.Errorf("what was sent once was sent on: status %d, %d posts", answer.StatusCode, posts.Load())
	}
}

func TestAnswersAreBounded(t *testing.T) {
	t.Parallel()
	s := service(t, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/fits":
			w.Write(make([]byte, 1000))
		case "/announced":
			w.Write(make([]byte, 1001))
		case "/streamed":
			for range 100 {
				w.Write(make([]byte, 100))
				http.NewResponseController(w).Flush()
			}
		case "/bomb":
			w.Header().Set("Content-Encoding", "gzip")
			z := gzip.NewWriter(w)
			z.Write(make([]byte, 1<<20))
			z.Close()
		case "/head":
			w.Header().Set("X-Long", strings.Repeat("x", 100<<10))
		}
	})
	g := gate(t, egress.Config{Named: map[policy.Role][]string{policy.SignIn: {"example.com"}}, Lookup: names{"example.com": {inside}}.lookup(new(atomic.Int32))})
	seen := g.Fake(s.Listener.Addr().String(), s.Certificate())
	client := g.Client(policy.SignIn, egress.Limits{Bytes: 1000})
	if body, err := get(t, client, "https://example.com/fits"); len(body) != 1000 || err != nil {
		t.Errorf("what fits: %d bytes, %v", len(body), err)
	}
	for _, path := range []string{"announced", "streamed", "bomb"} {
		if body, err := get(t, client, "https://example.com/"+path); len(body) > 1000 || !errors.Is(err, egress.ErrTooLarge) {
			t.Errorf("%s: %d bytes, %v", path, len(body), err)
		}
	}
	if len(seen.Pauses()) > 0 {
		t.Error("an answer that is too long was asked for again")
	}
	if _, err := get(t, client, "https://example.com/head"); err == nil {
		t.Error("a head of 100 kB was read")
	}
}

func TestACallEnds(t *testing.T) {
	t.Parallel()
	stop := make(chan struct{})
	s := service(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/drip" {
			fmt.Fprint(w, "d")
			http.NewResponseController(w).Flush()
		}
		select {
		case <-stop:
		case <-r.Context().Done():
		}
	})
	defer close(stop)
	g := gate(t, egress.Config{Named: map[policy.Role][]string{policy.SignIn: {"example.com"}}, Lookup: names{"example.com": {inside}}.lookup(new(atomic.Int32))})
	g.Fake(s.Listener.Addr().String(), s.Certificate())
	for _, path := range []string{"silent", "drip"} {
		if body, err := get(t, g.Client(policy.SignIn, egress.Limits{Wait: 100 * time.Millisecond}), "https://example.com/"+path); err == nil {
			t.Errorf("%s: %q", path, body)
		}
	}
}

func TestOnlyHarmlessCallsAreTriedAgain(t *testing.T) {
	t.Parallel()
	var calls atomic.Int32
	var bodies atomic.Int32
	s := service(t, func(w http.ResponseWriter, r *http.Request) {
		calls.Add(1)
		if data, _ := io.ReadAll(r.Body); string(data) == "whole" {
			bodies.Add(1)
		}
		code := http.StatusServiceUnavailable
		fmt.Sscan(r.URL.Query().Get("code"), &code)
		if after := r.URL.Query().Get("after"); after != "" {
			w.Header().Set("Retry-After", after)
		}
		if calls.Load() == 3 && r.URL.Query().Has("heals") {
			code = http.StatusOK
		}
		w.WriteHeader(code)
	})
	g := gate(t, egress.Config{Named: map[policy.Role][]string{policy.SignIn: {"example.com"}}, Lookup: names{"example.com": {inside}}.lookup(new(atomic.Int32))})
	seen := g.Fake(s.Listener.Addr().String(), s.Certificate())
	for _, c := range []struct {
		name, method, query, key string
		calls, status            int
	}{
		{"a reading call that heals", http.MethodGet, "?heals", "", 3, 200},
		{"a reading call that does not", http.MethodGet, "", "", 3, 503},
		{"an answer that is final", http.MethodGet, "?code=404", "", 1, 404},
		{"our own mistake", http.MethodGet, "?code=500", "", 1, 500},
		{"too often, a short while", http.MethodGet, "?code=429&after=2", "", 3, 429},
		{"too often, an hour", http.MethodGet, "?code=429&after=3600", "", 1, 429},
		{"a sending call", http.MethodPost, "?heals", "", 1, 503},
		{"a sending call that is done once", http.MethodPost, "?heals", "k1", 3, 200},
	} {
		calls.Store(0)
		bodies.Store(0)
		var body io.Reader
		if c.method == http.MethodPost {
			body = strings.NewReader("whole")
		}
		r, err := http.NewRequestWithContext(t.Context(), c.method, "https://example.com/"+c.query, body)
		if err != nil {
			t.Fatal(err)
		}
		if c.key != "" {
			r.Header.Set("Idempotency-Key", c.key)
		}
		answer, err := g.Client(policy.SignIn, egress.Limits{}).Do(r)
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		answer.Body.Close()
		if int(calls.Load()) != c.calls || answer.StatusCode != c.status || body != nil && int(bodies.Load()) != c.calls {
			t.Errorf("%s: %d calls, %d with the whole body, status %d; want %d and %d", c.name, calls.Load(), bodies.Load(), answer.StatusCode, c.calls, c.status)
		}
	}
	for _, p := range seen.Pauses() {
		if p < 200*time.Millisecond || p > 5*time.Second {
			t.Errorf("a pause of %v", p)
		}
	}
}

func TestALostConnectionIsTriedAgain(t *testing.T) {
	t.Parallel()
	var calls atomic.Int32
	s := service(t, func(w http.ResponseWriter, _ *http.Request) {
		if calls.Add(1) < 3 {
			panic(http.ErrAbortHandler)
		}
		fmt.Fprint(w, "at last")
	})
	g := gate(t, egress.Config{Named: map[policy.Role][]string{policy.SignIn: {"example.com"}}, Lookup: names{"example.com": {inside}}.lookup(new(atomic.Int32))})
	g.Fake(s.Listener.Addr().String(), s.Certificate())
	if body, err := get(t, g.Client(policy.SignIn, egress.Limits{}), "https://example.com/"); body != "at last" || err != nil {
		t.Errorf("got %q, %v", body, err)
	}
}

func TestATapeAnswersAsTheServiceDidAndHoldsNoSecrets(t *testing.T) {
	t.Parallel()
	var calls atomic.Int32
	s := service(t, func(w http.ResponseWriter, r *http.Request) {
		data, _ := io.ReadAll(r.Body)
		w.Header().Set("Set-Cookie", "hidden=1")
		w.Header().Set("Content-Type", "text/plain")
		fmt.Fprintf(w, "%d %s", calls.Add(1), data)
	})
	path := filepath.Join(t.TempDir(), "tape.json")
	named := map[policy.Role][]string{policy.SignIn: {"example.com"}}
	play := func(tape *egress.Tape) (said []string) {
		g := gate(t, egress.Config{Named: named, Lookup: names{"example.com": {inside}}.lookup(new(atomic.Int32)), Tape: tape})
		g.Fake(s.Listener.Addr().String(), s.Certificate())
		client := g.Client(policy.SignIn, egress.Limits{})
		for _, body := range []string{"a", "a", "b"} {
			r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "https://example.com/do?key=topsecret&n=1", strings.NewReader(body))
			if err != nil {
				t.Fatal(err)
			}
			r.Header.Set("Authorization", "Bearer topsecret")
			answer, err := client.Do(r)
			if err != nil {
				t.Fatal(err)
			}
			data, err := io.ReadAll(answer.Body)
			if err != nil || answer.Body.Close() != nil {
				t.Fatal(err)
			}
			said = append(said, fmt.Sprint(answer.StatusCode, answer.Header.Get("Content-Type"), string(data)))
		}
		if _, err := get(t, client, "https://evil.example.com/"); !errors.Is(err, egress.ErrRefused) {
			t.Errorf("a tape opens the way: %v", err)
		}
		return said
	}
	tape := egress.Record(path)
	first := play(tape)
	if err := tape.Save(); err != nil {
		t.Fatal(err)
	}
	written := readFile(t, path)
	for _, secret := range []string{"topsecret", "hidden"} {
		if bytes.Contains(written, []byte(secret)) {
			t.Errorf("the tape holds %q", secret)
		}
	}
	s.Close()
	again, err := egress.Replay(path)
	if err != nil {
		t.Fatal(err)
	}
	if second := play(again); strings.Join(first, ";") != strings.Join(second, ";") || strings.Join(first, ";") != "200text/plain1 a;200text/plain2 a;200text/plain3 b" {
		t.Errorf("recorded %v, played %v", first, second)
	}
	if rest := again.Rest(); len(rest) != 0 {
		t.Errorf("left on the tape: %v", rest)
	}
	g := gate(t, egress.Config{Named: named, Tape: again})
	if _, err := get(t, g.Client(policy.SignIn, egress.Limits{}), "https://example.com/new"); !errors.Is(err, egress.ErrRefused) {
		t.Errorf("a call that is not on the tape: %v", err)
	}
}

func TestAnErrorsAddressIsTakenOut(t *testing.T) {
	t.Parallel()
	g := gate(t, egress.Config{})
	_, err := get(t, g.Client(policy.SignIn, egress.Limits{}), "https://example.com/path?code=secret")
	if err == nil || !strings.Contains(err.Error(), "secret") {
		t.Fatalf("the error of the client is %v", err)
	}
	if q := egress.Quiet(err); strings.Contains(q.Error(), "secret") || strings.Contains(q.Error(), "path") || !errors.Is(q, egress.ErrRefused) || !strings.Contains(q.Error(), "example.com") {
		t.Errorf("it reads %v", q)
	}
	if plain := errors.New("plain"); !errors.Is(egress.Quiet(plain), plain) {
		t.Error("another error is changed")
	}
}

func TestSettingsThatMakeNoSense(t *testing.T) {
	t.Parallel()
	log := slog.New(slog.DiscardHandler)
	for name, c := range map[string]egress.Config{
		"no log":                        {},
		"an address in place of a name": {Log: log, Named: map[policy.Role][]string{policy.SignIn: {"https://example.com"}}},
		"a pattern":                     {Log: log, Named: map[policy.Role][]string{policy.SignIn: {"*.example.com"}}},
		"a name with a port":            {Log: log, Named: map[policy.Role][]string{policy.SignIn: {"example.com:443"}}},
		"an empty name":                 {Log: log, Named: map[policy.Role][]string{policy.SignIn: {""}}},
		"own without a port":            {Log: log, Own: map[policy.Role][]string{policy.SignIn: {"127.0.0.1"}}},
		"own without a host":            {Log: log, Own: map[policy.Role][]string{policy.SignIn: {":80"}}},
	} {
		if _, err := egress.New(c); err == nil {
			t.Errorf("%s was accepted", name)
		}
	}
}
