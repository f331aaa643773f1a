package rights

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"easel/internal/fault"
	"easel/internal/mail"
	"easel/internal/policy"
)

// kindWords are the kinds as letters say them, after "a request".
var kindWords = map[Kind]string{
	policy.AskStatus: "to know how your data is processed", policy.AskSuspension: "that your data is not used", policy.AskCorrection: "to have something corrected",
	policy.AskDeletion: "to have something deleted", policy.AskAccess: "to know what is held about you", policy.AskPortability: "to receive your data in a portable form",
	policy.AskObjection: "to object to a use of your data", policy.AskCompensation: "for compensation", policy.AskChild: "about a child's data", policy.AskAuthority: "of an authority",
}

// runner is one of those who run the place, with the address that letters go to.
type runner struct {
	id   uuid.UUID
	mail string
}

// staff returns those who run the place and can be written to.
func (s *Service) staff(ctx context.Context) (all []runner, err error) {
	ids, err := s.people.Runners(ctx)
	if err != nil {
		return nil, err
	}
	for _, id := range ids {
		p, err := s.people.Person(ctx, id)
		if fault.Is(err, fault.Missing) {
			continue // gone meanwhile
		}
		if err != nil {
			return nil, err
		}
		if p.Mail != "" {
			all = append(all, runner{id, p.Mail})
		}
	}
	return all, nil
}

// values are what all letters about a request say.
func (s *Service) values(r Request) map[string]string {
	due := r.Due.UTC().Format("2 January 2006, 15:04") + " UTC"
	return map[string]string{"site": s.config.PublicURL.String(), "number": r.Number, "kind": kindWords[r.Kind], "due": due}
}

// begun tells the person that their request has arrived, if they have an address, and the staff that there is one.
func (s *Service) begun(ctx context.Context, tx pgx.Tx, r Request, to string, staff []runner) error {
	if to != "" {
		if err := s.write(ctx, tx, r, to, mail.RequestReceived, nil); err != nil {
			return err
		}
	}
	return s.tellStaff(ctx, tx, r, staff, "is new")
}

func (s *Service) tellStaff(ctx context.Context, tx pgx.Tx, r Request, staff []runner, what string) error {
	for _, one := range staff {
		values := s.values(r)
		values["what"], values["link"] = what, s.address("admin", "requests", r.ID.String())
		if err := s.post.Write(ctx, tx, mail.Letter{Owner: one.id, To: one.mail, Kind: mail.RequestStaff, Values: values}); err != nil {
			return err
		}
	}
	return nil
}

// write writes to the person of a request. It goes with the account, if there is one.
func (s *Service) write(ctx context.Context, tx pgx.Tx, r Request, to string, kind mail.Kind, more map[string]string) error {
	values := s.values(r)
	for name, value := range more {
		values[name] = value
	}
	l := mail.Letter{To: to, Kind: kind, Values: values}
	if r.Account {
		l.Owner = r.Subject
	}
	return s.post.Write(ctx, tx, l)
}

// soonShare is how much of an answer's time may be left when the staff are reminded; never less than soonLeast.
const (
	soonShare = 4
	soonLeast = 24 * time.Hour
	soonMost  = 14 * 24 * time.Hour // how far ahead is looked at all
)

// soon is when the staff are reminded of a request.
func (r Request) soon() time.Time {
	return r.Due.Add(-max(min(soonLeast, r.Due.Sub(r.Received)/2), r.Due.Sub(r.Received)/soonShare))
}

// Remind writes to the staff about requests that are due soon, and about those that are late: once each.
func (s *Service) Remind(ctx context.Context) error {
	now := s.config.Now()
	var all []Request
	err := s.db.AsNobody(ctx, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, `select `+requestColumns+` from easel.rights_waiting($1, $2, $3)`, now.Add(soonMost), now, atOnce)
		if err != nil {
			return err
		}
		all, err = pgx.CollectRows(rows, scanRequest)
		return err
	})
	if err != nil {
		return fmt.Errorf("find requests that are due: %w", err)
	}
	var staff []runner
	var wrong []error
	for _, r := range all {
		stage, what, say := 1, Reminded, "is due soon"
		switch {
		case r.Late(now):
			stage, what, say = 2, Overdue, "is late"
		case now.Before(r.soon()):
			continue
		}
		if staff == nil {
			if staff, err = s.staff(ctx); err != nil {
				return err
			}
		}
		wrong = append(wrong, s.db.AsOwner(ctx, r.Subject, func(tx pgx.Tx) error {
			tag, err := tx.Exec(ctx, `update easel.rights_request set reminded = $2 where id = $1 and state = 'open' and reminded < $2`, r.ID, stage)
			if err != nil || tag.RowsAffected() == 0 {
				return err
			}
			if err := s.step(ctx, tx, r, Step{What: what}); err != nil {
				return err
			}
			return s.tellStaff(ctx, tx, r, staff, say)
		}))
	}
	return errors.Join(wrong...)
}
