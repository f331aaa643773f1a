// Package audit writes down who of those who run the place did what, and opens the sessions in which they may look at one
// person's things.
//
// The log is only ever added to: a trigger refuses everything else, also to the owner of the tables. Its rows hold ids, and
// reasons in the words of whoever acted; after an account is gone its id leads to nobody.
package audit

import (
	"context"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"easel/internal/fault"
	"easel/internal/postgres"
)

// Log is the audit log.
type Log struct{ db *postgres.DB }

// New returns the log in a database.
func New(db *postgres.DB) *Log { return &Log{db} }

// Entry is one line of the log.
type Entry struct {
	Number  int64
	At      time.Time
	Actor   uuid.UUID // zero: whoever sat at the machine, or the program by itself
	Action  string    // such as "support.open"
	Subject uuid.UUID // whom or what it was done to; may be zero
	Reason  string
}

// Session lets one of those who run the place look at one person for half an hour. postgres.DB.AsSupport takes its id.
type Session struct {
	ID      uuid.UUID
	Expires time.Time
}

// Reasons are what an act has to be explained with.
const (
	reasonMin = 5
	reasonMax = 500
)

// reasoned returns a reason that says something.
func reasoned(reason string) (string, error) {
	reason = strings.TrimSpace(strings.ToValidUTF8(strings.ReplaceAll(reason, "\x00", ""), ""))
	switch n := utf8.RuneCountInString(reason); {
	case n < reasonMin:
		return "", fault.New(fault.Invalid, "Say why, in a few words: it is written down with what you do.")
	case n > reasonMax:
		return "", fault.New(fault.Invalid, fmt.Sprintf("The reason is too long: at most %d characters.", reasonMax))
	}
	return reason, nil
}

// Add writes down, in the transaction in which it is done, what the transaction's owner does; in a transaction as nobody,
// what is done at the machine itself. Denied when the owner is not one of those who run the place.
func (l *Log) Add(ctx context.Context, tx pgx.Tx, action string, subject uuid.UUID, reason string) error {
	reason, err := reasoned(reason)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `select easel.audit_add($1, $2, $3)`, action, some(subject), reason)
	return denied(err)
}

// some is nil for the zero id.
func some(id uuid.UUID) *uuid.UUID {
	if id == uuid.Nil {
		return nil
	}
	return &id
}

// denied gives the database's refusal a sentence.
func denied(err error) error {
	if err = postgres.StaffOnly(err); err != nil && !fault.Is(err, fault.Denied) {
		return fmt.Errorf("audit log: %w", err)
	}
	return err
}

// Open opens a session in which the actor may look at the subject, and writes that down with it.
func (l *Log) Open(ctx context.Context, actor, subject uuid.UUID, reason string) (s Session, err error) {
	if reason, err = reasoned(reason); err != nil {
		return s, err
	}
	err = l.db.AsOwner(ctx, actor, func(tx pgx.Tx) error {
		return tx.QueryRow(ctx, `select id, expires_at from easel.audit_open($1, $2)`, subject, reason).Scan(&s.ID, &s.Expires)
	})
	return s, denied(err)
}

// Close ends a session of the actor's. One that is over, or somebody else's, stays as it is.
func (l *Log) Close(ctx context.Context, actor, session uuid.UUID) error {
	return l.db.AsOwner(ctx, actor, func(tx pgx.Tx) error {
		_, err := tx.Exec(ctx, `select easel.audit_close($1)`, session)
		return denied(err)
	})
}

// List returns the newest entries whose number is below before, for somebody who runs the place; others get none. Zero
// begins at the end.
func (l *Log) List(ctx context.Context, actor uuid.UUID, before int64, most int) (entries []Entry, err error) {
	if before == 0 {
		before = 1 << 62
	}
	err = l.db.AsOwner(ctx, actor, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, `select number, at, actor, action, subject, reason from easel.audit_list($1, $2)`, before, most)
		if err != nil {
			return err
		}
		entries, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (e Entry, err error) {
			var actor, subject *uuid.UUID
			err = row.Scan(&e.Number, &e.At, &actor, &e.Action, &subject, &e.Reason)
			if actor != nil {
				e.Actor = *actor
			}
			if subject != nil {
				e.Subject = *subject
			}
			return e, err
		})
		return err
	})
	return entries, denied(err)
}

// Expire forgets sessions that are over; what was written down stays.
func (l *Log) Expire(ctx context.Context) error {
	return l.db.AsNobody(ctx, func(tx pgx.Tx) error {
		_, err := tx.Exec(ctx, `select easel.audit_expire()`)
		return denied(err)
	})
}
