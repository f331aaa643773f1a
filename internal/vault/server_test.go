package vault

import (
	"bytes"
	"testing"
)

func TestDigestsTellPurposesAndServersApart(t *testing.T) {
	t.Parallel()
	one, other := newStudio(t), newStudio(t)
	d := one.Digest("mail", "ada@example.com")
	if len(d) != 32 || !bytes.Equal(d, one.Digest("mail", "ada@example.com")) {
		t.Fatalf("the digest %x is not the same every time", d)
	}
	for name, not := range map[string][]byte{
		"another text": one.Digest("mail", "bob@example.com"), "another purpose": one.Digest("network", "ada@example.com"),
		"another server": other.Digest("mail", "ada@example.com"), "a purpose that runs on into the text": one.Digest("mai", "lada@example.com"),
	} {
		if bytes.Equal(d, not) {
			t.Errorf("%s has the same digest", name)
		}
	}
}

func TestShortTextsOpenForTheirPurposeOnly(t *testing.T) {
	t.Parallel()
	one, other := newStudio(t), newStudio(t)
	sealed := one.SealShort("link", []byte("waits"))
	if bytes.Contains(sealed, []byte("waits")) {
		t.Error("the sealed text can be read")
	}
	if plain, err := one.OpenShort("link", sealed); err != nil || string(plain) != "waits" {
		t.Errorf("opened %q, %v", plain, err)
	}
	if _, err := one.OpenShort("letter", sealed); err == nil {
		t.Error("it opened for another purpose")
	}
	if _, err := other.OpenShort("link", sealed); err == nil {
		t.Error("it opened on another server")
	}
}
