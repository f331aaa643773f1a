package account

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"github.com/google/uuid"
	"golang.org/x/oauth2"

	"easel/internal/bearer"
	"easel/internal/egress"
	"easel/internal/fault"
	"easel/internal/policy"
)

// Departure is where the browser goes to sign in, and the secret that it keeps meanwhile, in a cookie.
type Departure struct {
	URL    string
	Secret string
	Lasts  time.Duration
}

// Arrival is what came of it. After an error it tells what had been begun, where that is known.
type Arrival struct {
	Session   Session // of somebody who signed in; zero for somebody who connected the issuer to their account
	Then      string  // where they wanted to go, as it was given to Begin
	New       bool    // the account was made just now
	Connected bool    // it was about an account, not about signing in
}

// going is what is kept of a sign-in that has begun.
type going struct {
	Provider string
	Then     string
}

// derive makes what is sent to the issuer of the secret that only the browser has. Nobody who sees the one can tell the other,
// and what our database holds is a digest of the state.
func derive(secret, what string) string {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte("easel " + what))
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

// Begin starts a sign-in with an issuer. With an owner it connects the issuer to their account instead; whoever calls it has
// made sure that they proved who they are just now (Caller.Fresh).
func (f *Federation) Begin(ctx context.Context, provider string, owner uuid.UUID, then string) (Departure, error) {
	p, known, err := f.provider(ctx, provider)
	if err != nil {
		return Departure{}, err
	}
	secret, _ := bearer.New()
	state := derive(secret, "state")
	to := f.oauth(p, known).AuthCodeURL(state, oidc.Nonce(derive(secret, "nonce")), oauth2.S256ChallengeOption(derive(secret, "verifier")),
		oauth2.SetAuthURLParam("prompt", "select_account"))
	at, err := url.Parse(to)
	if err == nil {
		err = f.config.Gate.Allows(policy.SignIn, at)
	}
	if err != nil { // the issuer sends people to a host that no policy names
		return Departure{}, fmt.Errorf("send somebody to %s: %w", p.Issuer, err)
	}
	if err := f.s.begin(ctx, withIssuer, state, owner, going{provider, then}); err != nil {
		return Departure{}, err
	}
	return Departure{URL: to, Secret: secret, Lasts: ceremonyLasts}, nil
}

// Return ends what Begin began: query is what the issuer sent the browser back with, secret what the browser kept, caller who
// is signed in on it, if anybody is.
func (f *Federation) Return(ctx context.Context, query url.Values, secret string, caller uuid.UUID, c Client) (a Arrival, err error) {
	state := derive(secret, "state")
	if !bearer.WellFormed(secret) || !hmac.Equal([]byte(query.Get("state")), []byte(state)) {
		return Arrival{}, errCeremony
	}
	var begun going
	owner, err := f.s.end(ctx, withIssuer, state, &begun)
	if err != nil {
		return Arrival{}, err
	}
	a.Then, a.Connected = begun.Then, owner != uuid.Nil
	if a.Connected && owner != caller {
		return a, fault.New(fault.Denied, "Another account is signed in now than the one that this was begun for. Nothing was connected.")
	}
	p, known, err := f.provider(ctx, begun.Provider)
	if err != nil {
		return a, err
	}
	who, picture, err := f.vouched(ctx, p, known, query, secret)
	if err != nil {
		return a, err
	}
	a.Session, a.New, err = f.settle(ctx, who, picture, p, owner, c)
	return a, err
}

// claims are what we read of a token.
type claims struct {
	Mail     string `json:"email"`
	Verified flag   `json:"email_verified"`
	Name     string `json:"name"`
	Picture  string `json:"picture"`
	Party    string `json:"azp"`
}

// flag is a truth that some issuers send as a text.
type flag bool

// UnmarshalJSON takes true and "true"; everything else is false.
func (v *flag) UnmarshalJSON(data []byte) error {
	*v = string(data) == `true` || string(data) == `"true"`
	return nil
}

// vouched redeems the code and returns whom the issuer vouches for.
func (f *Federation) vouched(ctx context.Context, p Provider, known *oidc.Provider, query url.Values, secret string) (who Identity, picture string, err error) {
	if iss := query.Get("iss"); iss != "" && iss != p.Issuer { // RFC 9207
		return Identity{}, "", fault.New(fault.Refused, doesNotHold(p, "it comes from another service"))
	}
	if code := query.Get("error"); code == "access_denied" {
		return Identity{}, "", fault.New(fault.Refused, "You did not go on at "+p.Title+", so nothing has changed here. You can try again, or sign in another way.")
	} else if code != "" || query.Get("code") == "" {
		return Identity{}, "", fault.Wrap(fmt.Errorf("the issuer answers with the error %.60q", code), fault.Refused,
			p.Title+" could not sign you in. Please try again, or sign in another way.")
	}
	ctx = f.using(ctx)
	token, err := f.oauth(p, known).Exchange(ctx, query.Get("code"), oauth2.VerifierOption(derive(secret, "verifier")))
	if err != nil {
		return Identity{}, "", fault.Wrap(egress.Quiet(err), fault.Busy, p.Title+" did not confirm the sign-in. Please try again in a moment.")
	}
	raw, _ := token.Extra("id_token").(string)
	id, err := known.Verifier(&oidc.Config{ClientID: p.ClientID}).Verify(ctx, raw)
	if err != nil {
		return Identity{}, "", f.invalid(p, err)
	}
	var said claims
	if err := id.Claims(&said); err != nil {
		return Identity{}, "", f.invalid(p, err)
	}
	switch {
	case !hmac.Equal([]byte(id.Nonce), []byte(derive(secret, "nonce"))):
		return Identity{}, "", fault.New(fault.Refused, doesNotHold(p, "it belongs to another sign-in"))
	case len(id.Audience) > 1 && said.Party != p.ClientID:
		return Identity{}, "", fault.New(fault.Refused, doesNotHold(p, "it was made for several sites"))
	case id.Subject == "":
		return Identity{}, "", fault.New(fault.Refused, doesNotHold(p, "it names nobody"))
	}
	if said.Mail == "" {
		f.ask(ctx, known, token, id.Subject, &said)
	}
	// The configured issuer, and not the token's spelling of it: Google has two.
	return Identity{Issuer: p.Issuer, Subject: id.Subject, Mail: said.Mail, Name: said.Name, MailVerified: bool(said.Verified)}, said.Picture, nil
}

// ask gets from the issuer's other address what some tokens leave out. What cannot be had is missing.
func (f *Federation) ask(ctx context.Context, known *oidc.Provider, token *oauth2.Token, subject string, said *claims) {
	if known.UserInfoEndpoint() == "" {
		return
	}
	info, err := known.UserInfo(ctx, oauth2.StaticTokenSource(token))
	if err != nil || info.Subject != subject {
		return
	}
	var more claims
	if data := (json.RawMessage{}); info.Claims(&data) == nil && json.Unmarshal(data, &more) == nil {
		more.Party = said.Party
		*said = more
	}
}

func doesNotHold(p Provider, why string) string {
	return "The answer of " + p.Title + " does not hold: " + why + ". Nobody was signed in. Please begin again from the sign-in page."
}

// invalid says why a token is not believed.
func (f *Federation) invalid(p Provider, err error) error {
	var late *oidc.TokenExpiredError
	if errors.As(err, &late) {
		return fault.Wrap(err, fault.Refused, "The answer of "+p.Title+" has expired, so nobody was signed in. Please try again. If it happens once more, a clock is wrong, there or here.")
	}
	return fault.Wrap(err, fault.Refused, doesNotHold(p, "it was not made for this site, or not by "+p.Title))
}
