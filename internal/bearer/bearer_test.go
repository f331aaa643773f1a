package bearer

import (
	"bytes"
	"strings"
	"testing"
)

func TestASecretIsKnownByItsDigest(t *testing.T) {
	t.Parallel()
	one, sum := New()
	other, otherSum := New()
	if one == other || bytes.Equal(sum, otherSum) {
		t.Fatal("two secrets are the same")
	}
	if !bytes.Equal(sum, Digest(one)) || bytes.Contains(sum, []byte(one)) || strings.Contains(one, string(sum)) {
		t.Error("the digest is not that of the secret, or holds it")
	}
	for token, want := range map[string]bool{one: true, one + "x": false, one[1:]: false, "": false} {
		if WellFormed(token) != want {
			t.Errorf("a secret of %d letters: well-formed is not %v", len(token), want)
		}
	}
}
