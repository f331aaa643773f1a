package edge

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/google/uuid"

	"easel/internal/account"
	"easel/internal/fault"
	"easel/internal/web/ui"
)

// Sessions knows whose token it is.
type Sessions interface {
	// Find returns who a token belongs to; ok is false when nobody has it.
	Find(ctx context.Context, token string) (caller account.Caller, ok bool, err error)
}

// tokenMax keeps absurd cookies away from the database.
const tokenMax = 200

// deviceFor is how long a browser remembers that somebody has signed in on it.
const deviceFor = 400 * 24 * time.Hour

// CookieName is __Host-easel where the public URL is https, and easel on plain http.
func (e *Edge) CookieName() string { return e.named("easel") }

// deviceName is the cookie that outlives a session. It opens nothing: it shows that this browser has signed in before, so
// that strangers who try passwords elsewhere do not slow its owner down.
func (e *Edge) deviceName() string { return e.named("easel-device") }

func (e *Edge) named(name string) string {
	if e.PublicURL.Scheme == secureScheme {
		return "__Host-" + name
	}
	return name
}

// visit is what is found out about a request once and needed several times.
type visit struct {
	head   http.Header // of the answer
	asked  bool
	caller account.Caller
	ok     bool
	err    error
}

type visitKey struct{}

// Caller returns who is asking. Nothing is opened. A page that somebody known asks for renews their cookie, so that the
// browser keeps it for as long after the last visit as the server keeps the session, and no longer.
func (e *Edge) Caller(r *http.Request) (caller account.Caller, ok bool, err error) {
	token := e.token(r)
	if token == "" {
		return account.Caller{}, false, nil
	}
	v, answers := r.Context().Value(visitKey{}).(*visit)
	if !answers {
		return e.Sessions.Find(r.Context(), token)
	}
	if !v.asked {
		v.asked = true
		v.caller, v.ok, v.err = e.Sessions.Find(r.Context(), token)
		if v.ok && v.err == nil && WantsPage(r) && v.head.Get("Set-Cookie") == "" {
			v.head.Set("Set-Cookie", e.cookie(e.CookieName(), token, e.Visit).String())
		}
	}
	return v.caller, v.ok, v.err
}

// Owner is Caller for those who need only the id.
func (e *Edge) Owner(r *http.Request) (owner uuid.UUID, ok bool, err error) {
	caller, ok, err := e.Caller(r)
	return caller.Owner, ok, err
}

func (e *Edge) token(r *http.Request) string { return value(r, e.CookieName()) }

func value(r *http.Request, name string) string {
	cookie, err := r.Cookie(name)
	if err != nil || len(cookie.Value) > tokenMax {
		return ""
	}
	return cookie.Value
}

func (e *Edge) cookie(name, token string, lasts time.Duration) *http.Cookie {
	c := &http.Cookie{
		Name: name, Value: token, Path: "/", MaxAge: int(lasts / time.Second),
		HttpOnly: true, Secure: e.PublicURL.Scheme == secureScheme, SameSite: http.SameSiteLaxMode,
	}
	if lasts <= 0 {
		c.MaxAge = -1
	}
	return c
}

// Enter gives the browser the session that a sign-in opened, in the place of any other. Call it before anything is written.
func (e *Edge) Enter(w http.ResponseWriter, s account.Session) {
	w.Header().Del("Set-Cookie") // a renewal of the session that was
	http.SetCookie(w, e.cookie(e.CookieName(), s.Token, e.Visit))
	if s.Device != "" {
		http.SetCookie(w, e.cookie(e.deviceName(), s.Device, deviceFor))
	}
}

// Leave takes the session, and what pages have put by, away from the browser. Everywhere also takes what outlives a session.
func (e *Edge) Leave(w http.ResponseWriter, everywhere bool) {
	w.Header().Del("Set-Cookie")
	http.SetCookie(w, e.cookie(e.CookieName(), "", 0))
	if everywhere {
		http.SetCookie(w, e.cookie(e.deviceName(), "", 0))
	}
	w.Header().Set("Clear-Site-Data", `"storage"`)
}

// Token is the session's token that the request carries, to be ended; empty when there is none.
func (e *Edge) Token(r *http.Request) string { return e.token(r) }

// Client is what the account service may know about who is at the other end.
func (e *Edge) Client(r *http.Request) account.Client {
	return account.Client{Address: e.Address(r), Agent: family(r.UserAgent()), Replaces: e.token(r), Device: value(r, e.deviceName())}
}

// signedOut is a fault of somebody who has to sign in first.
type signedOut struct{ fault *fault.Error }

func (s *signedOut) Error() string { return s.fault.Error() }
func (s *signedOut) Unwrap() error { return s.fault }

// SignedOut says that the caller has to sign in first: a browser is taken there and back, a program gets a 401.
func (e *Edge) SignedOut() error {
	return &signedOut{fault.Of(fault.New(fault.Denied, e.UI.Texts().Text("fault.signin")))}
}

// signInURL is where somebody who has to sign in is taken, and what they wanted to see.
func (e *Edge) signInURL(r *http.Request) string {
	back := r.URL.RequestURI()
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		back = e.before(r) // what was sent is not sent again
	}
	return SignInURL(back)
}

// before is the page that a form was on, when it was one of ours.
func (e *Edge) before(r *http.Request) string {
	from, err := url.Parse(r.Referer())
	if err != nil || from.Host != r.Host && origin(from) != origin(e.PublicURL) {
		return ""
	}
	return from.RequestURI()
}

// SignInURL is the sign-in page that leads on to a local address.
func SignInURL(then string) string {
	if then = Local(then); then == "" {
		return "/sign-in"
	}
	return "/sign-in?then=" + url.QueryEscape(then)
}

// thenMax is enough for every address of the site.
const thenMax = 300

// Local returns an address if it leads to a page of this site that somebody can be taken to after signing in, and else "".
// Whatever a browser might read as another host is refused.
func Local(then string) string {
	if len(then) > thenMax || !strings.HasPrefix(then, "/") || strings.HasPrefix(then, "//") || strings.ContainsFunc(then, unsafe) {
		return ""
	}
	u, err := url.Parse(then)
	if err != nil || u.Scheme != "" || u.Host != "" || u.User != nil || u.Opaque != "" || strings.Contains(u.Path, "//") || strings.Contains(u.Path, `\`) {
		return ""
	}
	for _, door := range []string{"/sign-", "/forgotten", "/link/"} {
		if strings.HasPrefix(u.Path, door) {
			return "" // they lead in a circle, or do nothing twice
		}
	}
	return then
}

func unsafe(r rune) bool { return r <= ' ' || r == '\\' || r >= 0x7f }

// greeted puts the line about who is looking on a page that has none yet.
func (e *Edge) greeted(r *http.Request) ui.Header {
	if e.Greet == nil {
		return ui.Header{}
	}
	return e.Greet(r)
}
