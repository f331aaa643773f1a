package stripefake

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"easel/internal/egress"
)

// Client returns a client whose every request the fake answers, whatever host it names.
func (f *Fake) Client() *http.Client { return egress.Pretend(f) }

// errDropped is a connection that breaks.
var errDropped = errors.New("stripefake: the connection broke")

// RoundTrip answers one request of the API.
func (f *Fake) RoundTrip(r *http.Request) (*http.Response, error) {
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	body := []byte{}
	if r.Body != nil {
		var err error
		if body, err = io.ReadAll(r.Body); err != nil {
			return nil, err
		}
		_ = r.Body.Close()
	}
	if f.count(&f.broken) {
		return nil, errDropped
	}
	if refused := f.judge(r, body); refused != nil {
		return refused, nil
	}
	w := httptest.NewRecorder()
	again := r.Clone(r.Context())
	again.Body, again.RequestURI = io.NopCloser(bytes.NewReader(body)), ""
	f.answer(w, again, body)
	if !f.count(&f.spared) && f.count(&f.dropped) {
		return nil, errDropped
	}
	got := w.Result()
	got.Request = r
	return got, nil
}

// Break lets the next requests fail before anything is done; Drop lets them be carried out and loses the answers.
func (f *Fake) Break(n int) { f.set(&f.broken, n) }

// Drop loses the answers of the next requests.
func (f *Fake) Drop(n int) { f.set(&f.dropped, n) }

// DropAfter is Drop that begins after so many requests.
func (f *Fake) DropAfter(spare, n int) { f.set(&f.spared, spare); f.set(&f.dropped, n) }

func (f *Fake) set(counter *int, n int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	*counter = n
}

func (f *Fake) count(counter *int) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if *counter == 0 {
		return false
	}
	*counter--
	return true
}

// Refusals returns what stripe-mock said against requests that were made, which is a mistake of whoever made them.
func (f *Fake) Refusals() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.refusals)
}

// judge lets stripe-mock look at the request first: it knows which fields and values there are.
func (f *Fake) judge(r *http.Request, body []byte) *http.Response {
	if f.config.Judge == nil {
		return nil
	}
	ask, err := http.NewRequestWithContext(r.Context(), r.Method, f.config.Mock+r.URL.RequestURI(), bytes.NewReader(body))
	if err != nil {
		return nil
	}
	for _, name := range []string{"Authorization", "Content-Type", "Stripe-Version", "Idempotency-Key"} {
		ask.Header.Set(name, r.Header.Get(name))
	}
	res, err := f.config.Judge.Do(ask)
	if err != nil {
		f.mu.Lock()
		f.refusals = append(f.refusals, "stripe-mock does not answer: "+err.Error())
		f.mu.Unlock()
		return nil
	}
	if res.StatusCode < 400 {
		_ = res.Body.Close()
		return nil
	}
	said, _ := io.ReadAll(io.LimitReader(res.Body, 4096))
	_ = res.Body.Close()
	f.mu.Lock()
	f.refusals = append(f.refusals, fmt.Sprintf("%s %s with %s: %d %s", r.Method, r.URL.Path, body, res.StatusCode, said))
	f.mu.Unlock()
	res.Body = io.NopCloser(bytes.NewReader(said))
	return res
}

// problem is Stripe's form of an error.
type problem struct {
	status int
	kind   string // its type
	code   string
	say    string
	param  string
}

func (p *problem) Error() string { return p.say }

func missing(what, id string) error {
	return &problem{http.StatusNotFound, "invalid_request_error", "resource_missing", "No such " + what + ": '" + id + "'", "id"}
}

func wrong(param, say string) error {
	return &problem{http.StatusBadRequest, "invalid_request_error", "parameter_invalid", say, param}
}

// answer carries a request out, or repeats what the same idempotency key got before.
func (f *Fake) answer(w http.ResponseWriter, r *http.Request, body []byte) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Request-Id", id("req"))
	if r.Header.Get("Authorization") != "Bearer "+Key {
		tell(w, &problem{status: http.StatusUnauthorized, kind: "invalid_request_error", say: "Invalid API Key provided"})
		return
	}
	key := r.Header.Get("Idempotency-Key")
	asked := r.Method + " " + r.URL.Path + " " + string(body)
	if key == "" || r.Method != http.MethodPost {
		f.api.ServeHTTP(w, r)
		return
	}
	f.mu.Lock()
	before, known := f.state.Answers[key]
	f.mu.Unlock()
	if known && before.Asked != asked {
		tell(w, &problem{status: http.StatusBadRequest, kind: "idempotency_error", say: "Keys for idempotent requests can only be used with the same parameters they were first used with."})
		return
	}
	if !known {
		first := httptest.NewRecorder()
		f.api.ServeHTTP(first, r)
		before = answer{asked, first.Code, first.Body.String()}
		f.mu.Lock()
		if other, ok := f.state.Answers[key]; ok {
			before = other // somebody was faster with the same key
		} else if before.Status < 500 {
			f.state.Answers[key] = before
		}
		f.mu.Unlock()
	} else {
		w.Header().Set("Idempotent-Replayed", "true")
	}
	w.WriteHeader(before.Status)
	_, _ = io.WriteString(w, before.Body)
}

func tell(w http.ResponseWriter, err error) {
	var p *problem
	if !errors.As(err, &p) {
		p = &problem{status: http.StatusInternalServerError, kind: "api_error", say: err.Error()}
	}
	data, err := json.Marshal(map[string]map[string]string{"error": {"type": p.kind, "code": p.code, "message": p.say, "param": p.param}})
	if err != nil {
		p.status = http.StatusInternalServerError
	}
	w.WriteHeader(p.status)
	_, _ = w.Write(data)
}

// handle makes a handler of an operation that works under the lock.
func (f *Fake) handle(do func(r *http.Request) (any, error)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := r.ParseForm(); err != nil {
			tell(w, wrong("", "unreadable form"))
			return
		}
		f.mu.Lock()
		got, err := do(r)
		if err == nil && r.Method == http.MethodPost {
			err = f.save()
		}
		var data []byte
		if err == nil {
			data, err = json.Marshal(got)
		}
		f.mu.Unlock()
		if err != nil {
			tell(w, err)
			return
		}
		_, _ = w.Write(data)
	})
}

func (f *Fake) routes() *http.ServeMux {
	mux := http.NewServeMux()
	mux.Handle("POST /v1/checkout/sessions", f.handle(f.openSession))
	mux.Handle("GET /v1/checkout/sessions", f.handle(f.listSessions))
	mux.Handle("GET /v1/checkout/sessions/{id}", f.handle(f.getSession))
	mux.Handle("POST /v1/checkout/sessions/{id}/expire", f.handle(f.expireSession))
	mux.Handle("GET /v1/payment_intents/{id}", f.handle(f.getIntent))
	mux.Handle("GET /v1/charges/{id}", f.handle(f.getCharge))
	mux.Handle("POST /v1/refunds", f.handle(f.openRefund))
	mux.Handle("GET /v1/refunds", f.handle(f.listRefunds))
	mux.Handle("GET /v1/disputes", f.handle(f.listDisputes))
	return mux
}

// metadata reads fields such as metadata[order].
func metadata(form url.Values, prefix string) map[string]string {
	meta := map[string]string{}
	for name, values := range form {
		if inner, ok := strings.CutPrefix(name, prefix+"["); ok && strings.HasSuffix(inner, "]") {
			meta[strings.TrimSuffix(inner, "]")] = values[0]
		}
	}
	return meta
}

const day = 24 * time.Hour

func (f *Fake) openSession(r *http.Request) (any, error) {
	amount, err := strconv.ParseInt(r.Form.Get("line_items[0][price_data][unit_amount]"), 10, 64)
	if err != nil || amount < 1 {
		return nil, wrong("line_items[0][price_data][unit_amount]", "a positive amount is needed")
	}
	now := f.config.Now()
	s := &session{ID: id("cs"), Object: "checkout.session", Mode: r.Form.Get("mode"), Status: "open", PaymentStatus: "unpaid",
		AmountSubtotal: amount, AmountTotal: amount, Currency: r.Form.Get("line_items[0][price_data][currency]"),
		ClientReferenceID: r.Form.Get("client_reference_id"), Metadata: metadata(r.Form, "metadata"),
		SuccessURL: r.Form.Get("success_url"), CancelURL: r.Form.Get("cancel_url"), Created: now.Unix(), ExpiresAt: now.Add(day).Unix(),
		Name: r.Form.Get("line_items[0][price_data][product_data][name]"), IntentMeta: metadata(r.Form, "payment_intent_data[metadata]"),
		Description: r.Form.Get("payment_intent_data[description]")}
	if only := r.Form.Get("payment_method_types[0]"); only != "" {
		s.Types = []string{only}
	}
	if s.Mode != "payment" || s.SuccessURL == "" || s.Currency == "" {
		return nil, wrong("mode", "mode, currency and success_url are needed")
	}
	address := f.config.Pay + s.ID
	s.URL = &address
	f.state.Sessions[s.ID] = s
	return s, nil
}

func (f *Fake) listSessions(r *http.Request) (any, error) {
	var found []*session
	for _, s := range f.state.Sessions {
		if s.PaymentIntent == r.Form.Get("payment_intent") {
			found = append(found, s)
		}
	}
	return list("/v1/checkout/sessions", found), nil
}

func (f *Fake) getSession(r *http.Request) (any, error) {
	s, ok := f.state.Sessions[r.PathValue("id")]
	if !ok {
		return nil, missing("checkout.session", r.PathValue("id"))
	}
	f.lapse(s)
	expand := r.Form["expand[]"]
	for i := range 4 {
		expand = append(expand, r.Form[fmt.Sprintf("expand[%d]", i)]...)
	}
	shown := *s
	if in := f.state.Intents[text(s.PaymentIntent)]; in != nil && slices.ContainsFunc(expand, func(e string) bool { return strings.HasPrefix(e, "payment_intent") }) {
		whole := *in
		if c := f.state.Charges[text(in.LatestCharge)]; c != nil && slices.Contains(expand, "payment_intent.latest_charge") {
			whole.LatestCharge = c
		}
		shown.PaymentIntent = whole
	}
	return shown, nil
}

func text(v any) string {
	s, _ := v.(string)
	return s
}

func (f *Fake) expireSession(r *http.Request) (any, error) {
	s, ok := f.state.Sessions[r.PathValue("id")]
	if !ok {
		return nil, missing("checkout.session", r.PathValue("id"))
	}
	if s.Status != "open" {
		return nil, wrong("", "Only Checkout Sessions with a status in [\"open\"] can be expired. This Checkout Session has a status of "+s.Status+".")
	}
	f.expire(s)
	return s, nil
}

func (f *Fake) getIntent(r *http.Request) (any, error) {
	if in, ok := f.state.Intents[r.PathValue("id")]; ok {
		return in, nil
	}
	return nil, missing("payment_intent", r.PathValue("id"))
}

func (f *Fake) getCharge(r *http.Request) (any, error) {
	if c, ok := f.state.Charges[r.PathValue("id")]; ok {
		return c, nil
	}
	return nil, missing("charge", r.PathValue("id"))
}

func (f *Fake) openRefund(r *http.Request) (any, error) {
	in, ok := f.state.Intents[r.Form.Get("payment_intent")]
	if !ok {
		return nil, missing("payment_intent", r.Form.Get("payment_intent"))
	}
	amount, err := strconv.ParseInt(r.Form.Get("amount"), 10, 64)
	if err != nil {
		return nil, wrong("amount", "an amount is needed")
	}
	if say, ok := f.barred[in.ID]; ok {
		return nil, &problem{http.StatusBadRequest, "invalid_request_error", say, "This charge cannot be refunded.", ""}
	}
	return f.giveBack(in, amount, metadata(r.Form, "metadata"))
}

func (f *Fake) listRefunds(r *http.Request) (any, error) {
	var found []*refund
	for _, re := range f.state.Refunds {
		if re.PaymentIntent == r.Form.Get("payment_intent") {
			found = append(found, re)
		}
	}
	return list("/v1/refunds", found), nil
}

func (f *Fake) listDisputes(r *http.Request) (any, error) {
	var found []*dispute
	for _, d := range f.state.Disputes {
		if c := f.state.Charges[d.Charge]; c != nil && c.PaymentIntent == r.Form.Get("payment_intent") {
			found = append(found, d)
		}
	}
	return list("/v1/disputes", found), nil
}
