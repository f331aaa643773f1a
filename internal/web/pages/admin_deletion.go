package pages

import (
	"context"
	"net/http"
	"time"

	"github.com/google/uuid"

	"easel/internal/backup"
	"easel/internal/fault"
	"easel/internal/policy"
	"easel/internal/vault"
	"easel/internal/web/ui"
)

// Deletion is what those who run the place see and do about it.
type Deletion interface {
	State(ctx context.Context) (vault.State, error)
	// Copies is when the last backup was made.
	Copies(ctx context.Context) (backup.Copies, error)
	Holds(ctx context.Context, staff uuid.UUID) ([]vault.Hold, error)
	Hold(ctx context.Context, staff uuid.UUID, h vault.Hold) (uuid.UUID, error)
	Lift(ctx context.Context, staff, hold uuid.UUID, reason string) error
	// ConfirmClock says that the system's clock is right.
	ConfirmClock(ctx context.Context, staff uuid.UUID, reason string) error
}

const deletionURL = "/admin/deletion"

func (s *site) deletionRoutes() handlers {
	if s.Deletion == nil {
		return nil
	}
	return handlers{
		"GET /admin/deletion":         s.deletion,
		"POST /admin/deletion/clock":  s.confirmClock,
		"POST /admin/holds":           s.setHold,
		"POST /admin/holds/{id}/lift": s.liftHold,
	}
}

// deletionPage says how deletion stands, and keeps holds.
type deletionPage struct {
	ui.Frame

	Saved   string
	Error   string
	Stopped string // what is said about a clock that has jumped; "": it has not
	Facts   []fact
	Stuck   []string
	Holds   []holdRow
	About   []alternative
	Subject field
	Ends    field
	Why     field
}

type holdRow struct {
	Subject, Facts, Reason, Lift string
	Why                          field
}

func (s *site) deletion(w http.ResponseWriter, r *http.Request) error {
	return s.showDeletion(w, r, http.StatusOK, "")
}

func (s *site) showDeletion(w http.ResponseWriter, r *http.Request, status int, wrong string) error {
	operator, err := s.operator(r)
	if err != nil {
		return err
	}
	state, err := s.Deletion.State(r.Context())
	if err != nil {
		return err
	}
	holds, err := s.Deletion.Holds(r.Context(), operator)
	if err != nil {
		return err
	}
	copies, err := s.Deletion.Copies(r.Context())
	if err != nil {
		return err
	}
	p := s.deletionPage(state, copies, holds)
	p.Error = wrong
	if what := r.URL.Query().Get("saved"); what == "set" || what == "lifted" || what == "clock" {
		p.Saved = s.texts.Text("deletion.saved." + what)
	}
	if r.Method == http.MethodPost {
		p.Subject.Value, p.Ends.Value, p.Why.Value = r.PostFormValue("subject"), r.PostFormValue("ends"), r.PostFormValue("reason")
	}
	return s.show(w, r, status, "admin_deletion", &p)
}

func (s *site) deletionPage(state vault.State, copies backup.Copies, holds []vault.Hold) deletionPage {
	say := s.texts.Text
	plain := func(name, label string, max int) field {
		return field{Name: name, Label: say(label), Type: "text", Complete: "off", Required: true, Max: max}
	}
	p := deletionPage{Frame: ui.Frame{Title: say("deletion.title")}, Subject: plain("subject", "deletion.subject", 36), Why: plain("reason", "deletion.why", 500),
		About: []alternative{{"account", say("deletion.account")}, {"object", say("deletion.object")}},
		Ends:  field{Name: "ends", Label: say("deletion.ends"), Type: "date", Required: true}}
	swept := say("deletion.never")
	if !state.Swept.IsZero() {
		swept = s.moment(state.Swept)
	}
	p.Facts = []fact{{say("deletion.swept"), swept}, {say("deletion.overdue"), say("deletion.n", state.Overdue)}, {say("deletion.late"), state.Late.Round(time.Millisecond).String()},
		{say("deletion.waiting"), say("deletion.n", state.Waiting)}, {say("deletion.held"), say("deletion.n", state.Held)},
		{say("deletion.copied"), say("deletion.copied.never")}}
	if !copies.Keys.IsZero() {
		p.Facts[len(p.Facts)-1].Value = s.moment(copies.Keys)
	}
	if copies.Late(s.Now()) {
		p.Stuck = append(p.Stuck, say("deletion.copied.late", s.moment(copies.Keys), policy.Period(copies.Promised)))
	}
	if state.Clock.Stopped {
		p.Stopped = say("deletion.stopped", s.moment(state.Clock.Since), state.Clock.Jump.Round(time.Second))
		if state.Clock.Doubt {
			p.Stopped = say("deletion.doubted", s.moment(state.Clock.Mark), state.Clock.Jump.Round(time.Minute))
		}
	}
	if state.KeysStuck != "" {
		p.Stuck = append(p.Stuck, say("deletion.stuck.keys", state.KeysStuck))
	}
	if state.Stuck != "" {
		p.Stuck = append(p.Stuck, say("deletion.stuck.bytes", s.moment(state.Since), state.Stuck))
	}
	for _, h := range holds {
		p.Holds = append(p.Holds, s.holdRow(h))
	}
	return p
}

func (s *site) holdRow(h vault.Hold) holdRow {
	say := s.texts.Text
	row := holdRow{Subject: say("deletion.of.account", h.Account), Reason: h.Reason}
	if h.Account == uuid.Nil {
		row.Subject = say("deletion.of.object", h.Object)
	}
	words := []string{say("deletion.set", s.moment(h.Set)), say("deletion.until", s.moment(h.Ends))}
	switch {
	case !h.Lifted.IsZero():
		words = append(words, say("deletion.lifted", s.moment(h.Lifted)))
	case h.Over(s.Now()):
		words = append(words, say("deletion.over"))
	default:
		row.Lift = "/admin/holds/" + h.ID.String() + "/lift"
		row.Why = field{Name: "reason", Label: say("deletion.why"), Type: "text", Complete: "off", Required: true, Max: 500}
	}
	row.Facts = join(words)
	return row
}

// setHold keeps one account or object from being deleted.
func (s *site) setHold(w http.ResponseWriter, r *http.Request) error {
	operator, err := s.operator(r)
	if err != nil {
		return err
	}
	if err := s.form(r); err != nil {
		return err
	}
	subject, wrong := uuid.Parse(r.PostForm.Get("subject"))
	day, odd := time.Parse(time.DateOnly, r.PostForm.Get("ends"))
	h := vault.Hold{Reason: r.PostForm.Get("reason"), Ends: day.AddDate(0, 0, 1)}
	switch {
	case wrong != nil:
		err = fault.New(fault.Invalid, s.texts.Text("deletion.subject.ask"))
	case odd != nil:
		err = fault.New(fault.Invalid, s.texts.Text("deletion.ends.ask"))
	case r.PostForm.Get("about") == "object":
		h.Object = subject
	default:
		h.Account = subject
	}
	if err == nil {
		_, err = s.Deletion.Hold(r.Context(), operator, h)
	}
	return s.afterDeletion(w, r, "set", err)
}

func (s *site) liftHold(w http.ResponseWriter, r *http.Request) error {
	operator, err := s.operator(r)
	if err != nil {
		return err
	}
	id, err := uuid.Parse(r.PathValue("id"))
	if err != nil {
		return fault.New(fault.Missing, s.texts.Text("fault.missing"))
	}
	return s.afterDeletion(w, r, "lifted", s.Deletion.Lift(r.Context(), operator, id, r.PostFormValue("reason")))
}

func (s *site) confirmClock(w http.ResponseWriter, r *http.Request) error {
	operator, err := s.operator(r)
	if err != nil {
		return err
	}
	return s.afterDeletion(w, r, "clock", s.Deletion.ConfirmClock(r.Context(), operator, r.PostFormValue("reason")))
}

// afterDeletion leads back to the page, or shows it with what is wrong.
func (s *site) afterDeletion(w http.ResponseWriter, r *http.Request, saved string, err error) error {
	if err == nil {
		http.Redirect(w, r, deletionURL+"?saved="+saved, http.StatusSeeOther)
		return nil
	}
	say, status, ok := s.mend(w, r, err)
	if !ok {
		return err
	}
	return s.showDeletion(w, r, status, say)
}
