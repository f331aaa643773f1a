package backup

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"time"

	"github.com/google/uuid"
	"gocloud.dev/gcerrors"

	"easel/internal/bucket"
	"easel/internal/fault"
	"easel/internal/postgres"
)

// Restorer makes a lost installation of two places again.
type Restorer struct {
	Config postgres.Config // of the new database, which is empty
	Data   *bucket.Bucket
	Keys   *bucket.Bucket
	Bytes  *bucket.Bucket                                                     // of the new installation
	Files  func(files map[string][]byte) error                                // puts the small files where they belong
	Leave  func(ctx context.Context, db *postgres.DB, left []uuid.UUID) error // deletes accounts that left since the data were copied
	Log    *slog.Logger

	step func(step string) error // where tests end the program
}

func (r *Restorer) at(step string) error {
	if r.step == nil {
		return nil
	}
	return r.step(step)
}

// Restored is what was made again.
type Restored struct {
	Data, Keys time.Time // when the copies were made
	Objects    int
	Left       int // accounts that were deleted again
}

// Run restores. Ended at any moment, it is begun anew by the next call; nothing is served from what is half done.
func (r *Restorer) Run(ctx context.Context) (done Restored, err error) {
	m, err := r.manifest(ctx)
	if err != nil {
		return done, err
	}
	h, rows, err := r.keys(ctx)
	if err != nil {
		return done, err
	}
	if err := rows.Close(); err != nil {
		return done, err
	}
	done.Data, done.Keys = m.Made, h.Made
	if h.Made.Before(m.Made) {
		r.Log.Warn("the keys were copied before the data: what was stored in between cannot be read", "data", m.Made, "keys", h.Made)
	}
	if err := r.Files(h.Files); err != nil {
		return done, err
	}
	if err := r.at("files in place"); err != nil {
		return done, err
	}
	if done.Objects, err = r.objects(ctx); err != nil {
		return done, err
	}
	plan := postgres.Restore{
		Dump: func(ctx context.Context) (io.ReadCloser, error) { return r.Data.NewReader(ctx, m.Dump, nil) },
		Keys: func(ctx context.Context) (io.ReadCloser, error) {
			if err := r.at("database loaded"); err != nil {
				return nil, err
			}
			_, rows, err := r.keys(ctx)
			return rows, err
		},
		Replay: func(ctx context.Context, db *postgres.DB, left []uuid.UUID) error {
			done.Left = len(left)
			return errors.Join(r.at("keys loaded"), r.Leave(ctx, db, left), r.at("deletions replayed"))
		},
	}
	return done, plan.Run(ctx, r.Config, r.Log)
}

// manifest reads which dump belongs to the data, and looks whether it is whole.
func (r *Restorer) manifest(ctx context.Context) (m manifest, err error) {
	text, err := r.Data.ReadAll(ctx, manifestName)
	if gcerrors.Code(err) == gcerrors.NotFound {
		return m, fault.Wrap(err, fault.Missing, "The place of the data holds no finished backup: there is no "+manifestName+" in it.")
	}
	if err == nil {
		err = json.Unmarshal(text, &m)
	}
	if err != nil {
		return m, fmt.Errorf("read what the backup holds: %w", err)
	}
	if m.Form > form {
		return m, errNewer
	}
	dump, err := r.Data.NewReader(ctx, m.Dump, nil)
	if err != nil {
		return m, fmt.Errorf("open the copy of the database: %w", err)
	}
	sum := sha256.New()
	_, err = io.Copy(sum, dump)
	if err := errors.Join(err, dump.Close()); err != nil {
		return m, fmt.Errorf("read the copy of the database: %w", err)
	}
	if hex.EncodeToString(sum.Sum(nil)) != m.SHA256 {
		return m, fault.New(fault.Invalid, "The copy of the database is damaged: it is not what was written. Take another copy of the place of the data.")
	}
	return m, nil
}

var errNewer = fault.New(fault.Invalid, "The backup was made by a newer version of Easel. Restore it with that one.")

// keys opens the copy of the keys and reads its first line; the rest is for the database.
func (r *Restorer) keys(ctx context.Context) (h heading, rows io.ReadCloser, err error) {
	in, err := r.Keys.NewReader(ctx, keysName, nil)
	if gcerrors.Code(err) == gcerrors.NotFound {
		return h, nil, fault.Wrap(err, fault.Missing, "The place of the keys holds no copy: there is no "+keysName+" in it. Without the keys nothing can be read.")
	}
	if err != nil {
		return h, nil, fmt.Errorf("open the copy of the keys: %w", err)
	}
	buffered := bufio.NewReader(in)
	first, err := buffered.ReadBytes('\n')
	if err == nil {
		err = json.NewDecoder(bytes.NewReader(first)).Decode(&h)
	}
	if err != nil {
		return h, nil, errors.Join(fmt.Errorf("read the copy of the keys: %w", err), in.Close())
	}
	if h.Form > form {
		return h, nil, errors.Join(errNewer, in.Close())
	}
	return h, struct {
		io.Reader
		io.Closer
	}{buffered, in}, nil
}

// objects puts the sealed bytes back that are not there.
func (r *Restorer) objects(ctx context.Context) (n int, err error) {
	there, err := sizes(ctx, r.Bytes, "")
	if err != nil {
		return 0, err
	}
	err = each(ctx, r.Data, objectPrefix, func(o bucket.Entry) error {
		n++
		name := o.Key[len(objectPrefix):]
		if size, ok := there[name]; ok && size == o.Size {
			return nil
		}
		return errors.Join(carry(ctx, r.Data, o.Key, r.Bytes, name), r.at("object restored"))
	})
	if err != nil {
		return n, fmt.Errorf("put sealed bytes back: %w", err)
	}
	return n, nil
}
