package pages

import (
	"net/http"
	"slices"
	"strings"

	"github.com/google/uuid"

	"easel/internal/account"
	"easel/internal/generation"
	"easel/internal/policy"
	"easel/internal/rights"
	"easel/internal/web/ui"
)

// dataPage is everything that is held about somebody, and what they can do about it.
type dataPage struct {
	ui.Frame

	Saved     string
	Kinds     []heldKind
	Works     []heldWork
	How       []string // how it is kept, in the policy's words
	Receivers []string // who else receives it; none: nobody
	Name      string
	Mail      string
	Suspended string // since when; "": it is not
	Records   []record
	Fresh     bool   // they have proved just now who they are
	Confirm   string // where they do
	Questions []question
	Open      string // how many requests wait; "": none
}

// heldKind is one kind of data.
type heldKind struct {
	Count, What, Why, Where, Long string
	Clock                         *ui.Clock // of what ends first; nil where nothing does
	First                         string    // that it is the first of several that ends then
	URL, See                      string    // where it can be looked at
}

// heldWork is one photo with what was drawn from it.
type heldWork struct {
	Name, URL, Picture, Count string
	W, H                      int
	Clock                     ui.Clock
}

// record is one thing that is written down for the person's own sake.
type record struct {
	ID, Title, Say string
	On             bool
}

// question asks whether a picture may be shown.
type question struct {
	URL, Picture, Work, Reason, State string
	Clock                             ui.Clock
	Yes                               bool
}

func (s *site) yourData(w http.ResponseWriter, r *http.Request) error {
	caller, person, err := s.person(r)
	if err != nil {
		return err
	}
	held, err := s.Rights.Held(r.Context(), caller.Owner)
	if err != nil {
		return err
	}
	works, err := s.Studio.Works(r.Context(), caller.Owner)
	if err != nil {
		return err
	}
	p := s.dataPage(held, works, person)
	p.Saved, p.Fresh, p.Confirm = s.saved(r), s.isFresh(caller), confirmURL(dataURL)
	if err := s.allowed(r, &p, caller.Owner); err != nil {
		return err
	}
	return s.show(w, r, http.StatusOK, "your_data", &p)
}

// allowed adds what the person allows, and what they have asked.
func (s *site) allowed(r *http.Request, p *dataPage, owner uuid.UUID) error {
	since, err := s.Rights.Suspended(r.Context(), owner)
	if err != nil {
		return err
	}
	if !since.IsZero() {
		p.Suspended = s.texts.Text("data.suspended", s.moment(since))
	}
	off, err := s.Rights.OptOuts(r.Context(), owner)
	if err != nil {
		return err
	}
	p.Records = s.recordsOf(off)
	asked, err := s.Rights.Permissions(r.Context(), owner)
	if err != nil {
		return err
	}
	for _, one := range asked {
		p.Questions = append(p.Questions, s.questionOf(one))
	}
	open, err := s.Rights.OpenCount(r.Context(), owner)
	if open > 0 {
		p.Open = s.count("data.open", open)
	}
	return err
}

func (s *site) dataPage(held map[policy.Kind]rights.Held, works []generation.Work, person account.Person) dataPage {
	p := dataPage{Frame: ui.Frame{Title: s.texts.Text("data.title")}, Name: person.Name, Mail: person.Mail, Kinds: s.heldKinds(held)}
	for _, part := range s.Policy.Privacy() {
		switch part.ID {
		case "how-it-is-kept":
			p.How = part.Paragraphs
		case "who-receives-it":
			for _, row := range part.Rows {
				p.Receivers = append(p.Receivers, strings.Join(row, " · "))
			}
		}
	}
	for _, work := range works {
		p.Works = append(p.Works, heldWork{Name: s.named(work.Upload), URL: photoURL(work.ID), Picture: photoURL(work.ID) + "/original", W: work.W, H: work.H,
			Count: s.count("studio.count", len(work.Runs)), Clock: s.clock(work.Created, work.Deadline)})
	}
	return p
}

// looks is where each kind of data can be looked at.
var looks = map[policy.Kind]struct{ url, text string }{
	policy.Upload: {"#works", "data.see.works"}, policy.Result: {"#works", "data.see.works"}, policy.Visit: {"/account#devices", "data.see.devices"},
	policy.Usage: {"/account/visits", "data.see.visits"}, policy.Person: {"/account", "data.see.account"}, policy.Order: {"/account/orders", "data.see.orders"},
	policy.Request: {requestsURL, "data.see.requests"}, policy.Consent: {"#permissions", "data.see.permissions"}, policy.Receipt: {"/receipts", "data.see.receipts"},
}

// heldKinds says of each kind that the policy declares how much there is of it about this person.
func (s *site) heldKinds(held map[policy.Kind]rights.Held) (all []heldKind) {
	for _, kind := range policy.Kinds {
		rule, declared := s.Policy.Retention[kind]
		if !declared {
			continue
		}
		row := heldKind{What: rule.What, Why: capital(rule.Why), Long: capital(rule.String())}
		if h, counted := held[kind]; counted {
			row.Count = s.count("data.count", h.Count)
			if !h.First.IsZero() {
				c := s.clock(h.First.Add(-s.Policy.Keep(kind)), h.First)
				row.Clock = &c
				if h.Count > 1 && h.Last.After(h.First) {
					row.First = s.texts.Text("data.first", s.moment(h.Last))
				}
			}
		}
		if look, known := looks[kind]; known && s.offered(kind) {
			row.URL, row.See = look.url, s.texts.Text(look.text)
		}
		all = append(all, row)
	}
	return all
}

// offered reports whether the pages that show a kind of data are there.
func (s *site) offered(kind policy.Kind) bool {
	switch kind {
	case policy.Order:
		return s.Till != nil
	case policy.Receipt:
		return false
	}
	return true
}

func (s *site) recordsOf(off []account.Record) (all []record) {
	if shown, _ := s.Policy.Asks(policy.UsageRecords); !shown {
		return nil
	}
	for _, one := range account.Records {
		if one == account.RecordKeys && s.Keys == nil {
			continue
		}
		all = append(all, record{string(one), s.texts.Text("data.record." + string(one)), s.texts.Text("data.record." + string(one) + ".say"), !slices.Contains(off, one)})
	}
	return all
}

func (s *site) questionOf(p rights.Permission) question {
	return question{URL: dataURL + "/permissions/" + p.ID.String(), Picture: workURL(p.Run) + "/picture", Work: workURL(p.Run), Reason: p.Reason, Yes: p.Answer == rights.Yes,
		State: s.texts.Text("permission." + string(p.Answer)), Clock: s.clock(p.Asked, p.Deadline)}
}

// suspend has nothing new made of the person's data; resumeUse lifts that.
func (s *site) suspend(w http.ResponseWriter, r *http.Request) error {
	return s.changed(w, r, "suspended#suspend", s.Rights.Suspend)
}

func (s *site) resumeUse(w http.ResponseWriter, r *http.Request) error {
	return s.changed(w, r, "resumed#suspend", s.Rights.Resume)
}

// records switches a record off or on. Off deletes what it holds, which takes a fresh proof: it is what shows a stranger.
func (s *site) records(w http.ResponseWriter, r *http.Request) error {
	caller, err := s.signedIn(r)
	if err != nil {
		return err
	}
	if err := s.form(r); err != nil {
		return err
	}
	on := r.PostForm.Get("on") == "yes"
	if !on && !s.fresh(w, r, caller, dataURL) {
		return nil
	}
	if err := s.Rights.Optional(r.Context(), caller.Owner, account.Record(r.PostForm.Get("what")), on); err != nil {
		return err
	}
	return see(w, r, dataURL+"?saved=records#records")
}

// answerPermission says whether a picture may be shown.
func (s *site) answerPermission(w http.ResponseWriter, r *http.Request) error {
	caller, id, err := s.one(r)
	if err != nil {
		return err
	}
	if err := s.form(r); err != nil {
		return err
	}
	if err := s.Rights.Answer(r.Context(), caller.Owner, id, rights.Answer(r.PostForm.Get("answer"))); err != nil {
		return err
	}
	return see(w, r, dataURL+"?saved=answer#permissions")
}

// permissionPage is what the link in a letter shows. Looking says nothing.
type permissionPage struct {
	ui.Frame

	Action, Reason, State, Ends string
	Yes                         bool
	Saved                       string
}

func (s *site) permission(w http.ResponseWriter, r *http.Request) error {
	quietly(w)
	found, err := s.Rights.LookPermission(r.Context(), r.PathValue("token"))
	if err != nil {
		return err
	}
	p := s.permissionPage(r.PathValue("token"), found)
	p.Saved = s.saved(r)
	return s.show(w, r, http.StatusOK, "permission", &p)
}

func (s *site) permissionPage(token string, p rights.Permission) permissionPage {
	return permissionPage{Frame: ui.Frame{Title: s.texts.Text("permission.title")}, Action: "/permission/" + token, Reason: p.Reason, Yes: p.Answer == rights.Yes,
		State: s.texts.Text("permission." + string(p.Answer)), Ends: s.texts.Text("permission.ends", s.moment(p.Deadline))}
}

func (s *site) permit(w http.ResponseWriter, r *http.Request) error {
	quietly(w)
	if err := s.form(r); err != nil {
		return err
	}
	token := r.PathValue("token")
	if err := s.Rights.AnswerLink(r.Context(), token, rights.Answer(r.PostForm.Get("answer"))); err != nil {
		return err
	}
	return see(w, r, "/permission/"+token+"?saved=answer")
}

// schema describes an export.
func (s *site) schema(w http.ResponseWriter, _ *http.Request) error {
	w.Header().Set("Content-Type", "application/schema+json")
	w.Header().Set("Cache-Control", "public, max-age=300")
	_, err := w.Write(rights.Schema)
	return err
}
