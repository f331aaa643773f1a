package account

import (
	"crypto/hmac"
	"encoding/base64"

	"github.com/google/uuid"

	"easel/internal/bearer"
)

// device returns a mark for a browser on which the owner has signed in: a random number and a digest that binds it to them.
// Others' failed tries do not slow such a browser down.
func (s *Service) device(owner uuid.UUID) string {
	number, _ := bearer.New()
	return number + "." + s.deviceMark(owner, number)
}

func (s *Service) deviceMark(owner uuid.UUID, number string) string {
	return base64.RawURLEncoding.EncodeToString(s.vault.Digest("account device", owner.String()+"/"+number))
}

// knownDevice returns the number of a mark that is the owner's, or "".
func (s *Service) knownDevice(owner uuid.UUID, mark string) string {
	number, sum, _ := cutLast(mark, ".")
	if hmac.Equal([]byte(sum), []byte(s.deviceMark(owner, number))) && bearer.WellFormed(number) && owner != uuid.Nil {
		return number
	}
	return ""
}
