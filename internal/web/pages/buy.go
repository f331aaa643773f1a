package pages

import (
	"context"
	"net/http"
	"strconv"
	"strings"

	"github.com/google/uuid"

	"easel/internal/fault"
	"easel/internal/ledger"
	"easel/internal/payment"
	"easel/internal/web/edge"
	"easel/internal/web/ui"
)

// Till sells tokens.
type Till interface {
	Terms() payment.Terms
	Buy(ctx context.Context, owner, key uuid.UUID, tokens int64) (address string, err error)
	Resume(ctx context.Context, owner, order uuid.UUID) (address string, err error)
	Cancel(ctx context.Context, owner, order uuid.UUID) (payment.Order, error)
	Look(ctx context.Context, owner, order uuid.UUID) (o payment.Order, late bool, err error)
	Orders(ctx context.Context, owner uuid.UUID) ([]payment.Order, error)
	Fate(ctx context.Context, o payment.Order) (fate ledger.Order, ok bool, err error)
	Receive(ctx context.Context, body []byte, signature string) error
}

const (
	buyURL    = "/buy"
	ordersURL = accountURL + "/orders"
)

// payPage is where Stripe's payment pages are; our forms may lead there.
const payPage = "https://checkout.stripe.com"

// buyPage offers the packs.
type buyPage struct {
	ui.Frame

	Closed bool // payments are not set up
	Demo   bool
	Key    string // of the order that a form on this page makes, however often it is sent
	Tax    string
	Packs  []packRow
	Error  string
}

type packRow struct {
	Tokens      int64
	Price, Each string
}

func (s *site) buy(w http.ResponseWriter, r *http.Request) error {
	letOut(w)
	p := s.buyPage()
	return s.show(w, r, http.StatusOK, "buy", &p)
}

func (s *site) buyPage() buyPage {
	terms := s.Till.Terms()
	p := buyPage{Frame: ui.Frame{Title: s.texts.Text("buy.title")}, Closed: !terms.Open, Demo: terms.Demo, Key: uuid.NewString(), Tax: terms.Tax}
	for _, pack := range terms.Packs {
		each := payment.Money{Amount: (pack.Price.Amount + pack.Tokens/2) / pack.Tokens, Currency: pack.Price.Currency}
		p.Packs = append(p.Packs, packRow{pack.Tokens, pack.Price.String(), s.texts.Text("buy.each", each.String())})
	}
	return p
}

// letOut lets the forms of a page lead to the payment page.
func letOut(w http.ResponseWriter) {
	h := w.Header()
	h.Set("Content-Security-Policy", strings.Replace(h.Get("Content-Security-Policy"), "form-action 'self'", "form-action 'self' "+payPage, 1))
}

// buyPack opens the payment page for a pack.
func (s *site) buyPack(w http.ResponseWriter, r *http.Request) error {
	caller, err := s.signedIn(r)
	if err != nil {
		return err
	}
	tokens, wrong := strconv.ParseInt(r.PostFormValue("pack"), 10, 32)
	key, bad := uuid.Parse(r.PostFormValue("key"))
	if wrong != nil || bad != nil {
		return fault.New(fault.Invalid, s.texts.Text("buy.form"))
	}
	address, err := s.Till.Buy(r.Context(), caller.Owner, key, tokens)
	return s.payAt(w, r, address, err)
}

// payAt goes to the payment page, or says on the page with the packs why that cannot be.
func (s *site) payAt(w http.ResponseWriter, r *http.Request, address string, err error) error {
	if err == nil {
		http.Redirect(w, r, address, http.StatusSeeOther)
		return nil
	}
	if !edge.WantsPage(r) || edge.Status(err) == http.StatusInternalServerError {
		return err
	}
	letOut(w)
	p := s.buyPage()
	p.Error = fault.Of(err).Say
	return s.show(w, r, edge.Status(err), "buy", &p)
}
