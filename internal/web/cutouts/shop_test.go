package cutouts_test

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"easel/internal/fault"
	"easel/internal/payment"
	"easel/internal/policy"
	"easel/internal/web/cutouts"
	"easel/internal/web/edge"
	"easel/internal/web/ui"
	"easel/studios"
)

// till sells codes in memory.
type till struct {
	open  bool
	order payment.Order
	late  bool
	code  string
	fail  error
	asked []string
}

func (t *till) CodeTerms() payment.Terms {
	prices, err := payment.ParsePrices("1=1.90 5=6.90 EUR")
	if err != nil {
		panic(err)
	}
	return payment.Terms{Open: t.open, Packs: prices.Packs, Tax: "including VAT"}
}

func (t *till) BuyCode(_ context.Context, _ uuid.UUID, pictures int64) (string, error) {
	t.asked = append(t.asked, "buy")
	if pictures != 1 && pictures != 5 {
		return "", fault.New(fault.Invalid, "There is no such pack any more.")
	}
	return "https://checkout.stripe.com/c/pay/1", t.fail
}

func (t *till) LookCode(_ context.Context, order uuid.UUID) (payment.Order, bool, error) {
	if order != t.order.ID {
		return payment.Order{}, false, fault.New(fault.Missing, "There is no such order.")
	}
	return t.order, t.late, nil
}

func (t *till) ResumeCode(context.Context, uuid.UUID) (string, error) {
	return "https://checkout.stripe.com/c/pay/1", t.fail
}

func (t *till) ShowCode(_ context.Context, order uuid.UUID) (string, time.Time, error) {
	t.asked = append(t.asked, "show")
	if order != t.order.ID {
		return "", time.Time{}, fault.New(fault.Missing, "There is no such order.")
	}
	if t.code == "" {
		return "", time.Time{}, fault.New(fault.Missing, "The code of this order is not kept here any more.")
	}
	return t.code, time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC), nil
}

func newShop(t *testing.T, sells *till) http.Handler {
	t.Helper()
	look, err := ui.New()
	if err != nil {
		t.Fatal(err)
	}
	all, err := studios.Load(studios.Files())
	if err != nil {
		t.Fatal(err)
	}
	e, err := edge.New(edge.Config{PublicURL: &url.URL{Scheme: "http", Host: "example.com"}, Sessions: nobody{}, Visit: time.Hour, UI: look, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	var booth *policy.Studio
	for _, s := range all {
		if s.Name == "cutout" {
			booth = s
		}
	}
	shop, err := cutouts.NewShop(cutouts.ShopConfig{Edge: e, UI: look, Till: sells, Policy: booth, Orders: edge.NewLimiter(3, time.Hour)})
	if err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.Handle("/cutout/codes", shop)
	mux.Handle("/cutout/codes/", shop)
	return e.Serve(mux)
}

func ask(t *testing.T, shop http.Handler, method, path string, form url.Values) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), method, path, strings.NewReader(form.Encode()))
	r.Header.Set("Accept", "text/html")
	r.Header.Set("Cookie", "session=somebody")
	if method == http.MethodPost {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	w := httptest.NewRecorder()
	shop.ServeHTTP(w, r)
	h := w.Header()
	if h.Get("Set-Cookie") != "" || h.Get("Cache-Control") != "no-store" || h.Get("Referrer-Policy") != "no-referrer" {
		t.Errorf("%s %s answers with %v", method, path, h)
	}
	return w
}

func TestCodesAreOfferedWithoutAnAccount(t *testing.T) {
	t.Parallel()
	sells := &till{open: true}
	shop := newShop(t, sells)
	page := ask(t, shop, http.MethodGet, "/cutout/codes", nil)
	for _, want := range []string{"€1.90", "€6.90", "€1.38 a picture", "A code for 5 pictures", "including VAT", `name="key"`} {
		if !strings.Contains(page.Body.String(), want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	if csp := page.Header().Get("Content-Security-Policy"); !strings.Contains(csp, "form-action 'self' https://checkout.stripe.com") {
		t.Errorf("the form may not lead to the payment page: %s", csp)
	}
	form := url.Values{"pack": {"5"}, "key": {uuid.NewString()}}
	if got := ask(t, shop, http.MethodPost, "/cutout/codes", form); got.Code != http.StatusSeeOther || got.Header().Get("Location") != "https://checkout.stripe.com/c/pay/1" {
		t.Errorf("buying answers %d %s", got.Code, got.Header().Get("Location"))
	}
	for _, bad := range []url.Values{{"pack": {"3"}, "key": {uuid.NewString()}}, {"pack": {"x"}, "key": {"y"}}} {
		if got := ask(t, shop, http.MethodPost, "/cutout/codes", bad); got.Code != http.StatusBadRequest {
			t.Errorf("%v answers %d", bad, got.Code)
		}
	}
	if got := ask(t, shop, http.MethodPost, "/cutout/codes", form); got.Code != http.StatusTooManyRequests || got.Header().Get("Retry-After") == "" {
		t.Errorf("a fourth payment page answers %d", got.Code)
	}
	closed := ask(t, newShop(t, &till{}), http.MethodGet, "/cutout/codes", nil).Body.String()
	if !strings.Contains(closed, "not sold on this server") || strings.Contains(closed, "<form method=\"post\" action=\"/cutout/codes\"") {
		t.Error("where codes are not sold, they are offered")
	}
}

// A GET shows how the order stands and never the code; a POST shows it, as often as somebody asks.
func TestACodeIsShownByAFormOnly(t *testing.T) {
	t.Parallel()
	sells := &till{open: true, code: "K7M2P-QX9RT-4HJW8", order: payment.Order{ID: uuid.New(), Number: "7KQ2-9XWD", Code: true, State: payment.Paid, Tokens: 1,
		Price: payment.Money{Amount: 190, Currency: "eur"}, Total: payment.Money{Amount: 190, Currency: "eur"}, PaidAt: time.Now()}}
	shop, at := newShop(t, sells), "/cutout/codes/"+sells.order.ID.String()
	page := ask(t, shop, http.MethodGet, at+"?back", nil)
	if body := page.Body.String(); page.Code != http.StatusOK || strings.Contains(body, sells.code) || !strings.Contains(body, "Show the code") || len(sells.asked) != 0 {
		t.Errorf("looking answers %d, after asking %v", page.Code, sells.asked)
	}
	for range 2 {
		page = ask(t, shop, http.MethodPost, at, nil)
		if body := page.Body.String(); !strings.Contains(body, sells.code) || !strings.Contains(body, "23 November 2026, 12:00 UTC") || strings.Contains(body, "Show the code") {
			t.Error("asking does not show it")
		}
	}
	sells.code = ""
	if page = ask(t, shop, http.MethodPost, at, nil); page.Code != http.StatusNotFound || !strings.Contains(page.Body.String(), "not kept here any more") {
		t.Errorf("a day later it answers %d", page.Code)
	}
	for _, other := range []string{uuid.NewString(), "nonsense", strings.ToUpper(sells.order.ID.String())} {
		if got := ask(t, shop, http.MethodGet, "/cutout/codes/"+other, nil); got.Code != http.StatusNotFound {
			t.Errorf("%s answers %d", other, got.Code)
		}
	}
}

func TestEachStateOfAnOrderIsSaid(t *testing.T) {
	t.Parallel()
	back := payment.Order{State: payment.Paid, Total: payment.Money{Amount: 190, Currency: "eur"}, Refunded: payment.Money{Amount: 190, Currency: "eur"}}
	for name, c := range map[string]struct {
		order payment.Order
		late  bool
		query string
		want  string
		form  string // what can be done
	}{
		"open":     {payment.Order{State: payment.Awaited}, false, "", "Nothing was charged", "/pay\""},
		"back":     {payment.Order{State: payment.Awaited}, false, "?back", "has not confirmed anything yet", "/pay\""},
		"waiting":  {payment.Order{State: payment.Waiting}, false, "?back", "your bank has not", ""},
		"failed":   {payment.Order{State: payment.Failed}, false, "", "there is no code", `href="/cutout/codes"`},
		"expired":  {payment.Order{State: payment.Expired}, false, "", "closed now", `href="/cutout/codes"`},
		"review":   {payment.Order{State: payment.Review}, false, "", "does not fit the price", ""},
		"refunded": {back, false, "", "its code is withdrawn", ""},
		"late":     {payment.Order{State: payment.Awaited}, true, "?back", "does not answer at this moment", "/pay\""},
	} {
		c.order.ID, c.order.Code, c.order.Tokens, c.order.Price = uuid.New(), true, 5, payment.Money{Amount: 690, Currency: "eur"}
		sells := &till{open: true, order: c.order, late: c.late}
		body := ask(t, newShop(t, sells), http.MethodGet, "/cutout/codes/"+c.order.ID.String()+c.query, nil).Body.String()
		if !strings.Contains(body, c.want) || !strings.Contains(body, c.form) || strings.Contains(body, "Show the code") {
			t.Errorf("%s: the page lacks %q or %q, or offers a code", name, c.want, c.form)
		}
	}
}
