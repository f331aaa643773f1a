package memory_test

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"runtime"
	"runtime/debug"
	"strings"
	"testing"

	"easel/internal/memory"
)

// marked yields a pattern again and again without ever keeping it in one piece elsewhere: each byte is made as it is asked for.
type marked struct{ at, left int }

func (m *marked) Read(p []byte) (int, error) {
	n := min(len(p), m.left)
	for i := range n {
		p[i] = mark(m.at + i)
	}
	m.at, m.left = m.at+n, m.left-n
	if n == 0 {
		return 0, io.EOF
	}
	return n, nil
}

// period is the pattern's length: no shorter than what is searched for, no divisor of a page.
const period = 251

//go:noinline
func mark(i int) byte { return byte((i%period)*167+83) ^ byte(i%period>>3) }

// The bytes of a picture are nowhere in the process's memory in the clear: not while they are kept, and not after a
// reader was closed. They are there while a reader holds a piece of them, or this test could not fail.
func TestKeptBytesAreNotInMemoryInTheClear(t *testing.T) {
	s := store(t, memory.Config{})
	_, h := begin(t, s, home)
	name, _, err := h.Put(&marked{left: 1 << 20})
	if err != nil {
		t.Fatal(err)
	}
	if where := find(t); where != "" {
		t.Errorf("while it is kept, the picture stands in the clear in %s", where)
	}
	r, err := h.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	one := make([]byte, 1)
	if _, err := io.ReadFull(r, one); err != nil {
		t.Fatal(err)
	}
	if find(t) == "" {
		t.Error("the search does not find what a reader holds, so it proves nothing")
	}
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	if where := find(t); where != "" {
		t.Errorf("after the reader was closed, the picture stands in %s", where)
	}
	h.End()
	if where := find(t); where != "" {
		t.Errorf("after the session's end, the picture stands in %s", where)
	}
}

// litter fills pieces of several sizes with the pattern, and returns others, without it, that lie among them. The sizes leave
// nothing over in the runs of pages that they lie in.
//
//go:noinline
func litter() (alive [][]byte) {
	for i := range 20_000 {
		piece := make([]byte, []int{128, 1024, 4096, 16384}[i%4])
		if i%64 < 4 {
			alive = append(alive, piece)
			continue
		}
		for at := range piece {
			piece[at] = mark(at)
		}
	}
	return alive
}

// What small pieces held that share their pages with something alive is overwritten.
func TestFreePiecesAreScoured(t *testing.T) {
	defer debug.SetGCPercent(debug.SetGCPercent(-1)) // pages that are used twice keep what no piece of the second use covers
	alive := litter()
	for range 2 { // the second time for what a stack still held
		debug.FreeOSMemory()
	}
	if find(t) == "" {
		t.Error("nothing is left to be overwritten, so this proves nothing")
	}
	for range 2 { // the second time for pieces that another processor had put by
		memory.Scour()
		runtime.GC()
	}
	if where := find(t); where != "" {
		t.Errorf("the pattern still stands in %s", where)
	}
	runtime.KeepAlive(alive)
}

// find returns a mapping of this process in which a piece of the pattern stands, or "".
func find(t *testing.T) string {
	t.Helper()
	maps, err := os.ReadFile("/proc/self/maps")
	if err != nil {
		t.Fatal(err)
	}
	mem, err := os.Open("/proc/self/mem")
	if err != nil {
		t.Fatal(err)
	}
	defer mem.Close()
	buffer := make([]byte, 1<<20)
	defer runtime.KeepAlive(buffer)
	own := fmt.Sprintf("%p", buffer)
	for line := range strings.Lines(string(maps)) {
		var from, to int64
		var access string
		if _, err := fmt.Sscanf(line, "%x-%x %s", &from, &to, &access); err != nil || access[0] != 'r' || strings.Contains(line, "[v") {
			continue
		}
		for at := from; at < to; at += int64(len(buffer)) {
			n, _ := mem.ReadAt(buffer[:min(int64(len(buffer)), to-at)], at) // a mapping may be gone meanwhile
			found := holds(buffer[:n])
			clear(buffer)
			if found {
				return strings.TrimSpace(line) + " (searched from " + own + ")"
			}
		}
	}
	return ""
}

// holds looks for 64 bytes of the pattern in a row, made as they are compared.
func holds(b []byte) bool {
	first := []byte{mark(0)}
	for at := 0; ; at++ {
		next := bytes.IndexByte(b[at:], first[0])
		if next < 0 {
			return false
		}
		at += next
		n := 0
		for n < 64 && at+n < len(b) && b[at+n] == mark(n) {
			n++
		}
		if n == 64 {
			return true
		}
	}
}
