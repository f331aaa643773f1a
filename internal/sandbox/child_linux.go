package sandbox

import (
	"fmt"
	"io"
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// selfPath is this very program, even when its file was replaced since it started.
func selfPath() string { return "/proc/self/exe" }

// childAttributes: the child ends with its parent, and the terminal's signals do not reach it.
func childAttributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL, Setpgid: true}
}

// widen makes the pipe hold a megabyte, so that pixels cross in few turns. It is only faster, so errors are nothing.
func widen(r io.ReadCloser) {
	f, ok := r.(*os.File)
	if !ok {
		return
	}
	if c, err := f.SyscallConn(); err == nil {
		_ = c.Control(func(fd uintptr) { _, _ = unix.FcntlInt(fd, unix.F_SETPIPE_SZ, 1<<20) })
	}
}

// restrict takes from the process what opening a picture does not need. It cannot be undone.
//
// Memory is bounded by RLIMIT_DATA, which counts private writable pages since Linux 4.7: RLIMIT_AS would count the
// address space that Go reserves without using it.
func restrict(q request) error {
	limits := []struct {
		which int
		value uint64
	}{
		{unix.RLIMIT_CORE, 0},
		{unix.RLIMIT_FSIZE, 0},
		{unix.RLIMIT_NOFILE, 8},
		{unix.RLIMIT_CPU, uint64(max(q.Seconds, 1))},
	}
	if !raceDetector { // which maps more than any picture needs
		limits = append(limits, struct {
			which int
			value uint64
		}{unix.RLIMIT_DATA, uint64(q.Memory)})
	}
	for _, l := range limits {
		if err := unix.Setrlimit(l.which, &unix.Rlimit{Cur: l.value, Max: l.value}); err != nil {
			return fmt.Errorf("limit %d: %w", l.which, err)
		}
	}
	if err := unix.Prctl(unix.PR_SET_DUMPABLE, 0, 0, 0, 0); err != nil {
		return fmt.Errorf("no dumps: %w", err)
	}
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		return fmt.Errorf("no new privileges: %w", err)
	}
	filterCalls()
	return nil
}
