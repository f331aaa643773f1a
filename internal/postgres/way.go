package postgres

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"strconv"
	"syscall"
)

// nobody is the user that owns nothing, on every system.
const nobody = 65534

// way is how the programs are started: PostgreSQL refuses to run as root, and its folder has to belong to whom it runs
// as.
type way struct {
	name string
	uid  int // who owns the files, as this process sees it
	gid  int
	peer string // name of our user as the server sees it, or "" when it has none
	attr syscall.SysProcAttr
}

const (
	capDACOverride   = 1
	capDACReadSearch = 2
)

// ways returns what to try, best first. owner is the owner of an existing cluster, or -1.
func ways(owner int) ([]way, error) {
	euid := os.Geteuid()
	switch {
	case owner >= 0 && owner != euid && euid != 0:
		return nil, fmt.Errorf("the database in the data folder belongs to user %d, and this process runs as %d; start Easel as that user, or give it another data folder", owner, euid)
	case euid != 0 && userName(euid) != "":
		return []way{{name: "plain", uid: euid, gid: os.Getegid(), peer: userName(euid)}}, nil
	case euid != 0 || owner == 0:
		return []way{namespaced()}, nil
	case owner > 0:
		return switched(owner), nil
	}
	fallback := nobody
	if u, err := user.Lookup("postgres"); err == nil {
		if id, err := strconv.Atoi(u.Uid); err == nil {
			fallback = id
		}
	}
	return append([]way{namespaced()}, switched(fallback)...), nil
}

// namespaced runs the programs in a user namespace in which our own user is called nobody. The files stay ours, and every
// folder that we may enter, they may enter.
func namespaced() way {
	uid, gid := os.Geteuid(), os.Getegid()
	return way{name: "user namespace", uid: uid, gid: gid, peer: userName(nobody), attr: syscall.SysProcAttr{
		Cloneflags:                 syscall.CLONE_NEWUSER,
		UidMappings:                []syscall.SysProcIDMap{{ContainerID: nobody, HostID: uid, Size: 1}},
		GidMappings:                []syscall.SysProcIDMap{{ContainerID: nobody, HostID: gid, Size: 1}},
		GidMappingsEnableSetgroups: false,
	}}
}

// switched runs the programs as another user; where that user may not enter the data folder, with the right to pass.
func switched(uid int) []way {
	gid := uid
	if u, err := user.LookupId(strconv.Itoa(uid)); err == nil {
		if id, err := strconv.Atoi(u.Gid); err == nil {
			gid = id
		}
	}
	as := func(name string, caps ...uintptr) way {
		return way{name: name, uid: uid, gid: gid, peer: userName(os.Geteuid()), attr: syscall.SysProcAttr{
			Credential: &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}, AmbientCaps: caps,
		}}
	}
	return []way{as("other user"), as("other user, may search", capDACReadSearch), as("other user, may pass", capDACOverride)}
}

func userName(uid int) string {
	u, err := user.LookupId(strconv.Itoa(uid))
	if err != nil {
		return ""
	}
	return u.Username
}

// command prepares a program to run in this way, in a group of its own so that Ctrl-C does not reach it, with nothing of
// our environment. It gets SIGINT when the thread that started it ends.
func (w way) command(ctx context.Context, path string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, path, args...)
	attr := w.attr
	attr.Setpgid = true
	attr.Pdeathsig = syscall.SIGINT
	cmd.SysProcAttr = &attr
	cmd.Dir = "/"
	cmd.Env = []string{"LC_ALL=C", "TZ=UTC", "PATH=/usr/bin:/bin"}
	return cmd
}

// choose returns the first way in which a program can write into the folder dir, which is given to that way's user.
func choose(ctx context.Context, all []way, dir string) (way, error) {
	var tried []error
	for _, w := range all {
		if err := w.give(dir); err != nil {
			tried = append(tried, fmt.Errorf("%s: %w", w.name, err))
			continue
		}
		cmd := w.command(ctx, "/bin/sh", "-c", `test -x "$1" && test -w "$1"`, "sh", dir)
		var said bytes.Buffer
		cmd.Stderr = &said
		err := onThread(cmd.Run)
		if err == nil {
			return w, nil
		}
		tried = append(tried, fmt.Errorf("%s: %w %s", w.name, err, said.String()))
	}
	if os.Geteuid() != 0 {
		return way{}, fmt.Errorf("PostgreSQL refuses to run as a user without a name, and no other way worked here. Give user %d a name "+
			"on this machine, or allow user namespaces, or set DATABASE_URL: %w", os.Geteuid(), errors.Join(tried...))
	}
	return way{}, fmt.Errorf("PostgreSQL refuses to run as root, and no other way worked here. Run Easel as an ordinary user, "+
		"or allow user namespaces, or give it a data folder that every user may enter, or set DATABASE_URL: %w", errors.Join(tried...))
}

// give makes a folder of ours belong to the user that the programs run as.
func (w way) give(dir string) error {
	info, err := os.Stat(dir)
	if err != nil {
		return err
	}
	if s, ok := info.Sys().(*syscall.Stat_t); ok && int(s.Uid) == w.uid {
		return nil
	}
	return os.Chown(dir, w.uid, w.gid)
}
