package vault

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"io"

	"github.com/tink-crypto/tink-go/v2/streamingaead/subtle"
)

// The sealed form of an object: two bytes of ours (form, and 0), then Tink's AES256-GCM-HKDF
// stream of 64 KiB segments (its wire format: a header of length, salt and nonce prefix; each segment's nonce is prefix,
// number, and whether it is the last).
const (
	front       = 2
	segment     = 64 << 10
	tag         = 16
	saltSize    = 32
	prefixSize  = 7
	header      = 1 + saltSize + prefixSize
	firstPlain  = segment - header - tag
	otherPlain  = segment - tag
	bothHeaders = front + header
)

// bound is what an object's bytes are bound to: they open as this object of this kind and nothing else.
func (o object) bound(id ID) []byte { return fmt.Appendf(nil, "easel/%d/%s/%s", form, o.kind, id) }

// sealTo writes the sealed form of what r gives and returns how much that was.
func sealTo(w io.Writer, k key, bound []byte, r io.Reader) (int64, error) {
	stream, err := subtle.NewAESGCMHKDF(k[:], "SHA256", len(k), segment, 0)
	if err != nil {
		return 0, err
	}
	if _, err := w.Write([]byte{form, noNumber}); err != nil {
		return 0, err
	}
	sealing, err := stream.NewEncryptingWriter(w, bound)
	if err != nil {
		return 0, err
	}
	n, err := io.Copy(sealing, r)
	if err != nil {
		return n, err
	}
	return n, sealing.Close()
}

// opener opens single segments of one object.
type opener struct {
	aead   cipher.AEAD
	prefix [prefixSize]byte
	size   int64 // of the plain bytes
}

// newOpener reads the front and the header.
func newOpener(head []byte, k key, bound []byte, size int64) (*opener, error) {
	if len(head) != bothHeaders || head[0] != form || head[1] != noNumber || head[front] != header {
		return nil, errDamaged
	}
	salt := head[front+1:][:saltSize]
	derived, err := hkdf.Key(sha256.New, k[:], salt, string(bound), len(k))
	if err != nil {
		return nil, err
	}
	block, err := aes.NewCipher(derived)
	if err != nil {
		return nil, err
	}
	o := &opener{size: size}
	clear(derived)
	if o.aead, err = cipher.NewGCM(block); err != nil {
		return nil, err
	}
	copy(o.prefix[:], head[front+1+saltSize:])
	return o, nil
}

// last is the number of the last segment; there is always one, if only an empty one.
func (o *opener) last() int64 {
	if o.size <= firstPlain {
		return 0
	}
	return (o.size - firstPlain + otherPlain - 1) / otherPlain
}

// at returns the segment that holds a position and where it begins.
func (o *opener) at(pos int64) (number, begin int64) {
	if pos < firstPlain {
		return 0, 0
	}
	number = 1 + (pos-firstPlain)/otherPlain
	return number, firstPlain + (number-1)*otherPlain
}

// sealedAt returns where a segment's sealed bytes begin and how many they are.
func (o *opener) sealedAt(number int64) (begin, length int64) {
	if number == 0 {
		return bothHeaders, min(o.size, firstPlain) + tag
	}
	_, plain := o.at(firstPlain + (number-1)*otherPlain)
	return front + number*segment, min(o.size-plain, otherPlain) + tag
}

// sealedSize is the length of the whole sealed form.
func (o *opener) sealedSize() int64 {
	begin, length := o.sealedAt(o.last())
	return begin + length
}

// open opens a segment in place.
func (o *opener) open(sealed []byte, number int64) ([]byte, error) {
	var nonce [12]byte
	copy(nonce[:], o.prefix[:])
	binary.BigEndian.PutUint32(nonce[prefixSize:], uint32(number))
	if number == o.last() {
		nonce[11] = 1
	}
	plain, err := o.aead.Open(sealed[:0], nonce[:], sealed, nil)
	if err != nil {
		return nil, errDamaged
	}
	return plain, nil
}
