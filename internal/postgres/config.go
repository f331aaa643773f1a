// Package postgres is the database: Easel's own cluster or a given one, its roles, its schema, and transactions that
// see one owner's rows.
package postgres

import (
	"fmt"
	"net/url"
	"path/filepath"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// Config says which database to use. With no URL, Easel makes and runs a cluster of its own below DataDir.
type Config struct {
	URL      string // a given database, as a role that may only what easel_app may; "" = a cluster of our own
	OwnerURL string // the same database as a role that may become easel_owner, for migrations; "" = only check them
	DataDir  string // where our own cluster lives
	Programs string // folder of the PostgreSQL programs; "" = search the usual places
	MaxConns int    // connections of this process; 0 = DefaultMaxConns

	Tracer pgx.QueryTracer // sees every statement, for tests that count them; nil: nobody does
}

// DefaultMaxConns leaves room for several processes below the 60 connections of our own cluster.
const DefaultMaxConns = 20

// Check reports what is wrong with the settings.
func (c Config) Check() error {
	if c.MaxConns < 0 || c.MaxConns > 1000 {
		return fmt.Errorf("a pool of %d database connections makes no sense; give 4 to 1000, or 0 for %d", c.MaxConns, DefaultMaxConns)
	}
	if c.MaxConns > 0 && c.MaxConns < 4 {
		return fmt.Errorf("a pool of %d database connections is too small; the queue and the listener keep 2, so give at least 4", c.MaxConns)
	}
	if c.URL == "" && c.DataDir == "" {
		return fmt.Errorf("neither a database address nor a data folder is set; one of them is needed")
	}
	if c.URL == "" && c.OwnerURL != "" {
		return fmt.Errorf("the owner's database address is set, but not the application's; set both, or none for a database of Easel's own")
	}
	for name, address := range map[string]string{"application's": c.URL, "owner's": c.OwnerURL} {
		if address == "" {
			continue
		}
		if _, err := pgx.ParseConfig(address); err != nil {
			return fmt.Errorf("the %s database address cannot be read; it looks like postgres://user@host/name", name)
		}
	}
	return nil
}

// Hosts returns the hosts that the given addresses lead to, for the policies to agree with; none for our own cluster.
func (c Config) Hosts() []string {
	var hosts []string
	for _, address := range []string{c.URL, c.OwnerURL} {
		if address == "" {
			continue
		}
		parsed, err := pgx.ParseConfig(address)
		if err != nil {
			continue
		}
		hosts = append(hosts, parsed.Host)
		for _, f := range parsed.Fallbacks {
			hosts = append(hosts, f.Host)
		}
	}
	return hosts
}

// pool returns settings for connections to address that act as role.
func (c Config) pool(address, role string) (*pgxpool.Config, error) {
	p, err := pgxpool.ParseConfig(address)
	if err != nil {
		return nil, fmt.Errorf("read the database address: %w", redact(err, address))
	}
	p.MaxConns = int32(c.MaxConns)
	if c.MaxConns == 0 {
		p.MaxConns = DefaultMaxConns
	}
	p.ConnConfig.Tracer = c.Tracer
	params := p.ConnConfig.RuntimeParams
	params["role"] = role
	params["application_name"] = "easel"
	params["timezone"] = "UTC"
	params["idle_in_transaction_session_timeout"] = "60000" // a machine that vanishes in the middle must not keep its locks
	params["search_path"] = "pg_catalog, pg_temp"           // every name in our SQL carries its schema
	return p, nil
}

// redact removes the address, which may hold a password, from an error about it.
func redact(err error, address string) error {
	text := err.Error()
	if parsed, perr := url.Parse(address); perr == nil && parsed.User != nil {
		if secret, ok := parsed.User.Password(); ok && secret != "" {
			text = strings.ReplaceAll(text, secret, "…")
		}
	}
	return fmt.Errorf("%s", strings.ReplaceAll(text, address, "(address)"))
}

// socketAddress is the address of a role at our own cluster.
func socketAddress(dir, role, database string) string {
	quote := strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace
	return fmt.Sprintf("host='%s' port=%d user='%s' dbname='%s' sslmode=disable", quote(dir), port, quote(role), quote(database))
}

// port is part of the socket's file name and nothing else.
const port = 5432

// The parts of the data folder that belong to this package.
func (c Config) lockFile() string     { return filepath.Join(c.DataDir, "easel.lock") }
func (c Config) clusterDir() string   { return filepath.Join(c.DataDir, "postgres") }
func (c Config) socketNote() string   { return filepath.Join(c.DataDir, "postgres.sock-dir") }
func (c Config) ownSocketDir() string { return filepath.Join(c.DataDir, "postgres.sock") }
