package memory

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// Items are sealed in segments with AES-256-GCM under a key of their own, numbered so that none can be moved, dropped
// or repeated. A segment's plain bytes exist only in one small buffer at a time.
const (
	segmentPlain  = 64 << 10
	tagSize       = 16
	segmentSealed = segmentPlain + tagSize
	perRegion     = 4 // segments in one mapping
)

// item is one sealed thing of a session: an upload, a matte, a result.
type item struct {
	regions []*region
	size    int64 // of the plain bytes
}

// at is where a segment's sealed bytes are.
func (it *item) at(n int) []byte {
	offset := n % perRegion * segmentSealed
	return it.regions[n/perRegion].data[offset : offset+segmentSealed]
}

// free wipes the item and returns how many bytes of the budget it held.
func (it *item) free() (n int64) {
	for _, r := range it.regions {
		n += int64(len(r.data))
		r.free()
	}
	it.regions = nil
	return n
}

func sealer(k key) cipher.AEAD {
	block, err := aes.NewCipher(k[:])
	if err != nil {
		panic(err) // the key's length is fixed
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		panic(err)
	}
	return aead
}

// nonce numbers a segment. Each item has its own key, so numbers never repeat under one.
func nonce(n int) []byte {
	var b [12]byte
	binary.BigEndian.PutUint64(b[4:], uint64(n))
	return b[:]
}

// Put reads from r to its end and keeps it, sealed. It returns the item's name and its size in bytes. On an error
// nothing is kept: what r says, a fault that says when to come again, or a fault of kind TooLarge when the session would hold too much.
func (h *Handle) Put(r io.Reader) (name string, size int64, err error) {
	name = rand.Text()
	it := &item{}
	defer func() {
		if err != nil {
			h.store.give(h.session, it.free())
		}
	}()
	plain, err := newRegion(segmentPlain)
	if err != nil {
		return "", 0, err
	}
	defer plain.free()
	aead := sealer(h.key(name))
	for n := 0; ; n++ {
		filled, err := io.ReadFull(r, plain.data[:segmentPlain])
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) {
			return "", 0, err
		}
		if n%perRegion == 0 {
			if err := h.grow(it); err != nil {
				return "", 0, err
			}
		}
		clear(plain.data[filled:segmentPlain])
		it.size += int64(filled)
		aead.Seal(it.at(n)[:0], nonce(n), plain.data[:segmentPlain], nil)
		if filled < segmentPlain {
			break
		}
	}
	h.session.mu.Lock()
	defer h.session.mu.Unlock()
	if h.session.dead {
		return "", 0, errEnded()
	}
	h.session.items[name] = it
	return name, it.size, nil
}

// Fits says why items of these sizes in bytes could not be kept beside what is there, as Put would; nil when they could. It books
// nothing, so that others may be faster.
func (h *Handle) Fits(sizes ...int64) error {
	const holds = perRegion * segmentPlain
	n := int64(0)
	for _, size := range sizes {
		n += (size + holds - 1) / holds * int64(pages(perRegion*segmentSealed))
	}
	h.store.mu.Lock()
	defer h.store.mu.Unlock()
	return h.store.room(h.session, n)
}

// key is an item's own.
func (h *Handle) key(name string) key { return derive(h.root[:], "item "+name) }

// grow adds a region to the item, within the budget.
func (h *Handle) grow(it *item) error {
	n := int64(pages(perRegion * segmentSealed))
	if err := h.store.take(h.session, n); err != nil {
		return err
	}
	r, err := newRegion(int(n))
	if err != nil {
		h.store.give(h.session, n)
		return fmt.Errorf("memory: %w", err)
	}
	it.regions = append(it.regions, r)
	return nil
}

// Drop wipes one item before its session ends. One that is not there is no error.
func (h *Handle) Drop(name string) {
	h.session.mu.Lock()
	defer h.session.mu.Unlock()
	if it := h.session.items[name]; it != nil {
		delete(h.session.items, name)
		h.store.give(h.session, it.free())
	}
}

// Open returns a reader of an item, which must be closed. Reading fails with a Missing fault once the item is gone.
func (h *Handle) Open(name string) (*Reader, error) { return open(h.session, name, h.key(name)) }
