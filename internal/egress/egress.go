// Package egress is the only way out: every HTTP client of the server is made here, and reaches nobody but those who are
// named.
//
// A client is made for one role. It reaches the hosts that the policies name for that role, over https and only at public
// addresses, and the exact addresses that the operator has configured for it. Everything else is refused, whether it
// comes from our own code, a redirect or a name that resolves to somewhere else than it did before.
package egress

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"time"

	"easel/internal/policy"
)

// Config says who may be reached.
type Config struct {
	Named map[policy.Role][]string // hosts that the policies name, by what they do for the studio
	Own   map[policy.Role][]string // exact host:port that the operator configured; may be private, and plain http

	Lookup func(ctx context.Context, host string) ([]netip.Addr, error) // nil: the system's resolver
	Tape   *Tape                                                        // nil: the network itself
	Log    *slog.Logger
}

// Check reports what is wrong with the settings.
func (c Config) Check() error {
	if c.Log == nil {
		return errors.New("egress: the log must be given")
	}
	for role, hosts := range c.Named {
		for _, h := range hosts {
			if h == "" || strings.ContainsAny(h, "/@:* ") && !isAddress(h) {
				return fmt.Errorf("egress: %q, named for %s, is no host: give its name alone, such as accounts.example.org", h, role)
			}
		}
	}
	for role, addresses := range c.Own {
		for _, a := range addresses {
			if host, port, err := net.SplitHostPort(a); err != nil || host == "" || port == "" {
				return fmt.Errorf("egress: %q, configured for %s, is no address: give host and port, such as 127.0.0.1:8188", a, role)
			}
		}
	}
	return nil
}

func isAddress(host string) bool {
	_, err := netip.ParseAddr(host)
	return err == nil
}

// Limits bound one call. Zero fields take the defaults.
type Limits struct {
	Wait  time.Duration // for everything, from the name's lookup to the last byte, with all attempts; default 15 s
	Bytes int64         // of an answer, after decompression; default 1 MB
	Tries int           // of calls that can be repeated without harm; default 3
}

const (
	waitDefault  = 15 * time.Second
	bytesDefault = 1 << 20
	triesDefault = 3
)

// ErrRefused is in the chain of every error about a place where this program does not go.
var ErrRefused = errors.New("not a place where this program goes")

// Gate makes clients.
type Gate struct {
	config  Config
	sleep   func(context.Context, time.Duration) error                            // between attempts
	connect func(ctx context.Context, address string, own bool) (net.Conn, error) // to an address that was checked
	trust   *x509.CertPool                                                        // nil: the system's
}

// New returns the way out.
func New(c Config) (*Gate, error) {
	if err := c.Check(); err != nil {
		return nil, err
	}
	if c.Lookup == nil {
		c.Lookup = func(ctx context.Context, host string) ([]netip.Addr, error) {
			return net.DefaultResolver.LookupNetIP(ctx, "ip", host)
		}
	}
	return &Gate{config: c, sleep: sleep, connect: connect}, nil
}

// Client returns a client for calls to whoever does the role for the studio. It keeps no cookies, follows at most three
// redirects of GET and HEAD and none of other calls, and ignores the environment's proxies.
func (g *Gate) Client(role policy.Role, l Limits) *http.Client {
	if l.Wait <= 0 {
		l.Wait = waitDefault
	}
	if l.Bytes <= 0 {
		l.Bytes = bytesDefault
	}
	if l.Tries <= 0 {
		l.Tries = triesDefault
	}
	var out http.RoundTripper = g.network(role)
	if g.config.Tape != nil {
		out = g.config.Tape.over(out)
	}
	return &http.Client{
		Timeout:       l.Wait,
		CheckRedirect: follow,
		Transport:     &guard{gate: g, role: role, next: &repeated{next: &bounded{next: out, bytes: l.Bytes}, tries: l.Tries, sleep: g.sleep}},
	}
}

// Allows reports whether a client for the role may ask for the address: whether it is named. Where its name leads is
// seen only when it is dialled.
func (g *Gate) Allows(role policy.Role, u *url.URL) error {
	host, port := strings.ToLower(strings.TrimSuffix(u.Hostname(), ".")), u.Port()
	if u.User != nil || u.Opaque != "" || host == "" {
		return fmt.Errorf("egress: an address with a password or without a host: %w", ErrRefused)
	}
	if port == "" {
		port = map[string]string{"http": "80", "https": "443"}[u.Scheme]
	}
	switch {
	case u.Scheme != "http" && u.Scheme != "https":
		return fmt.Errorf("egress: %s with the scheme %q: %w", host, u.Scheme, ErrRefused)
	case g.own(role, net.JoinHostPort(host, port)):
		return nil
	case !g.named(role, host):
		return fmt.Errorf("egress: no policy names %s as a %s: %w", host, role, ErrRefused)
	case u.Scheme != "https":
		return fmt.Errorf("egress: %s without encryption: %w", host, ErrRefused)
	case port != "443":
		return fmt.Errorf("egress: %s at port %s: %w", host, port, ErrRefused)
	}
	return nil
}

func (g *Gate) named(role policy.Role, host string) bool {
	return slices.ContainsFunc(g.config.Named[role], func(n string) bool { return strings.EqualFold(n, host) })
}

func (g *Gate) own(role policy.Role, address string) bool {
	return slices.ContainsFunc(g.config.Own[role], func(o string) bool { return strings.EqualFold(o, address) })
}

// redirectsMax is more than any service needs that is called by its own address.
const redirectsMax = 3

// follow decides about a redirect; where it leads is checked like every other call.
func follow(next *http.Request, before []*http.Request) error {
	if first := before[0].Method; first != http.MethodGet && first != http.MethodHead {
		return http.ErrUseLastResponse
	}
	if len(before) > redirectsMax {
		return fmt.Errorf("egress: more than %d redirects to %s: %w", redirectsMax, next.URL.Hostname(), ErrRefused)
	}
	return nil
}

// guard checks every call, redirects among them, before anything is sent.
type guard struct {
	gate *Gate
	role policy.Role
	next http.RoundTripper
}

// RoundTrip sends the request if it may go where it says.
func (g *guard) RoundTrip(r *http.Request) (*http.Response, error) {
	if err := g.gate.Allows(g.role, r.URL); err != nil {
		drop(r)
		return nil, err
	}
	begin := time.Now()
	answer, err := g.next.RoundTrip(r)
	status := 0
	if answer != nil {
		status = answer.StatusCode
	}
	// The host alone: paths and queries of such calls hold ids and secrets.
	g.gate.config.Log.LogAttrs(r.Context(), slog.LevelDebug, "asked outside", slog.String("role", string(g.role)), slog.String("host", r.URL.Hostname()),
		slog.Int("status", status), slog.Duration("took", time.Since(begin).Round(time.Millisecond)))
	return answer, err
}

// drop closes the body of a request that is not sent, as a RoundTripper must.
func drop(r *http.Request) {
	if r.Body != nil {
		_ = r.Body.Close()
	}
}

// Quiet takes the address out of an error of a client: its query may hold what no log should.
func Quiet(err error) error {
	var u *url.Error
	if !errors.As(err, &u) {
		return err
	}
	host := "somewhere"
	if at, parseErr := url.Parse(u.URL); parseErr == nil && at.Host != "" {
		host = at.Host
	}
	return fmt.Errorf("%s %s: %w", strings.ToUpper(u.Op), host, u.Err)
}
