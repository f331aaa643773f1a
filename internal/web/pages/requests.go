package pages

import (
	"net/http"
	"time"

	"easel/internal/policy"
	"easel/internal/rights"
	"easel/internal/web/edge"
	"easel/internal/web/ui"
)

// requestsPage is what somebody has asked about their data, and a form to ask more.
type requestsPage struct {
	ui.Frame

	Saved string
	Form  requestForm
	List  []requestRow
}

// requestForm is the form for a request, of somebody signed in or not.
type requestForm struct {
	Action string
	Kinds  []requestKind
	Words  string
	Name   *field // nil for who is signed in
	Mail   *field // the same
	Error  string
}

// requestKind is one thing that can be asked for.
type requestKind struct {
	ID, Title, Within, Now, URL string // Now: what can be done at once instead, and where
	Checked                     bool
}

// requestRow is one request.
type requestRow struct {
	Number, Kind, Words, State, Facts, Withdraw string
	Clock                                       *ui.Clock // nil once it is answered
	Late                                        bool
	Steps                                       []requestStep
}

type requestStep struct{ When, At, What, Words string }

// atOnceInstead is what somebody signed in can do without asking.
var atOnceInstead = map[policy.RequestKind]struct{ text, url string }{
	policy.AskAccess: {"request.now.access", dataURL}, policy.AskPortability: {"request.now.portability", dataURL + "#take"},
	policy.AskCorrection: {"request.now.correction", accountURL}, policy.AskDeletion: {"request.now.deletion", accountURL + "/leave"},
	policy.AskSuspension: {"request.now.suspension", dataURL + "#suspend"}, policy.AskObjection: {"request.now.objection", dataURL + "#records"},
}

func (s *site) requestForm(action, chosen string, signed bool) requestForm {
	f := requestForm{Action: action}
	for _, kind := range rights.Kinds {
		if kind == policy.AskAuthority {
			continue
		}
		one := requestKind{ID: string(kind), Title: kind.String(), Within: s.texts.Text("request.within", s.Policy.Requests[kind]), Checked: string(kind) == chosen}
		if instead, known := atOnceInstead[kind]; known && signed {
			one.Now, one.URL = s.texts.Text(instead.text), instead.url
		}
		f.Kinds = append(f.Kinds, one)
	}
	return f
}

func (s *site) requests(w http.ResponseWriter, r *http.Request) error {
	p, err := s.requestsPage(r)
	if err != nil {
		return err
	}
	return s.show(w, r, http.StatusOK, "requests", &p)
}

func (s *site) requestsPage(r *http.Request) (requestsPage, error) {
	caller, err := s.signedIn(r)
	if err != nil {
		return requestsPage{}, err
	}
	mine, err := s.Rights.Mine(r.Context(), caller.Owner)
	p := requestsPage{Frame: ui.Frame{Title: s.texts.Text("requests.title")}, Saved: s.saved(r), Form: s.requestForm(requestsURL, r.FormValue("kind"), true)}
	for _, f := range mine {
		p.List = append(p.List, s.requestRow(f))
	}
	return p, err
}

func (s *site) requestRow(f rights.File) requestRow {
	row := requestRow{Number: f.Number, Kind: f.Kind.String(), Words: f.Said.Words, State: s.requestState(f.Request), Late: f.Late(s.Now()),
		Facts: join([]string{s.texts.Text("request.by." + string(f.Channel)), s.moment(f.Received)})}
	if f.State == rights.Open {
		c := s.dueClock(f.Request)
		row.Clock, row.Withdraw = &c, requestsURL+"/"+f.ID.String()+"/withdraw"
	}
	row.Steps = s.stepsOf(f.Steps)
	return row
}

func (s *site) stepsOf(steps []rights.Step) (all []requestStep) {
	for _, step := range steps {
		all = append(all, requestStep{s.moment(step.At), step.At.UTC().Format(time.RFC3339), s.texts.Text("request.step." + string(step.What)), step.Words})
	}
	return all
}

func (s *site) requestState(r rights.Request) string {
	if r.Late(s.Now()) {
		return s.texts.Text("request.late")
	}
	return s.texts.Text("request." + string(r.State))
}

// dueClock is the time that is left for an answer.
func (s *site) dueClock(r rights.Request) ui.Clock {
	c := s.clock(r.Received, r.Due)
	c.Say = s.texts.Text("request.due", s.moment(r.Due))
	if r.Late(s.Now()) {
		c.Say = s.texts.Text("request.was.due", s.moment(r.Due))
	}
	c.Due = true
	return c
}

// request takes in a request of somebody signed in.
func (s *site) request(w http.ResponseWriter, r *http.Request) error {
	caller, err := s.signedIn(r)
	if err != nil {
		return err
	}
	if err := s.form(r); err != nil {
		return err
	}
	if err := s.often(r); err != nil {
		return err
	}
	_, err = s.Rights.Ask(r.Context(), caller.Owner, rights.Kind(r.PostForm.Get("kind")), r.PostForm.Get("words"))
	if err == nil {
		return see(w, r, requestsURL+"?saved=request")
	}
	say, status, ok := s.mend(w, r, err)
	if !ok {
		return err
	}
	p, broken := s.requestsPage(r)
	if broken != nil {
		return broken
	}
	p.Form.Error, p.Form.Words = say, r.PostForm.Get("words")
	return s.show(w, r, status, "requests", &p)
}

// often bounds how many requests come from one network.
func (s *site) often(r *http.Request) error {
	if ok, wait := s.Asks.Allow(s.Edge.Address(r)); !ok {
		return edge.TooOften(wait, s.texts.Text("request.often"))
	}
	return nil
}

func (s *site) withdraw(w http.ResponseWriter, r *http.Request) error {
	caller, id, err := s.one(r)
	if err != nil {
		return err
	}
	if err := s.Rights.Withdraw(r.Context(), caller.Owner, id); err != nil {
		return err
	}
	return see(w, r, requestsURL+"?saved=withdrawn")
}

// strangerPage is the form for people without an account.
type strangerPage struct {
	ui.Frame

	Form requestForm
}

func (s *site) stranger(w http.ResponseWriter, r *http.Request) error {
	if _, ok, err := s.Edge.Caller(r); err == nil && ok {
		return see(w, r, requestsURL)
	}
	p := s.strangerPage(r)
	return s.show(w, r, http.StatusOK, "request", &p)
}

func (s *site) strangerPage(r *http.Request) strangerPage {
	p := strangerPage{Frame: ui.Frame{Title: s.texts.Text("stranger.title")}, Form: s.requestForm(requestURL, r.FormValue("kind"), false)}
	name, mail := s.nameField(r.PostFormValue("name")), s.mailField(r.PostFormValue("mail"))
	name.Help, mail.Complete, mail.Help = "", "email", s.texts.Text("stranger.mail.help")
	p.Form.Name, p.Form.Mail, p.Form.Words = &name, &mail, r.PostFormValue("words")
	return p
}

// strangerAsks writes a letter to the address; the answer is the same whoever has it.
func (s *site) strangerAsks(w http.ResponseWriter, r *http.Request) error {
	if err := s.form(r); err != nil {
		return err
	}
	err := s.often(r)
	if err == nil {
		err = s.Rights.AskUnknown(r.Context(), rights.Asked{Kind: rights.Kind(r.PostForm.Get("kind")), Words: r.PostForm.Get("words"), Name: r.PostForm.Get("name"), Mail: r.PostForm.Get("mail")})
	}
	if err == nil {
		p := s.sentPage("sent.request", r.PostForm.Get("mail"), requestURL)
		return s.show(w, r, http.StatusOK, "sent", &p)
	}
	say, status, ok := s.mend(w, r, err)
	if !ok {
		return err
	}
	p := s.strangerPage(r)
	p.Form.Error = say
	return s.show(w, r, status, "request", &p)
}

// strangerLink shows what a letter's link hands in, and spends nothing.
func (s *site) strangerLink(w http.ResponseWriter, r *http.Request) error {
	quietly(w)
	token := r.PathValue("token")
	kind, err := s.Rights.LookUnknown(r.Context(), token)
	if err != nil {
		return err
	}
	p := linkPage{Frame: ui.Frame{Title: s.texts.Text("stranger.link.title")}, Lead: s.texts.Text("stranger.link.lead", kind), Action: requestURL + "/confirm/" + token,
		Do: s.texts.Text("stranger.link.do"), Beside: s.hang("rough-sketch")}
	return s.show(w, r, http.StatusOK, "link", &p)
}

// confirmedPage says that a request has arrived.
type confirmedPage struct {
	ui.Frame

	Say, Due string
}

func (s *site) strangerConfirms(w http.ResponseWriter, r *http.Request) error {
	quietly(w)
	made, err := s.Rights.Confirm(r.Context(), r.PathValue("token"))
	if err != nil {
		return err
	}
	p := s.confirmedPage(made)
	return s.show(w, r, http.StatusOK, "request_confirmed", &p)
}

func (s *site) confirmedPage(made rights.Request) confirmedPage {
	return confirmedPage{Frame: ui.Frame{Title: s.texts.Text("stranger.done")}, Say: s.texts.Text("stranger.done.say", made.Number), Due: s.texts.Text("request.due", s.moment(made.Due))}
}
