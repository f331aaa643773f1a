package rights

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"easel/internal/bearer"
	"easel/internal/fault"
	"easel/internal/mail"
)

// Asked is a request of somebody without an account.
type Asked struct {
	Kind  Kind   `json:"kind"`
	Words string `json:"words"`
	Name  string `json:"name"`
	Mail  string `json:"mail"`
}

const (
	pendingLasts = 24 * time.Hour
	pendingMost  = 3 // letters to one address in a day
)

func sealedFor(token string) string { return "rights request/" + token }

// AskUnknown writes a letter to the address, with a link that hands the request in. Nothing of it can be read here until then:
// it opens with what only the letter holds.
func (s *Service) AskUnknown(ctx context.Context, a Asked) (err error) {
	if err := checkKind(a.Kind, false); err != nil {
		return err
	}
	if a.Words, err = written(a.Words); err != nil {
		return err
	}
	if a.Name, err = named(a.Name); err != nil {
		return err
	}
	if a.Mail, err = addressed(a.Mail); err != nil {
		return err
	}
	if a.Mail == "" {
		return fault.New(fault.Invalid, "Give a mail address: the answer goes there.")
	}
	plain, err := json.Marshal(a)
	if err != nil {
		return fmt.Errorf("keep a request: %w", err)
	}
	token, sum := bearer.New()
	sender := s.vault.Digest("rights sender", strings.ToLower(a.Mail))
	return s.db.AsNobody(ctx, func(tx pgx.Tx) error {
		var kept bool
		if err := tx.QueryRow(ctx, `select easel.rights_pending_make($1, $2, $3, $4, $5)`,
			sum, sender, s.vault.SealShort(sealedFor(token), plain), pendingLasts, pendingMost).Scan(&kept); err != nil {
			return fmt.Errorf("keep a request: %w", err)
		}
		if !kept {
			return fault.TooOften(time.Hour, "We have sent several letters to this address today. Look for the newest one, among unwanted mail too.")
		}
		values := map[string]string{"site": s.config.PublicURL.String(), "kind": kindWords[a.Kind], "lasts": "24 hours", "link": s.address("request", "confirm", token)}
		return s.post.Write(ctx, tx, mail.Letter{To: a.Mail, Kind: mail.RequestConfirm, Values: values, Lasts: pendingLasts})
	})
}

// LookUnknown says what a letter's link would hand in, and spends nothing.
func (s *Service) LookUnknown(ctx context.Context, token string) (kind Kind, err error) {
	if !bearer.WellFormed(token) {
		return "", errLink
	}
	var sealed []byte
	err = s.db.AsNobody(ctx, func(tx pgx.Tx) error {
		return tx.QueryRow(ctx, `select sealed from easel.rights_pending_look($1)`, bearer.Digest(token)).Scan(&sealed)
	})
	a, err := s.pending(token, sealed, err)
	return a.Kind, err
}

func (s *Service) pending(token string, sealed []byte, err error) (a Asked, _ error) {
	if errors.Is(err, pgx.ErrNoRows) || err == nil && sealed == nil {
		return a, errLink
	}
	if err != nil {
		return a, fmt.Errorf("read a link: %w", err)
	}
	plain, err := s.vault.OpenShort(sealedFor(token), sealed)
	if err != nil {
		return a, fmt.Errorf("open a link: %w", err)
	}
	return a, json.Unmarshal(plain, &a)
}

// Confirm spends a letter's link: the request is handed in, and its clock runs.
func (s *Service) Confirm(ctx context.Context, token string) (r Request, err error) {
	if !bearer.WellFormed(token) {
		return r, errLink
	}
	staff, err := s.staff(ctx)
	if err != nil {
		return r, err
	}
	id, err := newID()
	if err != nil {
		return r, err
	}
	err = s.db.AsOwner(ctx, id, func(tx pgx.Tx) error {
		var sealed []byte
		err := tx.QueryRow(ctx, `select easel.rights_pending_spend($1)`, bearer.Digest(token)).Scan(&sealed)
		a, err := s.pending(token, sealed, err)
		if err != nil {
			return err
		}
		r = Request{ID: id, Subject: id, Kind: a.Kind, Channel: Form, Received: s.config.Now()}
		if err := s.insert(ctx, tx, &r, Said{Words: a.Words, Name: a.Name, Mail: a.Mail}, uuid.Nil, true); err != nil {
			return err
		}
		return s.begun(ctx, tx, r, a.Mail, staff)
	})
	return r, err
}
