package cli

import (
	"fmt"
	"io"
	"os"
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
	name  string
	jobs  int
	last  time.Time
	shown string
}

const (
	barCells  = 24
	barPeriod = 80 * time.Millisecond
	planShare = 0.15 // of a photo's time that goes into the plan, for one style
)

func newBar(w io.Writer, quiet bool, name string, jobs int) *bar {
	file, ok := w.(*os.File)
	return &bar{w: w, show: !quiet && ok && term.IsTerminal(int(file.Fd())), name: name, jobs: jobs}
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
	line := fmt.Sprintf("%s [%s%s] %3.0f %%  %s", b.name, strings.Repeat("█", full), strings.Repeat("░", barCells-full), 100*done, words)
	fmt.Fprintf(b.w, "\r%s\x1b[K", line)
	b.shown = line
}

func (b *bar) clear() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.shown != "" {
		fmt.Fprint(b.w, "\r\x1b[K")
		b.shown = ""
	}
}
