// Package toolshed has what tests need of the machine: programs that are built once, in .cache/bin, and addresses of their own.
package toolshed

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
)

// Program returns the path of a program, built from a package when it is not there yet. The module that requires the package
// is a folder of the repository; env is what the build needs beside its own environment. Test programs that come at the same
// time wait for each other.
func Program(name, module, pkg string, env ...string) (string, error) {
	root, err := Root()
	if err != nil {
		return "", err
	}
	program := filepath.Join(root, ".cache", "bin", name)
	if err := os.MkdirAll(filepath.Dir(program), 0o755); err != nil {
		return "", err
	}
	guard, err := os.OpenFile(program+".lock", os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return "", err
	}
	defer guard.Close()
	if err := syscall.Flock(int(guard.Fd()), syscall.LOCK_EX); err != nil {
		return "", err
	}
	if _, err := os.Stat(program); err == nil {
		return program, nil
	}
	cmd := exec.Command("go", "build", "-o", program, pkg) //nolint:noctx // some minutes at most, once
	cmd.Dir = filepath.Join(root, filepath.FromSlash(module))
	cmd.Env = append(os.Environ(), env...)
	if said, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build it: %w: %s", err, said)
	}
	return program, nil
}

// Root is the folder of the repository, above wherever a test runs; os.ErrNotExist where there is none.
func Root() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir, nil
		}
		if dir == filepath.Dir(dir) {
			return "", os.ErrNotExist
		}
		dir = filepath.Dir(dir)
	}
}
