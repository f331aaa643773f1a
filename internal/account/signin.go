package account

import (
	"context"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"easel/internal/bearer"
	"easel/internal/fault"
)

var errWrong = fault.New(fault.Denied, "The address or the password is not right. Check both, or ask for a new password.")

// tries are the counts that one attempt has taken, to be given back when it was no guess.
type tries []struct {
	limit   limit
	subject string
}

// SignIn opens a session for whoever has the address and knows the password. Each answer of "not right" comes after the same
// work, whether the address is known or not.
//
// Guessing is slowed down for each pair of account and network, and for each network. When many networks try one account,
// each network's first guesses at it become few; a network from which nobody guessed, and a browser that has signed in
// before, can always try. So nobody can lock somebody else out.
func (s *Service) SignIn(ctx context.Context, mail, password string, c Client) (Session, error) {
	a, err := parseAddress(mail)
	if err != nil {
		return Session{}, err
	}
	if len(password) > 4*passwordMost {
		return Session{}, errWrong
	}
	var owner uuid.UUID
	var hash string
	var taken tries
	err = s.db.AsNobody(ctx, func(tx pgx.Tx) error {
		if owner, hash, err = s.findByMail(ctx, tx, a); err != nil {
			return err
		}
		taken, err = s.takeTry(ctx, tx, a, s.knownDevice(owner, c.Device), c)
		return err
	})
	if err != nil {
		return Session{}, err
	}
	right, again, err := s.verify(ctx, plainPassword(password), hash)
	if err != nil {
		return Session{}, err
	}
	if !right {
		return Session{}, errWrong
	}
	if hash, err = s.rehash(ctx, again, password); err != nil {
		return Session{}, err
	}
	var session Session
	err = s.db.AsOwner(ctx, owner, func(tx pgx.Tx) error {
		if err := s.returnTries(ctx, tx, taken); err != nil {
			return err
		}
		if hash != "" {
			if err := s.setPassword(ctx, tx, owner, hash); err != nil {
				return err
			}
		}
		session, err = s.enter(ctx, tx, owner, byPassword, c)
		return err
	})
	return session, err
}

// takeTry counts an attempt before it is judged, so that many at once count as many.
func (s *Service) takeTry(ctx context.Context, tx pgx.Tx, a address, device string, c Client) (taken tries, err error) {
	take := func(l limit, subject string) error {
		if err := s.must(ctx, tx, l, subject); err != nil {
			return err
		}
		taken = append(taken, tries{{l, subject}}...)
		return nil
	}
	if device != "" {
		return taken, take(triesDevice, device)
	}
	if err := take(triesHere, c.network()); err != nil {
		return nil, err
	}
	pair := a.plain + "/" + c.network()
	if err := take(triesPair, pair); err != nil {
		return nil, err
	}
	wait, err := s.take(ctx, tx, triesThere, a.plain)
	if err != nil {
		return nil, err
	}
	if wait == 0 {
		return append(taken, tries{{triesThere, a.plain}}...), nil
	}
	return taken, take(triesStrict, pair)
}

func (s *Service) returnTries(ctx context.Context, tx pgx.Tx, taken tries) error {
	for _, t := range taken {
		if err := s.giveBack(ctx, tx, t.limit, t.subject); err != nil {
			return err
		}
	}
	return nil
}

// rehash makes the hash anew where the cost has changed; "" otherwise.
func (s *Service) rehash(ctx context.Context, again bool, password string) (string, error) {
	if !again {
		return "", nil
	}
	return s.hash(ctx, plainPassword(password))
}

// setPassword keeps a hash in the owner's transaction.
func (s *Service) setPassword(ctx context.Context, tx pgx.Tx, owner uuid.UUID, hash string) error {
	if _, err := tx.Exec(ctx, `insert into easel.account_password (account, hash) values ($1, $2)
		on conflict (account) do update set hash = excluded.hash, changed_at = now()`, owner, hash); err != nil {
		return fmt.Errorf("keep a password: %w", err)
	}
	return nil
}

// Confirm asks a signed-in person for the password again, before something that cannot be undone, and gives the session a new
// token. Somebody without a password proves it in another way, or signs in again.
func (s *Service) Confirm(ctx context.Context, caller Caller, password string, c Client) (Session, error) {
	if err := s.prove(ctx, caller.Owner, password); err != nil {
		return Session{}, err
	}
	var session Session
	err := s.db.AsOwner(ctx, caller.Owner, func(tx pgx.Tx) (err error) {
		if err := s.returnTries(ctx, tx, tries{{provesAgain, caller.Owner.String()}}); err != nil {
			return err
		}
		session, err = s.Renew(ctx, tx, caller, c)
		return err
	})
	return session, err
}

// Renew notes in the owner's transaction that the caller has proved who they are once more, and gives their session a new
// token.
func (s *Service) Renew(ctx context.Context, tx pgx.Tx, caller Caller, c Client) (Session, error) {
	token, sum := bearer.New()
	session := Session{Token: token, Owner: caller.Owner, Device: c.Device}
	err := tx.QueryRow(ctx, `update easel.account_session set digest = $3, signed_in_at = now(), seen_at = now(), expires_at = least(now() + $4, ends_at)
		where account = $1 and id = $2 and expires_at > now() returning expires_at`, caller.Owner, caller.SessionID, sum, s.config.Idle).Scan(&session.Expires)
	if err != nil {
		return Session{}, fmt.Errorf("renew a session: %w", err)
	}
	return session, nil
}

// prove checks the password of somebody who is signed in. It takes a try, which the caller gives back.
func (s *Service) prove(ctx context.Context, owner uuid.UUID, password string) error {
	var hash string
	err := s.db.AsOwner(ctx, owner, func(tx pgx.Tx) error {
		if err := s.must(ctx, tx, provesAgain, owner.String()); err != nil {
			return err
		}
		return tx.QueryRow(ctx, `select coalesce((select hash from easel.account_password where account = $1), '')`, owner).Scan(&hash)
	})
	if err != nil {
		return err
	}
	right, _, err := s.verify(ctx, plainPassword(password), hash)
	if err != nil {
		return err
	}
	if !right {
		return fault.New(fault.Denied, "That is not your password.")
	}
	return nil
}
