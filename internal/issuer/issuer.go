// Package issuer is a sign-in service for development and tests: it lets whoever asks be anybody, and goes wrong on demand.
//
// It speaks OpenID Connect as a real one does (code flow with PKCE, signed tokens, rotating keys), with a page to choose
// who to be and what is to go wrong. It must never be reachable by strangers.
package issuer

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"github.com/coreos/go-oidc/v3/oidc/oidctest"
)

// Person is somebody who can be chosen on the page.
type Person struct {
	Subject, Name, Mail string
}

// People are those who are there from the beginning.
var People = []Person{
	{"1001", "Ada Lovelace", "ada@example.com"},
	{"1002", "Grace Hopper", "grace@example.com"},
	{"1003", "Alan Turing", "alan@example.com"},
}

// Fault is something that goes wrong with one sign-in.
type Fault string

// What can go wrong.
const (
	None       Fault = ""
	Denied     Fault = "denied"     // the person does not want to
	Unverified Fault = "unverified" // the address was never checked
	NoMail     Fault = "no-mail"    // the address is not told
	Expired    Fault = "expired"    // the token's time is over
	Audience   Fault = "audience"   // the token is made out to another site
	Nonce      Fault = "nonce"      // the token belongs to another sign-in
	Stranger   Fault = "stranger"   // the token names another issuer
	Forged     Fault = "forged"     // the token is signed with a key that nobody published
	Rotated    Fault = "rotated"    // the key was changed just before: no fault of a site that looks again
	Broken     Fault = "broken"     // the token's address does not work
)

// Faults lists what can go wrong with a word for the page.
var Faults = []struct {
	Fault Fault
	Say   string
}{
	{None, "nothing"}, {Unverified, "the address was never verified"}, {NoMail, "no address is told"}, {Expired, "the token has expired"},
	{Audience, "the token is made out to another site"}, {Nonce, "the token belongs to another sign-in"}, {Stranger, "the token names another issuer"},
	{Forged, "the token is signed with a key that nobody published"}, {Rotated, "the key was changed just now (this has to work)"},
	{Broken, "the token's address is broken"},
}

// Config is the one site that the issuer serves.
type Config struct {
	URL      *url.URL // where browsers and the site reach the issuer: a loopback address
	ClientID string
	Secret   string
	Back     string // the one address that people are sent back to
	Now      func() time.Time
}

// Check reports what is wrong with the settings.
func (c Config) Check() error {
	switch {
	case c.URL == nil || !Local(c.URL):
		return errors.New("issuer: it lets anybody be anybody, so its address has to be one of this machine only, such as http://127.0.0.1:8081")
	case c.ClientID == "" || c.Secret == "" || c.Back == "":
		return errors.New("issuer: the site's id, secret and address must be given")
	}
	return nil
}

// Local reports whether only this machine reaches the address.
func Local(u *url.URL) bool {
	host := strings.ToLower(u.Hostname())
	ip := net.ParseIP(host)
	return host == "localhost" || strings.HasSuffix(host, ".localhost") || ip != nil && ip.IsLoopback()
}

// Issuer is the service, as an http.Handler.
type Issuer struct {
	config Config
	mux    *http.ServeMux

	mu    sync.Mutex
	keys  oidctest.Server // answers for discovery and keys
	key   *ecdsa.PrivateKey
	keyID string
	codes map[string]grant
}

// grant is a sign-in that waits for its code to be redeemed.
type grant struct {
	who       Person
	fault     Fault
	nonce     string
	challenge string
	expires   time.Time
}

// codeLasts is how long a code can be redeemed.
const codeLasts = time.Minute

// New returns an issuer with a fresh key.
func New(c Config) (*Issuer, error) {
	if err := c.Check(); err != nil {
		return nil, err
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	i := &Issuer{config: c, mux: http.NewServeMux(), codes: map[string]grant{}}
	i.keys.Algorithms = []string{oidc.ES256}
	i.keys.SetIssuer(c.URL.String())
	if err := i.rotate(); err != nil {
		return nil, err
	}
	i.mux.HandleFunc("GET /auth", i.page)
	i.mux.HandleFunc("POST /auth", i.choose)
	i.mux.HandleFunc("POST /token", i.token)
	i.mux.HandleFunc("GET /picture/{subject}", i.picture)
	i.mux.HandleFunc("GET /favicon.ico", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) })
	i.mux.HandleFunc("GET /", func(w http.ResponseWriter, r *http.Request) {
		i.mu.Lock()
		defer i.mu.Unlock()
		i.keys.ServeHTTP(w, r)
	})
	return i, nil
}

// ServeHTTP answers browsers and the site.
func (i *Issuer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, 64<<10)
	w.Header().Set("Cache-Control", "no-store")
	i.mux.ServeHTTP(w, r)
}

// rotate replaces the published key. Call it with the lock, or before anybody else knows the issuer.
func (i *Issuer) rotate() error {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return fmt.Errorf("make the issuer's key: %w", err)
	}
	i.key, i.keyID = key, rand.Text()[:8]
	i.keys.PublicKeys = []oidctest.PublicKey{{PublicKey: key.Public(), KeyID: i.keyID, Algorithm: oidc.ES256}}
	return nil
}

// subject is the same for the same address, as an account is.
func subject(mail string) string {
	sum := sha256.Sum256([]byte(strings.ToLower(mail)))
	return hex.EncodeToString(sum[:8])
}

// proves reports whether the verifier is the one whose digest the site announced (RFC 7636, S256).
func proves(verifier, challenge string) bool {
	sum := sha256.Sum256([]byte(verifier))
	return base64.RawURLEncoding.EncodeToString(sum[:]) == challenge
}
