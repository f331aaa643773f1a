package account

import (
	"bufio"
	"fmt"
	"io"
	"strings"

	"golang.org/x/net/idna"
)

// Domains are mail domains, such as those that hand out addresses to anybody for minutes.
type Domains map[string]struct{}

// domainsMost bounds a list that is read: known ones have some ten thousand lines.
const domainsMost = 1_000_000

// ReadDomains reads one domain a line; empty lines and what follows a # are left out.
func ReadDomains(r io.Reader) (Domains, error) {
	d := Domains{}
	lines := bufio.NewScanner(r)
	for n := 1; lines.Scan(); n++ {
		text, _, _ := strings.Cut(lines.Text(), "#")
		text = strings.TrimPrefix(strings.TrimSpace(text), "@")
		if text == "" {
			continue
		}
		ascii, err := idna.Lookup.ToASCII(text)
		if err != nil || !strings.Contains(ascii, ".") || len(d) >= domainsMost {
			return nil, fmt.Errorf("line %d: %q is no mail domain; write one a line, such as example.com", n, text)
		}
		d[strings.ToLower(ascii)] = struct{}{}
	}
	return d, lines.Err()
}

// has reports whether an address is at one of the domains or below one.
func (d Domains) has(a address) bool {
	_, domain, _ := cutLast(a.plain, "@")
	for domain != "" {
		if _, ok := d[domain]; ok {
			return true
		}
		_, domain, _ = strings.Cut(domain, ".")
	}
	return false
}
