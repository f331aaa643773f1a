package vault

import (
	"crypto/hmac"
	"crypto/sha256"
)

// derived is a key of its own for one purpose, made from the root, which outlives the server's keys.
func (v *Vault) derived(purpose string) (k key) {
	mac := hmac.New(sha256.New, v.root[:])
	mac.Write([]byte("easel derived key/" + purpose))
	copy(k[:], mac.Sum(nil))
	return k
}

// Digest returns 32 bytes by which a text, such as a mail address, is found again without being kept: HMAC-SHA-256 under
// a key that each purpose has for itself. Without the server's key nobody can try texts.
func (v *Vault) Digest(purpose, text string) []byte {
	k := v.derived("digest/" + purpose)
	mac := hmac.New(sha256.New, k[:])
	mac.Write([]byte(text))
	return mac.Sum(nil)
}

// SealShort seals a short text that is nobody's yet, such as a sign-up that waits for its letter, under the server's key. What
// was sealed for one purpose cannot be opened for another.
func (v *Vault) SealShort(purpose string, plain []byte) []byte {
	return v.derived("seal").seal(plain, purpose)
}

// OpenShort undoes SealShort.
func (v *Vault) OpenShort(purpose string, sealed []byte) ([]byte, error) {
	return v.derived("seal").open(sealed, purpose)
}
