package pages

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// capital makes the first letter of a phrase large.
func capital(s string) string {
	first, size := utf8.DecodeRuneInString(s)
	return string(unicode.ToUpper(first)) + s[size:]
}

// join puts facts beside each other.
func join(words []string) string { return strings.Join(words, " · ") }
