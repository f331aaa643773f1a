package cutouts_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
)

// Whoever comes too late reads it on a page of this studio, which leads back to it and asks nobody to sign in.
func TestErrorsStayInTheStudio(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	for name, w := range map[string]*httptest.ResponseRecorder{
		"a session that is over":  h.post("/cutout/do", url.Values{"session": {"x"}, "secret": {"y"}}),
		"no such address":         h.send(httptest.NewRequest(http.MethodGet, "/cutout/nowhere", nil)),
		"a picture that is over":  h.send(httptest.NewRequest(http.MethodGet, "/cutout/picture/x", nil)),
		"more than anybody reads": h.post("/cutout/do", url.Values{"strokes": {strings.Repeat("x", 1<<20)}}),
	} {
		page := w.Body.String()
		if w.Code < 400 || !strings.Contains(page, `class="do" href="/cutout/"`) || !strings.Contains(page, `aria-current="true"`) || strings.Contains(page, "/sign-in") {
			t.Errorf("%s: %d\n%s", name, w.Code, page)
		}
	}
}
