package edge

import (
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// Attach says that the answer is a file to keep. A negative size is one that is not known yet.
func Attach(w http.ResponseWriter, kind, name string, size int64) {
	h := w.Header()
	h.Set("Content-Type", kind)
	h.Set("Content-Disposition", "attachment")
	if named := mime.FormatMediaType("attachment", map[string]string{"filename": name}); named != "" {
		h.Set("Content-Disposition", named)
	}
	if size >= 0 {
		h.Set("Content-Length", strconv.FormatInt(size, 10))
	}
}

// itself is a picture that writes itself, so that no copy of it is made on the way.
type itself interface {
	io.WriterTo
	Size() int64
}

// SendPicture answers with a stored picture, whose kind is read from its first bytes.
func SendPicture(w http.ResponseWriter, r *http.Request, content io.ReadSeeker) error {
	head := make([]byte, 512)
	defer clear(head)
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
	if whole, ok := content.(itself); ok {
		w.Header().Set("Content-Length", strconv.FormatInt(whole.Size(), 10))
		if r.Method == http.MethodHead {
			return nil
		}
		_, err := whole.WriteTo(w)
		return err
	}
	http.ServeContent(w, r, "", time.Time{}, content)
	return nil
}
