package cli

import (
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/term"
)

// bar is a progress line on a terminal; on anything else it says nothing.
type bar struct {
	mu    sync.Mutex
	w     io.Writer
	show  bool
	fd    int // of the terminal
	name  string
	jobs  int
	last  time.Time
	shown string
}

const (
	barCells  = 24
	barPeriod = 80 * time.Millisecond
	planShare = 0.15 // of a photo's time that goes into the plan, for one style

	usualColumns = 80 // of a terminal that does not say
	nameColumns  = 12 // that a photo's name may take at least
)

func newBar(w io.Writer, quiet bool, name string, jobs int) *bar {
	b := &bar{w: w, name: name, jobs: jobs}
	if file, ok := w.(*os.File); ok {
		b.fd = int(file.Fd())
		b.show = !quiet && term.IsTerminal(b.fd)
	}
	return b
}

func (b *bar) planning(stage string, done float64) { b.draw(planShare*done/float64(b.jobs), stage) }

// drawing returns the progress callback of the i-th style.
func (b *bar) drawing(i int, title string) func(string, float64) {
	start := planShare / float64(b.jobs)
	return func(stage string, done float64) {
		b.draw(start+(1-start)*(float64(i)+done)/float64(b.jobs), title+": "+stage)
	}
}

func (b *bar) draw(done float64, words string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if !b.show || time.Since(b.last) < barPeriod {
		return
	}
	b.last = time.Now()
	full := int(done*barCells + 0.5)
	columns, _, err := term.GetSize(b.fd)
	if err != nil {
		columns = usualColumns
	}
	line := fitted(b.name, fmt.Sprintf(" [%s%s] %3.0f %%  %s", strings.Repeat("█", full), strings.Repeat("░", barCells-full), 100*done, words), columns)
	fmt.Fprintf(b.w, "\r%s\x1b[K", line)
	b.shown = line
}

// fitted puts a photo's name before the rest of its line, so that both stay in one row of the terminal: a line that breaks
// could not be drawn over. Of a long name its end is left, of a line that is still too long its beginning.
func fitted(name, rest string, columns int) string {
	n, r, room := []rune(name), []rune(rest), max(columns-1, 0) // the last column may break the line
	if most := max(room-len(r), nameColumns); len(n) > most {
		n = append([]rune{'…'}, n[len(n)-most+1:]...)
	}
	line := slices.Concat(n, r)
	return string(line[:min(len(line), room)])
}

func (b *bar) clear() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.shown != "" {
		fmt.Fprint(b.w, "\r\x1b[K")
		b.shown = ""
	}
}
