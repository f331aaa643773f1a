package account

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"easel/internal/bearer"
	"easel/internal/fault"
)

// Purpose is what a link is for. It is part of the link's address: /link/<purpose>/<token>.
type Purpose string

// The links that there are. To look at one (GET) spends nothing; only what the page then sends (POST) does.
const (
	LinkSignUp Purpose = "sign-up" // confirm the address and make the account
	LinkReset  Purpose = "reset"   // choose a new password
	LinkMail   Purpose = "mail"    // confirm a new address
	LinkSignIn Purpose = "sign-in" // made by whoever runs the place, for somebody who cannot come in
	LinkFirst  Purpose = "first"   // the first who runs the place
	linkNone   Purpose = "none"    // opens nothing: written where there is nobody, so that the work is the same
)

// lasts is how long each link can be spent.
var lasts = map[Purpose]time.Duration{
	LinkSignUp: 24 * time.Hour, LinkReset: time.Hour, LinkMail: 24 * time.Hour, LinkSignIn: 24 * time.Hour, LinkFirst: 24 * time.Hour,
	linkNone: time.Hour,
}

// Path is where a link leads on the site.
func Path(p Purpose, token string) string { return "/link/" + string(p) + "/" + token }

var errLink = fault.New(fault.Missing, "This link has been used already, or its time is over. Ask for a new one.")

func sealedFor(p Purpose, token string) string { return "account link/" + string(p) + "/" + token }

// makeLink keeps a link and returns its token. content is what it will do. It works in any transaction.
func (s *Service) makeLink(ctx context.Context, tx pgx.Tx, p Purpose, owner uuid.UUID, content any) (token string, err error) {
	plain, err := json.Marshal(content)
	if err != nil {
		return "", fmt.Errorf("make a link: %w", err)
	}
	token, sum := bearer.New()
	_, err = tx.Exec(ctx, `select easel.account_link_make($1, $2, $3, $4, $5)`,
		sum, string(p), orNull(owner), s.vault.SealShort(sealedFor(p, token), plain), lasts[p])
	if err != nil {
		return "", fmt.Errorf("make a link: %w", err)
	}
	return token, nil
}

func orNull(id uuid.UUID) *uuid.UUID {
	if id == uuid.Nil {
		return nil
	}
	return &id
}

// LinkInfo is what a page may show about a link before it is spent.
type LinkInfo struct {
	Mail    string // the address that it is about, if any
	Expires time.Time
}

// Look returns what there is to say about a link that can still be spent, and spends nothing: a Missing fault otherwise.
func (s *Service) Look(ctx context.Context, p Purpose, token string) (info LinkInfo, err error) {
	var content struct{ Mail string }
	err = s.readLink(ctx, token, func(tx pgx.Tx) ([]byte, error) {
		var sealed []byte
		err := tx.QueryRow(ctx, `select sealed, expires_at from easel.account_link_look($1, $2)`, bearer.Digest(token), string(p)).Scan(&sealed, &info.Expires)
		return sealed, err
	}, p, &content)
	info.Mail = content.Mail
	return info, err
}

func (s *Service) readLink(ctx context.Context, token string, read func(tx pgx.Tx) ([]byte, error), p Purpose, content any) error {
	if !bearer.WellFormed(token) {
		return errLink
	}
	return s.db.AsNobody(ctx, func(tx pgx.Tx) error {
		sealed, err := read(tx)
		return s.linkContent(token, p, sealed, err, content)
	})
}

// spendLink takes the link away in the transaction; of two transactions that try, one gets it. Whose it is, whose has told
// before.
func (s *Service) spendLink(ctx context.Context, tx pgx.Tx, p Purpose, token string, content any) error {
	if !bearer.WellFormed(token) {
		return errLink
	}
	var sealed []byte
	err := tx.QueryRow(ctx, `select sealed from easel.account_link_spend($1, $2)`, bearer.Digest(token), string(p)).Scan(&sealed)
	return s.linkContent(token, p, sealed, err, content)
}

func (s *Service) linkContent(token string, p Purpose, sealed []byte, err error, content any) error {
	if errors.Is(err, pgx.ErrNoRows) {
		return errLink
	}
	if err != nil {
		return fmt.Errorf("read a link: %w", err)
	}
	plain, err := s.vault.OpenShort(sealedFor(p, token), sealed)
	if err != nil {
		return fmt.Errorf("open a link: %w", err)
	}
	if err := json.Unmarshal(plain, content); err != nil {
		return fmt.Errorf("read a link: %w", err)
	}
	return nil
}

// whose returns the account that a link was made for, and spends nothing.
func (s *Service) whose(ctx context.Context, p Purpose, token string) (owner uuid.UUID, err error) {
	if !bearer.WellFormed(token) {
		return uuid.Nil, errLink
	}
	err = s.db.AsNobody(ctx, func(tx pgx.Tx) error {
		var id *uuid.UUID
		err := tx.QueryRow(ctx, `select account from easel.account_link_look($1, $2)`, bearer.Digest(token), string(p)).Scan(&id)
		switch {
		case errors.Is(err, pgx.ErrNoRows):
			return errLink
		case err != nil:
			return fmt.Errorf("look at a link: %w", err)
		case id != nil:
			owner = *id
		}
		return nil
	})
	return owner, err
}

// forgetLinks voids all of the owner's links, in their transaction.
func (s *Service) forgetLinks(ctx context.Context, tx pgx.Tx, owner uuid.UUID) error {
	if _, err := tx.Exec(ctx, `delete from easel.account_link where account = $1`, owner); err != nil {
		return fmt.Errorf("void links: %w", err)
	}
	return nil
}
