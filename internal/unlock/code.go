package unlock

import (
	"crypto/rand"
	"strings"

	"easel/internal/fault"
)

// alphabet has no letters that look like digits or each other. It has 31 signs, a prime number, so that a weighted sum
// finds every single wrong sign and every swap of two.
const alphabet = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"

const (
	signs  = 15 // of a code, the last of which checks the others: 69 bits are chance
	group  = 5  // signs between two hyphens
	prime  = len(alphabet)
	values = 256 - 256%prime // bytes below this fall on all signs equally
)

// fresh returns a new code as a person reads it: K7M2P-QX9RT-4HJW8.
func fresh() string {
	code := make([]byte, 0, signs)
	var b [1]byte
	for len(code) < signs-1 {
		_, _ = rand.Read(b[:]) // never fails
		if int(b[0]) < values {
			code = append(code, alphabet[int(b[0])%prime])
		}
	}
	return spaced(string(append(code, check(string(code)))))
}

// check is the sign for which the sum of all signs, each times its place, is a multiple of the alphabet's size.
func check(code string) byte {
	sum := 0
	for i := range len(code) {
		sum += (i + 1) * strings.IndexByte(alphabet, code[i])
	}
	for v := range prime {
		if (sum+signs*v)%prime == 0 {
			return alphabet[v]
		}
	}
	return 0 // not reached: signs and prime share no factor
}

func spaced(code string) string {
	var parts []string
	for i := 0; i < len(code); i += group {
		parts = append(parts, code[i:i+group])
	}
	return strings.Join(parts, "-")
}

var errTyped = fault.New(fault.Invalid, "This is not a whole code: a sign is missing or wrong. Codes look like K7M2P-QX9RT-4HJW8; check yours against what you were given.")

// parse reads a code as people type it: with or without hyphens and spaces, in small letters, with the letters and digits
// that look alike mixed up. Whatever cannot be a code is an Invalid fault, without a look into the database.
func parse(text string) (string, error) {
	if len(text) > 4*signs {
		return "", errTyped
	}
	var b strings.Builder
	for _, r := range strings.ToUpper(text) {
		switch r {
		case ' ', '-', '\t', '\u00a0', '\u2010', '\u2011', '\u2013':
			continue
		case '0', 'O': // neither is a sign; both stand for what looks like them
			r = 'Q'
		case '1', 'I', 'L':
			r = 'J'
		}
		if r > 'Z' || strings.IndexByte(alphabet, byte(r)) < 0 {
			return "", errTyped
		}
		b.WriteRune(r)
	}
	code := b.String()
	if len(code) != signs || check(code[:signs-1]) != code[signs-1] {
		return "", errTyped
	}
	return code, nil
}
