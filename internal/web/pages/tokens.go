package pages

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"strconv"
	"time"

	"github.com/google/uuid"

	"easel/internal/fault"
	"easel/internal/ledger"
	"easel/internal/web/ui"
)

// Tokens tells what is in a purse, and what happened to it.
type Tokens interface {
	Balance(ctx context.Context, owner uuid.UUID) (ledger.Balance, error)
	History(ctx context.Context, owner uuid.UUID, cursor int64, most int) ([]ledger.Event, error)
	Export(ctx context.Context, owner uuid.UUID, w io.Writer) error
}

const tokensURL = accountURL + "/tokens"

// tokensPage is somebody's purse: what is in it, until when, and what happened.
type tokensPage struct {
	ui.Frame

	Have, InUse, Frozen string
	Buy                 bool // tokens can be bought, or it is said why not
	Lots                []purseLot
	Events              []eventRow
	First               bool   // there are newer ones
	Older               string // address of those before; empty where there are none
}

type purseLot struct{ Tokens, Facts, Until, Ends string }

type eventRow struct{ What, Title, Why, When, At, Change string }

// came says how a lot came.
var came = map[ledger.Kind]string{ledger.Bought: "tokens.bought", ledger.Granted: "tokens.granted", ledger.Welcomed: "tokens.welcome", ledger.Returned: "tokens.returned"}

// happened says what an event was.
var happened = map[ledger.What]string{
	ledger.EventBought: "tokens.is.bought", ledger.EventGranted: "tokens.is.granted", ledger.EventWelcome: "tokens.is.welcome", ledger.EventReturned: "tokens.is.returned",
	ledger.EventInUse: "tokens.is.in use", ledger.EventSpent: "tokens.is.spent", ledger.EventBack: "tokens.is.back", ledger.EventExpired: "tokens.is.expired",
	ledger.EventRefunded: "tokens.is.refunded", ledger.EventFrozen: "tokens.is.frozen", ledger.EventThawed: "tokens.is.thawed",
}

// eventsShown is how many events a page has.
const eventsShown = 50

func (s *site) tokens(w http.ResponseWriter, r *http.Request) error {
	caller, err := s.signedIn(r)
	if err != nil {
		return err
	}
	var cursor int64
	if text := r.FormValue("before"); text != "" {
		if cursor, err = strconv.ParseInt(text, 10, 64); err != nil || cursor < 1 {
			return fault.New(fault.Missing, s.texts.Text("tokens.cursor"))
		}
	}
	balance, err := s.Tokens.Balance(r.Context(), caller.Owner)
	if err != nil {
		return err
	}
	events, err := s.Tokens.History(r.Context(), caller.Owner, cursor, eventsShown)
	if err != nil {
		return err
	}
	p := s.tokensPage(balance, events, cursor)
	return s.show(w, r, http.StatusOK, "tokens", &p)
}

func (s *site) tokensPage(b ledger.Balance, events []ledger.Event, cursor int64) tokensPage {
	p := tokensPage{Frame: ui.Frame{Title: s.texts.Text("tokens.title")}, Have: s.count("tokens.have", int(b.Settled)),
		InUse: s.count("tokens.use", int(b.Held)), Frozen: s.count("tokens.frozen", int(b.Frozen)), Buy: s.Till != nil, First: cursor > 0}
	for _, lot := range b.Lots {
		p.Lots = append(p.Lots, s.purseLot(lot))
	}
	for _, e := range events {
		p.Events = append(p.Events, eventRow{What: s.texts.Text(happened[e.What]), Title: e.Title, Why: e.Why, When: s.moment(e.At),
			At: e.At.UTC().Format(time.RFC3339), Change: change(e.Change)})
	}
	if len(events) == eventsShown {
		p.Older = tokensURL + "?before=" + strconv.FormatInt(events[len(events)-1].Number, 10) + "#history"
	}
	return p
}

func (s *site) purseLot(lot ledger.Lot) purseLot {
	facts := []string{s.texts.Text(came[lot.Kind], s.day(lot.Created))}
	if lot.Reason != "" {
		facts = append(facts, lot.Reason)
	}
	left := lot.Free + lot.Held + lot.Frozen
	if left < lot.Tokens {
		facts = append(facts, s.texts.Text("tokens.came", left, lot.Tokens))
	}
	if lot.Held > 0 {
		facts = append(facts, s.texts.Text("tokens.held", lot.Held))
	}
	if lot.Frozen > 0 {
		facts = append(facts, s.texts.Text("tokens.ice", lot.Frozen))
	}
	return purseLot{Tokens: s.count("tokens.lot", int(left)), Facts: join(facts), Until: s.texts.Text("tokens.until", s.day(lot.Expires)), Ends: lot.Expires.UTC().Format(time.RFC3339)}
}

// change writes a change with its sign; none is a dash.
func change(n int64) string {
	switch {
	case n > 0:
		return "+" + strconv.FormatInt(n, 10)
	case n < 0:
		return "\u2212" + strconv.FormatInt(-n, 10)
	}
	return "\u2013"
}

// tokensTable is the whole history for a spreadsheet.
func (s *site) tokensTable(w http.ResponseWriter, r *http.Request) error {
	caller, err := s.signedIn(r)
	if err != nil {
		return err
	}
	var table bytes.Buffer // a failure is an answer of its own, not half a table
	if err := s.Tokens.Export(r.Context(), caller.Owner, &table); err != nil {
		return err
	}
	h := w.Header()
	h.Set("Content-Type", "text/csv; charset=utf-8")
	h.Set("Content-Disposition", `attachment; filename="easel-tokens.csv"`)
	h.Set("Cache-Control", "no-store")
	_, err = table.WriteTo(w)
	return err
}

// tokensRoutes are for looking into one's purse.
func (s *site) tokensRoutes() handlers {
	if s.Tokens == nil {
		return nil
	}
	return handlers{"GET /account/tokens": s.tokens, "GET /account/tokens.csv": s.tokensTable}
}
