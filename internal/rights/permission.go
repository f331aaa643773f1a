package rights

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"easel/internal/bearer"
	"easel/internal/fault"
	"easel/internal/mail"
)

// Answer is what the owner of a picture says to the question whether it may be shown.
type Answer string

// The answers. Back takes a yes back.
const (
	Unanswered Answer = "asked"
	Yes        Answer = "yes"
	No         Answer = "no"
	Back       Answer = "withdrawn"
)

// Permission is one question about one picture. It goes with the picture.
type Permission struct {
	ID       uuid.UUID
	Owner    uuid.UUID
	Run      uuid.UUID
	Reason   string // what for
	Answer   Answer
	Asked    time.Time
	Answered time.Time // zero: not yet
	Deadline time.Time
}

const permissionColumns = `id, owner, run, reason, answer, asked_at, answered_at, deadline`

func scanPermission(row pgx.CollectableRow) (p Permission, err error) {
	var answered *time.Time
	err = row.Scan(&p.ID, &p.Owner, &p.Run, &p.Reason, &p.Answer, &p.Asked, &answered, &p.Deadline)
	if answered != nil {
		p.Answered = *answered
	}
	return p, err
}

// reasonMost is how long a reason may be, in characters; the database refuses more.
const reasonMost = 500

// AskPermission has one of the staff ask the owner of a finished portrait whether the studio may show it. The owner gets a
// letter, and each picture is asked about once: who said no is not asked again.
func (s *Service) AskPermission(ctx context.Context, staff, run uuid.UUID, reason string) error {
	reason = strings.Join(strings.Fields(strings.ToValidUTF8(reason, "")), " ")
	if n := utf8.RuneCountInString(reason); n < wordsMin || n > reasonMost {
		return fault.New(fault.Invalid, fmt.Sprintf("Say what the picture would be shown for, in at most %d characters: its owner reads it.", reasonMost))
	}
	picture, err := s.config.Run(ctx, staff, run)
	if err != nil {
		return err
	}
	if err := s.noted(ctx, staff, "rights.ask-permission", run, reason); err != nil {
		return err
	}
	id, err := newID()
	if err != nil {
		return err
	}
	token, sum := bearer.New()
	err = s.db.AsOwner(ctx, picture.Owner, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `insert into easel.rights_permission (id, owner, run, digest, reason, deadline) values ($1, $2, $3, $4, $5, $6)`,
			id, picture.Owner, run, sum, reason, picture.Deadline); err != nil {
			return err
		}
		return s.people.Tell(ctx, tx, picture.Owner, mail.PermissionAsked, map[string]string{"style": picture.Style, "reason": reason,
			"ends": picture.Deadline.UTC().Format("2 January 2006, 15:04") + " UTC", "link": s.address("permission", token)})
	})
	var said *pgconn.PgError
	switch {
	case errors.As(err, &said) && said.Code == "23505":
		return fault.Wrap(err, fault.Conflict, "The owner of this portrait has been asked already.")
	case errors.As(err, &said) && said.Code == "23503":
		return fault.Wrap(err, fault.Missing, "This portrait is gone.")
	}
	return err
}

// Permissions are the questions about the person's pictures that are still here, the newest first.
func (s *Service) Permissions(ctx context.Context, owner uuid.UUID) (all []Permission, err error) {
	err = s.db.AsOwner(ctx, owner, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, `select `+permissionColumns+` from easel.rights_permission where owner = $1 and deadline > $2 order by asked_at desc, id`, owner, s.config.Now())
		if err != nil {
			return err
		}
		all, err = pgx.CollectRows(rows, scanPermission)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list permissions: %w", err)
	}
	return all, nil
}

// AllPermissions are the questions about pictures that are still here, as one of the staff sees them; others see none.
func (s *Service) AllPermissions(ctx context.Context, staff uuid.UUID) ([]Permission, error) {
	return s.permissions(ctx, staff, nil)
}

func (s *Service) permissions(ctx context.Context, staff uuid.UUID, one *uuid.UUID) (all []Permission, err error) {
	err = s.db.AsOwner(ctx, staff, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, `select `+permissionColumns+` from easel.rights_staff_permissions($1, $2)`, one, atOnce)
		if err != nil {
			return err
		}
		all, err = pgx.CollectRows(rows, scanPermission)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list permissions: %w", err)
	}
	return all, nil
}

// Permitted returns the picture of a question to one of the staff, as long as its owner says yes, and writes that down.
func (s *Service) Permitted(ctx context.Context, staff, permission uuid.UUID) (p Permission, err error) {
	found, err := s.permissions(ctx, staff, &permission)
	if err != nil {
		return p, err
	}
	if len(found) == 0 || found[0].Answer != Yes {
		return p, fault.New(fault.Missing, "There is no picture here that its owner lets be shown.")
	}
	return found[0], s.noted(ctx, staff, "rights.use-picture", permission, "A picture was fetched with its owner's yes.")
}

// LookPermission says what a letter's link is about, and changes nothing.
func (s *Service) LookPermission(ctx context.Context, token string) (p Permission, err error) {
	if !bearer.WellFormed(token) {
		return p, errLink
	}
	var id, owner uuid.UUID
	err = s.db.AsNobody(ctx, func(tx pgx.Tx) error {
		return tx.QueryRow(ctx, `select id, owner from easel.rights_permission_find($1)`, bearer.Digest(token)).Scan(&id, &owner)
	})
	if errors.Is(err, pgx.ErrNoRows) {
		return p, errLink
	}
	if err != nil {
		return p, fmt.Errorf("read a link: %w", err)
	}
	return s.permission(ctx, owner, id)
}

func (s *Service) permission(ctx context.Context, owner, id uuid.UUID) (p Permission, err error) {
	err = s.db.AsOwner(ctx, owner, func(tx pgx.Tx) error {
		p, err = s.lookAt(ctx, tx, id)
		return err
	})
	return p, err
}

func (s *Service) lookAt(ctx context.Context, tx pgx.Tx, id uuid.UUID) (p Permission, err error) {
	rows, err := tx.Query(ctx, `select `+permissionColumns+` from easel.rights_permission where id = $1 and deadline > $2`, id, s.config.Now())
	if err != nil {
		return p, err
	}
	p, err = pgx.CollectExactlyOneRow(rows, scanPermission)
	if errors.Is(err, pgx.ErrNoRows) {
		return p, fault.New(fault.Missing, "That picture is gone, and with it the question.")
	}
	return p, err
}

// AnswerLink answers for whoever holds the letter.
func (s *Service) AnswerLink(ctx context.Context, token string, a Answer) error {
	p, err := s.LookPermission(ctx, token)
	if err != nil {
		return err
	}
	return s.Answer(ctx, p.Owner, p.ID, a)
}

// Answer records what the owner says, as often as they say something else. A yes can be taken back for as long as the picture
// is there; to take back what was never given is a no.
func (s *Service) Answer(ctx context.Context, owner, id uuid.UUID, a Answer) error {
	return s.db.AsOwner(ctx, owner, func(tx pgx.Tx) error {
		p, err := s.lookAt(ctx, tx, id)
		if err != nil {
			return err
		}
		switch {
		case a != Yes && a != No && a != Back:
			return fault.New(fault.Invalid, "Answer yes or no.")
		case a == Back && p.Answer != Yes:
			a = No
		case a == No && p.Answer == Yes:
			a = Back
		}
		if p.Answer == a || a == No && p.Answer == Back {
			return nil
		}
		now := s.config.Now()
		if _, err := tx.Exec(ctx, `update easel.rights_permission set answer = $2, answered_at = $3 where id = $1`, id, string(a), now); err != nil {
			return fmt.Errorf("record an answer: %w", err)
		}
		_, err = tx.Exec(ctx, `insert into easel.rights_answer (permission, owner, number, answer)
			select $1, $2, 1 + count(*), $3 from easel.rights_answer where permission = $1`, id, owner, string(a))
		return err
	})
}
