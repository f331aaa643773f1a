// Package cutouts is the page of the studio in which nobody signs in: no cookie is read or set, the session's secret
// travels in forms only, and nothing that an answer holds may be kept.
package cutouts

import (
	"cmp"
	"context"
	"errors"
	"io"
	"net/http"
	"net/netip"
	"strconv"
	"time"

	"easel/internal/cutout"
	"easel/internal/fault"
	"easel/internal/memory"
	"easel/internal/policy"
	"easel/internal/web/edge"
	"easel/internal/web/ui"
)

// Studio is what the page asks of the studio.
type Studio interface {
	Begin(from netip.Prefix) (memory.Ticket, error)
	Enter(id, secret string) (*cutout.Session, error)
	Picture(pass string) (io.ReadSeekCloser, error)
}

// Config is what the page is made of.
type Config struct {
	Edge   *edge.Edge
	UI     *ui.UI
	Studio Studio
	Codes  cutout.Codes
	Policy *policy.Studio
	Sold   bool  // codes can be bought below /cutout/codes
	Bytes  int64 // largest photo
	Form   int64 // largest form with several photos; 0 means as many photos as four

	Uploads *edge.Limiter // by address; nil means 30 at once, then one each 10 seconds
	Tries   *edge.Limiter // of codes, by address; nil means 10 at once, then one each 30 seconds
}

const (
	uploadsBurst = 30
	uploadsEvery = 10 * time.Second
	triesBurst   = 10
	triesEvery   = 30 * time.Second
)

// booth holds what the handlers share.
type booth struct {
	Config
	texts ui.Catalogue
}

// New returns the handler of everything below /cutout/.
func New(c Config) (http.Handler, error) {
	if c.Edge == nil || c.UI == nil || c.Studio == nil || c.Codes == nil || c.Policy == nil || c.Bytes <= 0 {
		return nil, errors.New("cutouts: edge, ui, studio, codes, policy and bytes must be given")
	}
	if c.Uploads == nil {
		c.Uploads = edge.NewLimiter(uploadsBurst, uploadsEvery)
	}
	if c.Tries == nil {
		c.Tries = edge.NewLimiter(triesBurst, triesEvery)
	}
	b := &booth{c, c.UI.Texts()}
	mux := http.NewServeMux()
	for pattern, handler := range map[string]edge.Handler{
		"GET /cutout/{$}":            b.door,
		"POST /cutout/do":            b.do,
		"POST /cutout/wait":          b.wait,
		"POST /cutout/end":           b.end,
		"POST /cutout/download":      b.download,
		"GET /cutout/picture/{pass}": b.picture,
		"/cutout/":                   b.nothing,
	} {
		mux.Handle(pattern, c.Edge.Handle(handler))
	}
	mux.Handle("POST /cutout/{$}", c.Edge.Upload(b.bring, cmp.Or(c.Form, 4*c.Bytes)+formMargin))
	mux.Handle("POST /cutout/ground", c.Edge.Upload(b.ground, c.Bytes+formMargin))
	return private(c.Policy.Name, mux), nil
}

// formMargin is what a multipart form adds to the photo in it.
const formMargin = 64 << 10

// top is at the top of the studio's pages: nobody is greeted.
var top = ui.Header{Hidden: true, Cutout: true}

// private keeps cookies of the rest of the house away from the studio, and its addresses away from others.
func private(studio string, h http.Handler) http.Handler {
	h = edge.In(studio, top, h)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.Header.Del("Cookie")
		w.Header().Set("Referrer-Policy", "no-referrer")
		w.Header().Set("Cache-Control", "no-store")
		h.ServeHTTP(w, r)
	})
}

func (b *booth) nothing(http.ResponseWriter, *http.Request) error {
	return fault.New(fault.Missing, b.texts.Text("fault.missing"))
}

// door is the page before a session.
func (b *booth) door(w http.ResponseWriter, _ *http.Request) error {
	return b.show(w, http.StatusOK, b.page())
}

// enter opens the session that a form names.
func (b *booth) enter(r *http.Request) (*cutout.Session, error) {
	if err := r.ParseForm(); err != nil {
		var long *http.MaxBytesError
		if errors.As(err, &long) {
			return nil, err
		}
		return nil, fault.Wrap(err, fault.Invalid, b.texts.Text("upload.form"))
	}
	return b.Studio.Enter(r.PostForm.Get("session"), r.PostForm.Get("secret"))
}

// end wipes the session, and says so. Where there is none that the form opens, nothing was wiped, and nothing else is said:
// whether it is over or its secret was wrong is nobody's to find out.
func (b *booth) end(w http.ResponseWriter, r *http.Request) error {
	ss, err := b.enter(r)
	p, status := b.page(), http.StatusOK
	switch {
	case err == nil:
		ss.End()
		p.Gone = b.texts.Text("cutout.gone")
	case fault.Is(err, fault.Missing):
		p.Gone, status = fault.Of(err).Say, http.StatusNotFound
	default:
		return err
	}
	return b.show(w, status, p)
}

// waitMost is how long a page that asks for news is kept waiting.
const waitMost = 20 * time.Second

// wait answers when something has changed, or after a while.
func (b *booth) wait(w http.ResponseWriter, r *http.Request) error {
	ss, err := b.enter(r)
	if err != nil {
		return err
	}
	seen, err := strconv.ParseUint(r.PostForm.Get("turn"), 10, 64)
	if err != nil {
		seen = ss.Turn()
	}
	b.news(r.Context(), ss, seen)
	return b.showSession(w, r, ss, nil)
}

// news waits until something is newer than what was seen, for a while.
func (b *booth) news(ctx context.Context, ss *cutout.Session, seen uint64) {
	ctx, cancel := context.WithTimeout(ctx, waitMost)
	defer cancel()
	select {
	case <-ss.News(seen):
	case <-ctx.Done():
	case <-ss.Context().Done():
	}
}

// picture sends what a pass opens.
func (b *booth) picture(w http.ResponseWriter, r *http.Request) error {
	content, err := b.Studio.Picture(r.PathValue("pass"))
	if err != nil {
		return err
	}
	return errors.Join(edge.SendPicture(w, r, content), content.Close())
}
