package pages

import (
	"context"
	"encoding/csv"
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
	"easel/internal/ledger"
	"easel/internal/payment"
)

// till sells in memory.
type till struct {
	open   bool
	orders []payment.Order
	fate   ledger.Order
	late   bool
	asked  []string // what was done
	heard  []string // signatures of messages
	fail   error
}

func (t *till) Terms() payment.Terms {
	p, err := payment.ParsePrices(payment.DefaultPrices)
	if err != nil {
		panic(err)
	}
	return payment.Terms{Open: t.open, Packs: p.Packs, Tax: "including VAT"}
}
func (t *till) Buy(_ context.Context, _, key uuid.UUID, tokens int64) (string, error) {
	t.asked = append(t.asked, "buy "+key.String())
	return "https://checkout.stripe.com/c/pay/1", t.fail
}
func (t *till) Resume(context.Context, uuid.UUID, uuid.UUID) (string, error) {
	t.asked = append(t.asked, "resume")
	return "https://checkout.stripe.com/c/pay/1", t.fail
}
func (t *till) Cancel(ctx context.Context, owner, id uuid.UUID) (payment.Order, error) {
	t.asked = append(t.asked, "cancel")
	o, _, err := t.Look(ctx, owner, id)
	return o, err
}
func (t *till) Look(_ context.Context, owner, id uuid.UUID) (payment.Order, bool, error) {
	for _, o := range t.orders {
		if o.ID == id && (o.Owner == owner || owner == uuid.Nil) {
			return o, t.late, t.fail
		}
	}
	return payment.Order{}, false, fault.New(fault.Missing, "There is no such order in your account.")
}
func (t *till) Orders(_ context.Context, owner uuid.UUID) (own []payment.Order, err error) {
	for _, o := range t.orders {
		if o.Owner == owner {
			own = append(own, o)
		}
	}
	return own, t.fail
}
func (t *till) Fate(_ context.Context, o payment.Order) (ledger.Order, bool, error) {
	return t.fate, o.State == payment.Paid, nil
}
func (t *till) Receive(_ context.Context, body []byte, signature string) error {
	t.heard = append(t.heard, signature+" "+string(body))
	return t.fail
}

// The same till for those who run the place.
func (t *till) Find(context.Context, uuid.UUID, string) ([]payment.Order, error) {
	return t.orders, nil
}
func (t *till) Inspect(ctx context.Context, _, id uuid.UUID) (payment.Order, ledger.Order, []payment.Given, error) {
	o, _, err := t.Look(ctx, uuid.Nil, id)
	return o, t.fate, []payment.Given{{Amount: payment.Money{Amount: 98, Currency: "eur"}, Reason: "goodwill", State: "done", Created: noon}}, err
}
func (t *till) Refund(_ context.Context, _, id uuid.UUID, extent payment.Extent, reason, note string) (payment.Order, error) {
	t.asked = append(t.asked, strings.Join([]string{"refund", string(extent), reason, note}, " "))
	return payment.Order{ID: id}, t.fail
}
func (t *till) Grant(_ context.Context, _, owner, _ uuid.UUID, tokens int64, reason string) error {
	t.asked = append(t.asked, "grant "+owner.String()+" "+reason)
	return t.fail
}

// some is an order in a state.
func some(owner uuid.UUID, state payment.State) payment.Order {
	o := payment.Order{ID: uuid.New(), Number: "7KQ2-9XWD", Owner: owner, State: state, Tokens: 5, Price: payment.Money{Amount: 490, Currency: "eur"}, Tax: "including VAT",
		Session: "cs_1", Created: noon.Add(-time.Hour)}
	o.Refunded.Currency, o.Disputed.Currency, o.Total.Currency = "eur", "eur", "eur"
	if state == payment.Paid {
		o.Total.Amount, o.PaidAt, o.Intent, o.Charge = 490, noon.Add(-time.Hour), "pi_1", "ch_1"
	}
	return o
}

// desk is the till with what only staff do.
type desk struct{ *till }

func (d desk) Open(_ context.Context, _, subject uuid.UUID, reason string) (uuid.UUID, error) {
	d.asked = append(d.asked, "look at "+subject.String()+" "+reason)
	return subject, d.fail
}
func (d desk) Behind(context.Context, uuid.UUID, uuid.UUID) ([]ledger.Lot, []ledger.Event, error) {
	return []ledger.Lot{{Kind: ledger.Bought, Tokens: 5, Free: 2, Created: noon, Expires: noon.AddDate(0, 6, 0)}},
		[]ledger.Event{{What: ledger.EventBack, At: noon, Tokens: 1, Why: "It could not be drawn."}}, d.fail
}

// withTill puts a till into the house.
func withTill(t *till) option { return func(c *Config) { c.Till, c.Counter = t, desk{t} } }

// buySamples are the pages about money in every state.
func buySamples(s *site) []sample {
	shut, open := &till{}, &till{open: true}
	s.Till = shut
	closed := s.buyPage()
	s.Till = open
	all := []sample{
		{"buy", "buy", s.buyPage(), map[string]int{".packs input[name=pack]": 3, "form[action='/buy'] input[name=key]": 1, "button.do": 1, ".notice": 0}},
		{"buy, not set up", "buy", closed, map[string]int{".packs": 0, ".notice[role=status]": 1, "form": 0}},
		{"orders, none", "orders", s.ordersPage(nil), map[string]int{".quiet": 1, "a[download]": 0}},
	}
	r := httptest.NewRequest(http.MethodGet, "/?back", nil)
	for state, find := range map[payment.State]map[string]int{
		payment.Awaited: {"form[action$='/pay']": 1, "form[action$='/cancel']": 1, "noscript": 1, "#receipt dd": 4},
		payment.Waiting: {"form": 0, "noscript": 1, "#receipt dd": 4},
		payment.Paid:    {"a.do[href='/portrait/']": 1, "form": 0, "#receipt dd": 9, ".notice": 2},
		payment.Failed:  {"a.do[href='/buy']": 1, "form": 0},
		payment.Expired: {"a.do[href='/buy']": 1, "form": 0},
		payment.Review:  {"form": 0, "a.do": 0},
	} {
		o := some(uuid.New(), state)
		if state == payment.Paid {
			o.Refunded.Amount, o.Asked, o.Dispute = 98, 196, payment.DisputeOpen
			open.fate = ledger.Order{Tokens: 5, Free: 2, Spent: 3, Short: 1}
		}
		page, err := s.orderPage(r, o, false)
		if err != nil {
			panic(err)
		}
		all = append(all, sample{"order, " + string(state), "order", page, find})
	}
	paid := some(uuid.New(), payment.Paid)
	all = append(all,
		sample{"orders", "orders", s.ordersPage([]payment.Order{paid}), map[string]int{".orders li": 1, "a[download]": 1, "a.do[href='/buy']": 1}},
		sample{"an order for staff", "admin_order", s.inspected(paid, open.fate, []payment.Given{{Amount: paid.Price, Reason: "fault", State: "asked", Created: noon}}),
			map[string]int{"#refund input[name=extent]": 2, "#refund input[name=reason]": len(payment.Reasons), "#given li": 1, "input[name=note]": 1}},
		sample{"orders for staff", "admin_orders", adminOrdersPage{List: s.ordersPage([]payment.Order{paid}).List, What: field{Name: "what", Label: "x", Type: "text"},
			Owner: field{Name: "owner", Label: "x", Type: "text"}, Tokens: field{Name: "tokens", Label: "x", Type: "text"}, Why: field{Name: "reason", Label: "x", Type: "text"}},
			map[string]int{".orders li": 1, "#grant form": 1}})
	lots, events, _ := desk{open}.Behind(context.Background(), uuid.Nil, uuid.Nil)
	all = append(all, codeSamples(s)...)
	return append(all, sample{"a purse for staff", "admin_look", s.lookPage(lots, events), map[string]int{"#lots li": 1, "#events li": 1}})
}

func TestBuyingLeadsToThePaymentPage(t *testing.T) {
	t.Parallel()
	sells := &till{open: true}
	h := newHouse(t, withTill(sells))
	v := h.visitor(t)
	key := uuid.NewString()
	if got := v.post("/buy", url.Values{"pack": {"5"}, "key": {key}}); got.StatusCode != http.StatusSeeOther || !strings.HasPrefix(got.Header.Get("Location"), "/sign-in") {
		t.Errorf("signed out: %d to %q", got.StatusCode, got.Header.Get("Location"))
	}
	page := v.get("/buy")
	if policy := page.Header.Get("Content-Security-Policy"); page.StatusCode != http.StatusOK || !strings.Contains(policy, "form-action 'self' https://checkout.stripe.com;") {
		t.Errorf("the packs: %d with %q", page.StatusCode, policy)
	}
	v.signs()
	if got := v.post("/buy", url.Values{"pack": {"5"}, "key": {key}}); got.StatusCode != http.StatusSeeOther || got.Header.Get("Location") != "https://checkout.stripe.com/c/pay/1" || sells.asked[0] != "buy "+key {
		t.Errorf("buying: %d to %q, asked %q", got.StatusCode, got.Header.Get("Location"), sells.asked)
	}
	for _, form := range []url.Values{{}, {"pack": {"five"}, "key": {key}}, {"pack": {"5"}, "key": {"x"}}} {
		if got := v.post("/buy", form); got.StatusCode != http.StatusBadRequest {
			t.Errorf("%v: %d", form, got.StatusCode)
		}
	}
	sells.fail = fault.New(fault.Busy, "The payment provider does not answer.")
	if got := v.post("/buy", url.Values{"pack": {"5"}, "key": {key}}); got.StatusCode != http.StatusServiceUnavailable || !strings.Contains(got.Body, "does not answer") || !strings.Contains(got.Body, "packs") {
		t.Errorf("when nobody answers: %d", got.StatusCode)
	}
}

func TestAnOrderIsItsBuyersAlone(t *testing.T) {
	t.Parallel()
	sells := &till{open: true, fate: ledger.Order{Tokens: 5, Free: 5}}
	h := newHouse(t, withTill(sells))
	v, other := h.visitor(t), h.visitor(t)
	v.signs()
	other.signs()
	o := some(v.owner, payment.Paid)
	sells.orders = append(sells.orders, o)
	if got := v.get("/buy/order/" + o.ID.String() + "?back"); got.StatusCode != http.StatusOK || !strings.Contains(got.Body, "5 tokens are yours") || got.Header.Get("Cache-Control") != "no-store" {
		t.Errorf("their own: %d", got.StatusCode)
	}
	if got := other.get("/buy/order/" + o.ID.String()); got.StatusCode != http.StatusNotFound {
		t.Errorf("somebody else's: %d", got.StatusCode)
	}
	rows, err := csv.NewReader(strings.NewReader(v.get("/account/orders.csv").Body)).ReadAll()
	if err != nil || len(rows) != 2 || rows[1][0] != o.Number || rows[1][5] != "4.90" {
		t.Errorf("the table is %q, %v", rows, err)
	}
	if got := v.post("/buy/order/"+o.ID.String()+"/cancel", nil); got.StatusCode != http.StatusSeeOther || got.Header.Get("Location") != orderURL(o) {
		t.Errorf("cancelling: %d", got.StatusCode)
	}
	sells.late = true
	sells.orders[0].State = payment.Awaited
	if got := v.get("/buy/order/" + o.ID.String() + "?back"); !strings.Contains(got.Body, "does not answer at this moment") {
		t.Error("the page does not say that nobody answers")
	}
}

func TestMessagesAreTakenInWithoutACookie(t *testing.T) {
	t.Parallel()
	sells := &till{open: true}
	h := newHouse(t, withTill(sells))
	send := func(body string) reply {
		r := httptest.NewRequest(http.MethodPost, "/hooks/stripe", strings.NewReader(body))
		r.Header.Set("Stripe-Signature", "t=1,v1=aa")
		v := h.visitor(t)
		v.accept = "*/*"
		return v.do(r)
	}
	if got := send(`{"id":"evt_1"}`); got.StatusCode != http.StatusOK || len(sells.heard) != 1 || sells.heard[0] != `t=1,v1=aa {"id":"evt_1"}` {
		t.Errorf("a message: %d, heard %q", got.StatusCode, sells.heard)
	}
	if got := send(strings.Repeat("x", payment.EventBytes+1)); got.StatusCode != http.StatusRequestEntityTooLarge {
		t.Errorf("a message that is too long: %d", got.StatusCode)
	}
	sells.fail = errors.New("the database is gone")
	if got := send(`{}`); got.StatusCode != http.StatusInternalServerError {
		t.Errorf("a message that could not be written down: %d; it has to come again", got.StatusCode)
	}
}

func TestOnlyThoseWhoRunThePlaceSeeOrders(t *testing.T) {
	t.Parallel()
	sells := &till{open: true}
	h := newHouse(t, withTill(sells))
	v, boss := h.visitor(t), h.visitor(t)
	v.signs()
	boss.signs()
	h.people.change(boss.owner, func(p *account.Person) { p.Admin = true })
	o := some(v.owner, payment.Paid)
	sells.orders = append(sells.orders, o)
	at := adminOrdersURL + "/" + o.ID.String()
	form := url.Values{"extent": {"whole"}, "reason": {"fault"}, "note": {"broken"}}
	grant := url.Values{"owner": {v.owner.String()}, "key": {uuid.NewString()}, "tokens": {"3"}, "reason": {"A thank you."}}
	look := "/admin/people/" + v.owner.String() + "/look"
	for _, got := range []reply{v.post(look, url.Values{"reason": {"asked by letter"}}), v.get(looksURL + "/" + v.owner.String()), v.get(adminOrdersURL), v.get(at), v.post(at+"/refund", form), v.post("/admin/tokens", grant)} {
		if got.StatusCode != http.StatusNotFound {
			t.Errorf("a stranger gets %d", got.StatusCode)
		}
	}
	if len(sells.asked) > 0 {
		t.Errorf("a stranger did %q", sells.asked)
	}
	for _, got := range []reply{boss.get(adminOrdersURL + "?what=7KQ2-9XWD"), boss.get(at)} {
		if got.StatusCode != http.StatusOK || !strings.Contains(got.Body, o.Number) {
			t.Errorf("who runs the place gets %d", got.StatusCode)
		}
	}
	for _, got := range []reply{boss.post(at+"/refund", form), boss.post("/admin/tokens", grant)} {
		if got.StatusCode != http.StatusSeeOther {
			t.Errorf("who runs the place gets %d", got.StatusCode)
		}
	}
	if got := strings.Join(sells.asked, "; "); got != "refund whole fault broken; grant "+v.owner.String()+" A thank you." {
		t.Errorf("done was %q", got)
	}
	if got := boss.post(look, url.Values{"reason": {"asked by letter"}}); got.Header.Get("Location") != looksURL+"/"+v.owner.String() {
		t.Errorf("opening a session: %d to %q", got.StatusCode, got.Header.Get("Location"))
	}
	if got := boss.get(looksURL + "/" + v.owner.String()); got.StatusCode != http.StatusOK || !strings.Contains(got.Body, "It could not be drawn.") {
		t.Errorf("looking: %d", got.StatusCode)
	}
	grant.Set("tokens", "many")
	if got := boss.post("/admin/tokens", grant); got.StatusCode != http.StatusBadRequest || !strings.Contains(got.Body, "A thank you.") {
		t.Errorf("a grant of many tokens: %d", got.StatusCode)
	}
	sells.fail = fault.New(fault.Conflict, "All of this order has been refunded already.")
	if got := boss.post(at+"/refund", form); got.StatusCode != http.StatusNotFound && !strings.Contains(got.Body, "refunded already") {
		t.Errorf("a refund that is not possible: %d", got.StatusCode)
	}
}
