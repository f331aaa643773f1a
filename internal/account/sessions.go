package account

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"easel/internal/bearer"
	"easel/internal/fault"
)

// Session is what a sign-in gives to the browser.
type Session struct {
	Token   string
	Owner   uuid.UUID
	Expires time.Time // if it is not used before
	Device  string    // for a cookie that outlives the session: it shows that this browser has signed in before
}

// Caller is what a request knows about who makes it.
type Caller struct {
	Owner      uuid.UUID
	SessionID  uuid.UUID
	Admin      bool
	SignedInAt time.Time // when they last proved who they are
}

// fresh is how long after a sign-in the things may be done that need one.
const fresh = 10 * time.Minute

// Fresh reports whether the caller proved who they are within the last ten minutes. It is the gate of what cannot be undone:
// leaving, a new address, a new password.
func (c Caller) Fresh() bool { return time.Since(c.SignedInAt) < fresh }

// how says by what a session was opened.
type how string

const (
	byPassword how = "password"
	byLink     how = "link"
	byFirst    how = "first"
	byIssuer   how = "issuer"
	byPasskey  how = "passkey"
)

// SessionInfo is a session as its owner reads about it.
type SessionInfo struct {
	ID       uuid.UUID
	Device   string // family words; "" when nobody knows
	How      string // password, link, first, issuer, passkey
	Created  time.Time
	LastSeen time.Time // to ten minutes
	Expires  time.Time
}

// seenAgain is how exact "last used" is: not every request needs a write.
const seenAgain = 10 * time.Minute

// Find returns whose session the token is, and puts off its end. Tokens that are malformed, unknown, too old, or of
// somebody who was suspended give ok = false.
func (s *Service) Find(ctx context.Context, token string) (c Caller, ok bool, err error) {
	if !bearer.WellFormed(token) {
		return Caller{}, false, nil
	}
	var seen time.Time
	err = s.db.AsNobody(ctx, func(tx pgx.Tx) error {
		return tx.QueryRow(ctx, `select account, id, admin, seen_at, signed_in_at from easel.account_session_find($1)`, bearer.Digest(token)).
			Scan(&c.Owner, &c.SessionID, &c.Admin, &seen, &c.SignedInAt)
	})
	if errors.Is(err, pgx.ErrNoRows) {
		return Caller{}, false, nil
	}
	if err != nil {
		return Caller{}, false, fmt.Errorf("find a session: %w", err)
	}
	if time.Since(seen) < seenAgain {
		return c, true, nil
	}
	err = s.db.AsOwner(ctx, c.Owner, func(tx pgx.Tx) error {
		_, err := tx.Exec(ctx, `update easel.account_session set seen_at = now(), expires_at = least(now() + $2, ends_at) where id = $1`,
			c.SessionID, s.config.Idle)
		return err
	})
	if err != nil {
		return Caller{}, false, fmt.Errorf("note that a session is used: %w", err)
	}
	return c, true, nil
}

// enter opens a session for the owner, in their transaction, once they have proved who they are: every way in ends here.
// The session that the browser held so far ends. Suspended people are refused.
func (s *Service) enter(ctx context.Context, tx pgx.Tx, owner uuid.UUID, by how, c Client) (Session, error) {
	var suspended *time.Time
	err := tx.QueryRow(ctx, `select suspended_at from easel.account_account where id = $1`, owner).Scan(&suspended)
	if errors.Is(err, pgx.ErrNoRows) {
		return Session{}, errGone
	}
	if err != nil {
		return Session{}, fmt.Errorf("look at an account: %w", err)
	}
	if suspended != nil {
		return Session{}, fault.New(fault.Denied, "This account is suspended. Write to us if you think that this is a mistake.")
	}
	if err := s.endReplaced(ctx, tx, c.Replaces); err != nil {
		return Session{}, err
	}
	token, sum := bearer.New()
	session := Session{Token: token, Owner: owner, Device: s.device(owner)}
	err = tx.QueryRow(ctx, `insert into easel.account_session (digest, account, device, how, expires_at, ends_at)
		values ($1, $2, $3, $4, now() + $5, now() + $6) returning expires_at`,
		sum, owner, short(c.Agent), string(by), min(s.config.Idle, s.config.Absolute), s.config.Absolute).Scan(&session.Expires)
	if err != nil {
		return Session{}, fmt.Errorf("open a session: %w", err)
	}
	return session, s.visited(ctx, tx, owner, c)
}

func (s *Service) endReplaced(ctx context.Context, tx pgx.Tx, token string) error {
	if !bearer.WellFormed(token) {
		return nil
	}
	if _, err := tx.Exec(ctx, `select easel.account_session_end($1)`, bearer.Digest(token)); err != nil {
		return fmt.Errorf("end a session: %w", err)
	}
	return nil
}

// SignOut ends the session of the token. One that is not there has ended.
func (s *Service) SignOut(ctx context.Context, token string) error {
	return s.db.AsNobody(ctx, func(tx pgx.Tx) error { return s.endReplaced(ctx, tx, token) })
}

// Sessions lists the person's sessions, the one that was used last first.
func (s *Service) Sessions(ctx context.Context, owner uuid.UUID) (all []SessionInfo, err error) {
	err = s.db.AsOwner(ctx, owner, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, `select id, device, how, created_at, seen_at, least(expires_at, ends_at) from easel.account_session
			where account = $1 and expires_at > now() and ends_at > now() order by seen_at desc, created_at desc`, owner)
		if err != nil {
			return err
		}
		all, err = pgx.CollectRows(rows, pgx.RowToStructByPos[SessionInfo])
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list sessions: %w", err)
	}
	return all, nil
}

// End ends one of the person's sessions.
func (s *Service) End(ctx context.Context, owner, session uuid.UUID) error {
	return s.endWhere(ctx, owner, `delete from easel.account_session where account = $1 and id = $2`, session)
}

// EndOthers ends all of the person's sessions but one.
func (s *Service) EndOthers(ctx context.Context, owner, keep uuid.UUID) error {
	err := s.endWhere(ctx, owner, `delete from easel.account_session where account = $1 and id <> $2`, keep)
	if fault.Is(err, fault.Missing) {
		return nil // there was only one
	}
	return err
}

func (s *Service) endWhere(ctx context.Context, owner uuid.UUID, sql string, session uuid.UUID) error {
	return s.db.AsOwner(ctx, owner, func(tx pgx.Tx) error {
		tag, err := tx.Exec(ctx, sql, owner, session)
		if err != nil {
			return fmt.Errorf("end sessions: %w", err)
		}
		if tag.RowsAffected() == 0 {
			return fault.New(fault.Missing, "That sign-in is over already.")
		}
		return nil
	})
}

// endAll ends every session of the owner in their transaction, as when a password has changed.
func (s *Service) endAll(ctx context.Context, tx pgx.Tx, owner uuid.UUID) error {
	if _, err := tx.Exec(ctx, `delete from easel.account_session where account = $1`, owner); err != nil {
		return fmt.Errorf("end all sessions: %w", err)
	}
	return nil
}

// short bounds what an edge makes of a header.
func short(agent string) string {
	const most = 60
	if r := []rune(agent); len(r) > most {
		return string(r[:most])
	}
	return agent
}

var errGone = fault.New(fault.Missing, "This account is not here any more.")
