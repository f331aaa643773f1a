package egress

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"syscall"
	"time"

	"easel/internal/policy"
)

// Parts of one call's time.
const (
	dialWait      = 5 * time.Second
	handshakeWait = 5 * time.Second
	idleWait      = 30 * time.Second
	headBytesMax  = 64 << 10
)

// network is the transport that dials. It is one for each client, so that a connection made for one role is never used
// for another.
func (g *Gate) network(role policy.Role) *http.Transport {
	t := &http.Transport{
		Proxy:                  nil, // a proxy would be dialled in place of what was checked
		DialContext:            func(ctx context.Context, _, address string) (net.Conn, error) { return g.dial(ctx, role, address) },
		ForceAttemptHTTP2:      true,
		TLSHandshakeTimeout:    handshakeWait,
		IdleConnTimeout:        idleWait,
		MaxIdleConnsPerHost:    2,
		MaxResponseHeaderBytes: headBytesMax,
	}
	if g.trust != nil {
		t.TLSClientConfig = &tls.Config{RootCAs: g.trust, MinVersion: tls.VersionTLS12}
	}
	return t
}

// dial connects to what the name resolves to now, and to nothing else: the name is not looked up a second time. All its
// addresses have to be public, unless the operator has configured exactly this address.
func (g *Gate) dial(ctx context.Context, role policy.Role, address string) (net.Conn, error) {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	addresses, err := g.addresses(ctx, host)
	if err != nil {
		return nil, fmt.Errorf("look up %s: %w", host, err)
	}
	own := g.own(role, address)
	for _, a := range addresses {
		if !own && !isPublic(a) {
			return nil, fmt.Errorf("egress: %s is at %s, which is no public address: %w", host, a, ErrRefused)
		}
	}
	var wrong []error
	for _, a := range addresses {
		conn, err := g.connect(ctx, net.JoinHostPort(a.String(), port), own)
		if err == nil {
			return conn, nil
		}
		wrong = append(wrong, err)
	}
	return nil, errors.Join(wrong...)
}

// addressesMax is how many of a name's addresses are tried.
const addressesMax = 4

func (g *Gate) addresses(ctx context.Context, host string) ([]netip.Addr, error) {
	if a, err := netip.ParseAddr(host); err == nil {
		return []netip.Addr{a}, nil
	}
	found, err := g.config.Lookup(ctx, strings.ToLower(host))
	if err != nil {
		return nil, err
	}
	if len(found) == 0 {
		return nil, errors.New("the name has no address")
	}
	return found[:min(len(found), addressesMax)], nil
}

// connect opens the socket. Without own the address is looked at once more there.
func connect(ctx context.Context, address string, own bool) (net.Conn, error) {
	d := net.Dialer{Timeout: dialWait}
	if !own {
		d.ControlContext = public
	}
	return d.DialContext(ctx, "tcp", address)
}

// public is the last look before a socket connects.
func public(_ context.Context, _, address string, _ syscall.RawConn) error {
	at, err := netip.ParseAddrPort(address)
	if err != nil {
		return err
	}
	if !isPublic(at.Addr()) {
		return fmt.Errorf("egress: %s is no public address: %w", at.Addr(), ErrRefused)
	}
	return nil
}

// reserved are networks of IANA's special-purpose registries in which no public service is, apart from those that
// netip.Addr knows by itself. Networks that carry another address inside (NAT64, 6to4, Teredo, IPv4-compatible) are among
// them, since that address could be a private one.
var reserved = func() (all []netip.Prefix) {
	for _, p := range []string{
		"0.0.0.0/8", "100.64.0.0/10", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "198.18.0.0/15", "198.51.100.0/24",
		"203.0.113.0/24", "240.0.0.0/4", "2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20",
	} {
		all = append(all, netip.MustParsePrefix(p))
	}
	return all
}()

// unicast is where IPv6 has public services at all (RFC 4291).
var unicast = netip.MustParsePrefix("2000::/3")

func isPublic(a netip.Addr) bool {
	a = a.Unmap().WithZone("")
	if !a.IsGlobalUnicast() || a.IsPrivate() || a.Is6() && !unicast.Contains(a) {
		return false
	}
	for _, p := range reserved {
		if p.Contains(a) {
			return false
		}
	}
	return true
}
