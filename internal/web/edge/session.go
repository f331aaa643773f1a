package edge

import (
	"context"
	"net/http"
	"time"

	"github.com/google/uuid"
)

// Sessions knows whose token it is, and makes accounts for visitors.
type Sessions interface {
	// Find returns the owner of a token; ok is false when nobody is.
	Find(ctx context.Context, token string) (owner uuid.UUID, ok bool, err error)
	// Open makes a visitor's account and a token for it. statement records that the visitor has stated the right to the photo.
	Open(ctx context.Context, statement bool) (token string, owner uuid.UUID, err error)
}

// tokenMax keeps absurd cookies away from the database.
const tokenMax = 200

// CookieName is __Host-easel where the public URL is https, and easel on plain http.
func (e *Edge) CookieName() string {
	if e.PublicURL.Scheme == secureScheme {
		return "__Host-easel"
	}
	return "easel"
}

// Owner returns who is asking. Nothing is opened. A page that somebody known asks for renews their cookie, so that the
// browser keeps it for as long after the last visit as the server keeps the session, and no longer.
func (e *Edge) Owner(r *http.Request) (owner uuid.UUID, ok bool, err error) {
	cookie, err := r.Cookie(e.CookieName())
	if err != nil || cookie.Value == "" || len(cookie.Value) > tokenMax {
		return uuid.Nil, false, nil //nolint:nilerr // no cookie is an answer
	}
	owner, ok, err = e.Sessions.Find(r.Context(), cookie.Value)
	if head, answers := r.Context().Value(answerHead{}).(http.Header); answers && ok && err == nil && WantsPage(r) {
		head.Set("Set-Cookie", e.cookie(cookie.Value).String())
	}
	return owner, ok, err
}

// answerHead is the key of the answer's header in a request's context.
type answerHead struct{}

func (e *Edge) cookie(token string) *http.Cookie {
	return &http.Cookie{
		Name: e.CookieName(), Value: token, Path: "/", MaxAge: int(e.Visit / time.Second),
		HttpOnly: true, Secure: e.PublicURL.Scheme == secureScheme, SameSite: http.SameSiteLaxMode,
	}
}

// Open makes a visitor's account and gives the browser its cookie. Call it before anything is written to w.
func (e *Edge) Open(w http.ResponseWriter, r *http.Request, statement bool) (uuid.UUID, error) {
	token, owner, err := e.Sessions.Open(r.Context(), statement)
	if err != nil {
		return uuid.Nil, err
	}
	http.SetCookie(w, e.cookie(token))
	return owner, nil
}
