package vault

import (
	"context"
	"errors"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"easel/internal/receipt"
)

func forOwner(owner uuid.UUID) string { return "owner/" + owner.String() }
func forText(owner uuid.UUID) string  { return "text/" + owner.String() }
func forObject(owner uuid.UUID, id ID) string {
	return "object/" + owner.String() + "/" + id.String()
}

// ownerKey returns the owner's key and makes it when fresh is set and there is none.
func (v *Vault) ownerKey(ctx context.Context, tx pgx.Tx, owner uuid.UUID, fresh bool) (key, error) {
	find := func() (wrapped []byte, err error) {
		err = tx.QueryRow(ctx, `select wrapped from keys.vault_owner where owner = $1`, owner).Scan(&wrapped)
		return wrapped, err
	}
	return v.server.reopen(ctx, tx, forOwner(owner), func() ([]byte, error) {
		wrapped, err := find()
		if errors.Is(err, pgx.ErrNoRows) && fresh {
			if err := v.server.keep(ctx, tx, owner, newKey()); err != nil {
				return nil, err
			}
			wrapped, err = find()
		}
		if errors.Is(err, pgx.ErrNoRows) {
			return nil, errMissing
		}
		if err != nil {
			return nil, fmt.Errorf("find the owner's key: %w", err)
		}
		return wrapped, nil
	})
}

// SealText seals a short text, such as a file's name, under the owner's key. It works in a transaction as the owner.
func (v *Vault) SealText(ctx context.Context, tx pgx.Tx, owner uuid.UUID, text string) ([]byte, error) {
	k, err := v.ownerKey(ctx, tx, owner, true)
	if err != nil {
		return nil, err
	}
	return k.seal([]byte(text), forText(owner)), nil
}

// OpenText undoes SealText. When the owner's key has been destroyed it returns a Missing fault.
func (v *Vault) OpenText(ctx context.Context, tx pgx.Tx, owner uuid.UUID, sealed []byte) (string, error) {
	texts, err := v.OpenTexts(ctx, tx, owner, sealed)
	if err != nil {
		return "", err
	}
	return texts[0], nil
}

// OpenTexts is OpenText for several at once: the owner's key is looked up once. The texts are in the order of the sealed ones.
func (v *Vault) OpenTexts(ctx context.Context, tx pgx.Tx, owner uuid.UUID, sealed ...[]byte) ([]string, error) {
	if len(sealed) == 0 {
		return nil, nil
	}
	k, err := v.ownerKey(ctx, tx, owner, false)
	if err != nil {
		return nil, err
	}
	texts := make([]string, len(sealed))
	for i, s := range sealed {
		plain, err := k.open(s, forText(owner))
		if err != nil {
			return nil, err
		}
		texts[i] = string(plain)
	}
	return texts, nil
}

// DestroyOwner destroys the owner's key and the keys of all their objects, and states it: nothing of theirs can be read once
// the transaction, which is the owner's, commits. Their bytes are removed by the next sweep. It returns how many objects there
// were. An account that a hold keeps is a Conflict.
func (v *Vault) DestroyOwner(ctx context.Context, tx pgx.Tx, owner uuid.UUID) (n int, err error) {
	if err := free(ctx, tx); err != nil {
		return 0, err
	}
	rows, err := tx.Query(ctx, `
		with gone as (
			update easel.vault_object set state = 'gone' where owner = $1 and state in ('pending', 'stored')
			returning id, state, kind, digest, studio, policy
		), objects as (
			delete from keys.vault_object where owner = $1
		)
		select id, state, kind, digest, coalesce(studio, ''), coalesce(policy, 0) from gone`, owner)
	if err != nil {
		return 0, fmt.Errorf("destroy the owner's keys: %w", err)
	}
	n, gone, err := v.gone(rows)
	if err != nil {
		return 0, fmt.Errorf("destroy the owner's keys: %w", err)
	}
	if err := v.at("objects destroyed"); err != nil {
		return n, err
	}
	var digest []byte
	err = tx.QueryRow(ctx, `delete from keys.vault_owner where owner = $1 returning sha256(wrapped)`, owner).Scan(&digest)
	if err := ignoreNone(err); err != nil {
		return n, fmt.Errorf("destroy the owner's key: %w", err)
	}
	if digest != nil && v.policy.Studio != "" {
		now, _ := v.clock.now() // deleting needs no certainty about the time
		gone = append(gone, receipt.Statement{Object: owner, Kind: receipt.Account, Digest: digest, Policy: v.policy, Deleted: now})
	}
	if err := v.at("owner destroyed"); err != nil {
		return n, err
	}
	if err := v.receipts.Leave(ctx, tx, owner); err != nil {
		return n, err
	}
	return n, v.receipts.State(ctx, tx, uuid.Nil, gone...)
}
