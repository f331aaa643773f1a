package postgres

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

// bootstrap is the cluster's first role: it makes the others and cannot log in while the server is being used.
const bootstrap = "easel_bootstrap"

// prepare returns the cluster's folder, its programs and how to run them, and makes the cluster when there is none yet.
func (c *Cluster) prepare(ctx context.Context) error {
	dir := c.config.clusterDir()
	remains, _ := filepath.Glob(dir + ".tmp-*")
	for _, r := range remains {
		if err := errors.Join(endEarlier(r), os.RemoveAll(r)); err != nil {
			return fmt.Errorf("remove what an interrupted first start left: %w", err)
		}
	}
	info, err := os.Stat(dir)
	if os.IsNotExist(err) {
		return c.create(ctx, dir)
	}
	if err != nil {
		return fmt.Errorf("look for the database in the data folder: %w", err)
	}
	major, err := clusterMajor(dir)
	if err != nil {
		return err
	}
	if c.programs, err = findPrograms(ctx, c.config.Programs, major); err != nil {
		return err
	}
	owner := -1
	if s, ok := info.Sys().(*syscall.Stat_t); ok {
		owner = int(s.Uid)
	}
	all, err := ways(owner)
	if err != nil {
		return err
	}
	if err := os.Chmod(dir, 0o700); err != nil {
		return fmt.Errorf("close the database's folder to others: %w", err)
	}
	c.way, err = choose(ctx, all, dir)
	return err
}

// create makes the cluster under another name and gives it its own when it is whole: a cluster that was interrupted
// while it was made would start, and be broken.
func (c *Cluster) create(ctx context.Context, dir string) (err error) {
	if c.programs, err = findPrograms(ctx, c.config.Programs, 0); err != nil {
		return err
	}
	all, err := ways(-1)
	if err != nil {
		return err
	}
	tmp, err := os.MkdirTemp(filepath.Dir(dir), filepath.Base(dir)+".tmp-")
	if err != nil {
		return fmt.Errorf("make the database's folder: %w", err)
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.RemoveAll(tmp))
		}
	}()
	if c.way, err = choose(ctx, all, tmp); err != nil {
		return err
	}
	args := []string{"-D", tmp, "-U", bootstrap, "--no-locale", "-E", "UTF8", "--auth-local=trust", "--auth-host=reject", "--no-instructions", "--data-checksums"}
	if c.fast {
		args = append(args, "--no-sync", "--wal-segsize=1")
	}
	cmd := c.way.command(ctx, c.programs.path("initdb"), args...)
	var said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &said, &said
	if err := onThread(cmd.Run); err != nil {
		return fmt.Errorf("make the database: %w: %s", err, strings.TrimSpace(said.String()))
	}
	if err := os.Rename(tmp, dir); err != nil {
		return fmt.Errorf("name the database's folder: %w", err)
	}
	if c.fast {
		return nil
	}
	return syncDir(filepath.Dir(dir))
}

func syncDir(dir string) error {
	f, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}
