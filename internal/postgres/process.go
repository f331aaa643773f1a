package postgres

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// postmaster is what the server writes about itself into its folder.
type postmaster struct {
	pid   int
	ready bool
}

// readPostmaster reads postmaster.pid: the process on line 1, the state on line 8.
func readPostmaster(dir string) (postmaster, bool) {
	data, err := os.ReadFile(filepath.Join(dir, "postmaster.pid"))
	if err != nil {
		return postmaster{}, false
	}
	lines := strings.Split(string(data), "\n")
	pid, err := strconv.Atoi(strings.TrimSpace(lines[0]))
	if err != nil || pid < 2 {
		return postmaster{}, false
	}
	return postmaster{pid: pid, ready: len(lines) > 7 && strings.TrimSpace(lines[7]) == "ready"}, true
}

// parentOf returns a process's parent, and whether the process runs: a dead child that nobody has waited for does not.
func parentOf(pid int) (parent int, runs bool) {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0, false
	}
	i := bytes.LastIndex(stat, []byte(") ")) // the name before it may hold anything
	fields := strings.Fields(string(stat[i+1:]))
	if i < 0 || len(fields) < 2 {
		return 0, false
	}
	parent, err = strconv.Atoi(fields[1])
	return parent, err == nil && fields[0] != "Z" && fields[0] != "X"
}

// serversOf finds the server processes that work in the folder dir. They are leaders of sessions of their own, so
// that no process group holds them. Where we may not see in which folder a process works, the file in which the server
// says who it is has to be enough.
func serversOf(dir string) []int {
	folder, err := filepath.EvalSymlinks(dir)
	if err != nil {
		return nil
	}
	said, _ := readPostmaster(dir)
	links, _ := filepath.Glob("/proc/[0-9]*/cwd")
	var found []int
	for _, link := range links {
		pid, err := strconv.Atoi(filepath.Base(filepath.Dir(link)))
		if err != nil {
			continue
		}
		name, _ := os.ReadFile(fmt.Sprintf("/proc/%d/comm", pid))
		parent, runs := parentOf(pid)
		if !runs || !strings.HasPrefix(string(name), "postgres") {
			continue
		}
		to, err := os.Readlink(link)
		if to == folder || errors.Is(err, os.ErrPermission) && said.pid != 0 && (pid == said.pid || parent == said.pid) {
			found = append(found, pid)
		}
	}
	return found
}

// endEarlier ends what an earlier run that was killed has left in the folder dir: its server, or, where that was killed too,
// single processes of it that still hold the memory they shared. Whoever calls it holds the lock of the data folder.
//
// Then it removes the file that says who the server is: PostgreSQL takes a dead process that nobody has waited for, or an
// unrelated one of the same number, for a running server.
func endEarlier(dir string) error {
	if p, ok := readPostmaster(dir); ok && slices.Contains(serversOf(dir), p.pid) {
		end(dir, []int{p.pid}, syscall.SIGINT, 10*time.Second)
	}
	for _, s := range []syscall.Signal{syscall.SIGQUIT, syscall.SIGKILL} {
		if !end(dir, serversOf(dir), s, 5*time.Second) {
			continue
		}
		if err := os.Remove(filepath.Join(dir, "postmaster.pid")); err != nil && !os.IsNotExist(err) {
			return fmt.Errorf("remove the mark of an earlier PostgreSQL: %w", err)
		}
		return nil
	}
	return fmt.Errorf("processes of an earlier PostgreSQL still work in %s and cannot be ended: %v", dir, serversOf(dir))
}

// end signals the processes and reports whether none works in dir any more when the time is over.
func end(dir string, pids []int, s syscall.Signal, patience time.Duration) bool {
	for _, pid := range pids {
		_ = syscall.Kill(pid, s) // it may have ended by itself
	}
	for wait := time.Millisecond; patience > 0; wait = min(2*wait, 100*time.Millisecond) {
		if len(serversOf(dir)) == 0 {
			return true
		}
		time.Sleep(wait)
		patience -= wait
	}
	return false
}

func ownedBy(info os.FileInfo, uids ...int) bool {
	s, ok := info.Sys().(*syscall.Stat_t)
	return ok && slices.Contains(uids, int(s.Uid))
}
