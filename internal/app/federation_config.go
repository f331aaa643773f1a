package app

import (
	"errors"
	"net"
	"net/url"

	"easel/internal/account"
)

// SignIn is whose word is taken about who people are.
type SignIn struct {
	Google   bool
	Demo     bool     // an issuer of our own that lets anybody be anybody
	Issuer   *url.URL // another one; nil: none
	Name     string   // what people read: "Sign in with …"
	ClientID string
	Secret   string
}

// signInSettings are the settings about signing in by an issuer's word.
var signInSettings = []setting{
	{name: "EASEL_OIDC", fallback: "by EASEL_OIDC_ISSUER", meaning: "google: people may sign in with Google; demo: with a pretended issuer on this machine, to try Easel out",
		set: func(c *Config, v string) error {
			c.SignIn.Google, c.SignIn.Demo = v == "google", v == "demo"
			if !c.SignIn.Google && !c.SignIn.Demo {
				return errors.New("it must be google or demo, or not be set")
			}
			return nil
		}},
	{name: "EASEL_OIDC_ISSUER", fallback: "none", meaning: "address of any other issuer that speaks OpenID Connect; it sends people back to EASEL_PUBLIC_URL/sign-in/back, and the policy has to name its host as a recipient for sign-in",
		set: func(c *Config, v string) (err error) {
			if c.SignIn.Issuer, err = url.Parse(v); err == nil && (c.SignIn.Issuer.Host == "" || c.SignIn.Issuer.Scheme != "http" && c.SignIn.Issuer.Scheme != "https") {
				err = errors.New("it must begin with https:// and name a host")
			}
			return err
		}},
	{name: "EASEL_OIDC_NAME", fallback: "the issuer's host", meaning: "what people call that issuer",
		set: func(c *Config, v string) error { c.SignIn.Name = v; return nil }},
	{name: "EASEL_OIDC_CLIENT_ID", fallback: "none", meaning: "what the issuer calls this site",
		set: func(c *Config, v string) error { c.SignIn.ClientID = v; return nil }},
	{name: "EASEL_OIDC_CLIENT_SECRET", fallback: "none", meaning: "what proves to the issuer that it is this site", secret: true,
		set: func(c *Config, v string) error { c.SignIn.Secret = v; return nil }},
}

// check reports settings about signing in that do not go together.
func (s SignIn) check(c Config) error {
	given := s.ClientID != "" || s.Secret != ""
	switch {
	case s.Demo && (s.Issuer != nil || given):
		return errors.New("EASEL_OIDC: the issuer is pretended or real; set demo or the settings of a real one, not both")
	case s.Demo && (!c.Local() || !listensLocally(c.Address)):
		return errors.New("EASEL_OIDC: the pretended issuer lets anybody be anybody, so it works only where nobody but this machine gets in. " +
			"Let EASEL_ADDRESS and EASEL_PUBLIC_URL be addresses of this machine, such as 127.0.0.1:8080")
	case s.Google && s.Issuer != nil:
		return errors.New("EASEL_OIDC_ISSUER: Google's is known already; set EASEL_OIDC=google or an issuer, not both")
	case (s.Google || s.Issuer != nil) && (s.ClientID == "" || s.Secret == ""):
		return errors.New("EASEL_OIDC_CLIENT_ID, EASEL_OIDC_CLIENT_SECRET: an issuer is set, and they are needed to talk to it; it gives them to whoever registers this site there")
	case !s.Google && s.Issuer == nil && given:
		return errors.New("EASEL_OIDC_CLIENT_ID: for which issuer is it? Set EASEL_OIDC=google or EASEL_OIDC_ISSUER")
	case s.Issuer != nil && s.Issuer.Scheme == "http" && !local(s.Issuer.Hostname()):
		return errors.New("EASEL_OIDC_ISSUER: an issuer on another machine needs https")
	}
	return nil
}

// provider is the real issuer, and the hosts that a policy has to name for it.
func (s SignIn) provider() (p account.Provider, hosts []string, ok bool) {
	switch {
	case s.Google:
		return account.Google(s.ClientID, s.Secret), account.GoogleHosts, true
	case s.Issuer != nil:
		name := s.Name
		if name == "" {
			name = s.Issuer.Hostname()
		}
		return account.Provider{ID: "issuer", Title: name, Issuer: s.Issuer.String(), ClientID: s.ClientID, Secret: s.Secret}, []string{s.Issuer.Hostname()}, true
	}
	return account.Provider{}, nil, false
}

// address is the exact place of another issuer, which may be in a network of the operator's own.
func (s SignIn) address() []string {
	if s.Issuer == nil {
		return nil
	}
	port := s.Issuer.Port()
	if port == "" {
		port = map[string]string{"http": "80", "https": "443"}[s.Issuer.Scheme]
	}
	return []string{net.JoinHostPort(s.Issuer.Hostname(), port)}
}
