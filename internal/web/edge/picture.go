package edge

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"
)

// SendPicture answers with a stored picture, whose kind is read from its first bytes.
func SendPicture(w http.ResponseWriter, r *http.Request, content io.ReadSeeker) error {
	head := make([]byte, 512)
	n, err := io.ReadFull(content, head)
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) {
		return fmt.Errorf("begin of a picture: %w", err)
	}
	kind := http.DetectContentType(head[:n])
	if !strings.HasPrefix(kind, "image/") {
		return fmt.Errorf("a stored picture reads as %s", kind)
	}
	if _, err := content.Seek(0, io.SeekStart); err != nil {
		return fmt.Errorf("begin of a picture: %w", err)
	}
	w.Header().Set("Content-Type", kind)
	Patient(w, TransferTime)
	http.ServeContent(w, r, "", time.Time{}, content)
	return nil
}
