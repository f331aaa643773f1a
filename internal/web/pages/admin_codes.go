package pages

import (
	"context"
	"encoding/csv"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"

	"easel/internal/fault"
	"easel/internal/unlock"
	"easel/internal/web/edge"
	"easel/internal/web/ui"
)

// Mint is what those who run the place do about unlock codes. Whoever calls is asked for in the database as well, and what
// changes something is written down with it.
type Mint interface {
	Batches(ctx context.Context, staff uuid.UUID) ([]unlock.Batch, error)
	Mint(ctx context.Context, staff uuid.UUID, codes, uses int, lasts time.Duration) (batch uuid.UUID, minted []string, err error)
	Void(ctx context.Context, staff, batch uuid.UUID, reason string) error
}

const (
	adminCodesURL = "/admin/codes"
	daysMost      = int(unlock.Longest / day)
	day           = 24 * time.Hour
)

// codeRoutes are for who runs the place.
func (s *site) codeRoutes() handlers {
	if s.Mint == nil {
		return nil
	}
	return handlers{
		"GET /admin/codes":            s.adminCodes,
		"POST /admin/codes":           s.mint,
		"POST /admin/codes/{id}/void": s.void,
	}
}

// adminCodesPage mints codes and lists what was minted.
type adminCodesPage struct {
	ui.Frame

	Saved string
	Error string
	Count field
	Uses  field
	Days  field
	Why   field
	List  []batchRow
}

type batchRow struct {
	ID                 string
	What, Facts, State string
	Void               bool // it can be withdrawn
}

func (s *site) adminCodes(w http.ResponseWriter, r *http.Request) error {
	p, err := s.adminCodesPage(r)
	if err != nil {
		return err
	}
	if r.URL.Query().Get("saved") == "void" {
		p.Saved = s.texts.Text("admin.codes.void.said")
	}
	return s.show(w, r, http.StatusOK, "admin_codes", &p)
}

func (s *site) adminCodesPage(r *http.Request) (adminCodesPage, error) {
	operator, err := s.operator(r)
	if err != nil {
		return adminCodesPage{}, err
	}
	all, err := s.Mint.Batches(r.Context(), operator)
	if err != nil {
		return adminCodesPage{}, err
	}
	number := func(name, key, value string, most int) field {
		return field{Name: name, Label: s.texts.Text(key), Type: "text", Complete: "off", Required: true, Max: len(strconv.Itoa(most)), Value: value}
	}
	p := adminCodesPage{Frame: ui.Frame{Title: s.texts.Text("admin.codes")}, Count: number("count", "admin.codes.count", "10", unlock.MostCodes),
		Uses: number("uses", "admin.codes.uses", "1", unlock.MostUses), Days: number("days", "admin.codes.days", "365", daysMost),
		Why: field{Name: "reason", Label: s.texts.Text("admin.codes.void.why"), Type: "text", Complete: "off", Required: true, Max: 300}}
	for _, b := range all {
		p.List = append(p.List, s.batchRow(b))
	}
	return p, nil
}

func (s *site) batchRow(b unlock.Batch) batchRow {
	say := s.texts.Text
	each := say("admin.codes.uses.1")
	if b.Uses != 1 {
		each = say("admin.codes.uses.n", b.Uses)
	}
	date := func(t time.Time) string { return t.UTC().Format("2 January 2006") }
	row := batchRow{ID: b.ID.String(), What: say("admin.codes.what", b.Codes, each), State: say("admin.codes.good"),
		Facts: say("admin.codes.facts", date(b.Minted), date(b.Expires), b.Unused)}
	if b.Stock > 0 {
		row.Facts = join([]string{row.Facts, say("admin.codes.stock", b.Stock)})
	}
	switch {
	case !b.Voided.IsZero():
		row.State = say("admin.codes.voided")
	case !s.Now().Before(b.Expires):
		row.State = say("admin.codes.over")
	default:
		row.Void = true
	}
	return row
}

// mint makes a batch and hands it out as a table, this once.
func (s *site) mint(w http.ResponseWriter, r *http.Request) error {
	operator, err := s.operator(r)
	if err != nil {
		return err
	}
	var asked [3]int
	for i, name := range [3]string{"count", "uses", "days"} {
		if asked[i], err = strconv.Atoi(strings.TrimSpace(r.PostFormValue(name))); err != nil || asked[i] > max(unlock.MostCodes, daysMost) {
			return s.mintAgain(w, r, fault.New(fault.Invalid, s.texts.Text("admin.codes.form")))
		}
	}
	lasts := time.Duration(asked[2]) * day
	expires := s.Now().Add(lasts)
	batch, minted, err := s.Mint.Mint(r.Context(), operator, asked[0], asked[1], lasts)
	if err != nil {
		return s.mintAgain(w, r, err)
	}
	h := w.Header()
	h.Set("Content-Type", "text/csv; charset=utf-8")
	h.Set("Content-Disposition", `attachment; filename="easel-codes-`+batch.String()[:8]+`.csv"`)
	h.Set("Cache-Control", "no-store")
	table := csv.NewWriter(w)
	rows := [][]string{{"code", "uses", "expires", "batch"}}
	for _, code := range minted {
		rows = append(rows, []string{code, strconv.Itoa(asked[1]), expires.UTC().Format(time.RFC3339), batch.String()})
	}
	return table.WriteAll(rows)
}

// mintAgain shows the form as it was filled in, with what was wrong.
func (s *site) mintAgain(w http.ResponseWriter, r *http.Request, err error) error {
	if !edge.WantsPage(r) || edge.Status(err) == http.StatusInternalServerError {
		return err
	}
	p, broken := s.adminCodesPage(r)
	if broken != nil {
		return broken
	}
	p.Error = fault.Of(err).Say
	p.Count.Value, p.Uses.Value, p.Days.Value = r.PostFormValue("count"), r.PostFormValue("uses"), r.PostFormValue("days")
	return s.show(w, r, edge.Status(err), "admin_codes", &p)
}

// void makes a batch worthless.
func (s *site) void(w http.ResponseWriter, r *http.Request) error {
	operator, err := s.operator(r)
	if err != nil {
		return err
	}
	batch, err := uuid.Parse(r.PathValue("id"))
	if err != nil {
		return fault.New(fault.Missing, s.texts.Text("admin.codes.batch.wrong"))
	}
	if err := s.Mint.Void(r.Context(), operator, batch, r.PostFormValue("reason")); err != nil {
		return s.mintAgain(w, r, err)
	}
	http.Redirect(w, r, adminCodesURL+"?saved=void", http.StatusSeeOther)
	return nil
}
