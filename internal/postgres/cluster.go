package postgres

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"
)

// Cluster is a PostgreSQL of our own: made, started, watched and stopped by this process, reachable only through a
// socket that only our user may open.
type Cluster struct {
	config   Config
	log      *slog.Logger
	fast     bool // for tests: nothing survives a crash of the machine
	lock     *os.File
	programs programs
	way      way
	socket   string

	mu       sync.Mutex
	server   *server
	stopping bool
	watched  sync.WaitGroup
	lost     chan struct{}
}

// StartCluster starts the cluster in config.DataDir and makes it first when there is none. The roles that make the
// schema may log in until Restrict. An InUseError says that another process has the folder, a MissingError that
// PostgreSQL is not installed.
func StartCluster(ctx context.Context, config Config, log *slog.Logger) (*Cluster, error) {
	return startCluster(ctx, config, log, false)
}

// StartFastCluster is StartCluster for tests: it saves the time that it takes to survive a power cut.
func StartFastCluster(ctx context.Context, config Config, log *slog.Logger) (*Cluster, error) {
	return startCluster(ctx, config, log, true)
}

func startCluster(ctx context.Context, config Config, log *slog.Logger, fast bool) (_ *Cluster, err error) {
	if config.DataDir, err = filepath.Abs(config.DataDir); err != nil {
		return nil, fmt.Errorf("find the data folder: %w", err)
	}
	if err := os.MkdirAll(config.DataDir, 0o700); err != nil {
		return nil, fmt.Errorf("make the data folder: %w", err)
	}
	c := &Cluster{config: config, log: log, fast: fast, lost: make(chan struct{})}
	if c.lock, err = lock(config.lockFile()); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			c.lock.Close()
		}
	}()
	if err := c.prepare(ctx); err != nil {
		return nil, err
	}
	if err := endEarlier(config.clusterDir()); err != nil {
		return nil, err
	}
	if c.socket, err = config.socketDir(c.way); err != nil {
		return nil, err
	}
	if err := c.allow(bootstrap, appRole, backupRole); err != nil {
		return nil, err
	}
	if c.server, err = c.launch(ctx); err != nil {
		return nil, err
	}
	log.Info("database started", "version", c.programs.major, "way", c.way.name)
	c.watched.Go(c.watch)
	return c, nil
}

// Address returns how to reach a database of the cluster as a role.
func (c *Cluster) Address(role, database string) string {
	return socketAddress(c.socket, role, database)
}

// Bootstrap returns how to reach a database of the cluster as its first role, until Restrict.
func (c *Cluster) Bootstrap(database string) string { return c.Address(bootstrap, database) }

// Restrict shuts out the roles that made the schema: from now on only the application's role can log in, and the one that
// reads for backups. It returns when that is so.
func (c *Cluster) Restrict(ctx context.Context) error {
	if err := c.allow(appRole, backupRole); err != nil {
		return err
	}
	if err := c.reload(); err != nil {
		return fmt.Errorf("make the database read who may log in: %w", err)
	}
	for {
		conn, err := pgx.Connect(ctx, c.Bootstrap(maintenance))
		if err != nil {
			return ctx.Err()
		}
		if err := errors.Join(conn.Close(ctx), sleep(ctx, 2*time.Millisecond)); err != nil {
			return fmt.Errorf("wait until the login rules hold: %w", err)
		}
	}
}

// maintenance is the database that every cluster has.
const maintenance = "postgres"

// Lost is closed when the server has ended and could not be started again.
func (c *Cluster) Lost() <-chan struct{} { return c.lost }

// watch starts the server again when it ends unasked, up to three times in a minute.
func (c *Cluster) watch() {
	var ends []time.Time
	for {
		c.mu.Lock()
		s := c.server
		c.mu.Unlock()
		<-s.ended
		c.mu.Lock()
		stopping := c.stopping
		c.mu.Unlock()
		if stopping {
			return
		}
		c.log.Error("database ended unasked", "error", s.err, "said", s.said.text())
		ends = append(ends, time.Now())
		if n := len(ends); n > 3 && ends[n-1].Sub(ends[n-4]) < time.Minute {
			close(c.lost)
			return
		}
		if err := c.again(); err != nil {
			c.log.Error("database cannot be started again", "error", err)
			close(c.lost)
			return
		}
	}
}

func (c *Cluster) again() error {
	if err := endEarlier(c.config.clusterDir()); err != nil {
		return err
	}
	if _, err := c.config.socketDir(c.way); err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.stopping {
		return nil
	}
	s, err := c.launch(context.Background())
	if err == nil {
		c.server = s
	}
	return err
}

// Stop ends the server: its clients' transactions are rolled back, what was committed is on disk. It lets go of the data
// folder.
func (c *Cluster) Stop() error {
	c.mu.Lock()
	c.stopping = true
	s := c.server
	c.mu.Unlock()
	err := s.stop(c.config.clusterDir())
	c.watched.Wait()
	return errors.Join(err, c.lock.Close())
}

// server is one run of the postgres program.
type server struct {
	cmd   *exec.Cmd
	said  *tail
	ended chan struct{}
	err   error // how it ended; read after ended is closed
}

// launch starts the server and waits until it takes connections.
func (c *Cluster) launch(ctx context.Context) (*server, error) {
	s := &server{said: newTail(c.log), ended: make(chan struct{})}
	s.cmd = c.way.command(context.Background(), c.programs.path("postgres"), c.settings()...)
	s.cmd.Stderr, s.cmd.Stdout = s.said, s.said
	s.cmd.WaitDelay = time.Second // processes that outlive the server hold its log open
	started := make(chan error, 1)
	go func() {
		defer close(s.ended)
		s.err = onThread(func() error {
			err := s.cmd.Start()
			started <- err
			if err != nil {
				return err
			}
			return s.cmd.Wait()
		})
	}()
	if err := <-started; err != nil {
		return nil, fmt.Errorf("start the database: %w", err)
	}
	if err := c.ready(ctx, s); err != nil {
		return nil, errors.Join(err, s.stop(c.config.clusterDir()))
	}
	return s, nil
}

// slowest is how long recovery after a crash may take before we call the start failed.
const slowest = 5 * time.Minute

func (c *Cluster) ready(ctx context.Context, s *server) error {
	ctx, cancel := context.WithTimeout(ctx, slowest)
	defer cancel()
	for {
		if p, ok := readPostmaster(c.config.clusterDir()); ok && p.ready && p.pid == s.cmd.Process.Pid {
			return nil
		}
		select {
		case <-s.ended:
			return fmt.Errorf("the database ended at once: %w: %s", s.err, s.said.text())
		case <-ctx.Done():
			return fmt.Errorf("wait for the database to start: %w", ctx.Err())
		case <-time.After(4 * time.Millisecond):
		}
	}
}

// settings are given on the command line, so that no file has to be edited.
func (c *Cluster) settings() []string {
	set := []string{
		"listen_addresses=", "unix_socket_permissions=0700", "shared_buffers=64MB", "max_connections=60", "jit=off",
		"huge_pages=off", "wal_level=minimal", "max_wal_senders=0", "max_worker_processes=2", "max_parallel_workers=0",
		"logging_collector=off", "log_destination=stderr", "log_line_prefix=", "log_checkpoints=off",
		// What was asked, and with which values, is nobody's business; which rule was broken is enough.
		"log_statement=none", "log_min_error_statement=panic", "log_error_verbosity=terse", "log_parameter_max_length=0",
		"log_parameter_max_length_on_error=0",
	}
	if c.fast {
		set = append(set, "fsync=off", "full_page_writes=off", "synchronous_commit=off", "max_wal_size=2GB", "shared_buffers=32MB")
	}
	args := []string{"-D", c.config.clusterDir(), "-k", c.socket}
	for _, s := range set {
		args = append(args, "-c", s)
	}
	return args
}

// stop ends the server in order, then less so.
func (s *server) stop(dir string) error {
	for _, step := range []struct {
		signal   syscall.Signal
		patience time.Duration
	}{{syscall.SIGINT, 30 * time.Second}, {syscall.SIGQUIT, 5 * time.Second}, {syscall.SIGKILL, 5 * time.Second}} {
		_ = syscall.Kill(s.cmd.Process.Pid, step.signal) // it may have ended by itself
		select {
		case <-s.ended:
			if step.signal == syscall.SIGINT {
				return nil
			}
			return endEarlier(dir)
		case <-time.After(step.patience):
		}
	}
	return errors.New("the database does not end; it is left to the system")
}

func sleep(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}
