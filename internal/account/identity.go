package account

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"easel/internal/fault"
)

// IdentityInfo is a connected sign-in as its owner reads about it.
type IdentityInfo struct {
	ID                uuid.UUID
	Title             string // of the issuer; its address where it is configured no longer
	Mail              string // as the issuer last told it
	Created, LastUsed time.Time
}

// told is what of an identity is sealed.
type told struct {
	Issuer  string `json:"issuer"`
	Subject string `json:"subject"`
	Mail    string `json:"mail"`
	Picture string `json:"picture,omitempty"` // where it is, until it was fetched
}

func (s *Service) identityDigest(issuer, subject string) []byte {
	return s.vault.Digest("account identity", issuer+"\x00"+subject)
}

// findIdentity returns whose identity it is; the nil id for nobody's.
func (s *Service) findIdentity(ctx context.Context, sum []byte) (owner uuid.UUID, err error) {
	var found *uuid.UUID
	err = s.db.AsNobody(ctx, func(tx pgx.Tx) error {
		return tx.QueryRow(ctx, `select easel.account_identity_find($1)`, sum).Scan(&found)
	})
	if err != nil {
		return uuid.Nil, fmt.Errorf("find an identity: %w", err)
	}
	if found != nil {
		owner = *found
	}
	return owner, nil
}

// settle finds, links or makes the account of somebody whom an issuer vouches for, and enters it, or connects the identity to
// the account of its owner. It is known by issuer and subject; the address only leads to an account the first time, and only
// when the issuer has verified it. Accounts have no addresses but verified ones, so that nobody can lie in wait with
// another's address.
func (f *Federation) settle(ctx context.Context, who Identity, picture string, p Provider, owner uuid.UUID, c Client) (session Session, fresh bool, err error) {
	sum := f.s.identityDigest(who.Issuer, who.Subject)
	for {
		known, err := f.s.findIdentity(ctx, sum)
		if err != nil {
			return Session{}, false, err
		}
		switch {
		case known != uuid.Nil:
			session, err = f.known(ctx, known, sum, who, p, owner, c)
		case owner != uuid.Nil:
			err = f.s.db.AsOwner(ctx, owner, func(tx pgx.Tx) error {
				if err := f.record(ctx, tx, owner, sum, who, picture); err != nil {
					return err
				}
				return f.s.added(ctx, tx, owner, "Your account at "+p.Title)
			})
		default:
			session, fresh, err = f.first(ctx, sum, who, picture, p, c)
		}
		if !errors.Is(err, errRaced) {
			return session, fresh, err
		}
	}
}

// errRaced says that somebody was faster with the same identity: it is looked for again.
var errRaced = errors.New("account: the identity was recorded meanwhile")

// known lets in somebody who has come before. For an owner who connects what is connected already there is nothing to do.
func (f *Federation) known(ctx context.Context, known uuid.UUID, sum []byte, who Identity, p Provider, owner uuid.UUID, c Client) (session Session, err error) {
	if owner != uuid.Nil && known != owner {
		return Session{}, fault.New(fault.Conflict, "This account at "+p.Title+" is connected to another account here. Disconnect it there first.")
	}
	err = f.s.db.AsOwner(ctx, known, func(tx pgx.Tx) error {
		if err := f.seen(ctx, tx, known, sum, who); err != nil || owner != uuid.Nil {
			return err
		}
		session, err = f.s.enter(ctx, tx, known, byIssuer, c)
		return err
	})
	return session, err
}

// first lets in somebody who comes for the first time, if the issuer vouches for their address.
func (f *Federation) first(ctx context.Context, sum []byte, who Identity, picture string, p Provider, c Client) (session Session, fresh bool, err error) {
	switch {
	case who.Mail == "":
		return Session{}, false, fault.New(fault.Refused, p.Title+" did not tell us your mail address, which an account needs. "+
			"Allow it there and try again, or make an account with a password.")
	case !who.MailVerified:
		return Session{}, false, fault.New(fault.Refused, p.Title+" has not verified that the address "+who.Mail+" is yours, so we cannot take its word for it. "+
			"Verify the address there and try again, or make an account with a password here.")
	}
	if _, err := parseAddress(who.Mail); err != nil {
		return Session{}, false, fault.Wrap(err, fault.Refused, "The address that "+p.Title+" gives is none that we can write to. "+
			"Make an account with a password and another address.")
	}
	_, err = f.s.adopt(ctx, who, func(ctx context.Context, tx pgx.Tx, owner uuid.UUID, made bool) error {
		if err := f.record(ctx, tx, owner, sum, who, picture); err != nil {
			return err
		}
		if fresh = made; !fresh {
			if err := f.s.added(ctx, tx, owner, "Your account at "+p.Title); err != nil {
				return err
			}
		}
		session, err = f.s.enter(ctx, tx, owner, byIssuer, c)
		return err
	})
	return session, fresh, err
}

// record keeps a new identity in its owner's transaction, and has its picture fetched when the account has none.
func (f *Federation) record(ctx context.Context, tx pgx.Tx, owner uuid.UUID, sum []byte, who Identity, picture string) error {
	sealed, err := f.sealTold(ctx, tx, owner, told{who.Issuer, who.Subject, who.Mail, picture})
	if err != nil {
		return err
	}
	id, err := newID()
	if err != nil {
		return err
	}
	tag, err := tx.Exec(ctx, `insert into easel.account_identity (id, account, digest, sealed) values ($1, $2, $3, $4) on conflict (digest) do nothing`, id, owner, sum, sealed)
	if err != nil {
		return fmt.Errorf("record an identity: %w", err)
	}
	if tag.RowsAffected() == 0 {
		return errRaced
	}
	var has bool
	if err := tx.QueryRow(ctx, `select picture is not null from easel.account_account where id = $1`, owner).Scan(&has); err != nil {
		return fmt.Errorf("look for a picture: %w", err)
	}
	if has || picture == "" {
		return nil
	}
	return f.config.Enqueue(ctx, tx, PictureArgs{Owner: owner, Identity: id})
}

// seen keeps what an issuer says now. That the address is another one there changes nothing here but this line.
func (f *Federation) seen(ctx context.Context, tx pgx.Tx, owner uuid.UUID, sum []byte, who Identity) error {
	err := f.rewrite(ctx, tx, owner, `digest = $1`, sum, func(t *told) { t.Mail = who.Mail })
	if errors.Is(err, errUnconnected) {
		return errRaced
	}
	return err
}

// rewrite changes what is told of one identity, and notes that it was used. An identity that is not there any more is left.
func (f *Federation) rewrite(ctx context.Context, tx pgx.Tx, owner uuid.UUID, where string, key any, change func(*told)) error {
	var id uuid.UUID
	var sealed []byte
	err := tx.QueryRow(ctx, `select id, sealed from easel.account_identity where `+where+` for update`, key).Scan(&id, &sealed)
	if errors.Is(err, pgx.ErrNoRows) {
		return errUnconnected
	}
	if err != nil {
		return fmt.Errorf("read an identity: %w", err)
	}
	t, err := f.openTold(ctx, tx, owner, sealed)
	if err != nil {
		return err
	}
	change(&t)
	if sealed, err = f.sealTold(ctx, tx, owner, t); err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, `update easel.account_identity set sealed = $2, used_at = now() where id = $1`, id, sealed); err != nil {
		return fmt.Errorf("note what an issuer says: %w", err)
	}
	return nil
}

var errUnconnected = fault.New(fault.Missing, "That sign-in is not connected any more.")

func (f *Federation) sealTold(ctx context.Context, tx pgx.Tx, owner uuid.UUID, t told) ([]byte, error) {
	text, err := json.Marshal(t)
	if err != nil {
		return nil, fmt.Errorf("seal an identity: %w", err)
	}
	return f.s.vault.SealText(ctx, tx, owner, string(text))
}

func (f *Federation) openTold(ctx context.Context, tx pgx.Tx, owner uuid.UUID, sealed []byte) (t told, err error) {
	text, err := f.s.vault.OpenText(ctx, tx, owner, sealed)
	if err == nil {
		err = json.Unmarshal([]byte(text), &t)
	}
	if err != nil {
		return told{}, fmt.Errorf("open an identity: %w", err)
	}
	return t, nil
}

// Identities lists the person's connected sign-ins, the oldest first.
func (f *Federation) Identities(ctx context.Context, owner uuid.UUID) (all []IdentityInfo, err error) {
	err = f.s.db.AsOwner(ctx, owner, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, `select id, sealed, created_at, used_at from easel.account_identity where account = $1 order by created_at, id`, owner)
		if err != nil {
			return err
		}
		type line struct {
			ID            uuid.UUID
			Sealed        []byte
			Created, Used time.Time
		}
		lines, err := pgx.CollectRows(rows, pgx.RowToStructByPos[line])
		if err != nil {
			return err
		}
		for _, l := range lines {
			t, err := f.openTold(ctx, tx, owner, l.Sealed)
			if err != nil {
				return err
			}
			all = append(all, IdentityInfo{l.ID, f.title(t.Issuer), t.Mail, l.Created, l.Used})
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("list identities: %w", err)
	}
	return all, nil
}

func (f *Federation) title(issuer string) string {
	for _, p := range f.config.Providers {
		if p.Issuer == issuer {
			return p.Title
		}
	}
	return issuer
}

// Disconnect removes one of the person's connected sign-ins, unless it is the only way in.
func (f *Federation) Disconnect(ctx context.Context, owner, id uuid.UUID) error {
	err := f.s.db.AsOwner(ctx, owner, func(tx pgx.Tx) error {
		if err := f.s.otherWays(ctx, tx, owner); err != nil {
			return err
		}
		tag, err := tx.Exec(ctx, `delete from easel.account_identity where account = $1 and id = $2`, owner, id)
		if err == nil && tag.RowsAffected() == 0 {
			return errUnconnected
		}
		return err
	})
	if err == nil {
		f.s.log.LogAttrs(ctx, slog.LevelInfo, "a sign-in was disconnected")
	}
	return err
}
