package app

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"path/filepath"
	"strconv"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"easel/internal/audit"
	"easel/internal/backup"
	"easel/internal/fault"
	"easel/internal/policy"
	"easel/internal/postgres"
	"easel/internal/receipt"
	"easel/internal/rounds"
	"easel/internal/vault"
	"easel/internal/web/pages"
)

// Reap is how things are deleted.
type Reap struct {
	Key     string // file of the key that signs receipts
	Rate    int    // objects whose bytes are removed in a second
	Metrics string // where counts are served; "": nowhere
}

// reapMost is a rate beyond which nobody's database keeps up.
const reapMost = 100_000

var deletionSettings = []setting{
	{name: "EASEL_RECEIPT_KEY_PATH", fallback: "the file receipt.key in EASEL_DATA", meaning: "the key that signs receipts of deletion; made at the first start, and the same on all machines",
		set: func(c *Config, v string) (err error) { c.Reap.Key, err = filepath.Abs(v); return err }},
	{name: "EASEL_REMOVE_RATE", fallback: strconv.Itoa(vault.DefaultRate), literal: true, meaning: "objects without a key whose bytes are removed in a second",
		set: func(c *Config, v string) (err error) {
			c.Reap.Rate, err = strconv.Atoi(v)
			if err == nil && (c.Reap.Rate < 1 || c.Reap.Rate > reapMost) {
				err = fmt.Errorf("it must be 1 to %d", reapMost)
			}
			return err
		}},
	{name: "EASEL_METRICS", fallback: "none", meaning: "host and port where counts are served in Prometheus's text form; on a network of yours, since everybody who reaches it may read them",
		set: func(c *Config, v string) error {
			_, _, err := net.SplitHostPort(v)
			c.Reap.Metrics = v
			return err
		}},
}

// receiptKey is the file of the key that signs receipts.
func (c Config) receiptKey() string {
	if c.Reap.Key != "" {
		return c.Reap.Key
	}
	return filepath.Join(c.Data, "receipt.key")
}

// kept is the policy that what a studio keeps is kept under. Accounts are kept under that of the studio which has them.
func kept(studio *policy.Studio) receipt.Policy {
	return receipt.Policy{Studio: studio.Name, Version: studio.Version}
}

// reaper destroys what is overdue while the program runs.
func (a *App) reaper(ctx context.Context) error {
	return (&vault.Reaper{Vault: a.vault, Rate: a.config.Reap.Rate, Log: a.log}).Run(ctx)
}

// trusted reports a clock that has jumped.
func (a *App) trusted(ctx context.Context) error {
	clock, err := a.vault.Clock(ctx)
	if err == nil && clock.Stopped {
		err = fmt.Errorf("the clock of the server has jumped ahead by %v; see `easel clock --help`", clock.Jump.Round(time.Second))
	}
	return err
}

// deletion puts what is deleted, and what is kept from it, into the pages.
func (a *App) deletion(c *pages.Config) {
	c.Receipts, c.Deletion = a.receipts, reaping{a.vault, a, audit.New(a.db)}
}

// reaping is the vault as those see it who run the place.
type reaping struct {
	*vault.Vault

	app *App
	log *audit.Log
}

// Copies is when the last backup was made.
func (r reaping) Copies(ctx context.Context) (backup.Copies, error) { return r.app.copies(ctx) }

// Hold keeps one account or one work. People know a photo and a portrait by numbers that are not the vault's.
func (r reaping) Hold(ctx context.Context, staff uuid.UUID, h vault.Hold) (id uuid.UUID, err error) {
	var objects []uuid.UUID
	if h.Object != uuid.Nil {
		if objects, err = r.app.generation.StaffObjects(ctx, staff, h.Object); err != nil {
			return id, err
		}
	}
	return r.Vault.Hold(ctx, staff, h, objects...)
}

// ConfirmClock says that the system's clock is right, and writes it down.
func (r reaping) ConfirmClock(ctx context.Context, staff uuid.UUID, reason string) error {
	return r.app.db.AsOwner(ctx, staff, func(tx pgx.Tx) error {
		if err := r.log.Add(ctx, tx, "clock.confirm", uuid.Nil, reason); err != nil {
			return err
		}
		return vault.ConfirmClock(ctx, tx)
	})
}

// copies is when the last backup was made, and what the policy says about it.
func (a *App) copies(ctx context.Context) (backup.Copies, error) {
	c, err := backup.Newest(ctx, a.db)
	if s := a.live("portrait"); s != nil {
		c.Promised = time.Duration(s.Retention[policy.Backup].Keep)
	}
	return c, err
}

// copied is how often the age of the newest copy of the keys is looked at, and somebody is told while it is too old.
const copied = time.Hour

// watchCopies warns while backups are made and the copy of the keys is older than it should be, until the context ends.
func (a *App) watchCopies(ctx context.Context) error {
	return rounds.Every(ctx, copied, func(ctx context.Context) { a.lookAtCopies(ctx, time.Now()) })
}

func (a *App) lookAtCopies(ctx context.Context, now time.Time) {
	c, err := a.copies(ctx)
	switch {
	case ctx.Err() != nil:
	case err != nil:
		a.log.ErrorContext(ctx, "looking for the newest backup failed", slog.Any("cause", err))
	case c.Late(now):
		a.log.WarnContext(ctx, "the keys have not been copied for long, so that what was deleted since can still be read by whoever has both places of the backup: run `easel backup --keys PLACE`, every hour",
			slog.Duration("age", now.Sub(c.Keys).Round(time.Minute)), slog.Duration("promised", c.Promised))
	}
}

// metrics serves counts until the context ends.
func (a *App) metrics(ctx context.Context) error {
	if a.config.Reap.Metrics == "" {
		<-ctx.Done()
		return ctx.Err()
	}
	l, err := listen(ctx, a.config.Reap.Metrics)
	if err != nil {
		return err
	}
	server := &http.Server{Handler: http.HandlerFunc(a.count), ReadTimeout: callWait, ErrorLog: slog.NewLogLogger(a.log.Handler(), slog.LevelWarn)}
	stop := context.AfterFunc(ctx, func() { _ = server.Close() })
	defer stop()
	if err := server.Serve(l); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

func (a *App) count(w http.ResponseWriter, r *http.Request) {
	state, err := a.vault.State(r.Context())
	copies, wrong := a.copies(r.Context())
	if err = errors.Join(err, wrong); err != nil {
		a.log.ErrorContext(r.Context(), "counts not served", slog.Any("cause", err))
		http.Error(w, "not now", http.StatusServiceUnavailable)
		return
	}
	w.Header().Set("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
	if err := errors.Join(state.WriteMetrics(w), copies.WriteMetrics(w, time.Now())); err != nil {
		a.log.DebugContext(r.Context(), "counts not sent", slog.Any("cause", err))
	}
}

// Published returns the keys that receipts are checked with, and the newest entry of the log.
func Published(ctx context.Context, config Config, log *slog.Logger) (receipt.Published, error) {
	var all receipt.Published
	err := errand(ctx, config, log, func(db *postgres.DB) error {
		l, err := receipt.Open(ctx, db, config.receiptKey())
		if err == nil {
			all, err = l.Published(ctx)
		}
		return err
	})
	return all, err
}

// OwnKey is the public half of the key file, read without any database.
func OwnKey(config Config) (receipt.Public, error) {
	k, err := receipt.ReadKey(config.receiptKey())
	if errors.Is(err, fs.ErrNotExist) {
		return receipt.Public{}, fault.Wrap(err, fault.Missing, "There is no key of receipts on this machine. Take the published keys from the server that gave the receipt, at /.well-known/easel-receipts.json, and name the file with --keys.")
	}
	if err != nil {
		return receipt.Public{}, err
	}
	return k.Public(), nil
}

// VerifyLog reads the whole log of receipts beside a running server or without one, and compares it with what was noted.
func VerifyLog(ctx context.Context, config Config, log *slog.Logger, noted []receipt.Entry) (found receipt.Found, err error) {
	own, err := OwnKey(config)
	if err != nil {
		return found, err
	}
	anchor, err := receipt.ReadAnchor(config.receiptKey() + ".head")
	switch {
	case err == nil:
		noted = append(noted, anchor)
	case !errors.Is(err, fs.ErrNotExist):
		return found, err
	}
	err = errand(ctx, config, log, func(db *postgres.DB) (err error) {
		found, err = receipt.VerifyLog(ctx, db, own.ID, noted)
		return err
	})
	return found, err
}

// RotateReceiptKey begins with a new key for receipts.
func RotateReceiptKey(ctx context.Context, config Config, log *slog.Logger, lost bool) (from, to string, err error) {
	err = errand(ctx, config, log, func(db *postgres.DB) (err error) {
		from, to, err = receipt.Rotate(ctx, db, config.receiptKey(), lost)
		return err
	})
	return from, to, err
}

// ConfirmClock says at the machine that its clock is right.
func ConfirmClock(ctx context.Context, config Config, log *slog.Logger) error {
	return errand(ctx, config, log, func(db *postgres.DB) error {
		return db.AsNobody(ctx, func(tx pgx.Tx) error {
			if err := audit.New(db).Add(ctx, tx, "clock.confirm", uuid.Nil, "easel clock confirm, at the machine"); err != nil {
				return err
			}
			return vault.ConfirmClock(ctx, tx)
		})
	})
}

// errand does something with the database, beside a running server or without one.
func errand(ctx context.Context, config Config, log *slog.Logger, do func(db *postgres.DB) error) error {
	db, err := postgres.Join(ctx, config.postgres(), log)
	if err != nil {
		return err
	}
	return errors.Join(do(db), db.Close())
}
