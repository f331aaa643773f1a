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
	"easel/internal/mail"
)

// ceremony is something that is begun in one request and ended in another, by the same browser, once and soon.
type ceremony string

const (
	withIssuer   ceremony = "issuer"
	addPasskey   ceremony = "passkey-add"
	enterPasskey ceremony = "passkey-enter"
)

// ceremonyLasts is how long a person has for what the issuer or the device asks of them.
const ceremonyLasts = 10 * time.Minute

var errCeremony = fault.New(fault.Invalid, "This was begun in another browser or tab, was finished already, or took longer than ten minutes. Please begin again.")

func sealedForCeremony(k ceremony, secret string) string {
	return "account challenge/" + string(k) + "/" + secret
}

// begin keeps a ceremony, found again by the secret only. owner is whose account it will change; nil where nobody is known yet.
func (s *Service) begin(ctx context.Context, k ceremony, secret string, owner uuid.UUID, content any) error {
	plain, err := json.Marshal(content)
	if err != nil {
		return fmt.Errorf("begin a ceremony: %w", err)
	}
	err = s.db.AsNobody(ctx, func(tx pgx.Tx) error {
		_, err := tx.Exec(ctx, `select easel.account_challenge_make($1, $2, $3, $4, $5)`,
			bearer.Digest(secret), string(k), orNull(owner), s.vault.SealShort(sealedForCeremony(k, secret), plain), ceremonyLasts)
		return err
	})
	if err != nil {
		return fmt.Errorf("begin a ceremony: %w", err)
	}
	return nil
}

// end takes a ceremony away, whatever becomes of it: a second try with the same secret finds none.
func (s *Service) end(ctx context.Context, k ceremony, secret string, content any) (owner uuid.UUID, err error) {
	var whose *uuid.UUID
	var sealed []byte
	err = s.db.AsNobody(ctx, func(tx pgx.Tx) error {
		return tx.QueryRow(ctx, `select account, sealed from easel.account_challenge_take($1, $2)`, bearer.Digest(secret), string(k)).Scan(&whose, &sealed)
	})
	if errors.Is(err, pgx.ErrNoRows) {
		return uuid.Nil, errCeremony
	}
	if err != nil {
		return uuid.Nil, fmt.Errorf("end a ceremony: %w", err)
	}
	plain, err := s.vault.OpenShort(sealedForCeremony(k, secret), sealed)
	if err == nil {
		err = json.Unmarshal(plain, content)
	}
	if err != nil {
		return uuid.Nil, fmt.Errorf("read a ceremony: %w", err)
	}
	if whose != nil {
		owner = *whose
	}
	return owner, nil
}

// added tells the person by letter that there is another way in: it was them, or not.
func (s *Service) added(ctx context.Context, tx pgx.Tx, owner uuid.UUID, way string) error {
	return s.Tell(ctx, tx, owner, mail.WayAdded, map[string]string{"way": way, "account": s.config.PublicURL.JoinPath("account").String()})
}

// otherWays fails when nothing is left to sign in by but the one that is to go. It locks the account first, so that two who
// each remove another way do not remove both. It works in the owner's transaction, before the removal.
func (s *Service) otherWays(ctx context.Context, tx pgx.Tx, owner uuid.UUID) error {
	var ways int
	err := tx.QueryRow(ctx, `select 1 from easel.account_account where id = $1 for update`, owner).Scan(&ways)
	if errors.Is(err, pgx.ErrNoRows) {
		return errGone
	}
	if err == nil {
		err = tx.QueryRow(ctx, `select (select count(*) from easel.account_password where account = $1) + (select count(*) from easel.account_identity where account = $1)
			+ (select count(*) from easel.account_passkey where account = $1 and doubted_at is null)`, owner).Scan(&ways)
	}
	if err != nil {
		return fmt.Errorf("count the ways in: %w", err)
	}
	if ways < 2 {
		return fault.New(fault.Conflict, "This is the only way left to sign in to your account. Set a password or add another way first, then remove this one.")
	}
	return nil
}
