package pages

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/google/uuid"

	"easel/internal/fault"
	"easel/internal/ledger"
	"easel/internal/payment"
	"easel/internal/web/edge"
	"easel/internal/web/ui"
)

// Counter is what those who run the place do about orders. Everything that changes something is written down before.
type Counter interface {
	Find(ctx context.Context, staff uuid.UUID, what string) ([]payment.Order, error)
	Inspect(ctx context.Context, staff, order uuid.UUID) (payment.Order, ledger.Order, []payment.Given, error)
	Refund(ctx context.Context, staff, order uuid.UUID, extent payment.Extent, reason, note string) (payment.Order, error)
	Grant(ctx context.Context, staff, owner, key uuid.UUID, tokens int64, reason string) error
	// Open opens a session of the audit log about one person; Behind is that person's purse, for as long as it lasts.
	Open(ctx context.Context, staff, subject uuid.UUID, reason string) (session uuid.UUID, err error)
	Behind(ctx context.Context, staff, session uuid.UUID) ([]ledger.Lot, []ledger.Event, error)
}

const adminOrdersURL = "/admin/orders"

// counterRoutes are for who runs the place.
func (s *site) counterRoutes() handlers {
	if s.Counter == nil {
		return nil
	}
	return handlers{
		"GET /admin/orders":              s.adminOrders,
		"POST /admin/orders":             s.searchOrders,
		"GET /admin/orders/{id}":         s.adminOrder,
		"POST /admin/orders/{id}/refund": s.refund,
		"POST /admin/tokens":             s.grant,
		"POST /admin/people/{id}/look":   s.look,
		"GET /admin/looks/{id}":          s.looked,
	}
}

// adminOrdersPage finds orders, and gives tokens.
type adminOrdersPage struct {
	ui.Frame

	Saved  string
	What   field
	Asked  bool
	List   []orderRow
	Error  string
	Key    string
	Owner  field
	Tokens field
	Why    field
}

func (s *site) adminOrders(w http.ResponseWriter, r *http.Request) error {
	p, err := s.adminOrdersPage(r)
	if err != nil {
		return err
	}
	return s.show(w, r, http.StatusOK, "admin_orders", &p)
}

// searchOrders leads to the page of what was asked for.
func (s *site) searchOrders(w http.ResponseWriter, r *http.Request) error {
	if _, err := s.operator(r); err != nil {
		return err
	}
	http.Redirect(w, r, adminOrdersURL+"?"+url.Values{"what": {r.PostFormValue("what")}}.Encode(), http.StatusSeeOther)
	return nil
}

func (s *site) adminOrdersPage(r *http.Request) (adminOrdersPage, error) {
	operator, err := s.operator(r)
	if err != nil {
		return adminOrdersPage{}, err
	}
	what := strings.TrimSpace(r.URL.Query().Get("what"))
	p := adminOrdersPage{Frame: ui.Frame{Title: s.texts.Text("admin.orders")}, Asked: what != "", Key: uuid.NewString(),
		What:   field{Name: "what", Label: s.texts.Text("admin.orders.what"), Type: "text", Complete: "off", Value: what, Max: 255},
		Owner:  field{Name: "owner", Label: s.texts.Text("admin.grant.account"), Type: "text", Complete: "off", Required: true, Max: 36, Value: r.URL.Query().Get("account")},
		Tokens: field{Name: "tokens", Label: s.texts.Text("admin.grant.tokens"), Type: "text", Complete: "off", Required: true, Max: 5},
		Why:    field{Name: "reason", Label: s.texts.Text("admin.grant.why"), Type: "text", Complete: "off", Required: true, Max: 300}}
	if r.URL.Query().Get("saved") == "granted" {
		p.Saved = s.texts.Text("admin.grant.said")
	}
	found, err := s.Counter.Find(r.Context(), operator, what)
	p.List = s.ordersPage(found).List
	for i := range p.List {
		p.List[i].URL = adminOrdersURL + "/" + found[i].ID.String()
	}
	return p, err
}

// adminOrderPage is one order as those see it who run the place.
type adminOrderPage struct {
	ui.Frame

	Saved   string
	Error   string
	URL     string
	State   string
	Facts   []fact
	Notes   []string
	Owner   string
	Grant   string // where tokens are given
	Look    string // where a session about the account is opened
	Why     field
	Refunds bool
	Extents []alternative
	Reasons []alternative
	Note    field
	Given   []string
}

// alternative is one of several answers.
type alternative struct{ ID, Title string }

func (s *site) adminOrder(w http.ResponseWriter, r *http.Request) error {
	p, err := s.adminOrderPage(r)
	if err != nil {
		return err
	}
	return s.show(w, r, http.StatusOK, "admin_order", &p)
}

func (s *site) adminOrderPage(r *http.Request) (adminOrderPage, error) {
	var p adminOrderPage
	operator, err := s.operator(r)
	if err != nil {
		return p, err
	}
	id, err := uuid.Parse(r.PathValue("id"))
	if err != nil {
		return p, fault.New(fault.Missing, s.texts.Text("admin.orders.none"))
	}
	o, fate, given, err := s.Counter.Inspect(r.Context(), operator, id)
	if err != nil {
		return p, err
	}
	p = s.inspected(o, fate, given)
	if r.URL.Query().Get("saved") == "refund" {
		p.Saved = s.texts.Text("admin.refund.said")
	}
	return p, nil
}

func (s *site) inspected(o payment.Order, fate ledger.Order, given []payment.Given) adminOrderPage {
	say := s.texts.Text
	p := adminOrderPage{Frame: ui.Frame{Title: say("order.title", o.Number)}, URL: adminOrdersURL + "/" + o.ID.String(), State: say("order." + string(o.State)),
		Facts: append(s.orderFacts(o), s.fateFacts(fate)...), Notes: s.orderNotes(o, fate.Short), Owner: say("admin.order.nobody"),
		Note: field{Name: "note", Label: say("admin.refund.note"), Type: "text", Complete: "off", Required: true, Max: 200}}
	for _, id := range []string{o.Session, o.Intent, o.Charge} {
		if id != "" {
			p.Facts = append(p.Facts, fact{say("admin.order.ids"), id})
		}
	}
	if o.Owner != uuid.Nil {
		p.Owner, p.Grant = o.Owner.String(), adminOrdersURL+"?account="+o.Owner.String()+"#grant"
		p.Look = "/admin/people/" + o.Owner.String() + "/look"
		p.Why = field{Name: "reason", Label: say("admin.look.why"), Type: "text", Complete: "off", Required: true, Max: 300}
	}
	p.Refunds = (o.State == payment.Paid || o.State == payment.Review) && o.Promise == uuid.Nil && o.Dispute != payment.DisputeOpen &&
		o.Total.Amount > max(o.Asked, o.Refunded.Amount)+o.Disputed.Amount
	p.Extents = []alternative{{string(payment.Unspent), say("admin.refund.unspent")}, {string(payment.Whole), say("admin.refund.whole")}}
	if o.Code {
		p.Extents = p.Extents[1:] // nobody knows what of it is unspent
	}
	for _, reason := range payment.Reasons {
		p.Reasons = append(p.Reasons, alternative{reason, say("admin.reason." + reason)})
	}
	for _, g := range given {
		p.Given = append(p.Given, join([]string{g.Amount.String(), s.moment(g.Created), say("admin.reason." + g.Reason), say("admin.given." + g.State)}))
	}
	return p
}

// refund gives money back for an order.
func (s *site) refund(w http.ResponseWriter, r *http.Request) error {
	operator, err := s.operator(r)
	if err != nil {
		return err
	}
	id, err := uuid.Parse(r.PathValue("id"))
	if err != nil {
		return fault.New(fault.Missing, s.texts.Text("admin.orders.none"))
	}
	_, err = s.Counter.Refund(r.Context(), operator, id, payment.Extent(r.PostFormValue("extent")), r.PostFormValue("reason"), r.PostFormValue("note"))
	if err == nil {
		http.Redirect(w, r, adminOrdersURL+"/"+id.String()+"?saved=refund", http.StatusSeeOther)
		return nil
	}
	if !edge.WantsPage(r) || edge.Status(err) == http.StatusInternalServerError || fault.Is(err, fault.Missing) {
		return err
	}
	p, wrong := s.adminOrderPage(r)
	if wrong != nil {
		return wrong
	}
	p.Error = fault.Of(err).Say
	return s.show(w, r, edge.Status(err), "admin_order", &p)
}

// grant gives somebody tokens.
func (s *site) grant(w http.ResponseWriter, r *http.Request) error {
	operator, err := s.operator(r)
	if err != nil {
		return err
	}
	owner, bad := uuid.Parse(strings.TrimSpace(r.PostFormValue("owner")))
	key, lost := uuid.Parse(r.PostFormValue("key"))
	tokens, wrong := strconv.ParseInt(r.PostFormValue("tokens"), 10, 32)
	switch {
	case bad != nil || lost != nil || wrong != nil:
		err = fault.New(fault.Invalid, s.texts.Text("admin.grant.form"))
	default:
		err = s.Counter.Grant(r.Context(), operator, owner, key, tokens, r.PostFormValue("reason"))
	}
	if err == nil {
		http.Redirect(w, r, adminOrdersURL+"?saved=granted", http.StatusSeeOther)
		return nil
	}
	if !edge.WantsPage(r) || edge.Status(err) == http.StatusInternalServerError {
		return err
	}
	p, broken := s.adminOrdersPage(r)
	if broken != nil {
		return broken
	}
	p.Error, p.Key = fault.Of(err).Say, r.PostFormValue("key")
	p.Owner.Value, p.Tokens.Value, p.Why.Value = r.PostFormValue("owner"), r.PostFormValue("tokens"), r.PostFormValue("reason")
	return s.show(w, r, edge.Status(err), "admin_orders", &p)
}
