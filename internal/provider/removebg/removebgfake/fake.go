// Package removebgfake pretends to be remove.bg, for tests: it follows the documented protocol, counts credits, and fails in
// every documented way and in some that are not.
package removebgfake

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"io"
	"mime"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Key is what the fake wants to see.
const Key = "rbg-pretended"

// Mode is how one call goes, whatever is asked.
type Mode string

// The modes. A mode that begins with a status, such as "400 unknown_foreground", is that answer with that code.
const (
	Good      Mode = ""
	HTML      Mode = "html"      // a page instead of a picture, with status 200
	JPEG      Mode = "jpeg"      // another kind of picture
	Lies      Mode = "lies"      // no picture, called one
	Cut       Mode = "cut"       // ends in the middle
	Huge      Mode = "huge"      // never ends
	Slow      Mode = "slow"      // says nothing until the caller goes
	Shape     Mode = "shape"     // another shape than the photo
	Bomb      Mode = "bomb"      // a small file that says it is very large
	Coloured  Mode = "coloured"  // opaque colours instead of a matte
	JSON      Mode = "json"      // the result in its other form
	Elsewhere Mode = "elsewhere" // leads to another host
	Later     Mode = "429 later" // too many calls, and says for how long
)

// Fake is the service as far as one account sees it.
type Fake struct {
	mu      sync.Mutex
	credits float64
	modes   []Mode
	calls   []Call
	done    chan struct{}
}

// Call is a call that was made, as far as a test looks at it.
type Call struct {
	Path   string
	Fields map[string]string
	File   string // name of the file in it
	W, H   int
	Bytes  []byte
}

// New returns a fake with so many credits. Close lets slow answers end.
func New(credits float64) *Fake { return &Fake{credits: credits, done: make(chan struct{})} }

// Close ends answers that are slow.
func (f *Fake) Close() { close(f.done) }

// Next says how the next calls go; those after them go well.
func (f *Fake) Next(modes ...Mode) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.modes = append(f.modes, modes...)
}

// Calls returns the calls so far.
func (f *Fake) Calls() []Call { f.mu.Lock(); defer f.mu.Unlock(); return slices.Clone(f.calls) }

// Credits is what is left.
func (f *Fake) Credits() float64 { f.mu.Lock(); defer f.mu.Unlock(); return f.credits }

func (f *Fake) mode() (m Mode) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.modes) > 0 {
		m, f.modes = f.modes[0], f.modes[1:]
	}
	return m
}

// ServeHTTP is the interface below /v1.0.
func (f *Fake) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch {
	case r.Header.Get("X-Api-Key") == "":
		refuse(w, http.StatusForbidden, "", "Missing API Key")
	case r.Header.Get("X-Api-Key") != Key:
		refuse(w, http.StatusForbidden, "auth_failed", "API Key invalid")
	case r.Method == http.MethodGet && r.URL.Path == "/v1.0/account":
		f.account(w)
	case r.Method == http.MethodPost && r.URL.Path == "/v1.0/removebg":
		f.remove(w, r)
	default:
		http.NotFound(w, r)
	}
}

// refuse answers as the service does; a code may be missing.
func refuse(w http.ResponseWriter, status int, code, title string) {
	one := map[string]string{"title": title}
	if code != "" {
		one["code"] = code
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(map[string]any{"errors": []any{one}}) //nolint:errchkjson // to a test that may have gone
}

func (f *Fake) account(w http.ResponseWriter) {
	w.Header().Set("Content-Type", "application/json")
	left := f.Credits()
	_, _ = fmt.Fprintf(w, `{"data":{"attributes":{"credits":{"subscription":%g,"payg":0,"enterprise":0,"total":%g},"api":{"free_calls":0,"sizes":"all"}}}}`, left, left)
}

// remove is the one call that costs.
func (f *Fake) remove(w http.ResponseWriter, r *http.Request) {
	call, code, title := read(r)
	f.mu.Lock()
	f.calls = append(f.calls, call)
	f.mu.Unlock()
	mode := f.mode()
	if status, _, found := strings.Cut(string(mode), " "); found || mode != "" && mode[0] >= '4' && mode[0] <= '5' {
		n, _ := strconv.Atoi(status)
		if mode == Later {
			w.Header().Set("Retry-After", "7")
		}
		_, said, _ := strings.Cut(string(mode), " ")
		refuse(w, n, said, http.StatusText(n))
		return
	}
	if code != "" {
		refuse(w, http.StatusBadRequest, code, title)
		return
	}
	f.mu.Lock()
	enough := f.credits >= 1
	if enough {
		f.credits--
	}
	f.mu.Unlock()
	if !enough {
		refuse(w, http.StatusPaymentRequired, "", "Insufficient credits")
		return
	}
	f.answer(w, r, call, mode)
}

// read takes a call apart and says which of the documented mistakes it has.
func read(r *http.Request) (c Call, code, title string) {
	c = Call{Path: r.URL.Path, Fields: map[string]string{}}
	kind, params, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || kind != "multipart/form-data" || params["boundary"] == "" {
		return c, "missing_source", "No image given"
	}
	form, err := r.MultipartReader()
	if err != nil {
		return c, "missing_source", "No image given"
	}
	sources := 0
	for {
		part, err := form.NextPart()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return c, "failed_to_read_image", "Broken request"
		}
		data, _ := io.ReadAll(part)
		switch part.FormName() {
		case "image_file", "image_file_b64", "image_url":
			sources++
			c.Bytes, c.File = data, part.FileName()
		default:
			c.Fields[part.FormName()] = string(data)
		}
	}
	switch head, format, err := image.DecodeConfig(bytes.NewReader(c.Bytes)); {
	case sources == 0:
		return c, "missing_source", "No image given"
	case sources > 1:
		return c, "multiple_sources", "Multiple image sources given"
	case len(c.Bytes) > 12<<20:
		return c, "file_too_large", "File too large"
	case err != nil:
		return c, "failed_to_read_image", "Failed to read image"
	case format != "jpeg" && format != "png":
		return c, "invalid_file_type", "Invalid file type"
	case head.Width*head.Height > 50_000_000:
		return c, "resolution_too_high", "Resolution too high"
	default:
		c.W, c.H = head.Width, head.Height
	}
	for field, allowed := range map[string][]string{"size": {"", "preview", "full", "auto", "medium", "hd", "small", "regular", "4k"}, "format": {"", "auto", "png", "jpg", "zip"}, "channels": {"", "rgba", "alpha"}} {
		if !slices.Contains(allowed, c.Fields[field]) {
			return c, "invalid_" + field, "Invalid " + field
		}
	}
	return c, "", ""
}

// answer sends a result, or what a mode says instead.
func (f *Fake) answer(w http.ResponseWriter, r *http.Request, c Call, mode Mode) {
	wide, high := c.W, c.H
	if mode == Shape {
		wide, high = c.H/2, c.W/2
	}
	h := w.Header()
	h.Set("X-Type", "person")
	h.Set("X-Width", strconv.Itoa(wide))
	h.Set("X-Height", strconv.Itoa(high))
	h.Set("X-Credits-Charged", "1")
	h.Set("X-Ratelimit-Limit", "500")
	h.Set("X-Ratelimit-Remaining", "494")
	h.Set("X-Ratelimit-Reset", strconv.FormatInt(time.Now().Add(time.Minute).Unix(), 10))
	h.Set("Content-Type", "image/png")
	body := Matte(wide, high)
	switch mode {
	case HTML:
		h.Set("Content-Type", "text/html; charset=utf-8")
		body = []byte("<!doctype html><title>Maintenance</title>")
	case JPEG:
		h.Set("Content-Type", "image/jpeg")
		body = []byte{0xff, 0xd8, 0xff}
	case Lies:
		body = []byte("<html>this is no picture</html>")
	case Bomb:
		body = bomb(wide, high)
	case Coloured:
		body = coloured(wide, high)
	case JSON:
		h.Set("Content-Type", "application/json")
		body = []byte(`{"data":{"result_b64":"` + base64.StdEncoding.EncodeToString(body) + `"}}`)
	case Cut:
		h.Set("Content-Length", strconv.Itoa(len(body)))
		_, _ = w.Write(body[:len(body)/2]) // as above
		panic(http.ErrAbortHandler)
	case Elsewhere:
		h.Set("Location", "https://elsewhere.example/")
		w.WriteHeader(http.StatusFound)
		return
	case Slow:
		select {
		case <-r.Context().Done():
		case <-f.done:
		}
		return
	case Huge:
		for _, err := w.Write(body); err == nil; _, err = w.Write(make([]byte, 1<<20)) {
		}
		return
	}
	_, _ = w.Write(body) // as above
}

// Matte is the fake's idea of a subject: an ellipse in the middle.
func Matte(w, h int) []byte {
	img := image.NewGray(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			dx, dy := float64(2*x-w)/float64(w), float64(2*y-h)/float64(h)
			if dx*dx+dy*dy < 0.36 {
				img.SetGray(x, y, color.Gray{Y: 255})
			}
		}
	}
	return encoded(img)
}

func coloured(w, h int) []byte {
	img := image.NewNRGBA(image.Rect(0, 0, w, h))
	for i := range img.Pix {
		img.Pix[i] = uint8(i * 37)
		if i%4 == 3 {
			img.Pix[i] = 255
		}
	}
	return encoded(img)
}

// bomb is a picture whose head says the right size and whose content is none.
func bomb(w, h int) []byte {
	whole := Matte(w, h)
	for i := 60; i < len(whole)-12; i++ {
		whole[i] = 0x55
	}
	return whole
}

func encoded(img image.Image) []byte {
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		panic(err) // into memory
	}
	return b.Bytes()
}

// Photo is a JPEG to send.
func Photo(w, h int) []byte {
	var b bytes.Buffer
	if err := jpeg.Encode(&b, image.NewGray(image.Rect(0, 0, w, h)), nil); err != nil {
		panic(err) // into memory
	}
	return b.Bytes()
}
