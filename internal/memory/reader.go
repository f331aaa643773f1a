package memory

import (
	"crypto/cipher"
	"errors"
	"io"

	"easel/internal/fault"
)

// Reader reads one item and can seek in it. It decrypts a segment at a time into a buffer that Close wipes. It is not
// safe for concurrent use.
type Reader struct {
	session *session
	item    *item
	name    string
	aead    cipher.AEAD
	at      int64
	plain   *region
	holds   int // the segment in plain; -1 when there is none
}

func open(one *session, name string, k key) (*Reader, error) {
	one.mu.RLock()
	it := one.items[name]
	one.mu.RUnlock()
	if it == nil {
		return nil, errEnded()
	}
	plain, err := newRegion(segmentSealed)
	if err != nil {
		return nil, err
	}
	return &Reader{session: one, item: it, name: name, aead: sealer(k), plain: plain, holds: -1}, nil
}

// Size is the number of plain bytes.
func (r *Reader) Size() int64 { return r.item.size }

// Read implements io.Reader.
func (r *Reader) Read(p []byte) (int, error) {
	if r.at >= r.item.size {
		return 0, io.EOF
	}
	n := int(r.at / segmentPlain)
	if err := r.load(n); err != nil {
		return 0, err
	}
	segment := r.plain.data[:min(segmentPlain, r.item.size-int64(n)*segmentPlain)]
	done := copy(p, segment[r.at%segmentPlain:])
	r.at += int64(done)
	return done, nil
}

// WriteTo writes the rest of the item straight from the locked buffer, so that no other copy is made here.
func (r *Reader) WriteTo(w io.Writer) (done int64, err error) {
	for r.at < r.item.size {
		n := int(r.at / segmentPlain)
		if err := r.load(n); err != nil {
			return done, err
		}
		segment := r.plain.data[:min(segmentPlain, r.item.size-int64(n)*segmentPlain)]
		k, err := w.Write(segment[r.at%segmentPlain:])
		r.at, done = r.at+int64(k), done+int64(k)
		if err != nil {
			return done, err
		}
	}
	return done, nil
}

// load decrypts a segment, unless the item is gone.
func (r *Reader) load(n int) error {
	r.session.mu.RLock()
	defer r.session.mu.RUnlock()
	if r.plain.data == nil || r.session.items[r.name] != r.item {
		return errEnded()
	}
	if r.holds == n {
		return nil
	}
	r.holds = -1
	if _, err := r.aead.Open(r.plain.data[:0], nonce(n), r.item.at(n), nil); err != nil {
		return fault.Wrap(err, fault.Internal, "This picture was damaged in memory. Begin again with the photo.")
	}
	r.holds = n
	return nil
}

// Seek implements io.Seeker.
func (r *Reader) Seek(offset int64, whence int) (int64, error) {
	switch whence {
	case io.SeekCurrent:
		offset += r.at
	case io.SeekEnd:
		offset += r.item.size
	case io.SeekStart:
	default:
		return 0, errors.New("memory: seek from nowhere")
	}
	if offset < 0 {
		return 0, errors.New("memory: seek before the beginning")
	}
	r.at = offset
	return offset, nil
}

// Close wipes the reader's buffer.
func (r *Reader) Close() error {
	r.plain.free()
	r.holds = -1
	return nil
}
