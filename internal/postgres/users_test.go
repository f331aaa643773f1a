package postgres_test

import (
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// TestUsers starts the database as every kind of user, in the kinds of folder that each meets.
func TestUsers(t *testing.T) {
	t.Parallel()
	if os.Geteuid() != 0 {
		t.Skip("only root can become the other users; as an ordinary user the other tests cover this one")
	}
	exe := copyOf(t, os.Args[0])
	for _, c := range []struct {
		name   string
		uid    int         // who starts it
		parent os.FileMode // of the folder above the data folder, which belongs to that user
	}{
		{"root below a folder for root only", 0, 0o700},
		{"ordinary user", 65534, 0o700},
		{"user without a name", nameless, 0o700},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			parent := public(t)
			if err := os.Chmod(parent, c.parent); err != nil {
				t.Fatal(err)
			}
			if err := os.Chown(parent, c.uid, c.uid); err != nil {
				t.Fatal(err)
			}
			attr := &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uint32(c.uid), Gid: uint32(c.uid)}}
			dir := filepath.Join(parent, "data")
			for range 2 {
				p, line := launch(t, exe, dir, attr)
				if c.uid == nameless && !namespaces(t, attr) {
					if !strings.Contains(line, "allow user namespaces") {
						t.Errorf("where user namespaces are forbidden: %s", line)
					}
					return
				}
				if line != "open" {
					t.Fatal(line)
				}
				p.end(t)
			}
		})
	}
}

// nameless is a user that no list of users has.
const nameless = 54321

// namespaces reports whether this system lets a user open a namespace of its own: containers often forbid it, and then
// nothing else helps a user without a name.
func namespaces(t *testing.T, as *syscall.SysProcAttr) bool {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "unshare", "--user", "true")
	cmd.SysProcAttr = as
	err := cmd.Run()
	if left := new(exec.ExitError); err != nil && !errors.As(err, &left) {
		t.Fatal(err)
	}
	return err == nil
}

// TestOtherOwner: a cluster that an ordinary user made is served by root as that user, and one of root by nobody else.
func TestOtherOwner(t *testing.T) {
	t.Parallel()
	if os.Geteuid() != 0 {
		t.Skip("only root can become the other users")
	}
	exe, parent := copyOf(t, os.Args[0]), public(t)
	if err := os.Chown(parent, 65534, 65534); err != nil {
		t.Fatal(err)
	}
	user := &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
	dir := filepath.Join(parent, "data")
	for i, attr := range []*syscall.SysProcAttr{user, nil, nil} {
		if i == 2 { // where that user may not even pass
			if err := errors.Join(os.Chown(parent, 0, 0), os.Chmod(parent, 0o700)); err != nil {
				t.Fatal(err)
			}
		}
		p, line := launch(t, exe, dir, attr)
		if line != "open" {
			t.Fatal(line)
		}
		p.end(t)
	}
	if err := errors.Join(os.Chmod(parent, 0o755), os.Chown(dir, 0, 0), os.Chown(filepath.Join(dir, "postgres"), 0, 0)); err != nil {
		t.Fatal(err)
	}
	if _, line := launch(t, exe, dir, user); !strings.HasPrefix(line, "failed: ") {
		t.Errorf("another user opens root's database: %s", line)
	}
}

// public is a folder that every user may enter.
func public(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "easel-users-") //nolint:usetesting // the test's own folder is closed to other users
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	return dir
}

// copyOf makes a program that every user may run.
func copyOf(t *testing.T, path string) string {
	t.Helper()
	from, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer from.Close()
	to, err := os.OpenFile(filepath.Join(public(t), "program"), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o755)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(to, from); err != nil {
		t.Fatal(err)
	}
	if err := to.Close(); err != nil {
		t.Fatal(err)
	}
	return to.Name()
}
