package vault

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/google/uuid"
	"gocloud.dev/blob"
	"gocloud.dev/gcerrors"
)

// Reader reads an object, from any position. It is an io.ReadSeekCloser for http.ServeContent. Its deadline is checked
// at every segment (64 KiB): from that moment it gives a Missing fault. One goroutine uses it at a time.
type Reader struct {
	ctx      context.Context
	v        *Vault
	name     string
	deadline time.Time
	opener   *opener

	pos    int64
	stream *blob.Reader // at the beginning of the segment next
	next   int64
	sealed []byte // buffer
	plain  []byte // the opened segment number, or nil
	number int64
}

// Open returns a reader of a published object. An object of another owner, one that was deleted and one whose time is
// over are Missing alike. The context holds for all reading.
func (v *Vault) Open(ctx context.Context, owner uuid.UUID, id ID) (*Reader, error) {
	o, err := v.find(ctx, owner, id)
	if err != nil {
		return nil, err
	}
	if o.state != "stored" || o.size == nil {
		return nil, errMissing
	}
	r := &Reader{ctx: ctx, v: v, name: place(id), deadline: o.deadline}
	if r.stream, err = r.from(0); err != nil {
		return nil, err
	}
	head := make([]byte, bothHeaders)
	if _, err = io.ReadFull(r.stream, head); err != nil {
		err = cut(err)
	} else if r.opener, err = newOpener(head, o.key, o.bound(id), *o.size); err == nil && r.stream.Size() != r.opener.sealedSize() {
		err = errDamaged
	}
	if err != nil {
		return nil, errors.Join(err, r.Close())
	}
	return r, nil
}

func (r *Reader) from(offset int64) (*blob.Reader, error) {
	stream, err := r.v.bucket.NewRangeReader(r.ctx, r.name, offset, -1, nil)
	if gcerrors.Code(err) == gcerrors.NotFound {
		return nil, errMissing // its row was there a moment ago
	}
	if err != nil {
		return nil, fmt.Errorf("read sealed bytes: %w", err)
	}
	return stream, nil
}

// cut says of an early end what it means here.
func cut(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return errDamaged
	}
	return fmt.Errorf("read sealed bytes: %w", err)
}

// Size is the number of plain bytes.
func (r *Reader) Size() int64 { return r.opener.size }

// Deadline is when the object ends.
func (r *Reader) Deadline() time.Time { return r.deadline }

// Read reads plain bytes that have been authenticated.
func (r *Reader) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	number, begin := r.opener.at(r.pos)
	if r.pos >= r.opener.size {
		if r.opener.size > 0 {
			return 0, io.EOF
		}
		number, begin = 0, 0 // an empty object has a segment as well, and it may have been tampered with
	}
	if err := r.v.Readable(r.deadline); err != nil {
		return 0, err
	}
	if r.plain == nil || r.number != number {
		if err := r.load(number); err != nil {
			return 0, err
		}
	}
	n := copy(p, r.plain[r.pos-begin:])
	r.pos += int64(n)
	if n == 0 {
		return 0, io.EOF
	}
	return n, nil
}

// load opens a segment. Segments in a row come from one stream.
func (r *Reader) load(number int64) (err error) {
	begin, length := r.opener.sealedAt(number)
	if r.stream == nil || r.next != number {
		if err := r.Close(); err != nil {
			return err
		}
		if r.stream, err = r.from(begin); err != nil {
			return err
		}
	}
	if r.sealed == nil {
		r.sealed = make([]byte, segment)
	}
	r.plain, r.next = nil, -1
	if _, err := io.ReadFull(r.stream, r.sealed[:length]); err != nil {
		return cut(err)
	}
	if r.plain, err = r.opener.open(r.sealed[:length], number); err != nil {
		return err
	}
	if r.plain == nil {
		r.plain = r.sealed[:0]
	}
	r.number, r.next = number, number+1
	return nil
}

// Seek sets where the next Read begins. Beyond the end there is nothing to read.
func (r *Reader) Seek(offset int64, whence int) (int64, error) {
	switch whence {
	case io.SeekCurrent:
		offset += r.pos
	case io.SeekEnd:
		offset += r.opener.size
	}
	if offset < 0 || whence < io.SeekStart || whence > io.SeekEnd {
		return r.pos, errors.New("vault: a position before the beginning")
	}
	r.pos = offset
	return offset, nil
}

// Close lets go of the stream and forgets what was opened.
func (r *Reader) Close() error {
	clear(r.sealed)
	r.plain = nil
	if r.stream == nil {
		return nil
	}
	stream := r.stream
	r.stream = nil
	return stream.Close()
}
