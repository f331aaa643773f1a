package account

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"sync"

	"github.com/coreos/go-oidc/v3/oidc"
	"github.com/jackc/pgx/v5"
	"golang.org/x/oauth2"

	"easel/internal/egress"
	"easel/internal/fault"
	"easel/internal/policy"
)

// Provider is an issuer by whose word people may sign in: Google, or any other that speaks OpenID Connect.
type Provider struct {
	ID       string // in our addresses: /sign-in/with/<id>
	Title    string // as people read it: "Google"
	Issuer   string // its address, exactly as in its tokens
	ClientID string
	Secret   string
}

// Google is the issuer of Google accounts; id and secret are the operator's.
func Google(clientID, secret string) Provider {
	return Provider{ID: "google", Title: "Google", Issuer: "https://accounts.google.com", ClientID: clientID, Secret: secret}
}

// GoogleHosts are the hosts that a policy has to name for signing in with Google: its pages, its tokens and its keys. Where
// it names lh3.googleusercontent.com as well, people's pictures are fetched.
var GoogleHosts = []string{"accounts.google.com", "oauth2.googleapis.com", "www.googleapis.com"}

var providerID = regexp.MustCompile(`^[a-z][a-z0-9-]{0,30}$`)

func (p Provider) check() error {
	u, err := url.Parse(p.Issuer)
	switch {
	case !providerID.MatchString(p.ID) || p.Title == "":
		return fmt.Errorf("account: the issuer %q needs an id of small letters and a title", p.ID)
	case err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" || u.RawQuery != "" || u.Fragment != "" || u.User != nil:
		return fmt.Errorf("account: the issuer's address %q is none; it looks like https://accounts.example.org", p.Issuer)
	case p.ClientID == "" || p.Secret == "":
		return fmt.Errorf("account: for signing in with %s its client id and client secret are missing", p.Title)
	}
	return nil
}

// FederationConfig is what signing in by an issuer's word needs.
type FederationConfig struct {
	Providers []Provider
	Gate      *egress.Gate
	// Enqueue queues the fetching of a picture with the transaction; Small makes the untrusted file a small picture of its own,
	// without anything that the file carried.
	Enqueue func(ctx context.Context, tx pgx.Tx, args PictureArgs) error
	Small   func(ctx context.Context, data []byte) ([]byte, error)
}

// Check reports what is wrong with the settings.
func (c FederationConfig) Check() error {
	if c.Gate == nil || c.Enqueue == nil || c.Small == nil {
		return errors.New("account: for issuers, the way out, the queue and the maker of small pictures must be given")
	}
	var seen []string
	for _, p := range c.Providers {
		if err := p.check(); err != nil {
			return err
		}
		if slices.Contains(seen, p.ID) {
			return fmt.Errorf("account: two issuers are called %s", p.ID)
		}
		seen = append(seen, p.ID)
	}
	return nil
}

// Federation is the door for people who come by an issuer's word.
type Federation struct {
	config FederationConfig
	s      *Service
	client *http.Client
	back   string

	mu    sync.Mutex
	asked map[string]*oidc.Provider // what issuers say about themselves, by id, once they were asked
}

// pictureBytes is the largest file of a picture that is fetched.
const pictureBytes = 4 << 20

// Federation returns the door. Nobody is asked anything yet: an issuer that cannot be reached stops nobody else.
func (s *Service) Federation(c FederationConfig) (*Federation, error) {
	if err := c.Check(); err != nil {
		return nil, err
	}
	return &Federation{config: c, s: s, client: c.Gate.Client(policy.SignIn, egress.Limits{}),
		back: s.config.PublicURL.JoinPath("/sign-in/back").String(), asked: map[string]*oidc.Provider{}}, nil
}

// Providers lists the issuers.
func (f *Federation) Providers() []Provider { return slices.Clone(f.config.Providers) }

// provider returns an issuer with what it says about itself, which is asked once.
func (f *Federation) provider(ctx context.Context, id string) (Provider, *oidc.Provider, error) {
	n := slices.IndexFunc(f.config.Providers, func(p Provider) bool { return p.ID == id })
	if n < 0 {
		return Provider{}, nil, fault.New(fault.Missing, "There is no such way to sign in here.")
	}
	p := f.config.Providers[n]
	f.mu.Lock()
	known := f.asked[id]
	f.mu.Unlock()
	if known != nil {
		return p, known, nil
	}
	known, err := oidc.NewProvider(f.using(ctx), p.Issuer)
	if err != nil {
		return p, nil, fault.Wrap(egress.Quiet(err), fault.Busy, p.Title+" does not answer at the moment. Please try again in a few minutes, or sign in another way.")
	}
	f.mu.Lock()
	f.asked[id] = known
	f.mu.Unlock()
	return p, known, nil
}

// using makes the libraries go out by our door.
func (f *Federation) using(ctx context.Context) context.Context {
	return oidc.ClientContext(ctx, f.client)
}

func (f *Federation) oauth(p Provider, known *oidc.Provider) *oauth2.Config {
	at := known.Endpoint()
	// To find out by trying would spend a code on the wrong form.
	at.AuthStyle = oauth2.AuthStyleInHeader
	var says struct {
		Methods []string `json:"token_endpoint_auth_methods_supported"`
	}
	if err := known.Claims(&says); err == nil && len(says.Methods) > 0 && !slices.Contains(says.Methods, "client_secret_basic") {
		at.AuthStyle = oauth2.AuthStyleInParams
	}
	return &oauth2.Config{ClientID: p.ClientID, ClientSecret: p.Secret, Endpoint: at, RedirectURL: f.back,
		Scopes: []string{oidc.ScopeOpenID, "email", "profile"}}
}
