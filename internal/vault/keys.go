package vault

import (
	"bytes"
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/jackc/pgx/v5"

	"easel/internal/postgres"
)

// key is an AES-256 key.
type key [32]byte

func newKey() (k key) {
	_, _ = rand.Read(k[:]) // never fails: the program ends instead
	return k
}

// What a wrapped key or text begins with: the form, and the number of the server's key at the root of it.
const (
	form     = 1
	serverID = 0
)

var errDamaged = errors.New("vault: sealed bytes were changed, cut, or sealed under another key")

// seal encrypts and authenticates a short text (a key, a name) for one purpose: what was sealed for one cannot be opened
// for another.
func (k key) seal(plain []byte, purpose string) []byte {
	return append([]byte{form, serverID}, k.gcm().Seal(nil, nil, plain, []byte(purpose))...)
}

// open undoes seal.
func (k key) open(sealed []byte, purpose string) ([]byte, error) {
	if len(sealed) < 2 || sealed[0] != form || sealed[1] != serverID {
		return nil, errDamaged
	}
	plain, err := k.gcm().Open(nil, nil, sealed[2:], []byte(purpose))
	if err != nil {
		return nil, errDamaged
	}
	return plain, nil
}

func (k key) openKey(sealed []byte, purpose string) (inner key, err error) {
	plain, err := k.open(sealed, purpose)
	if err != nil {
		return key{}, err
	}
	if len(plain) != len(inner) {
		return key{}, errDamaged
	}
	copy(inner[:], plain)
	clear(plain)
	return inner, nil
}

// gcm draws its nonces at random and puts them in front.
func (k key) gcm() cipher.AEAD {
	block, err := aes.NewCipher(k[:])
	if err == nil {
		var aead cipher.AEAD
		if aead, err = cipher.NewGCMWithRandomNonce(block); err == nil {
			return aead
		}
	}
	panic(err) // a key of 32 bytes always works
}

// fingerprint tells keys apart without telling anything about them.
func (k key) fingerprint() []byte {
	mac := hmac.New(sha256.New, k[:])
	mac.Write([]byte("easel vault key"))
	return mac.Sum(nil)
}

// serverKey reads the server's key, or makes it on the very first start, and compares it with the fingerprint in the
// database.
func serverKey(ctx context.Context, db *postgres.DB, path string) (key, error) {
	var known []byte
	find := func(tx pgx.Tx) error {
		err := tx.QueryRow(ctx, `select fingerprint from easel.vault_server where id = $1`, serverID).Scan(&known)
		if errors.Is(err, pgx.ErrNoRows) {
			return nil
		}
		return err
	}
	if err := db.AsNobody(ctx, find); err != nil {
		return key{}, fmt.Errorf("look for the server key's fingerprint: %w", err)
	}
	k, err := readKey(path)
	if errors.Is(err, fs.ErrNotExist) {
		if known != nil {
			return key{}, fmt.Errorf("the server's key %s is gone, and what the database has sealed cannot be opened without it. Put it back; "+
				"only where nothing sealed is wanted any more, start with an empty data folder", path)
		}
		k, err = makeKey(path)
	}
	if err != nil {
		return key{}, err
	}
	err = db.AsNobody(ctx, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `insert into easel.vault_server values ($1, $2) on conflict do nothing`, serverID, k.fingerprint()); err != nil {
			return err
		}
		return find(tx)
	})
	if err != nil {
		return key{}, fmt.Errorf("note the server key's fingerprint: %w", err)
	}
	if !bytes.Equal(known, k.fingerprint()) {
		return key{}, fmt.Errorf("the server's key %s is not the one that this database was sealed with; put the right one there", path)
	}
	return k, nil
}

// readKey reads a key file that nobody else may read.
func readKey(path string) (k key, err error) {
	info, err := os.Stat(path)
	if err != nil {
		return k, fmt.Errorf("look for the server's key: %w", err)
	}
	if !info.Mode().IsRegular() || info.Size() != int64(len(k)) {
		return k, fmt.Errorf("the server's key %s is not a file of %d bytes; put the right one there", path, len(k))
	}
	if info.Mode().Perm()&0o077 != 0 {
		return k, fmt.Errorf("the server's key %s can be read by other users (its mode is %04o); run chmod 600 on it", path, info.Mode().Perm())
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return k, fmt.Errorf("read the server's key: %w", err)
	}
	if copy(k[:], data) != len(k) || len(data) != len(k) {
		return k, fmt.Errorf("the server's key %s changed while it was read", path)
	}
	clear(data)
	return k, nil
}

// makeKey writes a new key under another name and links it to its own, which fails when there is one: the file is whole
// or not there, and two programs that start together end up with the same key.
func makeKey(path string) (k key, err error) {
	fresh := newKey()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return k, fmt.Errorf("make the folder of the server's key: %w", err)
	}
	f, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".new-") // for us alone: mode 0600
	if err != nil {
		return k, fmt.Errorf("make the server's key: %w", err)
	}
	defer os.Remove(f.Name())
	_, err = f.Write(fresh[:])
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return k, fmt.Errorf("write the server's key: %w", err)
	}
	if err := os.Link(f.Name(), path); err != nil && !errors.Is(err, fs.ErrExist) {
		return k, fmt.Errorf("write the server's key: %w", err)
	}
	dir, err := os.Open(filepath.Dir(path))
	if err != nil {
		return k, fmt.Errorf("write the server's key: %w", err)
	}
	if err := errors.Join(dir.Sync(), dir.Close()); err != nil {
		return k, fmt.Errorf("write the server's key: %w", err)
	}
	return readKey(path)
}
