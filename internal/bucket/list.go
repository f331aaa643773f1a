package bucket

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"gocloud.dev/blob"
)

// Entry is one name in a bucket.
type Entry struct {
	Key     string
	Size    int64 // bytes
	ModTime time.Time
}

// pageSize is how many entries are told at once, at most.
const pageSize = 1000

// Pages tells everything whose key begins with a prefix, in any order and page by page. What comes and goes meanwhile may be
// told or not. An error of tell ends it.
//
// A folder is walked through once: gocloud's walk begins anew for each page, which takes hours for a million files.
func (b *Bucket) Pages(ctx context.Context, prefix string, tell func([]Entry) error) error {
	if b.dir != "" {
		return b.walk(ctx, prefix, tell)
	}
	for token := blob.FirstPageToken; len(token) > 0; {
		list, next, err := b.ListPage(ctx, token, pageSize, &blob.ListOptions{Prefix: prefix})
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("list a bucket: %w", err)
		}
		page := make([]Entry, len(list))
		for i, o := range list {
			page[i] = Entry{o.Key, o.Size, o.ModTime}
		}
		if err := tell(page); err != nil {
			return err
		}
		token = next
	}
	return nil
}

// walk is Pages of a folder. Keys are paths: putFile escapes nothing.
func (b *Bucket) walk(ctx context.Context, prefix string, tell func([]Entry) error) error {
	var page []Entry
	top := filepath.Join(b.dir, filepath.FromSlash(prefix[:strings.LastIndex(prefix, "/")+1]))
	err := filepath.WalkDir(top, func(path string, d fs.DirEntry, err error) error {
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case errors.Is(err, os.ErrNotExist): // removed meanwhile
			return nil
		case err != nil || d.IsDir():
			return err
		}
		key := filepath.ToSlash(path[len(b.dir)+1:])
		if !strings.HasPrefix(key, prefix) {
			return nil
		}
		info, err := d.Info()
		if errors.Is(err, os.ErrNotExist) {
			return nil
		}
		if err != nil {
			return err
		}
		if page = append(page, Entry{key, info.Size(), info.ModTime()}); len(page) < pageSize {
			return nil
		}
		err = tell(page)
		page = nil
		return err
	})
	if err != nil {
		return fmt.Errorf("list a bucket: %w", err)
	}
	if len(page) == 0 {
		return nil
	}
	return tell(page)
}
