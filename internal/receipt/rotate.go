package receipt

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	"github.com/jackc/pgx/v5"

	"easel/internal/fault"
	"easel/internal/postgres"
)

// Rotate makes a new key and says so in the log, signed with the old one, whose file is kept beside it. Servers sign with the new
// one once they are started again; receipts that were signed before stay good. With lost set the old key need not be there: then
// the new key announces itself, and VerifyLog tells.
func Rotate(ctx context.Context, db *postgres.DB, path string, lost bool) (from, to string, err error) {
	old, err := ReadKey(path)
	gone := errors.Is(err, fs.ErrNotExist)
	if err != nil && !gone {
		return "", "", err
	}
	if gone != lost {
		if gone {
			return "", "", fault.New(fault.Missing, "The key of receipts is not there. Put it back, or say --lost to begin with a new one.")
		}
		return "", "", fault.New(fault.Conflict, "The key of receipts is there, so it is not lost. Leave out --lost: then it signs for the new one.")
	}
	fresh, err := makeKey(path + ".next") // kept until it is in place: a second try takes the same one
	if err != nil {
		return "", "", err
	}
	signer := old
	if lost {
		signer = fresh
	}
	l := &Log{db: db, key: signer, anchor: path + ".head"}
	sum := sha256.Sum256(fresh.Public().Public)
	var e *Entry
	err = db.AsNobody(ctx, func(tx pgx.Tx) error {
		if err := lock(ctx, tx); err != nil {
			return err
		}
		if err := introduce(ctx, tx, fresh.Public()); err != nil {
			return err
		}
		e, err = l.append(ctx, tx, Entry{At: time.Now(), What: Rotation, Root: sum[:]}, nil)
		return err
	})
	if err != nil {
		return "", "", fmt.Errorf("announce the new key of receipts: %w", err)
	}
	if old != nil {
		from = old.id
		// A second name and no other one: ended here, there is a key still.
		if err := os.Link(path, path+"."+old.id); err != nil && !errors.Is(err, fs.ErrExist) {
			return "", "", fmt.Errorf("put the old key of receipts aside: %w", err)
		}
	}
	if err := os.Rename(path+".next", path); err != nil {
		return "", "", fmt.Errorf("put the new key of receipts in place: %w", err)
	}
	if err := syncFolder(path); err != nil {
		return "", "", fmt.Errorf("put the new key of receipts in place: %w", err)
	}
	return from, fresh.id, l.Anchor(e)
}
