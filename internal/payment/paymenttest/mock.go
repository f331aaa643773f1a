// Package paymenttest gives tests a shop: payments on a database of their own, with a pretended Stripe whose every
// request Stripe's own mock has judged first.
package paymenttest

import (
	"bufio"
	"errors"
	"os/exec"
	"regexp"
	"sync"
	"syscall"
	"testing"

	"easel/internal/toolshed"
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
	program, err := toolshed.Program("stripe-mock", "tools", "github.com/stripe/stripe-mock")
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
