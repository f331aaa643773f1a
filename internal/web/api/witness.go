package api

import (
	"errors"
	"hash"
	"io"
)

// witness sums what is read, and remembers that reading failed, so that a broken connection is not taken for a broken photo.
type witness struct {
	from io.Reader
	sum  hash.Hash
	err  error
}

// Read reads on.
func (w *witness) Read(p []byte) (int, error) {
	n, err := w.from.Read(p)
	_, _ = w.sum.Write(p[:n]) // a hash never fails
	if err != nil && !errors.Is(err, io.EOF) {
		w.err = err
	}
	return n, err
}
