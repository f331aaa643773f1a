package egress

import (
	"context"
	"crypto/x509"
	"net"
	"net/netip"
	"sync"
	"time"
)

// IsPublic is isPublic for the table of addresses; Connect is the real way to a socket.
func IsPublic(a netip.Addr) bool { return isPublic(a) }

// Connect is connect.
func Connect(ctx context.Context, address string, own bool) (net.Conn, error) {
	return connect(ctx, address, own)
}

// Seen is what passed every check.
type Seen struct {
	mu      sync.Mutex
	dialled []string
	pauses  []time.Duration
}

// Dialled returns the addresses that were dialled.
func (s *Seen) Dialled() []string { s.mu.Lock(); defer s.mu.Unlock(); return s.dialled }

// Pauses returns how long the pauses between attempts would have been.
func (s *Seen) Pauses() []time.Duration { s.mu.Lock(); defer s.mu.Unlock(); return s.pauses }

// Fake leads everything that would be dialled to one server on this machine, believes its certificate, and makes pauses
// take no time. The checks are the real ones.
func (g *Gate) Fake(server string, cert *x509.Certificate) *Seen {
	s := &Seen{}
	if cert != nil {
		g.trust = x509.NewCertPool()
		g.trust.AddCert(cert)
	}
	g.connect = func(ctx context.Context, address string, _ bool) (net.Conn, error) {
		s.mu.Lock()
		s.dialled = append(s.dialled, address)
		s.mu.Unlock()
		return new(net.Dialer).DialContext(ctx, "tcp", server)
	}
	g.sleep = func(ctx context.Context, d time.Duration) error {
		s.mu.Lock()
		s.pauses = append(s.pauses, d)
		s.mu.Unlock()
		return ctx.Err()
	}
	return s
}
