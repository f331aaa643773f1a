package cutout

// buffer takes a file that is made of a picture, and leaves no piece of it behind where it grew.
type buffer struct{ data []byte }

// newBuffer has room for most previews.
func newBuffer() *buffer { return &buffer{make([]byte, 0, 128<<10)} }

// Write never fails.
func (b *buffer) Write(p []byte) (int, error) {
	if need := len(b.data) + len(p); need > cap(b.data) {
		larger := make([]byte, len(b.data), max(need, 2*cap(b.data)))
		copy(larger, b.data)
		clear(b.data)
		b.data = larger
	}
	b.data = append(b.data, p...)
	return len(p), nil
}

// WriteByte and Flush let the JPEG encoder do without a buffer of its own.
func (b *buffer) WriteByte(c byte) error {
	_, err := b.Write([]byte{c})
	return err
}

// Flush has nothing to do.
func (b *buffer) Flush() error { return nil }
