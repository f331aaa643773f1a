package mail

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"easel/internal/audit"
	"easel/internal/fault"
)

// State is where a letter stands.
type State string

// A letter that was sent is not there any more.
const (
	StateWaiting State = "waiting" // to be sent, or to be tried again
	StateKept    State = "kept"    // in the outbox: there is no mail server
	StateFailed  State = "failed"  // given up
)

// Slip is what a list shows of a letter: nothing about a person.
type Slip struct {
	ID       uuid.UUID
	State    State
	Kind     Kind
	Subject  string
	Tries    int
	Said     string // why it was not sent, in a sentence
	Created  time.Time
	Tried    time.Time // zero: not yet
	Deadline time.Time // when it goes
}

// Outbox lists the letters that are kept because there is no mail server, the newest first; at most most, and older than
// before, which may be zero.
func (s *Service) Outbox(ctx context.Context, before time.Time, most int) ([]Slip, error) {
	return s.list(ctx, StateKept, before, most)
}

// Failed lists the letters that were given up, as Outbox does. Their words and addresses are gone.
func (s *Service) Failed(ctx context.Context, before time.Time, most int) ([]Slip, error) {
	return s.list(ctx, StateFailed, before, most)
}

// Waiting lists the letters that are on their way, as Outbox does.
func (s *Service) Waiting(ctx context.Context, before time.Time, most int) ([]Slip, error) {
	return s.list(ctx, StateWaiting, before, most)
}

func (s *Service) list(ctx context.Context, state State, before time.Time, most int) (all []Slip, err error) {
	var end *time.Time
	if !before.IsZero() {
		end = &before
	}
	err = s.db.AsNobody(ctx, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, `select id, kind, tries, said, created_at, tried_at, deadline from easel.mail_list($1, $2, $3)`, string(state), end, most)
		if err != nil {
			return err
		}
		all, err = pgx.CollectRows(rows, func(r pgx.CollectableRow) (l Slip, err error) {
			l.State = state
			var tried *time.Time
			err = r.Scan(&l.ID, &l.Kind, &l.Tries, &l.Said, &l.Created, &tried, &l.Deadline)
			return s.titled(l, tried), err
		})
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list letters: %w", err)
	}
	return all, nil
}

// titled completes a slip.
func (s *Service) titled(l Slip, tried *time.Time) Slip {
	if tried != nil {
		l.Tried = *tried
	}
	l.Subject = s.library.letters[l.Kind].subject
	return l
}

// Find returns what lists show of one letter.
func (s *Service) Find(ctx context.Context, letter uuid.UUID) (l Slip, err error) {
	var tried *time.Time
	l.ID = letter
	err = s.db.AsNobody(ctx, func(tx pgx.Tx) error {
		return tx.QueryRow(ctx, `select state, kind, tries, said, created_at, tried_at, deadline from easel.mail_slip($1)`, letter).
			Scan(&l.State, &l.Kind, &l.Tries, &l.Said, &l.Created, &tried, &l.Deadline)
	})
	if errors.Is(err, pgx.ErrNoRows) {
		return Slip{}, errGone
	}
	if err != nil {
		return Slip{}, fmt.Errorf("find a letter: %w", err)
	}
	return s.titled(l, tried), nil
}

// Again tries a letter that is on its way now, and not only after its wait. One that was given up has no words any more.
func (s *Service) Again(ctx context.Context, letter uuid.UUID) error {
	l, err := s.Find(ctx, letter)
	if err != nil {
		return err
	}
	if l.State != StateWaiting {
		return fault.New(fault.Conflict, "That letter cannot be sent: what it said is gone, or there is no mail server. Whoever it was for can ask for a new one.")
	}
	return s.db.AsNobody(ctx, func(tx pgx.Tx) error { return s.enqueue(ctx, tx, SendArgs{letter}, 0) })
}

var errGone = fault.New(fault.Missing, "That letter is not here. It may have been sent or deleted, or its time is over.")

// Read returns a letter of the outbox to somebody who runs the place, and writes that down in the audit log. Letters that a mail
// server takes cannot be read by anybody: their links open accounts.
func (s *Service) Read(ctx context.Context, reader, letter uuid.UUID) (m Message, err error) {
	if reader == uuid.Nil {
		return Message{}, errGone
	}
	var kind Kind
	var sealed []byte
	err = s.db.AsOwner(ctx, reader, func(tx pgx.Tx) error {
		if err := tx.QueryRow(ctx, `select kind, sealed from easel.mail_read($1, $2)`, letter, reader).Scan(&kind, &sealed); err != nil {
			return err
		}
		return audit.New(s.db).Add(ctx, tx, "mail.read", letter, "A letter of the outbox was opened.")
	})
	if errors.Is(err, pgx.ErrNoRows) {
		return Message{}, errGone
	}
	if err != nil {
		return Message{}, fmt.Errorf("read a letter of the outbox: %w", err)
	}
	return s.open(letter, kind, sealed)
}
