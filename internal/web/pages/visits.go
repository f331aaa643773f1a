package pages

import (
	"net/http"
	"time"

	"easel/internal/account"
	"easel/internal/policy"
	"easel/internal/web/ui"
)

// visitsPage is the record of sign-ins, for somebody who wonders whether it was always they.
type visitsPage struct {
	ui.Frame

	Kept   string // for how long, from the policy
	Visits []signedIn
}

// signedIn is one line of the record.
type signedIn struct{ When, Exact, What, Address string }

func (s *site) visits(w http.ResponseWriter, r *http.Request) error {
	caller, err := s.signedIn(r)
	if err != nil {
		return err
	}
	all, err := s.Accounts.Visits(r.Context(), caller.Owner)
	if err != nil {
		return err
	}
	p := s.visitsPage(all)
	return s.show(w, r, http.StatusOK, "visits", &p)
}

func (s *site) visitsPage(all []account.Visit) visitsPage {
	p := visitsPage{Frame: ui.Frame{Title: s.texts.Text("visits.title")}, Kept: s.texts.Text("visits.lead", s.Policy.Retention[policy.Usage].Keep)}
	for _, v := range all {
		one := signedIn{When: v.At.UTC().Format("2 January 2006, 15:04 UTC"), Exact: v.At.UTC().Format(time.RFC3339), What: v.Agent, Address: v.Address}
		if one.What == "" {
			one.What = s.texts.Text("account.devices.some")
		}
		p.Visits = append(p.Visits, one)
	}
	return p
}
