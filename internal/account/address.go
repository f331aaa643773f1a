package account

import (
	"net/mail"
	"strings"
	"unicode"

	"golang.org/x/net/idna"
	"golang.org/x/text/unicode/norm"

	"easel/internal/fault"
)

// address is a mail address: as the person wrote it, and in the form by which it is found. The zero address is none.
type address struct {
	written string // what letters are sent to; the domain in its ASCII form
	plain   string // small letters
}

// addressMost is the longest address that mail servers take, in bytes.
const addressMost = 254

var errAddress = fault.New(fault.Invalid, "That is not a mail address that we can write to. It looks like name@example.com.")

// parseAddress reads one bare mail address. Whatever could end up as a second header line or a second recipient is refused.
func parseAddress(text string) (address, error) {
	text = strings.TrimSpace(text)
	if text == "" || len(text) > addressMost || strings.ContainsFunc(text, unsafe) {
		return address{}, errAddress
	}
	local, domain, ok := cutLast(text, "@")
	if !ok || local == "" {
		return address{}, errAddress
	}
	domain, err := idna.Lookup.ToASCII(domain)
	if err != nil || !strings.Contains(domain, ".") || strings.HasSuffix(domain, ".") {
		return address{}, errAddress
	}
	written := norm.NFC.String(local) + "@" + domain
	parsed, err := mail.ParseAddress(written)
	if err != nil || parsed.Name != "" || parsed.Address != written || len(written) > addressMost {
		return address{}, errAddress
	}
	return address{written, strings.ToLower(written)}, nil
}

// unsafe are the letters that a bare address has no use for.
func unsafe(r rune) bool {
	return unicode.IsControl(r) || unicode.IsSpace(r) || !unicode.IsPrint(r) || strings.ContainsRune(`<>()[],;:\"`, r)
}

func cutLast(s, sep string) (before, after string, ok bool) {
	i := strings.LastIndex(s, sep)
	if i < 0 {
		return s, "", false
	}
	return s[:i], s[i+len(sep):], true
}

// digestOf is how an address is found; none for no address.
func (s *Service) digestOf(a address) []byte {
	if a == (address{}) {
		return nil
	}
	return s.vault.Digest("account mail", a.plain)
}
