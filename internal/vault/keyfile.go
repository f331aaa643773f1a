package vault

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

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
	if err := syncFolder(filepath.Dir(path)); err != nil {
		return k, err
	}
	return readKey(path)
}
