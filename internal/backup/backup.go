// Package backup copies what a lost disk would take along, and makes it whole again.
//
// A copy goes to two places. The place of the data holds the database without a key in it, and the sealed bytes; copies of it may
// be kept as long as anybody likes. The place of the keys holds the newest copy of the keys and no other, so that what was
// deleted cannot be read any more once the keys have been copied again.
package backup

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"strings"
	"time"

	"gocloud.dev/gcerrors"

	"easel/internal/bucket"
	"easel/internal/postgres"
)

// What lies in the places.
const (
	manifestName = "backup.json"
	dumpPrefix   = "database-"
	objectPrefix = "objects/"
	keysName     = "keys.jsonl"
)

// form is the form of both copies. A program reads those of its own form and of earlier ones.
const form = 1

// manifest names what belongs together in the place of the data. It is replaced in one step, last.
type manifest struct {
	Form    int       `json:"form"`
	Made    time.Time `json:"made"`
	Dump    string    `json:"dump"`
	SHA256  string    `json:"sha256"` // of the dump
	Objects int       `json:"objects"`
	Bytes   int64     `json:"bytes"` // sealed
}

// Maker makes backups.
type Maker struct {
	DB    *postgres.Backup
	Bytes *bucket.Bucket                    // where the sealed bytes are
	Files func() (map[string][]byte, error) // reads the small files that the keys need: the server's key, where it is in a file
	Log   *slog.Logger

	step func(step string) error // where tests end the program; nil outside of them
}

func (m *Maker) at(step string) error {
	if m.step == nil {
		return nil
	}
	return m.step(step)
}

// Made is what a backup holds.
type Made struct {
	Objects int   // sealed objects
	New     int   // of these, copied this time
	Bytes   int64 // sealed
	Gone    int   // objects that were removed from the place since they are no more
}

// Data copies the database, without a key, and the sealed bytes. The keys have to be copied after it: what was stored before
// the dump and deleted since is missing in them. Ended at any moment it leaves the copy that was there before.
//
// Two at a time would each remove what the other has just written, so the second one is a Conflict.
func (m *Maker) Data(ctx context.Context, to *bucket.Bucket) (made Made, err error) {
	leave, err := m.DB.Alone(ctx)
	if err != nil {
		return made, err
	}
	defer leave()
	now := time.Now().UTC()
	next := manifest{Form: form, Made: now, Dump: dumpPrefix + now.Format("20060102T150405.000Z") + ".dump"}
	sum := sha256.New()
	err = to.Put(ctx, next.Dump, func(w io.Writer) error { return m.DB.Dump(ctx, io.MultiWriter(w, sum)) })
	if err != nil {
		return made, fmt.Errorf("copy the database: %w", err)
	}
	next.SHA256 = hex.EncodeToString(sum.Sum(nil))
	if err := m.at("database copied"); err != nil {
		return made, err
	}
	here, err := m.objects(ctx, to, &made)
	if err != nil {
		return made, err
	}
	next.Objects, next.Bytes = made.Objects, made.Bytes
	text, err := json.Marshal(next)
	if err != nil {
		return made, err
	}
	if err := put(ctx, to, manifestName, text); err != nil {
		return made, err
	}
	if err := m.at("manifest written"); err != nil {
		return made, err
	}
	made.Gone, err = m.clear(ctx, to, next, here)
	return made, err
}

// objects copies what the place does not have yet. Sealed bytes never change, so that a name and a length are enough.
func (m *Maker) objects(ctx context.Context, to *bucket.Bucket, made *Made) (here map[string]bool, err error) {
	there, err := sizes(ctx, to, objectPrefix)
	if err != nil {
		return nil, err
	}
	here = map[string]bool{}
	err = each(ctx, m.Bytes, "", func(o bucket.Entry) error {
		if strings.Contains(o.Key[strings.LastIndexByte(o.Key, '/')+1:], ".") {
			return nil // being written
		}
		here[objectPrefix+o.Key] = true
		made.Objects++
		made.Bytes += o.Size
		if size, ok := there[objectPrefix+o.Key]; ok && size == o.Size {
			return nil
		}
		err := carry(ctx, m.Bytes, o.Key, to, objectPrefix+o.Key)
		if gcerrors.Code(err) == gcerrors.NotFound {
			return nil // deleted a moment ago
		}
		made.New++
		return errors.Join(err, m.at("object copied"))
	})
	if err != nil {
		return nil, fmt.Errorf("copy sealed bytes: %w", err)
	}
	return here, nil
}

// clear removes earlier dumps and bytes that are no more: unreadable in any case, but they take room.
func (m *Maker) clear(ctx context.Context, to *bucket.Bucket, now manifest, here map[string]bool) (gone int, err error) {
	err = each(ctx, to, "", func(o bucket.Entry) error {
		switch {
		case strings.HasPrefix(o.Key, dumpPrefix) && o.Key != now.Dump:
		case strings.HasPrefix(o.Key, objectPrefix) && !here[o.Key]:
			gone++
		default:
			return nil
		}
		return to.Delete(ctx, o.Key)
	})
	if err != nil {
		return gone, fmt.Errorf("remove what an earlier backup held: %w", err)
	}
	return gone, nil
}

// heading is the first line of a copy of the keys.
type heading struct {
	Form  int               `json:"form"`
	Made  time.Time         `json:"made"`
	Files map[string][]byte `json:"files,omitempty"`
}

// keysTries is how often keys are copied anew because the server's key was changed meanwhile.
const keysTries = 3

var errChanged = errors.New("the server's key is being changed; copy the keys again when that has ended")

// Keys copies the keys, in place of the copy that was there before: in one step, and in every version. The files are read before the
// rows and after them: rows that were wrapped under a key which is in none of the files could never be opened.
func (m *Maker) Keys(ctx context.Context, to *bucket.Bucket) (rows int, err error) {
	for try := 1; ; try++ {
		err = to.Put(ctx, keysName, func(w io.Writer) (err error) {
			rows, err = m.keys(ctx, w)
			return errors.Join(err, m.at("keys copied"))
		})
		if try == keysTries || !errors.Is(err, errChanged) {
			break
		}
	}
	if err != nil {
		return rows, fmt.Errorf("copy the keys: %w", err)
	}
	return rows, m.at("keys in place")
}

func (m *Maker) keys(ctx context.Context, w io.Writer) (rows int, err error) {
	files, err := m.Files()
	if err != nil {
		return 0, err
	}
	if err := json.NewEncoder(w).Encode(heading{form, time.Now().UTC(), files}); err != nil {
		return 0, err
	}
	if rows, err = m.DB.CopyKeys(ctx, w); err != nil {
		return rows, err
	}
	again, err := m.Files()
	if err == nil && !maps.EqualFunc(files, again, bytes.Equal) {
		err = errChanged
	}
	return rows, err
}

func put(ctx context.Context, to *bucket.Bucket, name string, data []byte) error {
	return to.Put(ctx, name, func(w io.Writer) error { _, err := w.Write(data); return err })
}

// carry copies one object from place to place.
func carry(ctx context.Context, from *bucket.Bucket, name string, to *bucket.Bucket, as string) error {
	r, err := from.NewReader(ctx, name, nil)
	if err != nil {
		return err
	}
	err = to.Put(ctx, as, func(w io.Writer) error { _, err := io.Copy(w, r); return err })
	return errors.Join(err, r.Close())
}

func sizes(ctx context.Context, b *bucket.Bucket, prefix string) (map[string]int64, error) {
	all := map[string]int64{}
	err := each(ctx, b, prefix, func(o bucket.Entry) error { all[o.Key] = o.Size; return nil })
	return all, err
}

// each goes through a place.
func each(ctx context.Context, b *bucket.Bucket, prefix string, do func(bucket.Entry) error) error {
	return b.Pages(ctx, prefix, func(page []bucket.Entry) error {
		for _, o := range page {
			if err := do(o); err != nil {
				return err
			}
		}
		return nil
	})
}
