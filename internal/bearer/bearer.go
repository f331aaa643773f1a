// Package bearer makes secrets that open something for whoever bears them: a cookie, a link in a letter. What is stored is
// their digest only, so that a copy of the database opens nothing.
package bearer

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
)

// size is the length of a secret before encoding, in bytes: beyond guessing.
const size = 32

// New returns a secret of URL-safe letters, and the digest that is stored of it.
func New() (token string, sum []byte) {
	var secret [size]byte
	_, _ = rand.Read(secret[:]) // never fails: the program ends instead
	token = base64.RawURLEncoding.EncodeToString(secret[:])
	return token, Digest(token)
}

// Digest is SHA-256. A secret of 32 random bytes needs no slower one.
func Digest(token string) []byte {
	sum := sha256.Sum256([]byte(token))
	return sum[:]
}

// WellFormed keeps absurd secrets away from the database.
func WellFormed(token string) bool { return len(token) == base64.RawURLEncoding.EncodedLen(size) }
