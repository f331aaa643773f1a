package vault

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// Rotated is what a change of the server's key has done.
type Rotated struct {
	From, To int16  // numbers of the keys
	Owners   int    // whose keys were wrapped again by this call
	Old      string // the file of the old key, which nothing here needs any more; "": it was in none
}

// rewrapped is how many owners' keys are wrapped again in one transaction.
const rewrapped = 200

// mostKeys is how often the server's key can be changed: its number is a byte.
const mostKeys = 255

// Rotate gives the server a new key and wraps every owner's key under it; no object is encrypted again. Reading and storing go on
// meanwhile, in this process and others that see the same files or the same key management service. Ended at any moment, it is
// taken up by the next call. The new key is made in a file, or by the keeper where there is one, wherever the old one was.
func (v *Vault) Rotate(ctx context.Context, progress func(owners int)) (r Rotated, err error) {
	all, err := v.records(ctx)
	if err != nil {
		return r, err
	}
	if len(all) == 1 {
		finished, err := v.server.finish(all[0])
		if err != nil || finished { // the last change was ended before its last step
			return Rotated{From: all[0].number - 1, To: all[0].number, Old: v.server.old()}, err
		}
		if err := v.another(ctx, all[0].number+1); err != nil {
			return r, err
		}
		if all, err = v.records(ctx); err != nil {
			return r, err
		}
	}
	r.From, r.To = all[0].number, all[len(all)-1].number
	for retired := false; !retired; {
		n, err := v.rewrapAll(ctx, r.From, func(n int) { progress(r.Owners + n) })
		r.Owners += n
		if err != nil {
			return r, err
		}
		if retired, err = v.retire(ctx, r.From); err != nil {
			return r, err
		}
	}
	if err := v.at("old key retired"); err != nil {
		return r, err
	}
	if all, err = v.records(ctx); err != nil {
		return r, err
	}
	if _, err := v.server.finish(all[0]); err != nil {
		return r, err
	}
	r.Old = v.server.old()
	return r, v.at("files named")
}

func (v *Vault) records(ctx context.Context) (all []record, err error) {
	err = v.db.AsNobody(ctx, func(tx pgx.Tx) error {
		all, err = records(ctx, tx)
		return err
	})
	return all, err
}

// another makes the next key. Once it is noted, new owners' keys are wrapped under it.
func (v *Vault) another(ctx context.Context, number int16) error {
	if number > mostKeys {
		return errors.New("the server's key has been changed 255 times, and there are no more numbers")
	}
	k, sealed, err := v.server.make(ctx, v.server.path+nextKey)
	if err != nil {
		return err
	}
	if err := v.at("next key made"); err != nil {
		return err
	}
	err = v.db.AsNobody(ctx, func(tx pgx.Tx) error {
		_, err := v.server.note(ctx, tx, record{number, k.fingerprint(), sealed})
		return err
	})
	if err != nil {
		return err
	}
	return v.at("next key noted")
}

// rewrapAll wraps what is under one server's key under the newest one.
func (v *Vault) rewrapAll(ctx context.Context, from int16, progress func(int)) (n int, err error) {
	if err := v.rewrapRoot(ctx, from); err != nil {
		return 0, err
	}
	for after := uuid.Nil; ; {
		owners, err := v.ids(ctx, `select easel.vault_owners_under($1, $2, $3)`, from, after, rewrapped)
		if err != nil {
			return n, fmt.Errorf("find keys to wrap again: %w", err)
		}
		if len(owners) == 0 {
			return n, nil
		}
		after = owners[len(owners)-1]
		err = v.db.AsNobody(ctx, func(tx pgx.Tx) error {
			for _, owner := range owners {
				if err := v.rewrap(ctx, tx, owner, from); err != nil {
					return err
				}
			}
			return v.at("batch wrapped")
		})
		if err != nil {
			return n, fmt.Errorf("wrap owners' keys again: %w", err)
		}
		n += len(owners)
		progress(n)
		if err := v.at("batch kept"); err != nil {
			return n, err
		}
	}
}

// rewrap works as the owner, like everybody who touches an owner's key.
func (v *Vault) rewrap(ctx context.Context, tx pgx.Tx, owner uuid.UUID, from int16) error {
	if _, err := tx.Exec(ctx, `select set_config('easel.caller', $1, true)`, owner.String()); err != nil {
		return err
	}
	var wrapped []byte
	err := tx.QueryRow(ctx, `select wrapped from keys.vault_owner where owner = $1 and server = $2 for update`, owner, from).Scan(&wrapped)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil // destroyed, or wrapped by somebody else, a moment ago
	}
	if err != nil {
		return err
	}
	k, err := v.server.open(ctx, tx, wrapped, forOwner(owner))
	if err != nil {
		return err
	}
	number, server, err := v.server.newest(ctx, tx)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `update keys.vault_owner set server = $2, wrapped = $3 where owner = $1`, owner, number, wrap(server, number, k, forOwner(owner)))
	return err
}

func (v *Vault) rewrapRoot(ctx context.Context, from int16) error {
	err := v.db.AsNobody(ctx, func(tx pgx.Tx) error {
		number, server, err := v.server.newest(ctx, tx)
		if err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `update keys.vault_root set server = $1, wrapped = $2 where server = $3`, number, wrap(server, number, v.root, forRoot), from)
		return err
	})
	if err != nil {
		return fmt.Errorf("wrap the root of digests again: %w", err)
	}
	return v.at("root wrapped")
}

// retire removes the old key's record, once every transaction that wraps something has ended. The database refuses while anything is
// wrapped under it.
func (v *Vault) retire(ctx context.Context, number int16) (bool, error) {
	err := v.db.AsNobody(ctx, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `select pg_advisory_xact_lock($1)`, retiring); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `delete from easel.vault_server where id = $1`, number)
		return err
	})
	var said *pgconn.PgError
	if errors.As(err, &said) && said.Code == stillUsed {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("retire the server's old key: %w", err)
	}
	return true, nil
}

const stillUsed = "23503" // foreign_key_violation

// finish gives the files their names: the key of the record the server's, and the one before it the old one's. It reports
// whether there was anything to do.
func (s *servers) finish(r record) (bool, error) {
	k, err := readKey(s.path)
	switch {
	case errors.Is(err, fs.ErrNotExist) && r.sealed != nil:
		return false, nil
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return false, err
	case err == nil && bytes.Equal(k.fingerprint(), r.fingerprint):
		return false, nil
	}
	if err == nil { // beside its own name, so that at no moment there is none
		if err := os.Remove(s.path + oldKey); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return false, fmt.Errorf("remove the key before the old one: %w", err)
		}
		if err := os.Link(s.path, s.path+oldKey); err != nil {
			return false, fmt.Errorf("keep the old key: %w", err)
		}
	}
	if r.sealed != nil {
		err = os.Remove(s.path)
	} else {
		err = os.Rename(s.path+nextKey, s.path)
	}
	if err != nil {
		return false, fmt.Errorf("name the server's new key: %w", err)
	}
	return true, syncFolder(filepath.Dir(s.path))
}

// old is the file of the old key, if there is one.
func (s *servers) old() string {
	if _, err := os.Stat(s.path + oldKey); err != nil {
		return ""
	}
	return s.path + oldKey
}

func syncFolder(path string) error {
	dir, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("look at the folder of the server's key: %w", err)
	}
	if err := errors.Join(dir.Sync(), dir.Close()); err != nil {
		return fmt.Errorf("write the folder of the server's key to the disk: %w", err)
	}
	return nil
}
