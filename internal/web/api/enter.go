package api

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/google/uuid"
	"golang.org/x/time/rate"

	"easel/internal/account"
	"easel/internal/fault"
	"easel/internal/web/edge"
)

// enter returns who asks. Nobody enters without a key, with one that lacks the scope, or more often than agreed. The key
// itself is looked at here and nowhere else.
func (a *API) enter(w http.ResponseWriter, r *http.Request, scope account.Scope) (account.Program, error) {
	var nobody account.Program
	h := w.Header()
	h.Set("Vary", "Authorization")
	word, secret, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	secret = strings.TrimSpace(secret)
	if secret == "" || !strings.EqualFold(word, "Bearer") {
		h.Set("WWW-Authenticate", `Bearer realm="easel"`)
		return nobody, a.Edge.Unknown(a.Texts.Text("api.nokey"))
	}
	p, ok, err := a.Accounts.FindKey(r.Context(), secret)
	if err != nil {
		return nobody, err
	}
	if !ok {
		if allowed, wait := a.guesses.Allow(a.Edge.Address(r)); !allowed {
			return nobody, edge.TooOften(wait, a.Texts.Text("api.wrongkeys"))
		}
		h.Set("WWW-Authenticate", `Bearer realm="easel", error="invalid_token"`)
		return nobody, a.Edge.Unknown(a.Texts.Text("api.badkey"))
	}
	left, wait := a.requests.take(p.Key, a.Now())
	h.Set("Ratelimit-Policy", fmt.Sprintf(`"requests";q=%d;w=%d`, requestsBurst, int((requestsBurst*requestsEvery).Seconds())))
	h.Set("Ratelimit", fmt.Sprintf(`"requests";r=%d;t=%d`, left, int(wait.Seconds()+0.999)))
	if wait > 0 {
		return nobody, edge.TooOften(wait, a.Texts.Text("api.often"))
	}
	if !p.May(scope) {
		h.Set("WWW-Authenticate", fmt.Sprintf(`Bearer realm="easel", error="insufficient_scope", scope="%s"`, scope))
		return nobody, fault.New(fault.Denied, a.Texts.Text("api.unscoped", string(scope)))
	}
	return p, nil
}

// limiter counts by id: of a key, or of a person. Ids live in memory until they have been quiet for long enough.
type limiter struct {
	burst int
	every time.Duration

	mu     sync.Mutex
	seen   map[uuid.UUID]*rate.Limiter
	pruned time.Time
}

func newLimiter(burst int, every time.Duration) *limiter {
	return &limiter{burst: burst, every: every, seen: map[uuid.UUID]*rate.Limiter{}}
}

// take counts one. It returns how many are left at once, and how long to wait when this one is too many.
func (l *limiter) take(id uuid.UUID, now time.Time) (left int, wait time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.prune(now)
	one := l.seen[id]
	if one == nil {
		one = rate.NewLimiter(rate.Every(l.every), l.burst)
		l.seen[id] = one
	}
	booked := one.ReserveN(now, 1)
	if wait = booked.DelayFrom(now); wait > 0 {
		booked.CancelAt(now)
		return 0, wait
	}
	return int(one.TokensAt(now)), 0
}

// prune forgets whose whole burst has come back: they would start afresh anyway.
func (l *limiter) prune(now time.Time) {
	if now.Sub(l.pruned) < time.Duration(l.burst)*l.every {
		return
	}
	l.pruned = now
	for id, one := range l.seen {
		if one.TokensAt(now) >= float64(l.burst) {
			delete(l.seen, id)
		}
	}
}
