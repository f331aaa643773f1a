package api_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"easel/internal/web/api"
)

// slow is a caller that takes its answer when it is told to.
type slow struct {
	*httptest.ResponseRecorder

	came, leave chan struct{}
}

func (s slow) Write(p []byte) (int, error) {
	s.came <- struct{}{}
	<-s.leave
	return s.ResponseRecorder.Write(p)
}

// from sends a request from an address.
func (p *program) from(w http.ResponseWriter, address, method, path string, body io.Reader, kind string) {
	r := httptest.NewRequest(method, path, body)
	r.RemoteAddr = address
	r.Header.Set("Authorization", "Bearer "+p.secret)
	r.Header.Set("Content-Type", kind)
	p.handler.ServeHTTP(w, r)
}

// One network's slow photos leave room for those of others.
func TestOneNetworkDoesNotTakeAllPlacesForPhotos(t *testing.T) {
	t.Parallel()
	p := newHouse(t).program()
	const each = 4
	done := make(chan struct{})
	var pipes []*io.PipeWriter
	for range each {
		r, w := io.Pipe()
		pipes = append(pipes, w)
		go func() {
			p.from(httptest.NewRecorder(), "192.0.2.1:1", http.MethodPost, "/api/v1/portraits", r, "multipart/form-data; boundary=x")
			done <- struct{}{}
		}()
		if _, err := w.Write([]byte("--x\r\n")); err != nil { // it is read, so it has its place
			t.Fatal(err)
		}
	}
	w := httptest.NewRecorder()
	p.from(w, "192.0.2.1:2", http.MethodPost, "/api/v1/portraits", nil, "multipart/form-data; boundary=x")
	if w.Code != http.StatusServiceUnavailable || w.Header().Get("Retry-After") == "" {
		t.Errorf("one too many of a network: %d %s", w.Code, w.Body)
	}
	w = httptest.NewRecorder()
	p.from(w, "198.51.100.1:1", http.MethodPost, "/api/v1/portraits", body("--x--"), "multipart/form-data; boundary=x")
	if w.Code != http.StatusBadRequest {
		t.Errorf("another network: %d %s", w.Code, w.Body)
	}
	for _, w := range pipes {
		w.CloseWithError(io.ErrUnexpectedEOF)
		<-done
	}
}

// Files are whole in memory until they have arrived, so one network gets a few at a time.
func TestFilesThatAreTakenSlowly(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	p := h.program()
	made := read[api.Photo](t, p.create(photo(t, 200), "statement", "yes", "styles", "rough-sketch"), http.StatusCreated)
	h.draw()
	path := "/api/v1/portraits/" + made.Portraits[0].ID + "/file"
	const each = 6
	came, leave, done := make(chan struct{}), make(chan struct{}), make(chan int)
	for range each {
		w := slow{httptest.NewRecorder(), came, leave}
		go func() {
			p.from(w, "192.0.2.1:1", http.MethodGet, path, nil, "")
			done <- w.Code
		}()
		select {
		case <-came:
		case <-time.After(time.Minute):
			t.Fatal("a file never came")
		}
	}
	w := httptest.NewRecorder()
	p.from(w, "192.0.2.1:2", http.MethodGet, path, nil, "")
	if w.Code != http.StatusServiceUnavailable {
		t.Errorf("one too many of a network: %d", w.Code)
	}
	w = httptest.NewRecorder()
	if p.from(w, "198.51.100.1:1", http.MethodGet, path, nil, ""); w.Code != http.StatusOK {
		t.Errorf("another network: %d", w.Code)
	}
	close(leave)
	for range each {
		if code := <-done; code != http.StatusOK {
			t.Errorf("one of the first: %d", code)
		}
	}
}
