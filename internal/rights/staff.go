package rights

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"easel/internal/fault"
	"easel/internal/mail"
	"easel/internal/policy"
)

// Registration is a request that arrived by letter, phone or mail.
type Registration struct {
	Kind     Kind
	Channel  Channel
	Received time.Time // when it arrived
	Account  uuid.UUID // whose account it is about; zero: of nobody who is known
	Name     string    // of who asked, where there is no account
	Mail     string    // where answers go, where there is no account; "": they are told by other means
	Words    string
	Secret   bool // of a demand: that its subject must not know
}

// ago is how long before its registration a request may have arrived.
const ago = 90 * 24 * time.Hour

func (g *Registration) check(now time.Time) (err error) {
	if err := checkKind(g.Kind, true); err != nil {
		return err
	}
	if !slices.Contains(Channels, g.Channel) {
		return fault.New(fault.Invalid, "Say by which way the request came: letter, phone or mail.")
	}
	if g.Received.After(now) || g.Received.Before(now.Add(-ago)) {
		return fault.New(fault.Invalid, "Give the day on which the request arrived: today, or at most 90 days ago.")
	}
	if g.Secret && g.Kind != policy.AskAuthority {
		return fault.New(fault.Invalid, "Only a demand of an authority can be kept from the person whom it is about.")
	}
	if g.Words, err = written(g.Words); err != nil {
		return err
	}
	if g.Name, err = named(g.Name); err != nil {
		return err
	}
	g.Mail, err = addressed(g.Mail)
	return err
}

// Register takes in a request that arrived otherwise. Its clock runs from the day on which it arrived. It is written down who
// registered it.
func (s *Service) Register(ctx context.Context, staff uuid.UUID, g Registration) (r Request, err error) {
	if err := g.check(s.config.Now()); err != nil {
		return r, err
	}
	id, err := newID()
	if err != nil {
		return r, err
	}
	r = Request{ID: id, Subject: id, Kind: g.Kind, Channel: g.Channel, Received: g.Received}
	said := Said{Words: g.Words, Name: g.Name, Mail: g.Mail}
	to := g.Mail
	switch {
	case g.Account != uuid.Nil && g.Secret:
		said.About, to = g.Account, ""
	case g.Account != uuid.Nil:
		person, err := s.people.Person(ctx, g.Account)
		if err != nil {
			return r, err
		}
		r.Subject, r.Account, to = g.Account, true, person.Mail
		said.Mail = ""
	}
	if g.Kind == policy.AskAuthority && !r.Account { // who demanded is answered by those who run the place, in writing
		to = ""
	}
	if err := s.noted(ctx, staff, "rights.register", r.ID, string(g.Kind)+", by "+string(g.Channel)); err != nil {
		return r, err
	}
	err = s.db.AsOwner(ctx, r.Subject, func(tx pgx.Tx) error {
		if err := s.insert(ctx, tx, &r, said, staff, to != ""); err != nil {
			return err
		}
		return s.begun(ctx, tx, r, to, nil) // who registers it knows that it is there
	})
	return r, err
}

// noted writes down what one of the staff is about to do; Denied for everybody else.
func (s *Service) noted(ctx context.Context, staff uuid.UUID, action string, subject uuid.UUID, reason string) error {
	return s.db.AsOwner(ctx, staff, func(tx pgx.Tx) error { return s.audit.Add(ctx, tx, action, subject, reason) })
}

// Queue lists requests to one of the staff, without anything personal: the open ones by the time left, or the closed ones,
// the newest first. Others get none.
func (s *Service) Queue(ctx context.Context, staff uuid.UUID, open bool) ([]Request, error) {
	return s.listed(ctx, staff, open, nil)
}

func (s *Service) listed(ctx context.Context, staff uuid.UUID, open bool, one *uuid.UUID) (all []Request, err error) {
	err = s.db.AsOwner(ctx, staff, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, `select `+requestColumns+` from easel.rights_staff_requests($1, $2, $3)`, open, one, atOnce)
		if err != nil {
			return err
		}
		all, err = pgx.CollectRows(rows, scanRequest)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list requests: %w", err)
	}
	return all, nil
}

// one returns what lists show of a request.
func (s *Service) one(ctx context.Context, staff, id uuid.UUID) (Request, error) {
	found, err := s.listed(ctx, staff, true, &id)
	if err != nil || len(found) == 0 {
		return Request{}, errors.Join(err, missing(len(found)))
	}
	return found[0], nil
}

func missing(n int) error {
	if n > 0 {
		return nil
	}
	return errNoRequest
}

// Read opens a request to one of the staff, in a session of the audit log that lasts for this look.
func (s *Service) Read(ctx context.Context, staff, id uuid.UUID) (f File, err error) {
	r, err := s.one(ctx, staff, id)
	if err != nil {
		return f, err
	}
	session, err := s.audit.Open(ctx, staff, r.Subject, "Request "+r.Number)
	if err != nil {
		return f, err
	}
	err = s.db.AsSupport(ctx, staff, session.ID, func(tx pgx.Tx) error {
		f.Request = r
		var sealed []byte
		if err := tx.QueryRow(ctx, `select easel.rights_staff_read($1)`, id).Scan(&sealed); err != nil {
			return err
		}
		open := func(sealed []byte) (string, error) { return s.vault.StaffText(ctx, tx, r.Subject, sealed) }
		if f.Said, err = said(sealed, open); err != nil {
			return err
		}
		rows, err := tx.Query(ctx, `select at, staff, what, mailed, sealed from easel.rights_staff_steps($1)`, id)
		if err != nil {
			return err
		}
		f.Steps, err = steps(rows, open)
		return err
	})
	if err != nil {
		return f, fmt.Errorf("read a request: %w", err)
	}
	return f, s.audit.Close(ctx, staff, session.ID)
}

// acts are what the staff can do about an open request: the action in the audit log, and whether the person reads the words.
var acts = map[What]struct {
	action string
	told   bool
	state  State // that it ends in
}{
	Note:      {"rights.note", false, ""},
	Told:      {"rights.tell", true, ""},
	Disclosed: {"rights.disclose", false, ""},
	Suspended: {"rights.suspend", true, ""},
	Ended:     {"rights.answer", true, Done},
	Denied:    {"rights.refuse", true, Refused},
}

// Act does one step of an open request. It is written down before, and the person is written to where the step is for them.
func (s *Service) Act(ctx context.Context, staff, id uuid.UUID, what What, words string) error {
	if _, err := s.one(ctx, staff, id); err != nil {
		return err
	}
	act, known := acts[what]
	if !known {
		return fault.New(fault.Invalid, "Choose what was done.")
	}
	words, err := written(words)
	if err != nil {
		return err
	}
	f, err := s.Read(ctx, staff, id)
	if err != nil {
		return err
	}
	switch {
	case f.State != Open:
		return fault.New(fault.Conflict, "That request has been answered already.")
	case what == Disclosed && f.Kind != policy.AskAuthority:
		return fault.New(fault.Invalid, "Only a demand of an authority is answered by disclosing something.")
	case what == Suspended && !f.Account:
		return fault.New(fault.Invalid, "There is no account whose use could be suspended.")
	}
	if err := s.noted(ctx, staff, act.action, id, "Request "+f.Number); err != nil {
		return err
	}
	to, err := s.to(ctx, f)
	if err != nil {
		return err
	}
	if !act.told {
		to = ""
	}
	return s.db.AsOwner(ctx, f.Subject, func(tx pgx.Tx) error {
		if act.state != "" {
			ended, err := s.close(ctx, tx, f.Request, act.state)
			if err != nil {
				return err
			}
			if !ended {
				return fault.New(fault.Conflict, "That request has been answered already.")
			}
		}
		if what == Suspended {
			if err := s.suspend(ctx, tx, f.Subject); err != nil {
				return err
			}
		}
		if err := s.step(ctx, tx, f.Request, Step{What: what, Staff: staff, Words: words, Mailed: to != ""}); err != nil || to == "" {
			return err
		}
		return s.write(ctx, tx, f.Request, to, mail.RequestStep, map[string]string{"what": outcome[what], "words": words})
	})
}

// outcome is how a letter begins that tells of a step.
var outcome = map[What]string{Told: "There is news about your request", Suspended: "Your data is not used for anything new from now on", Ended: "Your request has been answered",
	Denied: "Your request has been refused"}

// to is where the person of a request is written to; "" where they cannot be.
func (s *Service) to(ctx context.Context, f File) (string, error) {
	switch {
	case f.Kind == policy.AskAuthority && !f.Account:
		return "", nil
	case !f.Account:
		return f.Said.Mail, nil
	}
	p, err := s.people.Person(ctx, f.Subject)
	return p.Mail, err
}
