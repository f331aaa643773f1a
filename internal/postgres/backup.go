package postgres

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"

	"easel/internal/fault"
)

// Backup is the database as the role that makes backups sees it: everything, for reading.
type Backup struct {
	address  string
	programs string // folder of the client programs of PostgreSQL, or "" for those that are found
	db       *DB    // of our own cluster, which has to run
	major    int
	dir      string
}

// OpenBackup opens a database for backups, beside a server or without one: our own cluster, or with an address of its own the
// one at config.URL.
func OpenBackup(ctx context.Context, config Config, address string, log *slog.Logger) (b *Backup, err error) {
	b = &Backup{address: address, programs: config.Programs}
	if config.URL == "" {
		if b.db, err = Join(ctx, config, log); err != nil {
			return nil, err
		}
		if b.address, err = b.db.as(backupRole); err != nil {
			return nil, errors.Join(err, b.Close())
		}
	} else if address == "" {
		return nil, errors.New("a backup of the database at DATABASE_URL is made as the role easel_backup; set DATABASE_BACKUP_URL to its address as that role")
	}
	if err := b.look(ctx); err != nil {
		return nil, errors.Join(err, b.Close())
	}
	return b, nil
}

// as is how to reach the database of our own cluster, which another process may be running, as a role.
func (db *DB) as(role string) (string, error) {
	if db.cluster != nil {
		return db.cluster.Address(role, database), nil
	}
	c := db.pool.Config().ConnConfig
	if !strings.HasPrefix(c.Host, "/") {
		return "", errors.New("postgres: this database is not our own")
	}
	return socketAddress(c.Host, role, database), nil
}

// look refuses a role that would see nothing: row-level security would hide every row without a word.
func (b *Backup) look(ctx context.Context) error {
	conn, err := b.Connect(ctx)
	if err != nil {
		return err
	}
	defer conn.Close(context.WithoutCancel(ctx))
	var role, version string
	var sees bool
	if err := conn.QueryRow(ctx, `select current_user, rolbypassrls or rolsuper, current_setting('server_version_num') from pg_roles where rolname = current_user`).
		Scan(&role, &sees, &version); err != nil {
		return fmt.Errorf("look at the database role: %w", err)
	}
	if !sees {
		return fmt.Errorf("the database role %q may not read past row-level security, so that a backup would be empty. Let an administrator of the database run: alter role %s bypassrls",
			role, pgx.Identifier{role}.Sanitize())
	}
	n, err := strconv.Atoi(version)
	if err != nil {
		return fmt.Errorf("read the version of the database: %w", err)
	}
	b.major = n / 10000
	b.dir, err = findTools(ctx, b.programs, b.major)
	return err
}

// Connect opens a connection that sees everything. The caller closes it.
func (b *Backup) Connect(ctx context.Context) (*pgx.Conn, error) {
	conn, err := pgx.Connect(ctx, b.address)
	if err != nil {
		return nil, fmt.Errorf("connect to the database for a backup: %w", redact(err, b.address))
	}
	return conn, nil
}

// dataLock is the advisory lock of whoever copies the data.
const dataLock = 7233190422

// Alone keeps others from copying the data of this database until leave is called, or is a Conflict when somebody does.
func (b *Backup) Alone(ctx context.Context) (leave func(), err error) {
	conn, err := b.Connect(ctx)
	if err != nil {
		return nil, err
	}
	leave = func() { conn.Close(context.WithoutCancel(ctx)) }
	var ours bool
	err = conn.QueryRow(ctx, `select pg_try_advisory_lock($1)`, dataLock).Scan(&ours)
	if err == nil && !ours {
		err = fault.New(fault.Conflict, "Another copy of the data is being made at this moment. Try again when it has ended.")
	}
	if err != nil {
		leave()
		return nil, err
	}
	return leave, nil
}

// Close lets go of the database, and stops a cluster that was started for the backup.
func (b *Backup) Close() error {
	if b.db == nil {
		return nil
	}
	return b.db.Close()
}

// Dump writes the schema and all rows as pg_dump's custom format, but of the schema keys no rows: without them nothing that was
// sealed can be opened. It is one moment of the database, which goes on being used.
func (b *Backup) Dump(ctx context.Context, w io.Writer) error {
	cmd, err := tool(ctx, filepath.Join(b.dir, "pg_dump"), b.address, "--format=custom", "--schema=easel", "--schema=keys", "--schema=river", "--exclude-table-data=keys.*",
		"--no-password")
	if err != nil {
		return err
	}
	cmd.Stdout = w
	return said(cmd, "copy the database")
}

// said runs a program and puts what it said into the error: names of tables, and no rows.
func said(cmd *exec.Cmd, what string) error {
	var text bytes.Buffer
	cmd.Stderr = &text
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("%s: %w: %s", what, err, strings.TrimSpace(text.String()))
	}
	return nil
}

// tool prepares a client program of PostgreSQL. A password is handed over in the environment, which nobody else can read.
func tool(ctx context.Context, program, address string, args ...string) (*exec.Cmd, error) {
	env := []string{"LC_ALL=C", "TZ=UTC", "PATH=" + os.Getenv("PATH"), "HOME=" + os.Getenv("HOME")}
	if u, err := url.Parse(address); err == nil && (u.Scheme == "postgres" || u.Scheme == "postgresql") && u.User != nil {
		if secret, ok := u.User.Password(); ok {
			env = append(env, "PGPASSWORD="+secret)
			u.User = url.User(u.User.Username())
			address = u.String()
		}
	} else if strings.Contains(address, "password") {
		return nil, errors.New("give the address of the database as postgres://user:password@host/name: in another form its password would be seen in the list of processes")
	}
	cmd := exec.CommandContext(ctx, program, append(args, "--dbname="+address)...)
	cmd.Env = env
	cmd.Dir = "/"
	return cmd, nil
}

var toolVersion = regexp.MustCompile(`\(PostgreSQL\) (\d+)`)

// findTools returns the folder of pg_dump and pg_restore that are as new as the database, and no newer than they have to be.
func findTools(ctx context.Context, only string, major int) (string, error) {
	dirs := programDirs(only)
	if path, err := exec.LookPath("pg_dump"); err == nil && only == "" {
		dirs = append(dirs, filepath.Dir(path))
	}
	best, found := 0, ""
	for _, dir := range dirs {
		if _, err := os.Stat(filepath.Join(dir, "pg_restore")); err != nil {
			continue
		}
		out, err := exec.CommandContext(ctx, filepath.Join(dir, "pg_dump"), "--version").Output()
		m := toolVersion.FindStringSubmatch(string(out))
		if err != nil || m == nil {
			continue
		}
		if n, err := strconv.Atoi(m[1]); err == nil && n >= major && (found == "" || n < best) {
			best, found = n, dir
		}
	}
	if found == "" {
		return "", &MissingError{fmt.Sprintf("postgresql-client-%d", major)}
	}
	return found, nil
}
