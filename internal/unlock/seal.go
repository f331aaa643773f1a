package unlock

import (
	"crypto/aes"
	"crypto/cipher"
	"errors"
)

// shut seals a short text under a key that the digest of a name gives. Each name is used once, so that one nonce does.
func (s *Service) shut(purpose, name, text string) ([]byte, error) {
	aead, err := s.lock(purpose, name)
	if err != nil {
		return nil, err
	}
	return aead.Seal(nil, make([]byte, aead.NonceSize()), []byte(text), []byte(purpose)), nil
}

func (s *Service) open(purpose, name string, sealed []byte) (string, error) {
	aead, err := s.lock(purpose, name)
	if err != nil {
		return "", err
	}
	text, err := aead.Open(nil, make([]byte, aead.NonceSize()), sealed, []byte(purpose))
	if err != nil {
		return "", errors.New("what was sealed does not open: another name, or another key of the server")
	}
	return string(text), nil
}

func (s *Service) lock(purpose, name string) (cipher.AEAD, error) {
	block, err := aes.NewCipher(s.digest(purpose+" key", name))
	if err != nil {
		return nil, err
	}
	return cipher.NewGCM(block)
}
