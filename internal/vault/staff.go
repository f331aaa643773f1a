package vault

import (
	"context"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
)

// StaffText is OpenText for somebody who runs the place, in a transaction as support whose session is about the owner
// (postgres.DB.AsSupport). About anybody else it is a Missing fault.
func (v *Vault) StaffText(ctx context.Context, tx pgx.Tx, owner uuid.UUID, sealed []byte) (string, error) {
	k, err := v.server.reopen(ctx, tx, forOwner(owner), func() (wrapped []byte, err error) {
		if err = tx.QueryRow(ctx, `select easel.vault_staff_key()`).Scan(&wrapped); err != nil {
			return nil, fmt.Errorf("find the owner's key: %w", err)
		}
		if wrapped == nil {
			return nil, errMissing
		}
		return wrapped, nil
	})
	if err != nil {
		return "", err
	}
	plain, err := k.open(sealed, forText(owner))
	return string(plain), err
}
