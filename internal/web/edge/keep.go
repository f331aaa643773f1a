package edge

import (
	"net/http"
	"time"
)

// Keep gives the browser something to bring back for a short while: a secret that binds what it has begun to it. Without a
// value the browser forgets it.
func (e *Edge) Keep(w http.ResponseWriter, name, value string, lasts time.Duration) {
	if value == "" {
		lasts = 0
	}
	http.SetCookie(w, e.cookie(e.named("easel-"+name), value, lasts))
}

// Kept is what the browser brings back, or "".
func (e *Edge) Kept(r *http.Request, name string) string { return value(r, e.named("easel-"+name)) }
