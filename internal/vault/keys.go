package vault

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"errors"
)

// key is an AES-256 key.
type key [32]byte

func newKey() (k key) {
	_, _ = rand.Read(k[:]) // never fails: the program ends instead
	return k
}

// What a wrapped key or text begins with: the form, and a byte that is 0. In front of what the server's key itself wraps, that
// byte is the number of the key (wrap).
const (
	form     = 1
	noNumber = 0
)

var errDamaged = errors.New("vault: sealed bytes were changed, cut, or sealed under another key")

// seal encrypts and authenticates a short text (a key, a name) for one purpose: what was sealed for one cannot be opened
// for another.
func (k key) seal(text []byte, purpose string) []byte {
	return append([]byte{form, noNumber}, k.gcm().Seal(nil, nil, text, []byte(purpose))...)
}

// open undoes seal.
func (k key) open(sealed []byte, purpose string) ([]byte, error) {
	if len(sealed) < 2 || sealed[0] != form || sealed[1] != noNumber {
		return nil, errDamaged
	}
	text, err := k.gcm().Open(nil, nil, sealed[2:], []byte(purpose))
	if err != nil {
		return nil, errDamaged
	}
	return text, nil
}

func (k key) openKey(sealed []byte, purpose string) (inner key, err error) {
	text, err := k.open(sealed, purpose)
	if err != nil {
		return key{}, err
	}
	if len(text) != len(inner) {
		return key{}, errDamaged
	}
	copy(inner[:], text)
	clear(text)
	return inner, nil
}

// gcm draws its nonces at random and puts them in front.
func (k key) gcm() cipher.AEAD {
	block, err := aes.NewCipher(k[:])
	if err == nil {
		var aead cipher.AEAD
		if aead, err = cipher.NewGCMWithRandomNonce(block); err == nil {
			return aead
		}
	}
	panic(err) // a key of 32 bytes always works
}

// fingerprint tells keys apart without telling anything about them.
func (k key) fingerprint() []byte {
	mac := hmac.New(sha256.New, k[:])
	mac.Write([]byte("easel vault key"))
	return mac.Sum(nil)
}
