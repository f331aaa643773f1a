package pages

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/google/uuid"

	"easel/internal/receipt"
	"easel/internal/web/ui"
)

// Receipts are signed statements about what was deleted.
type Receipts interface {
	// Find returns the receipt of an object or an account, to whoever knows its id.
	Find(ctx context.Context, object uuid.UUID) (receipt.Receipt, error)
	// Own lists what of the owner's was deleted, the newest first.
	Own(ctx context.Context, owner uuid.UUID, before int64, most int) ([]receipt.Own, error)
	// Published are the keys that receipts are checked with.
	Published(ctx context.Context) (receipt.Published, error)
}

const (
	receiptsURL   = accountURL + "/receipts"
	receiptURL    = "/receipts/"
	publishedURL  = "/.well-known/easel-receipts.json"
	receiptsShown = 100
)

// receiptRoutes are for proof of what is gone. A receipt is for whoever knows the id of what was deleted: it says nothing about
// a person, and somebody whose account is gone cannot sign in to fetch theirs.
func (s *site) receiptRoutes() handlers {
	if s.Receipts == nil {
		return nil
	}
	return handlers{
		"GET " + receiptsURL:             s.receipts,
		"GET " + receiptURL + "{object}": s.receiptFile,
		"GET " + publishedURL:            s.published,
	}
}

// receiptsPage lists what of somebody's was deleted.
type receiptsPage struct {
	ui.Frame

	List []receiptRow
	More string // address of the next page; "": there is none
	Keys string
}

type receiptRow struct{ What, When, Exact, Policy, URL string }

func (s *site) receipts(w http.ResponseWriter, r *http.Request) error {
	owner, err := s.caller(r)
	if err != nil {
		return err
	}
	before, _ := strconv.ParseInt(r.URL.Query().Get("before"), 10, 64) // anything else begins at the end
	all, err := s.Receipts.Own(r.Context(), owner, max(0, before), receiptsShown)
	if err != nil {
		return err
	}
	p := s.receiptsPage(all)
	return s.show(w, r, http.StatusOK, "receipts", &p)
}

func (s *site) receiptsPage(all []receipt.Own) receiptsPage {
	p := receiptsPage{Frame: ui.Frame{Title: s.texts.Text("receipts.title")}, Keys: publishedURL}
	for _, o := range all {
		what, err := s.texts.Say("receipts.kind." + o.Kind)
		if err != nil {
			what = o.Kind // of a studio that came later
		}
		p.List = append(p.List, receiptRow{What: what, When: s.moment(o.Deleted), Exact: o.Deleted.UTC().Format(time.RFC3339), URL: receiptURL + o.Object.String(),
			Policy: s.texts.Text("receipts.policy", o.Policy.Studio, o.Policy.Version)})
	}
	if len(all) == receiptsShown {
		p.More = fmt.Sprintf("%s?before=%d", receiptsURL, all[len(all)-1].Number)
	}
	return p
}

// receiptFile hands one out as a file.
func (s *site) receiptFile(w http.ResponseWriter, r *http.Request) error {
	text := r.PathValue("object")
	object, err := uuid.Parse(text)
	if err != nil || object.String() != text { // one spelling only
		return s.notYours()
	}
	found, err := s.Receipts.Find(r.Context(), object)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Disposition", `attachment; filename="receipt-`+text[:8]+`.json"`)
	return asDocument(w, found)
}

// published is what receipts are checked with, for everybody.
func (s *site) published(w http.ResponseWriter, r *http.Request) error {
	all, err := s.Receipts.Published(r.Context())
	if err != nil {
		return err
	}
	w.Header().Set("Access-Control-Allow-Origin", "*")
	w.Header().Set("Cross-Origin-Resource-Policy", "cross-origin")
	return asDocument(w, all)
}

func asDocument(w http.ResponseWriter, v any) error {
	text, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return fmt.Errorf("write a receipt: %w", err)
	}
	w.Header().Set("Content-Type", "application/json")
	if _, err := w.Write(append(text, '\n')); err != nil {
		return fmt.Errorf("answer: %w", err)
	}
	return nil
}
