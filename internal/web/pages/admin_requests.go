package pages

import (
	"net/http"
	"strings"
	"time"

	"github.com/google/uuid"

	"easel/internal/fault"
	"easel/internal/policy"
	"easel/internal/rights"
	"easel/internal/web/edge"
	"easel/internal/web/ui"
)

const adminRequestsURL = "/admin/requests"

// queuePage is the requests that wait, by the time left, and a form for those that came otherwise.
type queuePage struct {
	ui.Frame

	Saved    string
	Closed   bool // the answered ones are shown
	List     []queueRow
	Error    string
	Kinds    []alternative
	Channels []alternative
	Kind     string // chosen
	Channel  string
	Secret   bool
	Received field
	Account  field
	Name     field
	Mail     field
	Words    string
}

type queueRow struct {
	Number, Kind, Facts, State, URL string
	Late                            bool
	Clock                           *ui.Clock
}

func (s *site) requestQueue(w http.ResponseWriter, r *http.Request) error {
	p, err := s.queuePage(r)
	if err != nil {
		return err
	}
	return s.show(w, r, http.StatusOK, "admin_requests", &p)
}

func (s *site) queuePage(r *http.Request) (queuePage, error) {
	operator, err := s.operator(r)
	if err != nil {
		return queuePage{}, err
	}
	closed := r.URL.Query().Has("closed")
	all, err := s.Rights.Queue(r.Context(), operator, !closed)
	if err != nil {
		return queuePage{}, err
	}
	p := s.queueOf(all, r)
	p.Closed, p.Saved = closed, s.saved(r)
	return p, nil
}

// queueOf is the page with a form, which holds what was sent before.
func (s *site) queueOf(all []rights.Request, r *http.Request) queuePage {
	say := s.texts.Text
	line := func(name, label, help string, most int) field {
		return field{Name: name, Label: say(label), Type: "text", Complete: "off", Value: r.PostFormValue(name), Help: help, Max: most}
	}
	p := queuePage{Frame: ui.Frame{Title: say("queue.title")}, Kind: r.PostFormValue("kind"), Channel: r.PostFormValue("channel"), Secret: r.PostFormValue("secret") == "yes",
		Received: line("received", "queue.received", "", 10), Account: line("account", "queue.account", say("queue.account.help"), 36),
		Name: line("name", "queue.name", "", nameMax), Mail: line("mail", "queue.mail", say("queue.mail.help"), mailMax), Words: r.PostFormValue("words")}
	p.Received.Type, p.Received.Required, p.Mail.Type = "date", true, "email"
	if p.Received.Value == "" {
		p.Received.Value = s.Now().UTC().Format(time.DateOnly)
	}
	for _, kind := range rights.Kinds {
		p.Kinds = append(p.Kinds, alternative{string(kind), kind.String()})
	}
	for _, channel := range rights.Channels {
		p.Channels = append(p.Channels, alternative{string(channel), say("queue.by." + string(channel))})
	}
	for _, one := range all {
		row := queueRow{Number: one.Number, Kind: one.Kind.String(), State: s.requestState(one), URL: adminRequestsURL + "/" + one.ID.String(), Late: one.Late(s.Now()),
			Facts: join([]string{say("request.by." + string(one.Channel)), s.moment(one.Received)})}
		if one.State == rights.Open {
			c := s.dueClock(one)
			row.Clock = &c
		}
		p.List = append(p.List, row)
	}
	return p
}

// registerRequest takes in what came by letter, phone or mail.
func (s *site) registerRequest(w http.ResponseWriter, r *http.Request) error {
	operator, err := s.operator(r)
	if err != nil {
		return err
	}
	if err := s.form(r); err != nil {
		return err
	}
	g, err := s.registration(r)
	var made rights.Request
	if err == nil {
		made, err = s.Rights.Register(r.Context(), operator, g)
	}
	if err == nil {
		return see(w, r, adminRequestsURL+"/"+made.ID.String()+"?saved=registered")
	}
	return s.mendQueue(w, r, err)
}

func (s *site) mendQueue(w http.ResponseWriter, r *http.Request, err error) error {
	if !edge.WantsPage(r) || edge.Status(err) == http.StatusInternalServerError {
		return err
	}
	p, broken := s.queuePage(r)
	if broken != nil {
		return broken
	}
	p.Error = fault.Of(err).Say
	return s.show(w, r, edge.Status(err), "admin_requests", &p)
}

// registration reads the form. A day counts from its beginning, or from now when it is today.
func (s *site) registration(r *http.Request) (g rights.Registration, err error) {
	g = rights.Registration{Kind: rights.Kind(r.PostForm.Get("kind")), Channel: rights.Channel(r.PostForm.Get("channel")), Name: r.PostForm.Get("name"),
		Mail: r.PostForm.Get("mail"), Words: r.PostForm.Get("words"), Secret: r.PostForm.Get("secret") == "yes"}
	if text := strings.TrimSpace(r.PostForm.Get("account")); text != "" {
		if g.Account, err = uuid.Parse(text); err != nil {
			return g, fault.New(fault.Invalid, s.texts.Text("queue.account.wrong"))
		}
	}
	if g.Received, err = time.Parse(time.DateOnly, r.PostForm.Get("received")); err != nil {
		return g, fault.New(fault.Invalid, s.texts.Text("queue.received.wrong"))
	}
	return g, nil
}

// filePage is one request as those see it who run the place.
type filePage struct {
	ui.Frame

	Saved, Error, URL string
	State             string
	Late              bool
	Clock             *ui.Clock
	Facts             []fact
	Words             string
	Steps             []requestStep
	Acts              []alternative // none once it is answered
	Told              string        // whether and how the person is written to
	Answer            string        // words that were sent and could not be taken
}

func (s *site) requestFile(w http.ResponseWriter, r *http.Request) error {
	p, err := s.filePage(r)
	if err != nil {
		return err
	}
	return s.show(w, r, http.StatusOK, "admin_request", &p)
}

func (s *site) askedFile(r *http.Request) (operator, id uuid.UUID, err error) {
	if operator, err = s.operator(r); err != nil {
		return operator, id, err
	}
	if id, err = uuid.Parse(r.PathValue("id")); err != nil {
		return operator, id, fault.New(fault.Missing, s.texts.Text("fault.missing"))
	}
	return operator, id, nil
}

func (s *site) filePage(r *http.Request) (filePage, error) {
	operator, id, err := s.askedFile(r)
	if err != nil {
		return filePage{}, err
	}
	f, err := s.Rights.Read(r.Context(), operator, id)
	if err != nil {
		return filePage{}, err
	}
	p := s.fileOf(f)
	p.Saved = s.saved(r)
	return p, nil
}

func (s *site) fileOf(f rights.File) filePage {
	say := s.texts.Text
	p := filePage{Frame: ui.Frame{Title: say("file.title", f.Number)}, URL: adminRequestsURL + "/" + f.ID.String(), State: s.requestState(f.Request), Late: f.Late(s.Now()),
		Words: f.Said.Words, Steps: s.stepsOf(f.Steps), Told: say("file.told.no"),
		Facts: []fact{{say("file.kind"), f.Kind.String()}, {say("file.channel"), say("request.by." + string(f.Channel))}, {say("file.received"), s.moment(f.Received)}, {say("file.due"), s.moment(f.Due)}}}
	add := func(key, value string) {
		if value != "" {
			p.Facts = append(p.Facts, fact{say(key), value})
		}
	}
	add("file.name", f.Said.Name)
	add("file.mail", f.Said.Mail)
	if f.Account {
		add("file.account", f.Subject.String())
		p.Told = say("file.told.account")
	}
	if f.Said.About != uuid.Nil {
		add("file.about", f.Said.About.String())
	}
	if !f.Account && f.Said.Mail != "" && f.Kind != policy.AskAuthority {
		p.Told = say("file.told.mail", f.Said.Mail)
	}
	if f.State != rights.Open {
		return p
	}
	c := s.dueClock(f.Request)
	p.Clock = &c
	for _, what := range []rights.What{rights.Ended, rights.Denied, rights.Told, rights.Note, rights.Suspended, rights.Disclosed} {
		if what == rights.Suspended && !f.Account || what == rights.Disclosed && f.Kind != policy.AskAuthority {
			continue
		}
		p.Acts = append(p.Acts, alternative{string(what), say("file.act." + string(what))})
	}
	return p
}

// requestAct does one step of a request.
func (s *site) requestAct(w http.ResponseWriter, r *http.Request) error {
	operator, id, err := s.askedFile(r)
	if err != nil {
		return err
	}
	if err := s.form(r); err != nil {
		return err
	}
	err = s.Rights.Act(r.Context(), operator, id, rights.What(r.PostForm.Get("what")), r.PostForm.Get("words"))
	if err == nil {
		return see(w, r, adminRequestsURL+"/"+id.String()+"?saved=step")
	}
	say, status, ok := s.mend(w, r, err)
	if !ok {
		return err
	}
	p, broken := s.filePage(r)
	if broken != nil {
		return broken
	}
	p.Error, p.Answer = say, r.PostForm.Get("words")
	return s.show(w, r, status, "admin_request", &p)
}
