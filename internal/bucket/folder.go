package bucket

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// putFile writes beside the file and renames, each step on the disk before the next: a file under its own name is whole.
// What a crash leaves is called after the key, with a dot and more behind it.
func (b *Bucket) putFile(ctx context.Context, key string, write func(io.Writer) error) (err error) {
	name := filepath.FromSlash(key)
	if !filepath.IsLocal(name) { // names come from backups as well, which lie elsewhere
		return fmt.Errorf("begin to store bytes: %q is no name in a folder", key)
	}
	path := filepath.Join(b.dir, name)
	folder := filepath.Dir(path)
	if err := b.folder(folder); err != nil {
		return err
	}
	f, err := os.CreateTemp(folder, filepath.Base(path)+".part-") // for us alone: mode 0600
	if err != nil {
		return fmt.Errorf("begin to store bytes: %w", err)
	}
	defer func() {
		if err != nil {
			os.Remove(f.Name())
		}
	}()
	err = write(lively{ctx, f})
	if err != nil {
		return errors.Join(err, f.Close())
	}
	if err := errors.Join(f.Sync(), f.Close(), ctx.Err()); err != nil {
		return fmt.Errorf("finish storing bytes: %w", err)
	}
	if err := os.Rename(f.Name(), path); err != nil {
		return fmt.Errorf("finish storing bytes: %w", err)
	}
	return syncFolder(folder)
}

// folder makes the folder of a key, on the disk as well, once in the life of this program.
func (b *Bucket) folder(path string) error {
	if _, known := b.seen.Load(path); known {
		return nil
	}
	if err := os.MkdirAll(path, 0o700); err != nil {
		return fmt.Errorf("begin to store bytes: %w", err)
	}
	for up := path; up != b.dir; {
		up = filepath.Dir(up)
		if err := syncFolder(up); err != nil {
			return err
		}
	}
	b.seen.Store(path, true)
	return nil
}

func syncFolder(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("look at the folder of a bucket: %w", err)
	}
	if err := errors.Join(f.Sync(), f.Close()); err != nil {
		return fmt.Errorf("write the folder of a bucket to the disk: %w", err)
	}
	return nil
}

// lively stops writing when the context has ended.
type lively struct {
	ctx context.Context
	w   io.Writer
}

func (l lively) Write(p []byte) (int, error) {
	if err := l.ctx.Err(); err != nil {
		return 0, err
	}
	return l.w.Write(p)
}
