package account

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"
	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"easel/internal/bearer"
	"easel/internal/fault"
)

// BeginEnter returns what the browser hands to the device to sign in by one of its passkeys, as JSON. Nobody says who they
// are before.
func (k *Passkeys) BeginEnter(ctx context.Context) ([]byte, error) {
	options, session, err := k.w.BeginDiscoverableLogin()
	if err != nil {
		return nil, fmt.Errorf("begin a sign-in by passkey: %w", err)
	}
	if err := k.s.begin(ctx, enterPasskey, session.Challenge, uuid.Nil, session); err != nil {
		return nil, err
	}
	return json.Marshal(options)
}

var (
	errUnknownPasskey = fault.New(fault.Denied, "This passkey is not known here. It may have been removed from its account; then delete it on the device as well. Sign in another way.")
	errDoubtedPasskey = fault.New(fault.Denied, "This passkey looks like a copy: its counter went backwards. It opens nothing any more. Sign in another way, remove it, and add a new one.")
)

// Enter ends what BeginEnter began: answer is what the browser sends.
func (k *Passkeys) Enter(ctx context.Context, answer []byte, c Client) (session Session, err error) {
	given, err := protocol.ParseCredentialRequestResponseBytes(answer)
	if err != nil {
		return Session{}, fault.Wrap(err, fault.Invalid, unreadable)
	}
	var begun webauthn.SessionData
	if _, err := k.s.end(ctx, enterPasskey, given.Response.CollectedClientData.Challenge, &begun); err != nil {
		return Session{}, err
	}
	var found *uuid.UUID
	err = k.s.db.AsNobody(ctx, func(tx pgx.Tx) error {
		return tx.QueryRow(ctx, `select easel.account_passkey_find($1)`, bearer.Digest(string(given.RawID))).Scan(&found)
	})
	if err != nil {
		return Session{}, fmt.Errorf("find a passkey: %w", err)
	}
	if found == nil {
		return Session{}, errUnknownPasskey
	}
	var doubted bool
	err = k.s.db.AsOwner(ctx, *found, func(tx pgx.Tx) error {
		if doubted, err = k.check(ctx, tx, *found, begun, given); err != nil || doubted {
			return err
		}
		session, err = k.s.enter(ctx, tx, *found, byPasskey, c)
		return err
	})
	if err == nil && doubted { // which has been noted
		err = errDoubtedPasskey
	}
	return session, err
}

// check verifies the signature and notes the use, or the doubt. The row is locked, so that counters are compared one after
// another.
func (k *Passkeys) check(ctx context.Context, tx pgx.Tx, owner uuid.UUID, begun webauthn.SessionData, given *protocol.ParsedCredentialAssertionData) (doubted bool, err error) {
	var id uuid.UUID
	var sealed []byte
	err = tx.QueryRow(ctx, `select id, sealed, doubted_at is not null from easel.account_passkey where account = $1 and digest = $2 for update`,
		owner, bearer.Digest(string(given.RawID))).Scan(&id, &sealed, &doubted)
	if errors.Is(err, pgx.ErrNoRows) {
		return false, errUnknownPasskey
	}
	if err != nil || doubted {
		return doubted, err
	}
	credential, err := k.open(ctx, tx, owner, sealed)
	if err != nil {
		return false, err
	}
	whose := func(_, _ []byte) (webauthn.User, error) {
		return holder{owner: owner, keys: []webauthn.Credential{credential}}, nil // whose handle has to be the same
	}
	_, used, err := k.w.ValidatePasskeyLogin(whose, begun, given)
	if err != nil {
		return false, fault.Wrap(err, fault.Denied, "This passkey could not be checked. Please try again, or sign in another way.")
	}
	if used.Authenticator.CloneWarning {
		_, err = tx.Exec(ctx, `update easel.account_passkey set doubted_at = now() where id = $1`, id)
		return true, err
	}
	if sealed, err = k.seal(ctx, tx, owner, used); err != nil {
		return false, err
	}
	_, err = tx.Exec(ctx, `update easel.account_passkey set sealed = $2, used_at = now() where id = $1`, id, sealed)
	return false, err
}

// List lists the person's passkeys, the oldest first.
func (k *Passkeys) List(ctx context.Context, owner uuid.UUID) (all []PasskeyInfo, err error) {
	err = k.s.db.AsOwner(ctx, owner, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, `select id, name, created_at, used_at, doubted_at is not null from easel.account_passkey where account = $1 order by created_at, id`, owner)
		if err != nil {
			return err
		}
		type line struct {
			ID      uuid.UUID
			Name    []byte
			Created time.Time
			Used    *time.Time
			Doubted bool
		}
		lines, err := pgx.CollectRows(rows, pgx.RowToStructByPos[line])
		if err != nil {
			return err
		}
		for _, l := range lines {
			info := PasskeyInfo{ID: l.ID, Created: l.Created, Doubted: l.Doubted}
			if info.Name, err = k.s.vault.OpenText(ctx, tx, owner, l.Name); err != nil {
				return err
			}
			if l.Used != nil {
				info.LastUsed = *l.Used
			}
			all = append(all, info)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("list passkeys: %w", err)
	}
	return all, nil
}

var errNoPasskey = fault.New(fault.Missing, "That passkey is not here any more.")

// Rename gives one of the person's passkeys another name.
func (k *Passkeys) Rename(ctx context.Context, owner, id uuid.UUID, name string) error {
	name, err := passkeyName(name)
	if err != nil {
		return err
	}
	return k.s.db.AsOwner(ctx, owner, func(tx pgx.Tx) error {
		sealed, err := k.s.vault.SealText(ctx, tx, owner, name)
		if err != nil {
			return err
		}
		tag, err := tx.Exec(ctx, `update easel.account_passkey set name = $3 where account = $1 and id = $2`, owner, id, sealed)
		if err == nil && tag.RowsAffected() == 0 {
			return errNoPasskey
		}
		return err
	})
}

// Remove forgets one of the person's passkeys, unless it is the only way in. One that is in doubt is no way in.
func (k *Passkeys) Remove(ctx context.Context, owner, id uuid.UUID) error {
	return k.s.db.AsOwner(ctx, owner, func(tx pgx.Tx) error {
		var doubted bool
		err := tx.QueryRow(ctx, `select doubted_at is not null from easel.account_passkey where account = $1 and id = $2`, owner, id).Scan(&doubted)
		switch {
		case errors.Is(err, pgx.ErrNoRows):
			return errNoPasskey
		case err == nil && !doubted:
			err = k.s.otherWays(ctx, tx, owner)
		}
		if err != nil {
			return err
		}
		tag, err := tx.Exec(ctx, `delete from easel.account_passkey where account = $1 and id = $2`, owner, id)
		if err == nil && tag.RowsAffected() == 0 {
			return errNoPasskey
		}
		return err
	})
}
