package edge

import (
	"errors"
	"io"
	"net/http"

	"easel/internal/fault"
)

// Witness remembers that reading failed, so that a broken connection is not taken for a broken photo.
type Witness struct {
	From io.Reader
	Err  error
}

func (w *Witness) Read(p []byte) (int, error) {
	n, err := w.From.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		w.Err = err
	}
	return n, err
}

// Broken says why a form with photos of at most that many bytes could not be read to its end.
func (e *Edge) Broken(err error, most int64) error {
	var long *http.MaxBytesError
	if errors.As(err, &long) {
		return fault.Wrap(err, fault.TooLarge, e.UI.Texts().Text("upload.large", most>>20))
	}
	return fault.Wrap(err, fault.Invalid, e.UI.Texts().Text("upload.stopped"))
}
