package edge

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"
)

// paced is an answer that remembers how long reads were given.
type paced struct {
	*httptest.ResponseRecorder

	until time.Time
}

func (w *paced) SetWriteDeadline(time.Time) error { return nil }

func (w *paced) SetReadDeadline(t time.Time) error {
	w.until = t
	return nil
}

// A photo may take minutes, but not without a byte of it; and what is done with it afterwards is not hurried.
func TestUploadsHaveToKeepComing(t *testing.T) {
	t.Parallel()
	e := newEdge(t, "http://localhost", io.Discard)
	w := &paced{ResponseRecorder: httptest.NewRecorder()}
	var during time.Duration
	body := readFunc(func(p []byte) (int, error) {
		during = time.Until(w.until)
		return strings.NewReader("bytes").Read(p)
	})
	r := httptest.NewRequest(http.MethodPost, "/", body)
	e.Upload(func(_ http.ResponseWriter, r *http.Request) error {
		_, err := r.Body.Read(make([]byte, 10))
		return err
	}, 1000).ServeHTTP(w, r)
	if during <= 0 || during > stallTime {
		t.Errorf("a read was given %v", during)
	}
	if after := time.Until(w.until); after <= stallTime {
		t.Errorf("after the read there are %v left", after)
	}
}

type readFunc func([]byte) (int, error)

func (f readFunc) Read(p []byte) (int, error) { return f(p) }

func TestSeats(t *testing.T) {
	t.Parallel()
	s := NewSeats(2)
	one, same, other := netip.MustParseAddr("2001:db8::1"), netip.MustParseAddr("2001:db8::2"), netip.MustParseAddr("192.0.2.1")
	leave := s.Enter(one)
	if leave == nil || s.Enter(same) == nil || s.Enter(one) != nil {
		t.Error("a network has other than two seats")
	}
	if s.Enter(other) == nil {
		t.Error("one network took another's seat")
	}
	leave()
	if s.Enter(same) == nil {
		t.Error("a seat that was left is not free")
	}
}
