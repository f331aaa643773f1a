package pages

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"easel/internal/account"
	"easel/internal/fault"
	"easel/internal/web/edge"
)

// outside is an issuer's door and a device's in memory.
type outside struct {
	Passkeys
	Federation

	people *people
	owner  uuid.UUID // who comes back
	begun  []string  // provider, whose account, where to
	err    error     // what every attempt answers, when set
	secret string    // what the browser brought
	answer string    // what the device said
}

func (o *outside) Begin(_ context.Context, provider string, owner uuid.UUID, then string) (account.Departure, error) {
	o.begun = append(o.begun, provider+" "+owner.String()+" "+then)
	return account.Departure{URL: "https://issuer.example/auth?state=a&nonce=b", Secret: "the-secret", Lasts: 10 * time.Minute}, o.err
}

func (o *outside) Return(_ context.Context, query url.Values, secret string, caller uuid.UUID, c account.Client) (account.Arrival, error) {
	o.secret = secret
	a := account.Arrival{Then: query.Get("then"), Connected: caller != uuid.Nil && query.Has("connect")}
	if o.err == nil && !a.Connected {
		a.Session = o.people.open(o.owner, c)
	}
	return a, o.err
}

func (o *outside) Identities(context.Context, uuid.UUID) ([]account.IdentityInfo, error) {
	return nil, nil
}
func (o *outside) List(context.Context, uuid.UUID) ([]account.PasskeyInfo, error) { return nil, nil }
func (o *outside) BeginEnter(context.Context) ([]byte, error) {
	return []byte(`{"publicKey":{}}`), o.err
}
func (o *outside) BeginAdd(context.Context, uuid.UUID) ([]byte, error) {
	return []byte(`{"publicKey":{"add":1}}`), o.err
}

func (o *outside) Enter(_ context.Context, answer []byte, c account.Client) (account.Session, error) {
	if o.answer = string(answer); o.err != nil {
		return account.Session{}, o.err
	}
	return o.people.open(o.owner, c), nil
}

func (o *outside) Add(_ context.Context, _ uuid.UUID, _ string, answer []byte, _ account.Client) (account.PasskeyInfo, error) {
	o.answer = string(answer)
	return account.PasskeyInfo{}, o.err
}

func abroad(t *testing.T, options ...option) (*house, *outside) {
	t.Helper()
	o := &outside{}
	h := newHouse(t, append([]option{func(c *Config) { c.Passkeys, c.Federation, c.Others = o, o, []SignIn{{"Google", WithURL("google")}} }}, options...)...)
	o.people = h.people
	o.owner = h.people.add("ana@example.com", "")
	return h, o
}

func cookieOf(res reply, name string) *http.Cookie {
	for _, c := range res.Cookies {
		if c.Name == name {
			return c
		}
	}
	return nil
}

func TestGoingOutToAnIssuer(t *testing.T) {
	t.Parallel()
	h, o := abroad(t)
	v := h.visitor(t)
	res := v.post(WithURL("google"), url.Values{"then": {"/questions"}})
	if res.StatusCode != http.StatusOK || res.Header.Get("Refresh") != "0; url=https://issuer.example/auth?state=a&nonce=b" || !strings.Contains(res.Body, "You are going on to Google") {
		t.Errorf("%d, %q: %s", res.StatusCode, res.Header.Get("Refresh"), res.Body)
	}
	c := cookieOf(res, "easel-going")
	if c == nil || c.Value != "the-secret" || !c.HttpOnly || c.SameSite != http.SameSiteLaxMode || c.MaxAge != 600 {
		t.Errorf("the cookie: %v", c)
	}
	v.post(WithURL("google"), url.Values{"then": {"https://evil.example/"}})
	if want := "google 00000000-0000-0000-0000-000000000000 "; len(o.begun) != 2 || o.begun[0] != want+"/questions" || o.begun[1] != want {
		t.Errorf("begun: %q", o.begun)
	}
	if res := v.get(WithURL("google")); res.StatusCode != http.StatusMethodNotAllowed {
		t.Errorf("a link begins a sign-in: %d", res.StatusCode)
	}
	o.err = fault.New(fault.Busy, "Google does not answer at the moment.")
	if res := v.post(WithURL("google"), nil); res.StatusCode != http.StatusServiceUnavailable || document(t, res).Find("form[action='/sign-in'] input[name=mail]").Length() != 1 ||
		!strings.Contains(res.Body, "Google does not answer at the moment.") {
		t.Errorf("an issuer that is down: %d %s", res.StatusCode, res.Body)
	}
}

func TestConnectingNeedsAFreshSignIn(t *testing.T) {
	t.Parallel()
	h, o := abroad(t)
	if res := h.visitor(t).post(WithURL("google"), url.Values{"connect": {"1"}}); res.StatusCode != http.StatusSeeOther || !strings.HasPrefix(res.Header.Get("Location"), "/sign-in") {
		t.Errorf("nobody connects: %d to %s", res.StatusCode, res.Header.Get("Location"))
	}
	v := h.guest(t)
	h.people.age(v.cookie.Value, time.Hour)
	if res := v.post(WithURL("google"), url.Values{"connect": {"1"}}); res.StatusCode != http.StatusSeeOther || !strings.HasPrefix(res.Header.Get("Location"), "/account/confirm") {
		t.Errorf("after an hour: %d to %s", res.StatusCode, res.Header.Get("Location"))
	}
	if len(o.begun) != 0 {
		t.Fatalf("begun: %v", o.begun)
	}
	h.people.age(v.cookie.Value, time.Minute)
	if res := v.post(WithURL("google"), url.Values{"connect": {"1"}}); res.StatusCode != http.StatusOK || len(o.begun) != 1 || !strings.HasPrefix(o.begun[0], "google "+v.owner.String()) {
		t.Errorf("fresh: %d, %v", res.StatusCode, o.begun)
	}
	if res := v.get("/sign-in/back?connect"); res.Header.Get("Location") != "/account?saved=sign-in#sign-ins" || cookieOf(res, "easel") != nil && cookieOf(res, "easel").Value != v.cookie.Value {
		t.Errorf("connected: to %s, %v", res.Header.Get("Location"), res.Cookies)
	}
	o.err = fault.New(fault.Conflict, "It is connected to another account here.")
	if res := v.get("/sign-in/back?connect"); res.StatusCode != http.StatusConflict || !strings.Contains(res.Body, "It is connected to another account here.") {
		t.Errorf("refused: %d", res.StatusCode)
	}
}

func TestComingBackFromAnIssuer(t *testing.T) {
	t.Parallel()
	h, o := abroad(t)
	for then, want := range map[string]string{"/questions": "/questions", "": "/portrait/", "https://evil.example/": "/portrait/", "//evil.example": "/portrait/"} {
		v := h.visitor(t)
		r := httptest.NewRequest(http.MethodGet, "/sign-in/back?state=a&code=b&then="+url.QueryEscape(then), nil)
		r.AddCookie(&http.Cookie{Name: "easel-going", Value: "the-secret"})
		res := v.do(r)
		if res.StatusCode != http.StatusSeeOther || res.Header.Get("Location") != want || o.secret != "the-secret" {
			t.Errorf("%q: %d to %s with %q", then, res.StatusCode, res.Header.Get("Location"), o.secret)
		}
		if c := cookieOf(res, "easel-going"); c == nil || c.MaxAge >= 0 {
			t.Errorf("the secret stays in the browser: %v", c)
		}
		if res.Header.Get("Referrer-Policy") != "no-referrer" {
			t.Error("the address with the issuer's code is told to the next page")
		}
		if caller, ok, _ := h.people.Find(t.Context(), v.cookie.Value); !ok || caller.Owner != o.owner {
			t.Error("nobody is signed in")
		}
	}
}

func TestAnIssuersWordThatIsNotTaken(t *testing.T) {
	t.Parallel()
	h, o := abroad(t)
	o.err = fault.Wrap(errors.New("signature of nobody"), fault.Refused, "The answer of Google does not hold.")
	v := h.visitor(t)
	res := v.get("/sign-in/back?then=/questions")
	page := document(t, res)
	if res.StatusCode != http.StatusUnprocessableEntity || page.Find(".error").Text() != "The answer of Google does not hold." ||
		page.Find("form[action='/sign-in'] input[name=then][value='/questions']").Length() != 1 || v.cookie != nil {
		t.Errorf("%d %s", res.StatusCode, res.Body)
	}
	if c := cookieOf(res, "easel-going"); c == nil || c.MaxAge >= 0 {
		t.Errorf("the secret stays in the browser: %v", c)
	}
	if strings.Contains(res.Body, "signature of nobody") || !strings.Contains(h.log.String(), "signature of nobody") {
		t.Error("the cause is for the log, and only for it")
	}
}

func TestTooManyCeremonies(t *testing.T) {
	t.Parallel()
	h, _ := abroad(t, func(c *Config) { c.Goings = edge.NewLimiter(2, time.Hour) })
	v := h.visitor(t)
	v.post(WithURL("google"), nil)
	v.post("/sign-in/passkey/begin", nil)
	for _, at := range []string{WithURL("google"), "/sign-in/passkey/begin"} {
		if res := v.post(at, nil); res.StatusCode != http.StatusTooManyRequests || res.Header.Get("Retry-After") == "" {
			t.Errorf("%s: %d, %q", at, res.StatusCode, res.Header.Get("Retry-After"))
		}
	}
}

func TestSigningInByPasskey(t *testing.T) {
	t.Parallel()
	h, o := abroad(t)
	v := h.visitor(t)
	v.accept = "application/json"
	if res := v.post("/sign-in/passkey/begin", nil); res.Body != `{"publicKey":{}}` || res.Header.Get("Content-Type") != "application/json" {
		t.Errorf("%s %s", res.Header.Get("Content-Type"), res.Body)
	}
	send := func(at string) reply {
		r := httptest.NewRequest(http.MethodPost, at, strings.NewReader(`{"id":"x"}`))
		r.Header.Set("Sec-Fetch-Site", "same-origin")
		return v.do(r)
	}
	for then, want := range map[string]string{"/questions": "/questions", "": "/portrait/", "https://evil.example/": "/portrait/"} {
		if res := send("/sign-in/passkey?then=" + url.QueryEscape(then)); res.Body != `{"to":"`+want+`"}` || o.answer != `{"id":"x"}` || v.cookie == nil {
			t.Errorf("%q: %s", then, res.Body)
		}
	}
	o.err = fault.New(fault.Denied, "This passkey is not known here.")
	if res := send("/sign-in/passkey"); res.StatusCode != http.StatusForbidden || !strings.Contains(res.Body, `"detail":"This passkey is not known here."`) {
		t.Errorf("%d %s", res.StatusCode, res.Body)
	}
	r := httptest.NewRequest(http.MethodPost, "/sign-in/passkey", strings.NewReader(`{"id":"x"}`))
	r.Header.Set("Sec-Fetch-Site", "cross-site")
	if res := v.do(r); res.StatusCode != http.StatusForbidden || strings.Contains(res.Body, "not known here") {
		t.Errorf("from another site: %d %s", res.StatusCode, res.Body)
	}
}

func TestAddingAPasskeyNeedsAFreshSignIn(t *testing.T) {
	t.Parallel()
	h, o := abroad(t)
	stranger := h.visitor(t)
	stranger.accept = "application/json"
	if res := stranger.post("/account/passkeys/begin", nil); res.StatusCode != http.StatusUnauthorized {
		t.Errorf("nobody adds one: %d", res.StatusCode)
	}
	v := h.guest(t)
	v.accept = "application/json"
	if res := v.post("/account/passkeys/begin", nil); res.Body != `{"publicKey":{"add":1}}` {
		t.Errorf("%s", res.Body)
	}
	if res := v.post("/account/passkeys", nil); res.Body != `{"to":"/account?saved=passkey#passkeys"}` {
		t.Errorf("%s", res.Body)
	}
	o.answer = "none"
	h.people.age(v.cookie.Value, time.Hour)
	if res := v.post("/account/passkeys/begin", nil); !strings.HasPrefix(res.Body, `{"to":"/account/confirm?then=`) {
		t.Errorf("after an hour: %s", res.Body)
	}
	if res := v.post("/account/passkeys", nil); res.StatusCode != http.StatusForbidden || o.answer != "none" {
		t.Errorf("after an hour: %d", res.StatusCode)
	}
}
