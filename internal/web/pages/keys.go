package pages

import (
	"html/template"
	"net/http"
	"slices"

	"easel/internal/account"
	"easel/internal/web/ui"
)

// keysPage lists keys for programs, makes them, and shows how much they are used.
type keysPage struct {
	ui.Frame

	Saved    string
	Secret   string // of a key just made: it is shown this once
	List     []keyRow
	Chart    template.HTML
	Fresh    bool // a key may be made without proving again who one is
	Confirm  string
	Name     field
	Scopes   []scope
	Error    string
	Document string // where the interface is described
}

type keyRow struct {
	Name, Hint, Scopes, Facts, URL string
	Ended                          bool
}

// scope is one thing that a key may do.
type scope struct {
	ID             account.Scope
	Title, Summary string
	Checked        bool
}

const (
	keysURL    = accountURL + "/keys"
	keyNameMax = 60
	usageDays  = 30
)

func (s *site) scopes(checked []string) []scope {
	all := []scope{
		{ID: account.Generate, Title: s.texts.Text("keys.generate"), Summary: s.texts.Text("keys.generate.a")},
		{ID: account.Read, Title: s.texts.Text("keys.read"), Summary: s.texts.Text("keys.read.a")},
		{ID: account.Delete, Title: s.texts.Text("keys.delete"), Summary: s.texts.Text("keys.delete.a")},
	}
	for i := range all {
		all[i].Checked = slices.Contains(checked, string(all[i].ID))
	}
	return all
}

func (s *site) keys(w http.ResponseWriter, r *http.Request) error {
	caller, err := s.signedIn(r)
	if err != nil {
		return err
	}
	p, err := s.keysPage(r, caller)
	if err != nil {
		return err
	}
	return s.show(w, r, http.StatusOK, "keys", &p)
}

func (s *site) keysPage(r *http.Request, caller account.Caller) (keysPage, error) {
	p := keysPage{Frame: ui.Frame{Title: s.texts.Text("keys.title")}, Saved: s.saved(r), Document: s.Document,
		Fresh: s.isFresh(caller), Confirm: confirmURL(keysURL + "#new"), Scopes: s.scopes([]string{string(account.Generate), string(account.Read)}),
		Name: field{Name: "name", Label: s.texts.Text("keys.name"), Type: "text", Complete: "off", Required: true, Max: keyNameMax, Help: s.texts.Text("keys.name.help")}}
	keys, err := s.Keys.Keys(r.Context(), caller.Owner)
	if err != nil {
		return p, err
	}
	for _, k := range keys {
		p.List = append(p.List, s.keyRow(k))
	}
	if len(keys) > 0 {
		p.Chart, err = s.usage(r, caller)
	}
	return p, err
}

func (s *site) keyRow(k account.Key) keyRow {
	row := keyRow{Name: k.Name, Hint: k.Hint + "…", URL: keysURL + "/" + k.ID.String(), Ended: !k.Revoked.IsZero()}
	var may []string
	for _, one := range s.scopes(nil) {
		if slices.Contains(k.Scopes, one.ID) {
			may = append(may, one.Title)
		}
	}
	row.Scopes = join(may)
	facts := []string{s.texts.Text("keys.made.at", s.day(k.Created)), s.texts.Text("keys.unused")}
	if !k.Used.IsZero() {
		facts[1] = s.texts.Text("keys.used", s.ago(k.Used))
	}
	if row.Ended {
		facts = append(facts, s.texts.Text("keys.ended", s.day(k.Revoked)))
	}
	row.Facts = join(facts)
	return row
}

// usage draws how often each key was used, day by day.
func (s *site) usage(r *http.Request, caller account.Caller) (template.HTML, error) {
	uses, err := s.Keys.Usage(r.Context(), caller.Owner, usageDays)
	if err != nil || len(uses) == 0 {
		return "", err
	}
	chart := ui.Chart{Title: s.texts.Text("keys.usage")}
	for i, use := range uses {
		series := ui.Series{Name: use.Key.Name}
		for _, day := range use.Days {
			if i == 0 {
				chart.Days = append(chart.Days, day.Day)
			}
			series.Counts = append(series.Counts, day.Requests)
		}
		chart.Series = append(chart.Series, series)
	}
	return s.UI.UsageChart(chart)
}

// makeKey makes a key and shows it, this once.
func (s *site) makeKey(w http.ResponseWriter, r *http.Request) error {
	caller, err := s.signedIn(r)
	if err != nil {
		return err
	}
	if err := s.form(r); err != nil {
		return err
	}
	if !s.fresh(w, r, caller, keysURL+"#new") {
		return nil
	}
	var scopes []account.Scope
	for _, asked := range r.PostForm["scope"] {
		scopes = append(scopes, account.Scope(asked))
	}
	secret, _, err := s.Keys.MakeKey(r.Context(), caller.Owner, r.PostForm.Get("name"), scopes)
	status := http.StatusOK
	var say string
	if err != nil {
		var ok bool
		if say, status, ok = s.mend(w, r, err); !ok {
			return err
		}
	}
	p, broken := s.keysPage(r, caller)
	if broken != nil {
		return broken
	}
	p.Secret, p.Error = secret, say
	if say != "" {
		p.Name.Value, p.Scopes = r.PostForm.Get("name"), s.scopes(r.PostForm["scope"])
	}
	return s.show(w, r, status, "keys", &p)
}

func (s *site) revokeKey(w http.ResponseWriter, r *http.Request) error {
	caller, id, err := s.one(r)
	if err != nil {
		return err
	}
	if err := s.Keys.RevokeKey(r.Context(), caller.Owner, id); err != nil {
		return err
	}
	return see(w, r, keysURL+"?saved=revoked")
}
