package postgres

import (
	"bytes"
	"log/slog"
	"strings"
	"sync"
)

// tail hands what the server writes to our log and keeps the last lines for the message of a failed start.
type tail struct {
	log *slog.Logger

	mu    sync.Mutex
	rest  []byte
	lines []string
}

const tailLines = 8

func newTail(log *slog.Logger) *tail { return &tail{log: log} }

// Write takes a piece of the server's output.
func (t *tail) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.rest = append(t.rest, p...)
	for {
		line, rest, found := bytes.Cut(t.rest, []byte("\n"))
		if !found {
			return len(p), nil
		}
		t.rest = rest
		t.add(strings.TrimSpace(string(line)))
	}
}

func (t *tail) add(line string) {
	if line == "" {
		return
	}
	t.lines = append(t.lines, line)
	if len(t.lines) > tailLines {
		t.lines = t.lines[1:]
	}
	// FATAL is the end of one connection, such as one that was refused; this is the end of more.
	if strings.HasPrefix(line, "PANIC") || strings.Contains(line, "was terminated by signal") {
		t.log.Warn("database says", "line", line)
		return
	}
	t.log.Debug("database says", "line", line)
}

func (t *tail) text() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return strings.Join(t.lines, " · ")
}
