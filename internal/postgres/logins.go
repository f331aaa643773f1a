package postgres

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

// allow writes who may log in to our own cluster: this machine's user, as one of the roles, through the socket. Both
// files are ours and written anew at every start.
//
// Where the server can look up the name of our user, that name is compared; else the socket's folder, which only we may
// enter, is what keeps others out.
func (c *Cluster) allow(roles ...string) error {
	var hba, ident strings.Builder
	hba.WriteString("# Written by Easel at every start.\n")
	ident.WriteString("# Written by Easel at every start.\n")
	for _, role := range roles {
		if c.way.peer == "" {
			fmt.Fprintf(&hba, "local all %q trust\n", role)
			continue
		}
		fmt.Fprintf(&hba, "local all %q peer map=easel\n", role)
		fmt.Fprintf(&ident, "easel %q %q\n", c.way.peer, role)
	}
	hba.WriteString("local all all reject\n") //nolint:dupword // databases, then users
	return errors.Join(c.write("pg_hba.conf", hba.String()), c.write("pg_ident.conf", ident.String()))
}

// write replaces a file of the cluster's configuration in one step.
func (c *Cluster) write(name, text string) error {
	path := filepath.Join(c.config.clusterDir(), name)
	if err := os.WriteFile(path+".new", []byte(text), 0o600); err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	if err := c.way.give(path + ".new"); err != nil {
		return fmt.Errorf("give %s to the database: %w", name, err)
	}
	if err := os.Rename(path+".new", path); err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	return nil
}

// reload makes the running server read its configuration again.
func (c *Cluster) reload() error {
	p, ok := readPostmaster(c.config.clusterDir())
	if !ok {
		return errors.New("the database has ended")
	}
	return syscall.Kill(p.pid, syscall.SIGHUP)
}
