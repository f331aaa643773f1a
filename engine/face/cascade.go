package face

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
)

// Limits of what a cascade file may say; the published ones stay far below.
const (
	maxDepth = 12
	maxTrees = 1 << 14
)

// test compares two pixels whose offsets are in 1/256 of the window's side.
type test struct{ r1, c1, r2, c2 int8 }

// finder is a cascade of trees that decides whether a square window shows a face.
type finder struct {
	depth     int
	tests     []test    // 2^depth − 1 for each tree, the root first
	scores    []float32 // 2^depth for each tree
	threshold []float32 // one for each tree: below it the window is no face
}

// locator is a cascade of regression trees that moves a point to a pupil or landmark.
type locator struct {
	stages, trees, depth int
	shrink               float32   // of the window, after each stage
	tests                []test    // 2^depth − 1 for each tree, the root first
	moves                []float32 // 2^depth pairs (rows, columns) for each tree, in window sides
}

// parseFinder reads a cascade in the format of pico: 8 bytes unused, depth, number of trees, then for each tree its
// tests, leaves and threshold; little endian.
func parseFinder(data []byte) (*finder, error) {
	r := reader{data: data}
	r.take(8)
	depth, trees := r.count(maxDepth), r.count(maxTrees)
	leaves := 1 << depth
	most := min(trees, len(r.data)/(8*leaves)) // the file may lie
	f := &finder{
		depth: depth, tests: make([]test, 0, most*(leaves-1)),
		scores: make([]float32, 0, most*leaves), threshold: make([]float32, 0, most),
	}
	for range trees {
		f.tests = r.tests(f.tests, 1<<depth-1)
		f.scores = r.floats(f.scores, 1<<depth)
		f.threshold = r.floats(f.threshold, 1)
		if r.err != nil {
			break
		}
	}
	if err := r.end(); err != nil {
		return nil, fmt.Errorf("face cascade: %w", err)
	}
	return f, nil
}

// parseLocator reads a cascade that locates points: number of stages, window factor, trees of a stage, depth, then
// for each tree its tests and leaves; little endian.
func parseLocator(data []byte) (*locator, error) {
	r := reader{data: data}
	l := &locator{stages: r.count(maxTrees)}
	shrink := r.floats(nil, 1)
	l.trees, l.depth = r.count(maxTrees), r.count(maxDepth)
	leaves := 1 << l.depth
	most := min(l.stages*l.trees, len(r.data)/(12*leaves-4)) // the file may lie
	l.tests, l.moves = make([]test, 0, most*(leaves-1)), make([]float32, 0, 2*most*leaves)
	for range l.stages * l.trees {
		l.tests = r.tests(l.tests, 1<<l.depth-1)
		l.moves = r.floats(l.moves, 2<<l.depth)
		if r.err != nil {
			break
		}
	}
	if err := r.end(); err != nil {
		return nil, fmt.Errorf("point cascade: %w", err)
	}
	l.shrink = shrink[0]
	if l.shrink <= 0 || l.shrink > 1 {
		return nil, fmt.Errorf("point cascade: window factor %v", l.shrink)
	}
	return l, nil
}

// reader takes values off a file and remembers the first failure.
type reader struct {
	data []byte
	err  error
}

// take returns the next n bytes, or nil once something failed.
func (r *reader) take(n int) []byte {
	if r.err == nil && n > len(r.data) {
		r.err = errors.New("the file is cut short")
	}
	if r.err != nil {
		return nil
	}
	b := r.data[:n:n]
	r.data = r.data[n:]
	return b
}

// count reads a number of 1…limit.
func (r *reader) count(limit int) int {
	b := r.take(4)
	if b == nil {
		return 0
	}
	n := binary.LittleEndian.Uint32(b)
	if n < 1 || n > uint32(limit) {
		r.err = fmt.Errorf("a count of %d, at most %d is possible", n, limit)
		return 0
	}
	return int(n)
}

func (r *reader) tests(to []test, n int) []test {
	b := r.take(4 * n)
	for i := 0; i+4 <= len(b); i += 4 {
		to = append(to, test{int8(b[i]), int8(b[i+1]), int8(b[i+2]), int8(b[i+3])})
	}
	return to
}

func (r *reader) floats(to []float32, n int) []float32 {
	b := r.take(4 * n)
	for i := 0; i+4 <= len(b); i += 4 {
		v := math.Float32frombits(binary.LittleEndian.Uint32(b[i:]))
		if v != v || v < -1e6 || v > 1e6 {
			r.err = fmt.Errorf("a value of %v", v)
			return to
		}
		to = append(to, v)
	}
	return to
}

// end returns the failure, also when bytes are left over.
func (r *reader) end() error {
	if r.err == nil && len(r.data) > 0 {
		r.err = fmt.Errorf("%d bytes are left over", len(r.data))
	}
	return r.err
}
