package edge

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"testing"
	"time"
)

func TestLimiter(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	l := NewLimiter(2, 10*time.Second)
	l.now = func() time.Time { return now }
	a, b := netip.MustParseAddr("192.0.2.1"), netip.MustParseAddr("192.0.2.2")
	for i := range 2 {
		if ok, _ := l.Allow(a); !ok {
			t.Fatalf("refused at %d", i)
		}
	}
	if ok, wait := l.Allow(a); ok || wait != 10*time.Second {
		t.Errorf("third at once: %v, wait %v", ok, wait)
	}
	if ok, _ := l.Allow(b); !ok {
		t.Error("another address was refused")
	}
	now = now.Add(9 * time.Second)
	if ok, wait := l.Allow(a); ok || wait.Round(time.Millisecond) != time.Second {
		t.Errorf("too early: %v, wait %v", ok, wait)
	}
	now = now.Add(time.Second)
	if ok, _ := l.Allow(a); !ok {
		t.Error("refused after waiting; asking in vain must cost nothing")
	}
	now = now.Add(time.Minute)
	l.Allow(b)
	if len(l.seen) != 1 {
		t.Errorf("remembers %d quiet addresses", len(l.seen)-1)
	}
}

func TestLimiterMemoryIsBounded(t *testing.T) {
	t.Parallel()
	l := NewLimiter(1, time.Hour)
	a := netip.MustParseAddr("10.0.0.0")
	for range callersMax + 500 {
		a = a.Next()
		l.Allow(a)
	}
	if len(l.seen) > callersMax {
		t.Errorf("remembers %d addresses", len(l.seen))
	}
}

func TestNetworks(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		a, b string
		same bool
	}{
		{"192.0.2.1", "192.0.2.2", false}, {"192.0.2.1", "::ffff:192.0.2.1", true},
		{"2001:db8::1", "2001:db8::ffff", true}, {"2001:db8::1", "2001:db8:0:1::1", false}, {"fe80::1%eth0", "fe80::1", true},
	} {
		if got := Network(netip.MustParseAddr(c.a)) == Network(netip.MustParseAddr(c.b)); got != c.same {
			t.Errorf("%s and %s: %v", c.a, c.b, got)
		}
	}
	_ = Network(netip.Addr{}) // no address at all
}

func TestAddress(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		proxies int
		peer    string
		header  []string
		want    string
	}{
		{0, "192.0.2.1:1", []string{"203.0.113.9"}, "192.0.2.1"},
		{1, "127.0.0.1:1", []string{"203.0.113.9"}, "203.0.113.9"},
		{1, "127.0.0.1:1", []string{"10.9.9.9, 203.0.113.9"}, "203.0.113.9"}, // the first was invented by the caller
		{2, "127.0.0.1:1", []string{"203.0.113.9", "10.0.0.1"}, "203.0.113.9"},
		{2, "127.0.0.1:1", []string{"203.0.113.9"}, "127.0.0.1"},
		{1, "127.0.0.1:1", nil, "127.0.0.1"},
		{1, "127.0.0.1:1", []string{"nonsense"}, "127.0.0.1"},
		{0, "@", nil, "invalid IP"},
	} {
		e := newEdge(t, "http://localhost", io.Discard)
		e.Proxies = c.proxies
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.RemoteAddr = c.peer
		for _, h := range c.header {
			r.Header.Add("X-Forwarded-For", h)
		}
		if got := e.Address(r).String(); got != c.want {
			t.Errorf("%+v: %s", c, got)
		}
	}
}
