package account

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"easel/internal/fault"
	"easel/internal/vault"
)

// Person is what an account says about somebody.
type Person struct {
	ID          uuid.UUID
	Mail, Name  string // "" : none yet
	Verified    bool   // they have shown that the address is theirs; only such addresses are kept
	Admin       bool
	HasPassword bool
	Created     time.Time
	Picture     vault.ID // zero: none
	Ages        []Age
	Consents    []Consent // the newest version of each studio's policy that they agreed to
}

// Person returns what the account says.
func (s *Service) Person(ctx context.Context, owner uuid.UUID) (p Person, err error) {
	err = s.db.AsOwner(ctx, owner, func(tx pgx.Tx) error {
		p, err = s.person(ctx, tx, owner)
		return err
	})
	return p, err
}

// person is Person in the owner's transaction.
func (s *Service) person(ctx context.Context, tx pgx.Tx, owner uuid.UUID) (p Person, err error) {
	var mail, name []byte
	var picture *uuid.UUID
	p.ID = owner
	err = tx.QueryRow(ctx, `
		select a.created_at, a.admin_at is not null, a.mail, a.name, a.picture, exists (select from easel.account_password w where w.account = a.id)
		  from easel.account_account a where a.id = $1`, owner).
		Scan(&p.Created, &p.Admin, &mail, &name, &picture, &p.HasPassword)
	if errors.Is(err, pgx.ErrNoRows) {
		return Person{}, errGone
	}
	if err != nil {
		return Person{}, fmt.Errorf("read an account: %w", err)
	}
	if picture != nil {
		p.Picture = vault.ID(*picture)
	}
	if p.Mail, err = s.opened(ctx, tx, owner, mail); err != nil {
		return Person{}, fmt.Errorf("read an account's address: %w", err)
	}
	if p.Name, err = s.opened(ctx, tx, owner, name); err != nil {
		return Person{}, fmt.Errorf("read an account's name: %w", err)
	}
	p.Verified = p.Mail != ""
	p.Ages, p.Consents, err = s.stated(ctx, tx, owner)
	return p, err
}

func (s *Service) opened(ctx context.Context, tx pgx.Tx, owner uuid.UUID, sealed []byte) (string, error) {
	if sealed == nil {
		return "", nil
	}
	return s.vault.OpenText(ctx, tx, owner, sealed)
}

// sealed is nil for nothing.
func (s *Service) sealed(ctx context.Context, tx pgx.Tx, owner uuid.UUID, text string) ([]byte, error) {
	if text == "" {
		return nil, nil
	}
	return s.vault.SealText(ctx, tx, owner, text)
}

// findByMail returns whose verified address it is, and the hash of their password or "". It works in any transaction, before
// the caller is known. An address that nobody has gives the nil id.
func (s *Service) findByMail(ctx context.Context, tx pgx.Tx, a address) (owner uuid.UUID, hash string, err error) {
	err = tx.QueryRow(ctx, `select account, hash from easel.account_mail_find($1)`, s.digestOf(a)).Scan(&owner, &hash)
	if errors.Is(err, pgx.ErrNoRows) {
		return uuid.Nil, "", nil
	}
	if err != nil {
		return uuid.Nil, "", fmt.Errorf("find an account by its address: %w", err)
	}
	return owner, hash, nil
}

// create makes the account id, in a transaction that is already its owner's. The address, which may be missing, is one that
// the person has shown to be theirs. A Conflict fault says that somebody has it already.
func (s *Service) create(ctx context.Context, tx pgx.Tx, id uuid.UUID, a address, name string) error {
	sealedName, err := s.sealed(ctx, tx, id, name)
	if err != nil {
		return err
	}
	sealedMail, err := s.sealed(ctx, tx, id, a.written)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `insert into easel.account_account (id, mail, mail_digest, name) values ($1, $2, $3, $4)`,
		id, sealedMail, s.digestOf(a), sealedName)
	if err != nil || s.config.Opened == nil || s.config.Throwaway.has(a) {
		return taken(err, "make an account")
	}
	return s.config.Opened(ctx, tx, id)
}

// taken gives the violation of one-address-one-account its sentence.
func taken(err error, doing string) error {
	var said *pgconn.PgError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &said) && said.ConstraintName == "account_account_mail_digest_key":
		return fault.Wrap(err, fault.Conflict, "There is an account with this address already. Sign in, or ask for a new password.")
	}
	return fmt.Errorf("%s: %w", doing, err)
}

// nameMost is the longest name, in letters.
const nameMost = 80

// cleanName trims a name and refuses what is none. No name is a name.
func cleanName(name string) (string, error) {
	name = strings.Join(strings.Fields(name), " ")
	if len([]rune(name)) > nameMost {
		return "", fault.New(fault.Invalid, fmt.Sprintf("That name is longer than %d letters. Give a shorter one, or none.", nameMost))
	}
	for _, r := range name {
		if !unicode.IsPrint(r) {
			return "", fault.New(fault.Invalid, "That name has signs in it that cannot be shown. Leave them out.")
		}
	}
	return name, nil
}

// Rename changes the person's name; "" removes it.
func (s *Service) Rename(ctx context.Context, owner uuid.UUID, name string) error {
	name, err := cleanName(name)
	if err != nil {
		return err
	}
	return s.db.AsOwner(ctx, owner, func(tx pgx.Tx) error {
		sealed, err := s.sealed(ctx, tx, owner, name)
		if err != nil {
			return err
		}
		return s.change(ctx, tx, `update easel.account_account set name = $2 where id = $1`, owner, sealed)
	})
}

// Picture makes a vault object the person's picture, in their transaction; the zero id removes it.
func (s *Service) Picture(ctx context.Context, tx pgx.Tx, owner uuid.UUID, picture vault.ID) error {
	var id *uuid.UUID
	if picture != (vault.ID{}) {
		u := uuid.UUID(picture)
		id = &u
	}
	return s.change(ctx, tx, `update easel.account_account set picture = $2 where id = $1`, owner, id)
}

func (s *Service) change(ctx context.Context, tx pgx.Tx, sql string, args ...any) error {
	tag, err := tx.Exec(ctx, sql, args...)
	if err != nil {
		return fmt.Errorf("change an account: %w", err)
	}
	if tag.RowsAffected() == 0 {
		return errGone
	}
	return nil
}

// Identity is somebody as an issuer vouches for them.
type Identity struct {
	Issuer, Subject string
	Mail, Name      string
	MailVerified    bool // the issuer has checked that the address is theirs
}

// adopt finds the account with the identity's address, if the issuer has verified that, or makes a new one, and runs link in
// a transaction of its owner, which records the identity and may enter. fresh says that the account is new. A new account of
// an identity without a verified address has none. Whoever calls it has looked for issuer and subject before.
func (s *Service) adopt(ctx context.Context, who Identity, link func(ctx context.Context, tx pgx.Tx, owner uuid.UUID, fresh bool) error) (uuid.UUID, error) {
	var a address
	if who.MailVerified {
		a, _ = parseAddress(who.Mail) // an address that cannot be written to is none
	}
	name, err := cleanName(who.Name)
	if err != nil {
		name = ""
	}
	for {
		var owner uuid.UUID
		if a != (address{}) {
			err := s.db.AsNobody(ctx, func(tx pgx.Tx) (err error) {
				owner, _, err = s.findByMail(ctx, tx, a)
				return err
			})
			if err != nil {
				return uuid.Nil, err
			}
		}
		if owner != uuid.Nil {
			return owner, s.db.AsOwner(ctx, owner, func(tx pgx.Tx) error { return link(ctx, tx, owner, false) })
		}
		if owner, err = newID(); err != nil {
			return uuid.Nil, err
		}
		var raced bool
		err := s.db.AsOwner(ctx, owner, func(tx pgx.Tx) error {
			if err := s.create(ctx, tx, owner, a, name); err != nil {
				raced = fault.Is(err, fault.Conflict)
				return err
			}
			return link(ctx, tx, owner, true)
		})
		if !raced {
			return owner, err
		}
		// Somebody was faster with the same address: link to theirs.
	}
}
