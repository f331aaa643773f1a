package receipt

import (
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// Key signs.
type Key struct {
	private ed25519.PrivateKey
	id      string
}

// ID names the key: the first 8 bytes of the SHA-256 of its public half, hexadecimal.
func (k *Key) ID() string { return k.id }

// Public is the half that everybody may have.
func (k *Key) Public() Public {
	return Public{ID: k.id, Public: k.private[ed25519.SeedSize:]}
}

func (k *Key) sign(text []byte) []byte { return ed25519.Sign(k.private, text) }

func identify(public []byte) string {
	sum := sha256.Sum256(public)
	return hex.EncodeToString(sum[:8])
}

// ReadKey reads a key file, which holds a seed of 32 bytes and which nobody else may read. Where there is none the error is
// fs.ErrNotExist.
func ReadKey(path string) (*Key, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("look for the key of receipts: %w", err)
	}
	if !info.Mode().IsRegular() || info.Size() != ed25519.SeedSize {
		return nil, fmt.Errorf("the key of receipts %s is not a file of %d bytes; put the right one there", path, ed25519.SeedSize)
	}
	if info.Mode().Perm()&0o077 != 0 {
		return nil, fmt.Errorf("the key of receipts %s can be read by other users (its mode is %04o); run chmod 600 on it", path, info.Mode().Perm())
	}
	seed, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read the key of receipts: %w", err)
	}
	if len(seed) != ed25519.SeedSize {
		return nil, fmt.Errorf("the key of receipts %s changed while it was read", path)
	}
	k := &Key{private: ed25519.NewKeyFromSeed(seed)}
	clear(seed)
	k.id = identify(k.Public().Public)
	return k, nil
}

// makeKey writes a new key, whole or not at all, unless there is a file already.
func makeKey(path string) (*Key, error) {
	var seed [ed25519.SeedSize]byte
	_, _ = rand.Read(seed[:]) // never fails: the program ends instead
	err := write(path, seed[:], os.Link)
	clear(seed[:])
	if err != nil && !errors.Is(err, fs.ErrExist) {
		return nil, fmt.Errorf("make the key of receipts: %w", err)
	}
	return ReadKey(path)
}

// write puts a file in place: written and synced under another name, then linked (which fails when there is one) or renamed.
func write(path string, data []byte, place func(from, to string) error) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".new-") // for us alone: mode 0600
	if err != nil {
		return err
	}
	defer os.Remove(f.Name()) // after a rename it is not there
	_, err = f.Write(data)
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	if err := place(f.Name(), path); err != nil {
		return err
	}
	return syncFolder(path)
}

// syncFolder has the name of a file on the disk.
func syncFolder(path string) error {
	dir, err := os.Open(filepath.Dir(path))
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}
