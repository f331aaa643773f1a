package account

import (
	"context"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"easel/internal/fault"
	"easel/internal/mail"
)

// errStale is for what needs a fresh proof.
var errStale = fault.New(fault.Denied, "This cannot be undone by itself, so prove first that it is you: sign in once more.")

// bound is what a link of an account carries: the address that it was sent to.
type bound struct{ Mail string }

// AskReset writes a letter to the address: with a link to choose a new password where it has an account, and with the advice
// that it has none otherwise. The answer and the work are the same.
func (s *Service) AskReset(ctx context.Context, address string, c Client) error {
	a, err := parseAddress(address)
	if err != nil {
		return err
	}
	return s.db.AsNobody(ctx, func(tx pgx.Tx) error {
		if err := s.must(ctx, tx, lettersHere, c.network()); err != nil {
			return err
		}
		if err := s.must(ctx, tx, lettersTo, a.plain); err != nil {
			return err
		}
		owner, _, err := s.findByMail(ctx, tx, a)
		if err != nil {
			return err
		}
		kind, purpose := mail.Reset, LinkReset
		if owner == uuid.Nil {
			kind, purpose = mail.Unknown, linkNone
		}
		return s.sendLink(ctx, tx, owner, a, kind, purpose, bound{a.written})
	})
}

// Reset spends the link of a reset: the password is new, all sessions end, and its owner is signed in here. A password that is
// too weak spends nothing.
func (s *Service) Reset(ctx context.Context, token, password string, c Client) (session Session, err error) {
	owner, err := s.whose(ctx, LinkReset, token)
	if err != nil {
		return Session{}, err
	}
	if owner == uuid.Nil {
		return Session{}, errLink
	}
	hash, err := s.newPassword(ctx, owner, password)
	if err != nil {
		return Session{}, err
	}
	err = s.db.AsOwner(ctx, owner, func(tx pgx.Tx) error {
		if err := s.spendLink(ctx, tx, LinkReset, token, &bound{}); err != nil {
			return err
		}
		session, err = s.replacePassword(ctx, tx, owner, hash, byLink, c)
		return err
	})
	return session, err
}

// newPassword judges a password with what is known about its owner, and hashes it.
func (s *Service) newPassword(ctx context.Context, owner uuid.UUID, password string) (string, error) {
	p, err := s.Person(ctx, owner)
	if err != nil {
		return "", err
	}
	if err := CheckPassword(password, p.Mail, p.Name); err != nil {
		return "", err
	}
	return s.hash(ctx, plainPassword(password))
}

// replacePassword sets a password, ends every session and voids every link that could open the account, tells its owner by
// letter, and enters anew.
func (s *Service) replacePassword(ctx context.Context, tx pgx.Tx, owner uuid.UUID, hash string, by how, c Client) (Session, error) {
	if err := s.setPassword(ctx, tx, owner, hash); err != nil {
		return Session{}, err
	}
	if err := s.endAll(ctx, tx, owner); err != nil {
		return Session{}, err
	}
	if err := s.forgetLinks(ctx, tx, owner); err != nil {
		return Session{}, err
	}
	if err := s.Tell(ctx, tx, owner, mail.PasswordChanged, nil); err != nil {
		return Session{}, err
	}
	return s.enter(ctx, tx, owner, by, c)
}

// ChangePassword sets a new password for somebody who is signed in and knows the old one, or who has none and has just proved
// who they are. All other sessions end; this one goes on under a new token.
func (s *Service) ChangePassword(ctx context.Context, caller Caller, old, password string, c Client) (session Session, err error) {
	p, err := s.Person(ctx, caller.Owner)
	if err != nil {
		return Session{}, err
	}
	by := byLink
	switch {
	case p.HasPassword:
		by = byPassword
		if err := s.prove(ctx, caller.Owner, old); err != nil {
			return Session{}, err
		}
	case !caller.Fresh():
		return Session{}, errStale
	}
	hash, err := s.newPassword(ctx, caller.Owner, password)
	if err != nil {
		return Session{}, err
	}
	err = s.db.AsOwner(ctx, caller.Owner, func(tx pgx.Tx) error {
		if p.HasPassword {
			if err := s.returnTries(ctx, tx, tries{{provesAgain, caller.Owner.String()}}); err != nil {
				return err
			}
		}
		session, err = s.replacePassword(ctx, tx, caller.Owner, hash, by, c)
		return err
	})
	return session, err
}

// AskMailChange writes a letter with a link to the new address. The caller has proved who they are just now. Whether the
// address has another account is told in the letter only.
func (s *Service) AskMailChange(ctx context.Context, caller Caller, address string, c Client) error {
	if !caller.Fresh() {
		return errStale
	}
	a, err := parseAddress(address)
	if err != nil {
		return err
	}
	return s.db.AsOwner(ctx, caller.Owner, func(tx pgx.Tx) error {
		if err := s.must(ctx, tx, lettersHere, c.network()); err != nil {
			return err
		}
		if err := s.must(ctx, tx, lettersTo, a.plain); err != nil {
			return err
		}
		other, _, err := s.findByMail(ctx, tx, a)
		if err != nil {
			return err
		}
		kind, purpose := mail.NewAddress, LinkMail
		if other != uuid.Nil {
			kind, purpose = mail.Known, linkNone
		}
		return s.sendLink(ctx, tx, caller.Owner, a, kind, purpose, bound{a.written})
	})
}

// ChangeMail spends the link that was sent to a new address: it is the account's from now on, links that were sent to the old
// one are void, and the old one is told.
func (s *Service) ChangeMail(ctx context.Context, token string) error {
	owner, err := s.whose(ctx, LinkMail, token)
	if err != nil {
		return err
	}
	if owner == uuid.Nil {
		return errLink
	}
	return s.db.AsOwner(ctx, owner, func(tx pgx.Tx) error {
		var to bound
		if err := s.spendLink(ctx, tx, LinkMail, token, &to); err != nil {
			return err
		}
		a, err := parseAddress(to.Mail)
		if err != nil {
			return err
		}
		if err := s.Tell(ctx, tx, owner, mail.AddressChanged, nil); err != nil { // to the old one
			return err
		}
		sealed, err := s.sealed(ctx, tx, owner, a.written)
		if err != nil {
			return err
		}
		tag, err := tx.Exec(ctx, `update easel.account_account set mail = $2, mail_digest = $3 where id = $1`, owner, sealed, s.digestOf(a))
		if err := taken(err, "change an address"); err != nil {
			return err
		}
		if tag.RowsAffected() == 0 {
			return errGone
		}
		return s.forgetLinks(ctx, tx, owner)
	})
}

// Tell writes a letter to the person's address, in their transaction. Who has no address gets none.
func (s *Service) Tell(ctx context.Context, tx pgx.Tx, owner uuid.UUID, kind mail.Kind, values map[string]string) error {
	p, err := s.person(ctx, tx, owner)
	if err != nil || p.Mail == "" {
		return err
	}
	all := s.values(linkNone, "")
	for name, value := range values {
		all[name] = value
	}
	return s.post.Write(ctx, tx, mail.Letter{Owner: owner, To: p.Mail, Kind: kind, Values: all})
}
