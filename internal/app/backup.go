package app

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/google/uuid"

	"easel/internal/backup"
	"easel/internal/bucket"
	"easel/internal/fault"
	"easel/internal/postgres"
	"easel/internal/vault"
)

// Places are where a backup is: folders, or addresses of buckets.
type Places struct{ Data, Keys string }

// Check refuses places that would undo what they are for.
func (p Places) Check(c Config) error {
	if p.Keys == "" {
		return errors.New("the place of the keys is missing; see `easel backup --help`")
	}
	data, keys := placeAddress(p.Data), placeAddress(p.Keys)
	if p.Data != "" && (within(data, keys) || within(keys, data)) {
		return errors.New("the data and the keys need two places that do not lie in each other: copies of the data may be kept, and of the keys only the newest one may be")
	}
	for _, place := range []string{data, keys} {
		if place == "" {
			continue
		}
		if err := (bucket.Config{Address: place}).Check(); err != nil {
			return err
		}
		for _, own := range []string{placeAddress(c.Data), c.Bucket} {
			if within(own, place) || within(place, own) {
				return errors.New("a backup below the data folder, or in the bucket itself, would be lost with it; give a place on another disk")
			}
		}
	}
	return nil
}

// placeAddress makes a folder's path an address of a bucket.
func placeAddress(place string) string {
	if place == "" || strings.Contains(place, "://") {
		return place
	}
	whole, err := filepath.Abs(place)
	if err != nil {
		return place
	}
	return bucket.Folder(whole)
}

// within is whether a place is the outer one or lies in it.
func within(outer, place string) bool {
	outer, _, _ = strings.Cut(outer, "?")
	place, _, _ = strings.Cut(place, "?")
	return strings.HasPrefix(strings.TrimSuffix(place, "/")+"/", strings.TrimSuffix(outer, "/")+"/")
}

// BackedUp is what a backup has done.
type BackedUp struct {
	backup.Made

	Keys  int      // rows
	Files []string // that lie beside the keys
}

// Backup copies the data to one place, unless there is none, and then the keys to another. It works beside a running server and
// without one. leaveKeys leaves out the files of keys, which are then somebody else's to keep.
func Backup(ctx context.Context, config Config, log *slog.Logger, to Places, leaveKeys bool) (done BackedUp, err error) {
	done, begun, err := copyAll(ctx, config, log, to, leaveKeys)
	if err != nil {
		return done, err
	}
	return done, errand(ctx, config, log, func(db *postgres.DB) error { return backup.Note(ctx, db, begun, to.Data != "") })
}

// ForgetBackups says that there are no copies any more.
func ForgetBackups(ctx context.Context, config Config, log *slog.Logger) error {
	return errand(ctx, config, log, func(db *postgres.DB) error { return backup.Forget(ctx, db) })
}

// copyAll makes a backup, and returns when it began to copy the keys: what is deleted from then on may still be in the copy.
func copyAll(ctx context.Context, config Config, log *slog.Logger, to Places, leaveKeys bool) (done BackedUp, begun time.Time, err error) {
	a := &App{config: config, log: log}
	m := &backup.Maker{Log: log, Files: config.keyFiles}
	if m.DB, err = postgres.OpenBackup(ctx, config.postgres(), config.Storage.BackupURL, log); err != nil {
		return done, begun, err
	}
	defer func() { err = errors.Join(err, m.DB.Close()) }()
	if leaveKeys {
		m.Files = func() (map[string][]byte, error) { return map[string][]byte{}, nil }
	}
	files, err := m.Files()
	if err != nil {
		return done, begun, err
	}
	for name := range files {
		done.Files = append(done.Files, name)
	}
	if to.Data != "" {
		if m.Bytes, err = a.bytes(ctx); err != nil {
			return done, begun, err
		}
		defer closed(m.Bytes, &err)
		var data *bucket.Bucket
		if data, err = a.storeOf(ctx, placeAddress(to.Data)); err != nil {
			return done, begun, err
		}
		defer closed(data, &err)
		if done.Made, err = m.Data(ctx, data); err != nil {
			return done, begun, err
		}
	}
	keys, err := a.storeOf(ctx, placeAddress(to.Keys))
	if err != nil {
		return done, begun, err
	}
	defer closed(keys, &err)
	begun = time.Now()
	done.Keys, err = m.Keys(ctx, keys)
	return done, begun, err
}

// closed lets go of a bucket at the end of a function that returns err.
func closed(b *bucket.Bucket, err *error) { *err = errors.Join(*err, b.Close()) }

// bytes opens the bucket of sealed objects for a copy of all of it.
func (a *App) bytes(ctx context.Context) (*bucket.Bucket, error) {
	c := bucket.Config{Address: a.config.Bucket, ID: a.config.Storage.ID, Secret: a.config.Storage.Secret}
	var err error
	if c.Client, err = a.way(c.Address, transferWait); err != nil {
		return nil, err
	}
	return bucket.Open(ctx, c)
}

// keyPaths are the files without which nothing is opened or signed, by what they are called beside the keys.
func (c Config) keyPaths() map[string]string {
	return map[string]string{"server.key": c.ServerKey, "server.key.next": c.ServerKey + ".next", "server.key.old": c.ServerKey + ".old", "receipt.key": c.receiptKey()}
}

func (c Config) keyFiles() (map[string][]byte, error) {
	files := map[string][]byte{}
	for name, path := range c.keyPaths() {
		data, err := os.ReadFile(path)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("read a file of keys: %w", err)
		}
		files[name] = data
	}
	return files, nil
}

// RestoreBackup makes a lost installation again where there is none: in an empty data folder, or an empty database.
func RestoreBackup(ctx context.Context, config Config, log *slog.Logger, from Places) (done backup.Restored, err error) {
	a := &App{config: config, log: log}
	if _, err := a.declare(); err != nil {
		return done, err
	}
	r := &backup.Restorer{Config: config.postgres(), Log: log, Files: config.putKeyFiles, Leave: a.leftBefore}
	for at, b := range map[string]**bucket.Bucket{placeAddress(from.Data): &r.Data, placeAddress(from.Keys): &r.Keys} {
		if *b, err = a.storeOf(ctx, at); err != nil {
			return done, err
		}
		defer closed(*b, &err)
	}
	if r.Bytes, err = a.bytes(ctx); err != nil {
		return done, err
	}
	defer closed(r.Bytes, &err)
	return r.Run(ctx)
}

// putKeyFiles puts files of keys where they belong. One that is there already is never replaced.
func (c Config) putKeyFiles(files map[string][]byte) error {
	paths := c.keyPaths()
	for name, data := range files {
		path, known := paths[name]
		if !known {
			return fault.New(fault.Invalid, "The copy of the keys holds a file that this version does not know: "+name+".")
		}
		there, err := os.ReadFile(path)
		if err == nil && bytes.Equal(there, data) {
			continue
		}
		if err == nil {
			return fault.New(fault.Conflict, "There is another key at "+path+" already, and it is not replaced. Move it away if nothing needs it.")
		}
		if !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("look for a file of keys: %w", err)
		}
		if err := writeKeyFile(path, data); err != nil {
			return fmt.Errorf("put a file of keys back: %w", err)
		}
	}
	return nil
}

// writeKeyFile writes a file for us alone, whole or not at all.
func writeKeyFile(path string, data []byte) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".new-")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	_, err = f.Write(data)
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	if err := os.Rename(f.Name(), path); err != nil {
		return err
	}
	dir, err := os.Open(filepath.Dir(path))
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close()) // so that its name is there after a crash of the machine as well
}

// leftBefore deletes accounts that were deleted after the data had been copied, as if they left now.
func (a *App) leftBefore(ctx context.Context, db *postgres.DB, left []uuid.UUID) (err error) {
	studio := a.live("portrait")
	a.db = db
	if err := a.openVault(ctx, vault.Config{}); err != nil {
		return err
	}
	defer func() {
		err = errors.Join(err, a.vault.Close())
		a.db, a.vault = nil, nil // the database is its caller's
	}()
	if err := a.people(studio); err != nil {
		return err
	}
	if err := a.claims(studio); err != nil {
		return err
	}
	if err := a.sales(studio); err != nil {
		return err
	}
	if err := a.drawings(studio); err != nil {
		return err
	}
	for _, owner := range left {
		if err := a.leaveNow(ctx, owner); err != nil {
			return err
		}
	}
	_, err = a.vault.Expire(ctx) // nothing that is over is there when the server starts
	return err
}

// RotateServerKey gives the server a new key, beside a running server or without one.
func RotateServerKey(ctx context.Context, config Config, log *slog.Logger, progress func(owners int)) (r vault.Rotated, err error) {
	err = errand(ctx, config, log, func(db *postgres.DB) error {
		a := &App{config: config, log: log, db: db}
		if err := a.openVault(ctx, vault.Config{}); err != nil {
			return err
		}
		r, err = a.vault.Rotate(ctx, progress)
		return errors.Join(err, a.vault.Close())
	})
	return r, err
}
