// Package pages is the site as people see it: home, portrait studio, their account, what is kept, licences.
//
// A page is a typed struct, a template of the same name in web/ui, and a handler that fills one for the other. Every
// page works as plain forms and links; script adds drop, crop, live progress and the slider.
package pages

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/google/uuid"

	"easel/internal/policy"
	"easel/internal/rights"
	"easel/internal/web/edge"
	"easel/internal/web/ui"
)

// Style is one way to draw, as offered in the form.
type Style struct {
	ID, Title, Summary string
	Inks               []string // ids of what it can be drawn with; none where there is no choice
}

// Ink is what a sketch is drawn with, as offered in the form.
type Ink struct {
	ID, Title string
}

// Ground is what becomes of what is behind the subject, as offered in the form.
type Ground struct {
	ID, Title string
}

// Config is what the pages are made of.
type Config struct {
	Edge    *edge.Edge
	UI      *ui.UI
	Studio  Studio
	Policy  *policy.Studio // of the portrait studio
	Styles  []Style        // in the order in which they are shown
	Inks    []Ink          // the same; the first one is chosen
	Grounds []Ground       // the same; the first one has no id and leaves it to the styles
	Bytes   int64          // largest photo; 0 means 40 MB
	Ready   func(context.Context) error

	Studios  []*policy.Studio // that are open, for the pages about them; none means Policy alone
	Editions Editions         // their policies as they were; nil where none are kept

	Accounts Accounts
	Leave    func(ctx context.Context, owner uuid.UUID) error // deletes an account with everything in it
	Keys     Keys                                             // for programs; nil where there are none
	Letters  Letters                                          // what the house has written; nil where it writes none
	Purse    Purse                                            // nil where nothing costs anything
	Tokens   Tokens                                           // nil with Purse
	Rights   Rights                                           // what people can do about their data; nil in tests without them
	Till     Till                                             // where tokens are bought; nil where nothing costs anything
	Counter  Counter                                          // orders as those see them who run the place; nil with Till
	Pretend  http.Handler                                     // the pay page of pretended payments; nil where they are real
	Others   []SignIn                                         // ways in by somebody else's word

	Receipts   Receipts     // of what was deleted; nil where nothing is stated
	Deletion   Deletion     // how it stands, and holds; nil where there is none
	Federation Federation   // who keeps them; nil where there are none
	OwnPicture OwnPicture   // people's small pictures; nil where there are none
	Passkeys   Passkeys     // nil where browsers make none
	Cutouts    http.Handler // the studio below /cutout/; nil where there is none
	Shop       http.Handler // where unlock codes are sold, below /cutout/codes; nil where there is none
	Mint       Mint         // unlock codes as those see them who run the place; nil where there are none
	Document   string       // where the interface for programs is described

	Uploads  *edge.Limiter    // by address; nil means 20 at once, then one each 10 seconds
	Goings   *edge.Limiter    // sign-ins begun, by address; nil means 30 at once, then one each 10 seconds
	Previews *edge.Limiter    // by address; nil means 40 at once, then one each 3 seconds
	Asks     *edge.Limiter    // requests about personal data, by address; nil means 5 at once, then one each 10 minutes
	Now      func() time.Time // nil means time.Now
}

// defaults of Config.
const (
	bytesMax     = 40 << 20
	uploadsBurst = 20
	uploadsEvery = 10 * time.Second

	asksBurst = 5
	asksEvery = 10 * time.Minute

	previewsBurst = 40
	previewsEvery = 3 * time.Second
)

// Check reports what is missing.
func (c Config) Check() error {
	switch {
	case c.Edge == nil || c.UI == nil || c.Studio == nil || c.Policy == nil || c.Ready == nil || c.Accounts == nil || c.Leave == nil:
		return errors.New("pages: edge, ui, studio, policy, ready, accounts and leave must be given")
	case len(c.Styles) == 0:
		return errors.New("pages: there is no style to offer")
	case c.Bytes < 0:
		return errors.New("pages: the largest photo has a negative size")
	}
	return nil
}

// site holds what the handlers share.
type site struct {
	Config
	texts    ui.Catalogue
	arriving chan struct{} // photos that are being read now
	seats    *edge.Seats   // of one network among them
	leaving  chan struct{} // downloads that are being made now
	takers   *edge.Seats   // downloads of one network, until they have arrived: each is whole in memory
	exports  *rights.Turns // of everything that is held
}

// What may happen at once: a photo takes its size in memory, a download several times its picture.
const (
	arrivingMax  = 16
	arrivingEach = 8 // from one network: a slow one leaves room for others
	leavingMax   = 2
	leavingEach  = 6
)

// New returns the whole site.
func New(c Config) (http.Handler, error) {
	if err := c.Check(); err != nil {
		return nil, err
	}
	if c.Bytes == 0 {
		c.Bytes = bytesMax
	}
	if c.Uploads == nil {
		c.Uploads = edge.NewLimiter(uploadsBurst, uploadsEvery)
	}
	if c.Previews == nil {
		c.Previews = edge.NewLimiter(previewsBurst, previewsEvery)
	}
	if c.Asks == nil {
		c.Asks = edge.NewLimiter(asksBurst, asksEvery)
	}
	if c.Goings == nil {
		c.Goings = edge.NewLimiter(goingsBurst, goingsEvery)
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	s := &site{Config: c, texts: c.UI.Texts(), arriving: make(chan struct{}, arrivingMax), seats: edge.NewSeats(arrivingEach), leaving: make(chan struct{}, leavingMax), takers: edge.NewSeats(leavingEach), exports: rights.NewTurns()}
	c.Edge.Greet = func(r *http.Request) ui.Header { return s.led(s.greet(r)) }
	return c.Edge.Serve(s.routes()), nil
}

// greeted is a page that says who is looking.
type greeted interface{ Greet(h ui.Header) }

// show renders a page with a status, and says at its top who is looking.
func (s *site) show(w http.ResponseWriter, r *http.Request, status int, name string, page greeted) error {
	return s.showTo(w, s.greet(r), status, name, page)
}

// showTo is show for somebody who is known already.
func (s *site) showTo(w http.ResponseWriter, h ui.Header, status int, name string, page greeted) error {
	page.Greet(s.led(h))
	if h.Signed || h.Hidden {
		w.Header().Set("Cache-Control", "no-store") // it is theirs alone
	}
	return s.put(w, status, name, page)
}

// led is the top of a page with the ways to what is open.
func (s *site) led(h ui.Header) ui.Header {
	h.Cutout, h.Rights = s.Cutouts != nil, s.Rights != nil
	return h
}

// put renders a page or a part of one.
func (s *site) put(w http.ResponseWriter, status int, name string, page any) error {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	return s.UI.Render(w, name, page)
}

// public lets browsers keep a page without personal content for a short while, as long as nobody signs in or out.
func public(w http.ResponseWriter) {
	w.Header().Set("Cache-Control", "public, max-age=300")
	w.Header().Set("Vary", "Cookie")
}
