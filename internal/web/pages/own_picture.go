package pages

import (
	"context"
	"io"
	"net/http"

	"github.com/google/uuid"

	"easel/internal/vault"
)

// OwnPicture is what the pages ask about the small picture of a person, which their issuer gave.
type OwnPicture interface {
	OpenPicture(ctx context.Context, owner uuid.UUID) (*vault.Reader, error)
	RemovePicture(ctx context.Context, owner uuid.UUID) error
}

func (s *site) ownPicture(w http.ResponseWriter, r *http.Request) error {
	caller, err := s.signedIn(r)
	if err != nil {
		return err
	}
	file, err := s.OwnPicture.OpenPicture(r.Context(), caller.Owner)
	if err != nil {
		return err
	}
	defer func() { _ = file.Close() }() // it was only read
	w.Header().Set("Content-Type", "image/jpeg")
	_, err = io.Copy(w, file)
	return err
}

// removeOwnPicture destroys it.
func (s *site) removeOwnPicture(w http.ResponseWriter, r *http.Request) error {
	caller, err := s.signedIn(r)
	if err != nil {
		return err
	}
	if err := s.OwnPicture.RemovePicture(r.Context(), caller.Owner); err != nil {
		return err
	}
	return see(w, r, accountURL+"?saved=name")
}
