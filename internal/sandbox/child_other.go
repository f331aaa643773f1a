//go:build !linux

package sandbox

import (
	"io"
	"os"
	"syscall"
)

// selfPath is this program's file.
func selfPath() string {
	path, err := os.Executable()
	if err != nil {
		return os.Args[0]
	}
	return path
}

func childAttributes() *syscall.SysProcAttr { return &syscall.SysProcAttr{} }

func widen(io.ReadCloser) {}

// restrict does nothing where it is not Linux: the process boundary and the wall clock remain.
func restrict(request) error { return nil }
