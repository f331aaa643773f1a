package vault

import (
	"bytes"
	"io"
	"testing"

	"github.com/google/uuid"
	"github.com/tink-crypto/tink-go/v2/streamingaead/subtle"
)

// FuzzSegments compares our opener with Tink's reader, at every segment.
func FuzzSegments(f *testing.F) {
	for _, size := range sizes {
		f.Add(uint32(size))
	}
	f.Fuzz(func(t *testing.T, size uint32) {
		data := noise(int(size % 500_000))
		k, o, id := newKey(), object{kind: "upload"}, ID(uuid.New())
		var sealed bytes.Buffer
		n, err := sealTo(&sealed, k, o.bound(id), bytes.NewReader(data))
		if err != nil || n != int64(len(data)) {
			t.Fatalf("sealed %d bytes, %v", n, err)
		}
		all := sealed.Bytes()
		stream, err := subtle.NewAESGCMHKDF(k[:], "SHA256", 32, segment, 0)
		if err != nil {
			t.Fatal(err)
		}
		theirs, err := stream.NewDecryptingReader(bytes.NewReader(all[front:]), o.bound(id))
		if err != nil {
			t.Fatal(err)
		}
		if got, err := io.ReadAll(theirs); err != nil || !bytes.Equal(got, data) {
			t.Fatalf("Tink reads %d bytes, %v", len(got), err)
		}
		ours, err := newOpener(all[:bothHeaders], k, o.bound(id), n)
		if err != nil {
			t.Fatal(err)
		}
		if ours.sealedSize() != int64(len(all)) {
			t.Fatalf("%d bytes are said to be %d when sealed, and are %d", n, ours.sealedSize(), len(all))
		}
		for i := ours.last(); i >= 0; i-- {
			begin, length := ours.sealedAt(i)
			plain, err := ours.open(bytes.Clone(all[begin:begin+length]), i)
			if err != nil {
				t.Fatalf("segment %d of %d: %v", i, ours.last(), err)
			}
			from := int64(0)
			if i > 0 {
				from = firstPlain + (i-1)*otherPlain
			}
			if number, begin := ours.at(from); len(data) > 0 && (number != i || begin != from) {
				t.Fatalf("position %d is said to be in segment %d from %d, and is in %d", from, number, begin, i)
			}
			if !bytes.Equal(plain, data[from:from+int64(len(plain))]) {
				t.Fatalf("segment %d differs", i)
			}
		}
		if _, err := newOpener(all[:bothHeaders], k, object{kind: "result"}.bound(id), n); err != nil {
			t.Fatal(err)
		}
		wrong, _ := newOpener(all[:bothHeaders], k, object{kind: "result"}.bound(id), n)
		begin, length := wrong.sealedAt(0)
		if _, err := wrong.open(bytes.Clone(all[begin:begin+length]), 0); err == nil {
			t.Fatal("opened as an object of another kind")
		}
	})
}
