package postgres

import (
	"context"
	"errors"
	"fmt"
	"log/slog"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// DB is the database as the application sees it: as a role that owns nothing and obeys row-level security.
type DB struct {
	pool    *pgxpool.Pool
	cluster *Cluster // nil when the database is a given one
	log     *slog.Logger
	ears    *ears
}

// database is what our own cluster calls Easel's database.
const database = "easel"

// Open returns the database, migrated. Without an address it starts the cluster in the data folder, which Close stops.
// Errors say in whole sentences what to do; an InUseError and a MissingError can be told apart.
func Open(ctx context.Context, config Config, log *slog.Logger) (*DB, error) {
	if err := config.Check(); err != nil {
		return nil, err
	}
	if config.URL != "" {
		if config.OwnerURL != "" {
			if err := half(ctx, config.OwnerURL); err != nil {
				return nil, err
			}
			if err := Migrate(ctx, config.OwnerURL, log); err != nil {
				return nil, err
			}
		}
		return Connect(ctx, config, log)
	}
	c, err := StartCluster(ctx, config, log)
	if err != nil {
		return nil, err
	}
	db, err := c.open(ctx, config, log)
	if err != nil {
		return nil, errors.Join(err, c.Stop())
	}
	return db, nil
}

// open migrates the cluster's database and shuts out everybody but the application.
func (c *Cluster) open(ctx context.Context, config Config, log *slog.Logger) (*DB, error) {
	if err := c.CreateDatabase(ctx, database, ""); err != nil {
		return nil, err
	}
	if err := half(ctx, c.Bootstrap(database)); err != nil {
		return nil, err
	}
	if err := Migrate(ctx, c.Bootstrap(database), log); err != nil {
		return nil, err
	}
	if err := c.Restrict(ctx); err != nil {
		return nil, err
	}
	config.URL = c.Address(appRole, database)
	db, err := Connect(ctx, config, log)
	if err != nil {
		return nil, err
	}
	db.cluster = c
	return db, nil
}

// CreateDatabase makes a database, empty or as a copy of another one, unless it is there. It works until Restrict.
func (c *Cluster) CreateDatabase(ctx context.Context, name, template string) error {
	conn, err := pgx.Connect(ctx, c.Bootstrap(maintenance))
	if err != nil {
		return fmt.Errorf("connect to the database: %w", err)
	}
	defer conn.Close(context.WithoutCancel(ctx))
	var there bool
	if err := conn.QueryRow(ctx, `select exists (select from pg_database where datname = $1)`, name).Scan(&there); err != nil || there {
		return err
	}
	text := "create database " + pgx.Identifier{name}.Sanitize()
	if template != "" {
		text += " template " + pgx.Identifier{template}.Sanitize() + " strategy file_copy"
	}
	if _, err := conn.Exec(ctx, text); err != nil {
		return fmt.Errorf("make the database %s: %w", name, err)
	}
	return nil
}

// Connect returns the database at config.URL. It refuses one that is older than the program, and a role that could see
// every owner's rows.
func Connect(ctx context.Context, config Config, log *slog.Logger) (*DB, error) {
	if err := half(ctx, config.URL); err != nil {
		return nil, err
	}
	return connect(ctx, config, log)
}

func connect(ctx context.Context, config Config, log *slog.Logger) (*DB, error) {
	p, err := config.pool(config.URL, appRole)
	if err != nil {
		return nil, err
	}
	pool, err := pgxpool.NewWithConfig(ctx, p)
	if err != nil {
		return nil, fmt.Errorf("connect to the database: %w", redact(err, config.URL))
	}
	db := &DB{pool: pool, log: log, ears: newEars(p.ConnConfig, log)}
	if err := pool.Ping(ctx); err != nil {
		pool.Close()
		return nil, fmt.Errorf("the database does not answer; check its address and whether it runs: %w", redact(err, config.URL))
	}
	if err := db.verify(ctx); err != nil {
		pool.Close()
		return nil, err
	}
	return db, nil
}

// Close waits for running transactions, closes the connections and stops the cluster if it is our own.
func (db *DB) Close() error {
	db.ears.close()
	db.pool.Close()
	if db.cluster != nil {
		return db.cluster.Stop()
	}
	return nil
}

// Lost is closed when our own cluster has ended for good. For a given database it never is.
func (db *DB) Lost() <-chan struct{} {
	if db.cluster == nil {
		return nil
	}
	return db.cluster.Lost()
}

// Ping reports whether the database answers.
func (db *DB) Ping(ctx context.Context) error { return db.pool.Ping(ctx) }

// Pool is for the queue, whose tables hold no person's data. Everybody else calls AsOwner or AsNobody.
func (db *DB) Pool() *pgxpool.Pool { return db.pool }

// AsOwner runs fn in a transaction that sees and changes the owner's rows and nobody else's. It commits when fn returns
// nil and rolls back otherwise.
func (db *DB) AsOwner(ctx context.Context, owner uuid.UUID, fn func(tx pgx.Tx) error) error {
	if owner == uuid.Nil {
		return errors.New("postgres: a transaction as an owner needs the owner's id")
	}
	// One round trip for both statements; an id is only digits, letters a-f and hyphens.
	begin := "begin; select set_config('easel.caller', '" + owner.String() + "', true)"
	return pgx.BeginTxFunc(ctx, db.pool, pgx.TxOptions{BeginQuery: begin}, fn)
}

// AsSupport runs fn in a transaction of somebody who runs the place and has opened a session of the audit log. It sees the
// actor's own rows and, by functions of easel_support, those of the one person whom the session is about, for reading.
func (db *DB) AsSupport(ctx context.Context, actor, session uuid.UUID, fn func(tx pgx.Tx) error) error {
	return db.AsOwner(ctx, actor, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `select set_config('easel.support', $1, true)`, session.String()); err != nil {
			return fmt.Errorf("name the session: %w", err)
		}
		return fn(tx)
	})
}

// AsNobody runs fn in a transaction before the caller is known, or across owners: tables with personal data look empty
// and take nothing, and only the functions that were made for this (of easel_auth and easel_sweep) do something.
func (db *DB) AsNobody(ctx context.Context, fn func(tx pgx.Tx) error) error {
	return pgx.BeginFunc(ctx, db.pool, fn)
}
