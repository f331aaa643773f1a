package account

import (
	"context"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
)

// FirstLink returns the token of a link that makes whoever opens it the first who runs the place, as long as nobody does; ""
// once somebody does. It lasts for a day and belongs on the operator's terminal and nowhere else.
func (s *Service) FirstLink(ctx context.Context) (token string, err error) {
	err = s.db.AsNobody(ctx, func(tx pgx.Tx) error {
		var admins int
		if err := tx.QueryRow(ctx, `select easel.account_admins()`).Scan(&admins); err != nil || admins > 0 {
			return err
		}
		token, err = s.makeLink(ctx, tx, LinkFirst, uuid.Nil, struct{}{})
		return err
	})
	if err != nil {
		return "", fmt.Errorf("make the first link: %w", err)
	}
	return token, nil
}

// OpenFirst spends the first link: it makes an account that runs the place, without an address yet, and enters. When somebody
// was faster, by this link or another, it is a Missing fault.
func (s *Service) OpenFirst(ctx context.Context, token string, c Client) (session Session, err error) {
	owner, err := newID()
	if err != nil {
		return Session{}, err
	}
	err = s.db.AsOwner(ctx, owner, func(tx pgx.Tx) error {
		if err := s.spendLink(ctx, tx, LinkFirst, token, &struct{}{}); err != nil {
			return err
		}
		if err := s.create(ctx, tx, owner, address{}, ""); err != nil {
			return err
		}
		raised, err := s.raise(ctx, tx, owner, true)
		if err != nil {
			return err
		}
		if !raised {
			return errLink
		}
		session, err = s.enter(ctx, tx, owner, byFirst, c)
		return err
	})
	return session, err
}

// raise makes the owner one who runs the place; with alone, only if nobody does yet.
func (s *Service) raise(ctx context.Context, tx pgx.Tx, owner uuid.UUID, alone bool) (raised bool, err error) {
	if err := tx.QueryRow(ctx, `select easel.account_raise($1, $2)`, owner, alone).Scan(&raised); err != nil {
		return false, fmt.Errorf("make somebody run the place: %w", err)
	}
	return raised, nil
}

// Invite returns the account of an address that whoever runs the place vouches for, and makes it if there is none.
func (s *Service) Invite(ctx context.Context, mail, name string) (owner uuid.UUID, err error) {
	a, err := parseAddress(mail)
	if err != nil {
		return uuid.Nil, err
	}
	if name, err = cleanName(name); err != nil {
		return uuid.Nil, err
	}
	return s.adopt(ctx, Identity{Mail: a.written, Name: name, MailVerified: true},
		func(context.Context, pgx.Tx, uuid.UUID, bool) error { return nil })
}

// AddAdmin makes whoever has the address run the place, with a new account if there is none, and returns a link that signs
// them in once.
func (s *Service) AddAdmin(ctx context.Context, mail string) (token string, err error) {
	owner, err := s.Invite(ctx, mail, "")
	if err != nil {
		return "", err
	}
	err = s.db.AsOwner(ctx, owner, func(tx pgx.Tx) error {
		if _, err := s.raise(ctx, tx, owner, false); err != nil {
			return err
		}
		token, err = s.makeLink(ctx, tx, LinkSignIn, owner, struct{}{})
		return err
	})
	return token, err
}

// SignInLink returns a link that signs the person in once, within a day.
func (s *Service) SignInLink(ctx context.Context, owner uuid.UUID) (token string, err error) {
	err = s.db.AsOwner(ctx, owner, func(tx pgx.Tx) error {
		token, err = s.makeLink(ctx, tx, LinkSignIn, owner, struct{}{})
		return err
	})
	return token, err
}

// OpenLink spends a sign-in link.
func (s *Service) OpenLink(ctx context.Context, token string, c Client) (session Session, err error) {
	owner, err := s.whose(ctx, LinkSignIn, token)
	if err != nil {
		return Session{}, err
	}
	if owner == uuid.Nil {
		return Session{}, errLink
	}
	err = s.db.AsOwner(ctx, owner, func(tx pgx.Tx) error {
		if err := s.spendLink(ctx, tx, LinkSignIn, token, &struct{}{}); err != nil {
			return err
		}
		session, err = s.enter(ctx, tx, owner, byLink, c)
		return err
	})
	return session, err
}
