package cutouts_test

import (
	"bytes"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"easel/internal/sitter"
)

// Too many uploads are refused with the page of the session, whose secret nobody else has: without it the photos would be lost.
// The same holds for pictures that stand behind.
func TestARefusedUploadLosesNothing(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	form, _ := h.brought()
	fields := map[string]string{"session": form.Get("session"), "secret": form.Get("secret"), "kind": "background"}
	last := h.bring(fields, []byte("no photo"))
	for n := 0; n < 40 && last.Code != http.StatusTooManyRequests; n++ {
		last = h.bring(fields, []byte("no photo"))
	}
	if page := last.Body.String(); last.Code != http.StatusTooManyRequests || last.Header().Get("Retry-After") == "" || !strings.Contains(page, form.Get("secret")) || !strings.Contains(page, "checks") {
		t.Errorf("one too many answers %d, without the session's page", last.Code)
	}
	if got := h.bring(map[string]string{"kind": "background", "statement": "yes"}, sitter.Ball(t)); got.Code != http.StatusTooManyRequests {
		t.Errorf("a new session for one too many answers %d", got.Code)
	}
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	for _, name := range []string{"session", "secret", "photo"} {
		_ = w.WriteField(name, form.Get(name)) // into memory
	}
	_ = w.WriteField("ground", "picture") // as above
	part, err := w.CreateFormFile("picture", "beach.png")
	if err != nil {
		t.Fatal(err)
	}
	_, _ = part.Write(sitter.Ball(t)) // as above
	_ = w.Close()                     // as above
	r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/cutout/ground", &body)
	r.Header.Set("Content-Type", w.FormDataContentType())
	if got := h.send(r); got.Code != http.StatusTooManyRequests || !strings.Contains(got.Body.String(), form.Get("secret")) {
		t.Errorf("a picture for behind it answers %d", got.Code)
	}
}
