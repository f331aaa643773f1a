// Package paymenttest gives tests a shop: payments on a database of their own, with a pretended Stripe whose every
// request Stripe's own mock has judged first.
package paymenttest

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"sync"
	"syscall"
	"testing"
)

// Mock starts stripe-mock, once for this test program, and returns its address. It is built from tools/go.mod when that
// has not been done yet.
func Mock(t testing.TB) string {
	t.Helper()
	address, err := mock()
	if err != nil {
		t.Fatalf("this test needs Stripe's mock, which is built from tools/go.mod: %v", err)
	}
	return address
}

// mock is the one of this test program. It ends with it.
var mock = sync.OnceValues(start)

var listens = regexp.MustCompile(`Listening for HTTP at address: (127\.0\.0\.1:\d+)`)

func start() (string, error) {
	program, err := build()
	if err != nil {
		return "", err
	}
	cmd := exec.Command(program, "-http-addr", "127.0.0.1:0") //nolint:noctx // it ends with us
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return "", err
	}
	type found struct {
		address string
		err     error
	}
	said := make(chan found, 1)
	go func() { // the signal at the end is of the thread that started it, which therefore stays
		lock()
		if err := cmd.Start(); err != nil {
			said <- found{err: err}
			return
		}
		told := false
		for lines := bufio.NewScanner(out); lines.Scan(); {
			if m := listens.FindStringSubmatch(lines.Text()); m != nil && !told {
				told = true
				said <- found{address: "http://" + m[1]}
			}
		}
		if err := cmd.Wait(); !told {
			said <- found{err: errors.Join(errors.New("stripe-mock ended"), err)}
		}
	}()
	got := <-said
	return got.address, got.err
}

// build returns the program, made when it is not there yet. Test programs that come at the same time wait for each other.
func build() (string, error) {
	root, err := root()
	if err != nil {
		return "", err
	}
	program := filepath.Join(root, ".cache", "bin", "stripe-mock")
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
	cmd := exec.Command("go", "build", "-o", program, "github.com/stripe/stripe-mock") //nolint:noctx // some seconds
	cmd.Dir = filepath.Join(root, "tools")
	if said, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build it: %w: %s", err, said)
	}
	return program, nil
}

// root is the folder of the repository.
func root() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for ; dir != filepath.Dir(dir); dir = filepath.Dir(dir) {
		if _, err := os.Stat(filepath.Join(dir, "tools", "go.mod")); err == nil {
			return dir, nil
		}
	}
	return "", errors.New("there is no tools/go.mod above this folder")
}
