package memory

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
)

// pass lets whoever knows its token read one item: the item's key stands in it, locked under the token.
type pass struct {
	session *session
	item    string
	sealed  [keySize + tagSize]byte
}

// passesMax bounds what one store remembers of passes.
const passesMax = 100_000

// Pass returns a token that opens this one item until the session ends, for an address in a page: an image element
// cannot send the session's secret.
func (h *Handle) Pass(item string) (string, error) {
	token := make([]byte, keySize)
	_, _ = rand.Read(token) // never fails
	defer clear(token)
	own := h.key(item)
	p := pass{session: h.session, item: item}
	sealer(derive(token, "pass")).Seal(p.sealed[:0], nonce(0), own[:], nil)
	clear(own[:])
	s := h.store
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.sessions[h.session.id] != h.session {
		return "", errEnded()
	}
	if len(s.passes) >= passesMax {
		return "", s.busy("The server is busy.")
	}
	s.passes[sha256.Sum256(token)] = p
	return base64.RawURLEncoding.EncodeToString(token), nil
}

// OpenPass returns a reader of the item that the token opens, or a Missing fault.
func (s *Store) OpenPass(token string) (*Reader, error) {
	raw, err := base64.RawURLEncoding.DecodeString(token)
	if err != nil || len(raw) != keySize {
		return nil, errEnded() // a token that is no token opens nothing
	}
	defer clear(raw)
	s.mu.Lock()
	p, ok := s.passes[sha256.Sum256(raw)]
	s.mu.Unlock()
	if !ok || s.over(p.session) {
		return nil, errEnded()
	}
	var own key
	if _, err := sealer(derive(raw, "pass")).Open(own[:0], nonce(0), p.sealed[:], nil); err != nil {
		return nil, errEnded() // the same answer as for an unknown one
	}
	defer clear(own[:])
	return open(p.session, p.item, own)
}
