package edge

import (
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// Limiter counts by network address. Addresses live in memory until they have been quiet for long enough, and nowhere else.
type Limiter struct {
	every time.Duration // one more is allowed each
	burst int
	now   func() time.Time

	mu     sync.Mutex
	seen   map[netip.Prefix]*caller
	pruned time.Time
}

type caller struct {
	rate *rate.Limiter
	last time.Time
}

// callersMax bounds the memory that strangers can take; beyond it the oldest knowledge is dropped first.
const callersMax = 50_000

// NewLimiter allows burst at once and then one in each period.
func NewLimiter(burst int, every time.Duration) *Limiter {
	return &Limiter{every: every, burst: burst, now: time.Now, seen: map[netip.Prefix]*caller{}}
}

// Allow counts one and reports true, or how long to wait.
func (l *Limiter) Allow(from netip.Addr) (ok bool, wait time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.now()
	l.prune(now)
	key := Network(from)
	c := l.seen[key]
	if c == nil {
		c = &caller{rate: rate.NewLimiter(rate.Every(l.every), l.burst)}
		l.seen[key] = c
	}
	c.last = now
	booked := c.rate.ReserveN(now, 1)
	if wait = booked.DelayFrom(now); wait > 0 {
		booked.CancelAt(now)
		return false, wait
	}
	return true, 0
}

// prune forgets who has been quiet for as long as a full burst takes to come back: they would start afresh anyway.
func (l *Limiter) prune(now time.Time) {
	quiet := time.Duration(l.burst) * l.every
	if now.Sub(l.pruned) < quiet && len(l.seen) < callersMax {
		return
	}
	l.pruned = now
	for key, c := range l.seen {
		if now.Sub(c.last) >= quiet {
			delete(l.seen, key)
		}
	}
	for key := range l.seen {
		if len(l.seen) < callersMax {
			return
		}
		delete(l.seen, key)
	}
}

// Seats bounds how many of one network are in at a time, so that nobody takes all the places there are.
type Seats struct {
	each int
	mu   sync.Mutex
	in   map[netip.Prefix]int
}

// NewSeats lets each network have so many in at a time.
func NewSeats(each int) *Seats { return &Seats{each: each, in: map[netip.Prefix]int{}} }

// Enter takes a seat and returns what gives it back, or nil when the network has all of its own.
func (s *Seats) Enter(from netip.Addr) (leave func()) {
	key := Network(from)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.in[key] >= s.each {
		return nil
	}
	s.in[key]++
	return func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		if s.in[key]--; s.in[key] == 0 {
			delete(s.in, key)
		}
	}
}

// Network is what counts as one place: the address, or for IPv6 the /64 that one household has.
func Network(a netip.Addr) netip.Prefix {
	bits := 32
	if a = a.Unmap(); a.Is6() {
		bits = 64
	}
	p, err := a.WithZone("").Prefix(bits)
	if err != nil {
		return netip.Prefix{} // no address: all such callers share one allowance
	}
	return p
}

// Address returns where the request came from: the peer, or what the outermost trusted proxy has seen.
func (e *Edge) Address(r *http.Request) netip.Addr {
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	address := peer.Addr()
	if err != nil {
		address = netip.Addr{}
	}
	if e.Proxies == 0 {
		return address
	}
	hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	if len(hops) < e.Proxies {
		return address
	}
	told, err := netip.ParseAddr(strings.TrimSpace(hops[len(hops)-e.Proxies]))
	if err != nil {
		return address
	}
	return told
}
