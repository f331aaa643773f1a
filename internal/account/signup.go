package account

import (
	"context"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"easel/internal/mail"
)

// SignUp is what somebody gives who wants an account.
type SignUp struct {
	Mail, Password, Name string
	Age                  AgeStatement // zero: none was asked for
	Consents             []Consent
}

// waiting is a sign-up that waits for its letter: what its link will do.
type waiting struct {
	Mail, Name, Hash string
	Age              AgeStatement
	Consents         []Consent
}

// SignUp writes a letter to the address. Where nobody has the address, the letter's link makes the account; where somebody
// has, the letter says so. The answer and the work are the same: one hash, and the same statements in the same order. No
// account is made before its letter was opened, so nobody can take another's address.
func (s *Service) SignUp(ctx context.Context, up SignUp, c Client) error {
	a, err := parseAddress(up.Mail)
	if err != nil {
		return err
	}
	name, err := cleanName(up.Name)
	if err != nil {
		return err
	}
	if err := up.Age.check(); err != nil {
		return err
	}
	if err := CheckPassword(up.Password, a.written, name); err != nil {
		return err
	}
	err = s.db.AsNobody(ctx, func(tx pgx.Tx) error {
		if err := s.must(ctx, tx, signUpsHere, c.network()); err != nil {
			return err
		}
		return s.must(ctx, tx, lettersTo, a.plain)
	})
	if err != nil {
		return err
	}
	hash, err := s.hash(ctx, plainPassword(up.Password))
	if err != nil {
		return err
	}
	return s.db.AsNobody(ctx, func(tx pgx.Tx) error {
		owner, _, err := s.findByMail(ctx, tx, a)
		if err != nil {
			return err
		}
		kind, purpose := mail.SignUp, LinkSignUp
		if owner != uuid.Nil {
			kind, purpose = mail.Known, linkNone
		}
		return s.sendLink(ctx, tx, owner, a, kind, purpose, waiting{a.written, name, hash, up.Age, up.Consents})
	})
}

// sendLink makes a link and writes the letter that holds it: two statements, whoever it is for.
func (s *Service) sendLink(ctx context.Context, tx pgx.Tx, owner uuid.UUID, to address, kind mail.Kind, p Purpose, content any) error {
	token, err := s.makeLink(ctx, tx, p, owner, content)
	if err != nil {
		return err
	}
	return s.post.Write(ctx, tx, mail.Letter{Owner: owner, To: to.written, Kind: kind, Values: s.values(p, token), Lasts: lasts[p]})
}

// values are the links of a letter. One that opens nothing is in none.
func (s *Service) values(p Purpose, token string) map[string]string {
	values := map[string]string{"site": s.config.PublicURL.String(), "signin": s.config.PublicURL.JoinPath("sign-in").String(), "lasts": inHours(lasts[p])}
	if p != linkNone {
		values["link"] = s.config.PublicURL.JoinPath(Path(p, token)).String()
	}
	return values
}

// Verify spends the link of a sign-up: the account is made and its owner signed in. When the address has got an account
// meanwhile it is a Conflict.
func (s *Service) Verify(ctx context.Context, token string, c Client) (session Session, err error) {
	owner, err := newID()
	if err != nil {
		return Session{}, err
	}
	err = s.db.AsOwner(ctx, owner, func(tx pgx.Tx) error {
		var up waiting
		if err := s.spendLink(ctx, tx, LinkSignUp, token, &up); err != nil {
			return err
		}
		a, err := parseAddress(up.Mail)
		if err != nil {
			return err
		}
		if err := s.create(ctx, tx, owner, a, up.Name); err != nil {
			return err
		}
		if err := s.setPassword(ctx, tx, owner, up.Hash); err != nil {
			return err
		}
		age := &up.Age
		if age.Minimum == 0 {
			age = nil
		}
		if err := s.record(ctx, tx, owner, age, up.Consents); err != nil {
			return err
		}
		session, err = s.enter(ctx, tx, owner, byLink, c)
		return err
	})
	if err != nil {
		return Session{}, err
	}
	return session, nil
}
