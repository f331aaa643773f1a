package receipt

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
)

func statement(i int) Statement {
	return Statement{Object: uuid.New(), Kind: "upload", Digest: leaf(fmt.Appendf(nil, "object %d", i)), Policy: Policy{"portrait", 3},
		Deleted: time.Date(2026, 11, 22, 20, 0, i, 123456789, time.UTC)}
}

// A path through branches is the path of RFC 6962, and leads from its own leaf and place only.
func TestPathsLeadToTheRoot(t *testing.T) {
	t.Parallel()
	for _, n := range []int{1, 2, 3, 5, 8, 13, 100, 1023, 1024, 1025, 2048, 2049, 3000} {
		leaves := make([]Digest, n)
		for i := range leaves {
			leaves[i] = leaf(fmt.Appendf(nil, "%d", i))
		}
		root, branches := rootOf(leaves), branchesOf(leaves)
		if !bytes.Equal(root, rootOf(branches)) {
			t.Fatalf("%d leaves: the branches have another root", n)
		}
		for _, place := range []int{0, 1, n / 2, n - 1} {
			if place >= n {
				continue
			}
			path := pathTo(leaves, place)
			own := leaves[place/branchSize*branchSize : min(n, (place/branchSize+1)*branchSize)]
			if joined := append(pathTo(own, place%branchSize), pathTo(branches, place/branchSize)...); !slices.EqualFunc(joined, path, func(a, b Digest) bool { return bytes.Equal(a, b) }) {
				t.Fatalf("%d leaves, place %d: the path through branches is another one", n, place)
			}
			if !climbs(leaves[place], place, n, path, root) {
				t.Errorf("%d leaves: the path of place %d does not lead to the root", n, place)
			}
			if n == 1 {
				continue
			}
			if climbs(leaves[place], (place+1)%n, n, path, root) || climbs(leaf([]byte("x")), place, n, path, root) ||
				climbs(leaves[place], place, n, path[1:], root) || climbs(leaves[place], place, n, append(path, root), root) || climbs(leaves[place], -1, n, path, root) {
				t.Errorf("%d leaves: a wrong path of place %d leads to the root", n, place)
			}
		}
	}
}

func signer(t *testing.T) *Key {
	t.Helper()
	k, err := makeKey(t.TempDir() + "/receipt.key")
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func TestAStatementIsCheckedWithThePublishedKey(t *testing.T) {
	t.Parallel()
	k := signer(t)
	s := statement(1)
	r := Receipt{Statement: s, Key: k.ID(), Signature: k.sign(s.signed(k.ID()))}
	keys := Published{Keys: []Public{k.Public()}}
	text, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	again, err := Decode(text)
	if err != nil {
		t.Fatal(err)
	}
	if shown, err := again.Check(keys); err != nil || len(shown) != 1 {
		t.Errorf("a good receipt: %v, %v", shown, err)
	}
	if _, err := again.Check(Published{Keys: []Public{signer(t).Public()}}); err == nil {
		t.Error("another key will do")
	}
	forged := signer(t).Public()
	forged.ID = k.ID()
	if _, err := again.Check(Published{Keys: []Public{forged}}); err == nil {
		t.Error("a key under another's name will do")
	}
	if _, err := (Receipt{Statement: s}).Check(keys); err == nil {
		t.Error("a receipt without a signature is taken")
	}
	for _, change := range [][2]string{{s.Object.String(), uuid.NewString()}, {`"upload"`, `"result"`}, {`"portrait"`, `"cutout"`}, {`"policy":3`, `"policy":2`},
		{"2026-11-22", "2026-11-21"}, {"sha256:", "sha256:00"}, {`{"statement"`, `{"x":1,"statement"`}, {"}", "}}"}} {
		changed := strings.Replace(string(text), change[0], change[1], 1)
		if changed == string(text) {
			t.Fatalf("%q is not in the receipt", change[0])
		}
		if r, err := Decode([]byte(changed)); err == nil {
			if _, err := r.Check(keys); err == nil {
				t.Errorf("with %q for %q the receipt is still good", change[1], change[0])
			}
		}
	}
}

func FuzzReceipts(f *testing.F) {
	f.Add([]byte(`{"statement":{"object":"8a0b0f4c-0000-4000-8000-000000000000","kind":"upload","digest":"sha256:00","studio":"portrait","policy":1,"deleted":"2026-11-22T20:00:00Z"}}`))
	f.Add([]byte(`{"proof":{"place":-1,"path":[],"entry":{"number":1,"leaves":0}}}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		r, err := Decode(data)
		if err != nil {
			return
		}
		if _, err := r.Check(Published{}); err == nil {
			t.Error("a receipt is good without any key")
		}
	})
}
