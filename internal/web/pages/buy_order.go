package pages

import (
	"encoding/csv"
	"net/http"
	"strconv"
	"time"

	"easel/internal/fault"
	"easel/internal/payment"
	"easel/internal/web/ui"
)

// orderPage is one order: where it stands, what can be done, and its receipt. The payment page leads back here.
type orderPage struct {
	ui.Frame

	URL    string
	State  payment.State
	Title  string
	Say    string
	Demo   bool
	Pay    bool // the payment page is still open
	Done   bool // there are tokens to use
	Closed bool // it came to nothing: another try begins with the packs
	Facts  []fact
	Notes  []string
}

// fact is one line of a receipt.
type fact struct{ Name, Value string }

// soon is after how many seconds a page asks again that waits for somebody else's word.
const soon = 5

// receipt shows an order as it is at this moment. Whoever comes back from the payment page sees what happened there, even
// when nobody has told us yet.
func (s *site) receipt(w http.ResponseWriter, r *http.Request) error {
	owner, id, err := s.askedOrder(r)
	if err != nil {
		return err
	}
	o, late, err := s.Till.Look(r.Context(), owner, id)
	if err != nil {
		return err
	}
	p, err := s.orderPage(r, o, late)
	if err != nil {
		return err
	}
	letOut(w)
	return s.show(w, r, http.StatusOK, "order", &p)
}

func (s *site) orderPage(r *http.Request, o payment.Order, late bool) (orderPage, error) {
	p := orderPage{Frame: ui.Frame{Title: s.texts.Text("order.title", o.Number)}, URL: orderURL(o), State: o.State, Demo: s.Till.Terms().Demo,
		Title: s.texts.Text("order." + string(o.State)), Say: s.texts.Text("order." + string(o.State) + ".say")}
	_, back := r.URL.Query()["back"]
	switch {
	case late:
		p.Say, p.Refresh = s.texts.Text("order.late"), soon
	case o.State == payment.Awaited && back:
		p.Say, p.Refresh = s.texts.Text("order.open.back"), soon
	case o.State == payment.Waiting:
		p.Refresh = 12 * soon
	}
	p.Pay = o.State == payment.Awaited && s.Till.Terms().Open
	p.Closed = o.State == payment.Failed || o.State == payment.Expired
	p.Facts = s.orderFacts(o)
	fate, ok, err := s.Till.Fate(r.Context(), o)
	if err != nil {
		return p, err
	}
	if ok {
		p.Facts = append(p.Facts, s.fateFacts(fate)...)
		p.Done = fate.Free > 0
	}
	switch {
	case o.Refunded.Amount > 0 && o.Refunded.Amount >= o.Total.Amount:
		p.Title, p.Say = s.texts.Text("order.back"), s.texts.Text("order.back.say")
	case ok && fate.Free == o.Tokens:
		p.Title = s.texts.Text("order.paid.n", o.Tokens)
	}
	p.Notes = s.orderNotes(o, fate.Short)
	return p, nil
}

// orderFacts are the lines of the receipt about money.
func (s *site) orderFacts(o payment.Order) []fact {
	say := s.texts.Text
	all := []fact{{say("order.number"), o.Number}, {say("order.made"), s.moment(o.Created)}, {say("order.pack"), s.what(o)},
		{say("order.price"), say("order.price.tax", o.Price.String(), o.Tax)}}
	if !o.PaidAt.IsZero() {
		all = append(all, fact{say("order.paid.sum"), say("order.paid.at", o.Total.String(), s.moment(o.PaidAt))})
	}
	if o.Refunded.Amount > 0 {
		all = append(all, fact{say("order.refunded"), o.Refunded.String()})
	}
	if o.Asked > o.Refunded.Amount {
		all = append(all, fact{say("order.refunding"), payment.Money{Amount: o.Asked - o.Refunded.Amount, Currency: o.Price.Currency}.String()})
	}
	if o.Disputed.Amount > 0 {
		all = append(all, fact{say("order.disputed"), o.Disputed.String()})
	}
	return all
}

// what is what an order is of.
func (s *site) what(o payment.Order) string {
	switch {
	case o.Code && o.Tokens == 1:
		return s.texts.Text("codes.pictures.1")
	case o.Code:
		return s.texts.Text("codes.pictures.n", o.Tokens)
	}
	return s.texts.Text("order.pack.n", o.Tokens)
}

// orderNotes are sentences about what is unusual.
func (s *site) orderNotes(o payment.Order, short int64) (notes []string) {
	switch o.Dispute {
	case payment.DisputeOpen:
		notes = append(notes, s.texts.Text("order.dispute.open"))
	case payment.DisputeWon:
		notes = append(notes, s.texts.Text("order.dispute.won"))
	case payment.DisputeLost:
		notes = append(notes, s.texts.Text("order.dispute.lost"))
	}
	if short > 0 {
		notes = append(notes, s.count("order.short", int(short)))
	}
	return notes
}

func orderURL(o payment.Order) string { return buyURL + "/order/" + o.ID.String() }

// moment says a date and a time.
func (s *site) moment(t time.Time) string { return t.UTC().Format("2 January 2006, 15:04") + " UTC" }

// resume goes on to the payment page of an order that is not paid yet.
func (s *site) resume(w http.ResponseWriter, r *http.Request) error {
	owner, id, err := s.askedOrder(r)
	if err != nil {
		return err
	}
	address, err := s.Till.Resume(r.Context(), owner, id)
	return s.payAt(w, r, address, err)
}

// callOff closes the payment page of an order.
func (s *site) callOff(w http.ResponseWriter, r *http.Request) error {
	owner, id, err := s.askedOrder(r)
	if err != nil {
		return err
	}
	o, err := s.Till.Cancel(r.Context(), owner, id)
	if err != nil {
		return err
	}
	http.Redirect(w, r, orderURL(o), http.StatusSeeOther)
	return nil
}

// ordersPage lists what a person has bought.
type ordersPage struct {
	ui.Frame

	List []orderRow
	Sold bool
}

type orderRow struct{ URL, Number, What, Price, State, Facts string }

func (s *site) orders(w http.ResponseWriter, r *http.Request) error {
	caller, err := s.signedIn(r)
	if err != nil {
		return err
	}
	all, err := s.Till.Orders(r.Context(), caller.Owner)
	if err != nil {
		return err
	}
	p := s.ordersPage(all)
	return s.show(w, r, http.StatusOK, "orders", &p)
}

func (s *site) ordersPage(all []payment.Order) ordersPage {
	p := ordersPage{Frame: ui.Frame{Title: s.texts.Text("orders.title")}, Sold: s.Till.Terms().Open}
	for _, o := range all {
		row := orderRow{URL: orderURL(o), Number: o.Number, What: s.what(o), Price: o.Price.String(), State: s.texts.Text("order." + string(o.State))}
		facts := []string{row.State, s.moment(o.Created)}
		if o.Refunded.Amount > 0 {
			facts = append(facts, s.texts.Text("orders.refunded", o.Refunded.String()))
		}
		row.Facts = join(facts)
		p.List = append(p.List, row)
	}
	return p
}

// ordersTable is the same list for a spreadsheet.
func (s *site) ordersTable(w http.ResponseWriter, r *http.Request) error {
	caller, err := s.signedIn(r)
	if err != nil {
		return err
	}
	all, err := s.Till.Orders(r.Context(), caller.Owner)
	if err != nil {
		return err
	}
	h := w.Header()
	h.Set("Content-Type", "text/csv; charset=utf-8")
	h.Set("Content-Disposition", `attachment; filename="easel-orders.csv"`)
	table := csv.NewWriter(w)
	rows := [][]string{{"order", "created", "paid", "state", "tokens", "price", "paid amount", "refunded", "currency"}}
	for _, o := range all {
		paid := ""
		if !o.PaidAt.IsZero() {
			paid = o.PaidAt.UTC().Format(time.RFC3339)
		}
		rows = append(rows, []string{o.Number, o.Created.UTC().Format(time.RFC3339), paid, string(o.State), strconv.FormatInt(o.Tokens, 10),
			o.Price.Plain(), o.Total.Plain(), o.Refunded.Plain(), o.Price.Currency})
	}
	if err := table.WriteAll(rows); err != nil {
		return fault.Wrap(err, fault.Internal, s.texts.Text("buy.form"))
	}
	return nil
}
