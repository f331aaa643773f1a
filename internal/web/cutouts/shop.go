package cutouts

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"

	"easel/internal/fault"
	"easel/internal/payment"
	"easel/internal/policy"
	"easel/internal/web/edge"
	"easel/internal/web/ui"
)

// Till sells unlock codes to people without an account.
type Till interface {
	CodeTerms() payment.Terms
	BuyCode(ctx context.Context, key uuid.UUID, pictures int64) (address string, err error)
	LookCode(ctx context.Context, order uuid.UUID) (o payment.Order, late bool, err error)
	ResumeCode(ctx context.Context, order uuid.UUID) (address string, err error)
	ShowCode(ctx context.Context, order uuid.UUID) (code string, until time.Time, err error)
}

// ShopConfig is what the pages are made of on which unlock codes are sold.
type ShopConfig struct {
	Edge   *edge.Edge
	UI     *ui.UI
	Till   Till
	Policy *policy.Studio
	Orders *edge.Limiter // payment pages that are opened, by address; nil means 10 at once, then one each 2 minutes
}

const (
	ordersBurst = 10
	ordersEvery = 2 * time.Minute
	shopURL     = "/cutout/codes"
	payPage     = "https://checkout.stripe.com" // where Stripe's payment pages are; our forms may lead there
	payWait     = 5                             // seconds after which a page looks again
)

type shop struct {
	ShopConfig
	texts ui.Catalogue
}

// NewShop returns the handler of everything below /cutout/codes. As all of the studio it reads no cookie and sets none.
func NewShop(c ShopConfig) (http.Handler, error) {
	if c.Edge == nil || c.UI == nil || c.Till == nil || c.Policy == nil {
		return nil, errors.New("cutouts: edge, ui, till and policy must be given")
	}
	if c.Orders == nil {
		c.Orders = edge.NewLimiter(ordersBurst, ordersEvery)
	}
	s := &shop{c, c.UI.Texts()}
	mux := http.NewServeMux()
	for pattern, handler := range map[string]edge.Handler{
		"GET /cutout/codes":           s.packs,
		"POST /cutout/codes":          s.buy,
		"GET /cutout/codes/{id}":      s.order,
		"POST /cutout/codes/{id}":     s.reveal,
		"POST /cutout/codes/{id}/pay": s.resume,
		"/cutout/codes/":              s.nothing,
	} {
		mux.Handle(pattern, c.Edge.Handle(handler))
	}
	return private(c.Policy.Name, mux), nil
}

func (s *shop) nothing(http.ResponseWriter, *http.Request) error {
	return fault.New(fault.Missing, s.texts.Text("fault.missing"))
}

// codesPage offers the packs.
type codesPage struct {
	ui.Frame

	Closed bool // codes are not sold here
	Demo   bool
	Key    string // of the order that a form on this page makes, however often it is sent
	Tax    string
	Packs  []codePack
	Error  string
}

type codePack struct {
	Pictures          int64
	What, Price, Each string
}

func (s *shop) frame(title string) ui.Frame {
	return ui.Frame{Title: title, Studio: s.Policy.Name, Header: top}
}

func (s *shop) packs(w http.ResponseWriter, _ *http.Request) error {
	return s.offer(w, http.StatusOK, "")
}

// offer shows the packs, with what went wrong.
func (s *shop) offer(w http.ResponseWriter, status int, wrong string) error {
	terms := s.Till.CodeTerms()
	p := &codesPage{Frame: s.frame(s.texts.Text("codes.title")), Closed: !terms.Open, Demo: terms.Demo, Key: uuid.NewString(), Tax: terms.Tax, Error: wrong}
	for _, pack := range terms.Packs {
		each := payment.Money{Amount: (pack.Price.Amount + pack.Tokens/2) / pack.Tokens, Currency: pack.Price.Currency}
		p.Packs = append(p.Packs, codePack{pack.Tokens, s.pictures(pack.Tokens), pack.Price.String(), s.texts.Text("codes.each", each.String())})
	}
	letOut(w)
	return s.put(w, status, "codes", p)
}

func (s *shop) pictures(n int64) string {
	if n == 1 {
		return s.texts.Text("codes.pictures.1")
	}
	return s.texts.Text("codes.pictures.n", n)
}

// letOut lets the forms of a page lead to the payment page.
func letOut(w http.ResponseWriter) {
	h := w.Header()
	h.Set("Content-Security-Policy", strings.Replace(h.Get("Content-Security-Policy"), "form-action 'self'", "form-action 'self' "+payPage, 1))
}

func (s *shop) put(w http.ResponseWriter, status int, name string, page any) error {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	return s.UI.Render(w, name, page)
}

// buy opens the payment page for a pack.
func (s *shop) buy(w http.ResponseWriter, r *http.Request) error {
	if ok, wait := s.Orders.Allow(s.Edge.Address(r)); !ok {
		return edge.TooOften(wait, s.texts.Text("codes.often"))
	}
	pictures, wrong := strconv.ParseInt(r.PostFormValue("pack"), 10, 32)
	key, bad := uuid.Parse(r.PostFormValue("key"))
	if wrong != nil || bad != nil {
		return fault.New(fault.Invalid, s.texts.Text("buy.form"))
	}
	address, err := s.Till.BuyCode(r.Context(), key, pictures)
	return s.payAt(w, r, address, err)
}

// payAt goes to the payment page, or says on the page with the packs why that cannot be.
func (s *shop) payAt(w http.ResponseWriter, r *http.Request, address string, err error) error {
	if err == nil {
		http.Redirect(w, r, address, http.StatusSeeOther)
		return nil
	}
	if !edge.WantsPage(r) || edge.Status(err) == http.StatusInternalServerError || fault.Is(err, fault.Missing) {
		return err
	}
	return s.offer(w, edge.Status(err), fault.Of(err).Say)
}

// codePage is one order: where it stands, and its code when somebody asks for it.
type codePage struct {
	ui.Frame

	URL    string
	State  payment.State
	Title  string
	Say    string
	Demo   bool
	Pay    bool // the payment page is still open
	Show   bool // there is a code to show
	Closed bool // it came to nothing: another try begins with the packs
	Code   string
	Until  string
	Error  string
	Facts  []codeFact
}

// codeFact is one line of the receipt.
type codeFact struct{ Name, Value string }

func (s *shop) asked(r *http.Request) (uuid.UUID, error) {
	text := r.PathValue("id")
	id, err := uuid.Parse(text)
	if err != nil || id.String() != text {
		return uuid.Nil, fault.New(fault.Missing, s.texts.Text("codes.missing"))
	}
	return id, nil
}

// order shows how an order stands at this moment, whether or not the payment company has told us. It shows no code: what is
// only looked at, by a program that follows links too, gives nothing away.
func (s *shop) order(w http.ResponseWriter, r *http.Request) error {
	id, err := s.asked(r)
	if err != nil {
		return err
	}
	o, late, err := s.Till.LookCode(r.Context(), id)
	if err != nil {
		return err
	}
	p := s.codePage(r, o, late)
	letOut(w)
	return s.put(w, http.StatusOK, "code", p)
}

func (s *shop) codePage(r *http.Request, o payment.Order, late bool) *codePage {
	say := s.texts.Text
	p := &codePage{Frame: s.frame(say("codes.order")), URL: shopURL + "/" + o.ID.String(), State: o.State, Demo: s.Till.CodeTerms().Demo,
		Title: say("order." + string(o.State)), Say: say("codes." + string(o.State) + ".say")}
	_, back := r.URL.Query()["back"]
	switch {
	case late:
		p.Say, p.Refresh = say("order.late"), payWait
	case o.State == payment.Awaited && back:
		p.Say, p.Refresh = say("order.open.back"), payWait
	case o.State == payment.Waiting:
		p.Refresh = payWait
	case o.Gone():
		p.Title, p.Say = say("order.back"), say("codes.back.say")
	}
	p.Pay = o.State == payment.Awaited
	p.Show = o.State == payment.Paid && !o.Gone()
	p.Closed = o.State == payment.Failed || o.State == payment.Expired
	p.Facts = []codeFact{{say("order.number"), o.Number}, {say("order.pack"), s.pictures(o.Tokens)}, {say("order.price"), say("order.price.tax", o.Price.String(), o.Tax)}}
	if !o.PaidAt.IsZero() {
		p.Facts = append(p.Facts, codeFact{say("order.paid.sum"), say("order.paid.at", o.Total.String(), moment(o.PaidAt))})
	}
	if o.Refunded.Amount > 0 {
		p.Facts = append(p.Facts, codeFact{say("order.refunded"), o.Refunded.String()})
	}
	return p
}

func moment(t time.Time) string { return t.UTC().Format("2 January 2006, 15:04") + " UTC" }

// reveal shows the code: as often as somebody asks, for as long as it is kept.
func (s *shop) reveal(w http.ResponseWriter, r *http.Request) error {
	id, err := s.asked(r)
	if err != nil {
		return err
	}
	code, until, wrong := s.Till.ShowCode(r.Context(), id)
	if wrong != nil && (!edge.WantsPage(r) || edge.Status(wrong) == http.StatusInternalServerError) {
		return wrong
	}
	o, late, err := s.Till.LookCode(r.Context(), id)
	if err != nil {
		return err
	}
	p := s.codePage(r, o, late)
	status := http.StatusOK
	if p.Code = code; wrong == nil {
		p.Until, p.Show, p.Refresh = s.texts.Text("codes.until", moment(until)), false, 0
	} else {
		p.Error, status = fault.Of(wrong).Say, edge.Status(wrong)
	}
	return s.put(w, status, "code", p)
}

// resume goes on to the payment page of an order that is not paid yet.
func (s *shop) resume(w http.ResponseWriter, r *http.Request) error {
	id, err := s.asked(r)
	if err != nil {
		return err
	}
	address, err := s.Till.ResumeCode(r.Context(), id)
	return s.payAt(w, r, address, err)
}
