package postgres_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"easel/internal/postgres"
)

// asServer makes this test program a small server: it opens the data folder, says so, and closes it when its input ends.
const asServer = "EASEL_TEST_DATA"

func TestMain(m *testing.M) {
	if dir := os.Getenv(asServer); dir != "" {
		if err := serve(dir); err != nil {
			fmt.Println("failed:", err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

func serve(dir string) error {
	db, err := postgres.Open(context.Background(), postgres.Config{DataDir: dir}, slog.New(slog.DiscardHandler))
	if err != nil {
		return err
	}
	fmt.Println("open")
	_, _ = io.Copy(io.Discard, os.Stdin)
	return db.Close()
}

// program is another process that has the data folder open.
type program struct {
	cmd   *exec.Cmd
	input io.Closer
	said  *bufio.Reader
}

// launch starts one. Its first line is "open" or says why not.
func launch(t *testing.T, exe, dir string, attr *syscall.SysProcAttr) (*program, string) {
	t.Helper()
	cmd := exec.Command(exe)
	cmd.Env = append(os.Environ(), asServer+"="+dir, "HOME=/nonexistent")
	cmd.Dir = "/"
	cmd.SysProcAttr = attr
	input, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	output, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stderr = t.Output()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	p := &program{cmd, input, bufio.NewReader(output)}
	t.Cleanup(func() {
		p.input.Close()
		p.cmd.Process.Kill()
		p.cmd.Wait()
	})
	line, _ := p.said.ReadString('\n')
	return p, strings.TrimSpace(line)
}

// end lets the program close in order.
func (p *program) end(t *testing.T) {
	t.Helper()
	p.input.Close()
	if err := p.cmd.Wait(); err != nil {
		t.Errorf("the program that had the data folder open: %v", err)
	}
}

// within waits until a condition holds.
func within(t *testing.T, d time.Duration, what string, holds func() bool) {
	t.Helper()
	for end := time.Now().Add(d); !holds(); {
		if time.Now().After(end) {
			t.Fatalf("%s: not after %v", what, d)
		}
		time.Sleep(5 * time.Millisecond)
	}
}
