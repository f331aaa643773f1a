package account

import (
	"net/mail"
	"strings"
	"testing"
)

func TestAddresses(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]address{
		"ada@example.com":                  {"ada@example.com", "ada@example.com"},
		"  Ada.Lovelace+easel@Example.COM": {"Ada.Lovelace+easel@example.com", "ada.lovelace+easel@example.com"},
		"ada@bücher.example":               {"ada@xn--bcher-kva.example", "ada@xn--bcher-kva.example"},
		"jürgen@example.com":               {"jürgen@example.com", "jürgen@example.com"},
		"ju\u0308rgen@example.com":         {"jürgen@example.com", "jürgen@example.com"},
	} {
		if got, err := parseAddress(text); err != nil || got != want {
			t.Errorf("%q is %+v, %v; want %+v", text, got, err, want)
		}
	}
	for _, text := range []string{"", "ada", "@example.com", "ada@", "ada@localhost", "ada@example.com.", "ada@-x.com", "a b@example.com",
		"Ada <ada@example.com>", "ada@example.com,bob@example.com", "ada@example.com\r\nBcc: x@example.com", "ada@example.com\x00", "a@b@example.com",
		`"a\"b"@example.com`, "ada@exa mple.com", "ada..b@example.com", ".ada@example.com", "ada@[127.0.0.1]", strings.Repeat("a", 250) + "@example.com",
		"ada\u202e@example.com", "ada@example.com; rm", "(comment)ada@example.com"} {
		if got, err := parseAddress(text); err == nil {
			t.Errorf("%q is read as %+v", text, got)
		}
	}
}

func FuzzAddress(f *testing.F) {
	for _, s := range []string{"ada@example.com", "a@b.c", "\"x\"@y.z", "ü@ö.example", "a@b@c.d", "ada@example.com\r\nBcc: x"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		a, err := parseAddress(text)
		if err != nil {
			return
		}
		if strings.ContainsAny(a.written, "\r\n,;<> \t\"") || len(a.written) > addressMost {
			t.Errorf("%q became %q", text, a.written)
		}
		if list, err := mail.ParseAddressList(a.written); err != nil || len(list) != 1 || list[0].Address != a.written {
			t.Errorf("%q became %q, which is %v, %v", text, a.written, list, err)
		}
		if again, err := parseAddress(a.written); err != nil || again != a {
			t.Errorf("%q is %+v, and that is %+v, %v", text, a, again, err)
		}
	})
}

func FuzzHash(f *testing.F) {
	f.Add("$argon2id$v=19$m=47104,t=1,p=1$c2FsdHNhbHRzYWx0$aGFzaGhhc2hoYXNoaGFzaA")
	f.Add("$argon2id$v=19$m=4294967295,t=1,p=1$c2FsdHNhbHRzYWx0$aGFzaGhhc2hoYXNoaGFzaA")
	f.Add("$argon2i$$$$")
	f.Fuzz(func(t *testing.T, text string) {
		h, err := parseHash(text)
		if err == nil && (h.cost.check() != nil || len(h.salt) < 8 || len(h.hash) < 16 || len(h.hash) > 64) {
			t.Errorf("%q was read as %+v", text, h)
		}
	})
}

// The cost that new hashes have, as other programs read it.
func TestTheCostOfAHash(t *testing.T) {
	t.Parallel()
	if got := DefaultHashing.String(); got != "$argon2id$v=19$m=47104,t=1,p=1$" {
		t.Errorf("a hash begins with %s", got)
	}
	s := &Service{config: Config{Hashing: DefaultHashing}, hashing: make(chan struct{}, hashesAtOnce)}
	hash, err := s.hash(t.Context(), "seventeen quiet otters")
	if err != nil {
		t.Fatal(err)
	}
	if h, err := parseHash(hash); err != nil || h.cost != DefaultHashing || len(h.salt) != 16 || len(h.hash) != 32 {
		t.Errorf("%s is %+v, %v", hash, h, err)
	}
	for password, want := range map[string]bool{"seventeen quiet otters": true, "seventeen quiet otter": false, "": false} {
		if right, again, err := s.verify(t.Context(), password, hash); right != want || again || err != nil {
			t.Errorf("%q is right: %v, to be made anew: %v, %v", password, right, again, err)
		}
	}
	// A hash that argon2's own program made: printf password | argon2 somesalt -id -t 2 -k 65536 -p 1 -l 32 -e
	theirs := "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc"
	if right, again, err := s.verify(t.Context(), "password", theirs); !right || !again || err != nil {
		t.Errorf("another program's hash: right %v, again %v, %v", right, again, err)
	}
	if _, _, err := s.verify(t.Context(), "password", "$2y$10$abc"); err == nil {
		t.Error("a hash of another kind was read")
	}
}
