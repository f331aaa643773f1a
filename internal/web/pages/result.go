package pages

import (
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/google/uuid"

	"easel/internal/fault"
	"easel/internal/web/edge"
)

// source opens a picture of the owner's.
type source func(ctx context.Context, owner, id uuid.UUID) (io.ReadSeekCloser, error)

func (s *site) picture(w http.ResponseWriter, r *http.Request) error {
	return s.serve(w, r, s.Studio.Picture)
}

func (s *site) photo(w http.ResponseWriter, r *http.Request) error {
	return s.serve(w, r, s.Studio.View)
}

func (s *site) before(w http.ResponseWriter, r *http.Request) error {
	return s.serve(w, r, s.Studio.Before)
}

// serve sends a picture to its owner. Nothing may keep a copy: it has an end.
func (s *site) serve(w http.ResponseWriter, r *http.Request, open source) error {
	owner, id, err := s.asked(r)
	if err != nil {
		return err
	}
	content, err := open(r.Context(), owner, id)
	if err != nil {
		return err
	}
	err = edge.SendPicture(w, r, content)
	return errors.Join(err, content.Close())
}

// kinds are the formats of a download.
var kinds = map[string]string{"png": "image/png", "jpeg": "image/jpeg", "webp": "image/webp", "pdf": "application/pdf", svg: "image/svg+xml"}

// svg is the one format that can hold more than a picture.
const svg = "svg"

// download sends a portrait as a file.
func (s *site) download(w http.ResponseWriter, r *http.Request) error {
	owner, id, err := s.asked(r)
	if err != nil {
		return err
	}
	format, paper := r.URL.Query().Get("format"), r.URL.Query().Get("paper")
	kind, known := kinds[format]
	if !known {
		return fault.New(fault.Invalid, s.texts.Text("format.known"))
	}
	if paper == "" {
		paper = "a4"
	}
	if !slices.Contains([]string{"a4", "letter"}, paper) {
		return fault.New(fault.Invalid, s.texts.Text("paper.known"))
	}
	leave := s.takers.Enter(s.Edge.Address(r))
	if leave == nil {
		return fault.New(fault.Busy, s.texts.Text("download.busy"))
	}
	defer leave()
	edge.Patient(w, edge.TransferTime) // it may wait for its turn, and lines are drawn when they are asked for
	data, name, err := s.file(r.Context(), owner, id, format, paper)
	if err != nil {
		return err
	}
	h := w.Header()
	if format == svg { // opened by itself after all, it may do nothing
		h.Set("Content-Security-Policy", "sandbox; default-src 'none'; style-src 'unsafe-inline'")
	}
	h.Set("Content-Type", kind)
	h.Set("Content-Length", strconv.Itoa(len(data)))
	h.Set("Content-Disposition", attachment(name))
	if _, err := w.Write(data); err != nil {
		return fmt.Errorf("send a download: %w", err)
	}
	return nil
}

// waitFor is how long a download waits for its turn.
const waitFor = 20 * time.Second

// file makes a download when it is its turn.
func (s *site) file(ctx context.Context, owner, id uuid.UUID, format, paper string) (data []byte, name string, err error) {
	turn, cancel := context.WithTimeout(ctx, waitFor)
	defer cancel()
	select {
	case s.leaving <- struct{}{}:
		defer func() { <-s.leaving }()
	case <-turn.Done():
		return nil, "", fault.Wrap(turn.Err(), fault.Busy, s.texts.Text("download.busy"))
	}
	return s.Studio.Download(ctx, owner, id, format, paper)
}

// attachment names the file for browsers, whatever letters the name has.
func attachment(name string) string {
	if header := mime.FormatMediaType("attachment", map[string]string{"filename": name}); header != "" {
		return header
	}
	return "attachment"
}
