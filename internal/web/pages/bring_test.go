package pages

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/PuerkitoBio/goquery"

	"easel/internal/account"
	"easel/internal/fault"
	"easel/internal/generation"
	"easel/internal/web/edge"
)

// The first photo comes with a statement, and is drawn for somebody who has signed in.
func TestTheFirstPhotoComesWithAStatement(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	v := h.guest(t)
	if res := v.bring("photo", "bytes"); res.StatusCode != http.StatusBadRequest || len(h.works) != 0 {
		t.Fatalf("without the statement: %d, %d photos", res.StatusCode, len(h.works))
	}
	if res := v.bring("photo", "bytes", "statement", "yes"); res.StatusCode != http.StatusBadRequest || len(h.works) != 0 {
		t.Fatalf("the statement after the photo: %d", res.StatusCode)
	}
	path := v.seated()
	if !h.people.stated[v.owner] || h.names[0] != "Ana" {
		t.Errorf("stated %v, names %v", h.people.stated, h.names)
	}
	if res := v.bring("photo", "more"); res.StatusCode != http.StatusSeeOther {
		t.Errorf("the second photo: %d", res.StatusCode)
	}
	page := document(t, v.get("/portrait/"))
	if page.Find("input[name=statement]").Length() != 0 || page.Find(".earlier li").Length() != 2 {
		t.Errorf("the statement is asked again, or %d photos hang", page.Find(".earlier li").Length())
	}
	if res := v.get(path); res.StatusCode != http.StatusOK || res.Header.Get("Cache-Control") != "no-store" {
		t.Errorf("the photo's page: %d %q", res.StatusCode, res.Header.Get("Cache-Control"))
	}
}

// Whoever has not signed in may look, is told before choosing a photo, and loses nothing by trying.
func TestLookingNeedsNoAccount(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	v := h.visitor(t)
	page := document(t, v.get("/portrait/"))
	if page.Find(".gate a[href^='/sign-up?then=']").Length() != 1 || page.Find(".gate a[href^='/sign-in?then=']").Length() != 1 || page.Find("main form").Length() != 0 || page.Find("input[name=statement]").Length() != 0 ||
		page.Find(".ways li").Length() != 4 || page.Find("[data-scripted][hidden] input[type=file]").Length() != 2 {
		t.Error("the way in is not shown")
	}
	res := v.bring("statement", "yes", "photo", "bytes")
	if res.StatusCode != http.StatusSeeOther || !strings.HasPrefix(res.Header.Get("Location"), "/sign-in") || len(h.works) != 0 {
		t.Errorf("a form without a session: %d to %s", res.StatusCode, res.Header.Get("Location"))
	}
	v.accept = "application/json"
	if res := v.bring("statement", "yes", "photo", "bytes"); res.StatusCode != http.StatusUnauthorized || !strings.Contains(res.Body, "sign in") {
		t.Errorf("script without a session: %d %s", res.StatusCode, res.Body)
	}
}

// Whoever came by another way than the form for new accounts says at their first photo what that form asks.
func TestTheStudioAsksWhatWasNotSaid(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	v := h.guest(t)
	h.people.change(v.owner, func(p *account.Person) { p.Ages, p.Consents = nil, nil })
	page := document(t, v.get("/portrait/"))
	agree := page.Find("input[name=agree]").AttrOr("value", "")
	if page.Find("input[name=age]").Length() != 2 || agree != fmt.Sprintf("portrait@%d", h.plain.Policy.Version) {
		t.Fatalf("%d ages, %q", page.Find("input[name=age]").Length(), agree)
	}
	for name, fields := range map[string][]string{
		"no age":      {"agree", agree},
		"strange age": {"age", "12", "agree", agree},
		"no consent":  {"age", "of-age"},
		"old version": {"age", "of-age", "agree", "portrait@0"},
	} {
		res := v.bring(append(append([]string{"statement", "yes"}, fields...), "photo", "x")...)
		if p, _ := h.people.Person(t.Context(), v.owner); res.StatusCode != http.StatusBadRequest || len(h.works) != 0 || len(p.Ages)+len(p.Consents) != 0 {
			t.Errorf("%s: %d, recorded %+v", name, res.StatusCode, p)
		}
	}
	if res := v.bring("age", "guardian", "agree", agree, "statement", "yes", "photo", "x"); res.StatusCode != http.StatusSeeOther {
		t.Fatalf("%d %s", res.StatusCode, res.Body)
	}
	p, err := h.people.Person(t.Context(), v.owner)
	must(t, err)
	if len(p.Ages) != 1 || !p.Ages[0].Guardian || p.Ages[0].Minimum != 14 || !p.Agreed("portrait", h.plain.Policy.Version) {
		t.Errorf("%+v", p)
	}
	if page := document(t, v.get("/portrait/")); page.Find(".state").Length() != 0 {
		t.Error("it is asked again")
	}
}

func document(t testing.TB, res reply) *goquery.Document {
	t.Helper()
	doc, err := goquery.NewDocumentFromReader(strings.NewReader(res.Body))
	must(t, err)
	return doc
}

func TestPhotosThatAreNotTaken(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		fields []string
		fail   error
		limit  int64
		code   int
		say    string
	}{
		"no file":        {[]string{"statement", "yes"}, nil, 0, 400, "No photo arrived"},
		"empty camera":   {[]string{"statement", "yes", "photo", ""}, nil, 0, 400, "No photo arrived"},
		"long statement": {[]string{"statement", strings.Repeat("yes", 10_000), "photo", "x"}, nil, 0, 400, "tick the statement"},
		"refused":        {[]string{"statement", "yes", "photo", "x"}, fault.New(fault.Invalid, "This is a text file."), 0, 400, "This is a text file."},
		"too large":      {[]string{"statement", "yes", "photo", strings.Repeat("x", 3<<20)}, nil, 1 << 20, 413, "larger than 1 MB"},
		"our mistake":    {[]string{"statement", "yes", "photo", "x"}, errors.New("disk on fire"), 0, 500, "Something went wrong"},
		"busy":           {[]string{"statement", "yes", "photo", "x"}, fault.New(fault.Busy, "Too many photos at once."), 0, 503, "Too many photos"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHouse(t, func(cfg *Config) { cfg.Bytes = max(c.limit, 1<<20) })
			h.fail = c.fail
			v := h.guest(t)
			res := v.bring(c.fields...)
			body := res.Body
			if res.StatusCode != c.code || !strings.Contains(body, c.say) || !strings.Contains(body, "<h1") || strings.Contains(body, "fire") {
				t.Errorf("page: %d %s", res.StatusCode, body)
			}
			v.accept = "application/json"
			v.signs()
			res = v.bring(c.fields...)
			var doc struct {
				Detail string `json:"detail"`
				Status int    `json:"status"`
			}
			must(t, json.Unmarshal([]byte(res.Body), &doc))
			if doc.Status != c.code || !strings.Contains(doc.Detail, c.say) || res.Header.Get("Content-Type") != "application/problem+json" {
				t.Errorf("problem: %+v", doc)
			}
		})
	}
}

func TestHostileForms(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	v := h.visitor(t)
	path := v.seated()
	good := "multipart/form-data; boundary=x"
	for name, c := range map[string]struct{ kind, body string }{
		"no multipart":     {"application/x-www-form-urlencoded", "photo=1"},
		"no boundary":      {"multipart/form-data", "--x\r\n"},
		"cut short":        {good, "--x\r\nContent-Disposition: form-data; name=\"photo\"; filename=\"a\"\r\n\r\nhalf"},
		"endless header":   {good, "--x\r\n" + strings.Repeat("A: b\r\n", 100_000)},
		"nothing":          {good, ""},
		"binary":           {good, "\x00\xff\xfe--x\r\n\r\n\r\n--x--"},
		"no name":          {good, "--x\r\n\r\nbytes\r\n--x--\r\n"},
		"many empty parts": {good, strings.Repeat("--x\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n\r\n", 5000) + "--x--"},
	} {
		r := httptest.NewRequest(http.MethodPost, "/portrait/", strings.NewReader(c.body))
		r.Header.Set("Content-Type", c.kind)
		if res := v.do(r); res.StatusCode != http.StatusBadRequest {
			t.Errorf("%s: %d", name, res.StatusCode)
		}
	}
	for name, form := range map[string]url.Values{
		"no style":       {"crop": {"whole"}},
		"unknown style":  {"style": {"artistic", "../../etc"}},
		"outside":        {"style": {"artistic"}, "crop": {"own"}, "x0": {"0"}, "y0": {"0"}, "x1": {"121"}, "y1": {"160"}},
		"inside out":     {"style": {"artistic"}, "crop": {"own"}, "x0": {"100"}, "y0": {"100"}, "x1": {"0"}, "y1": {"0"}},
		"too thin":       {"style": {"artistic"}, "crop": {"own"}, "x0": {"0"}, "y0": {"0"}, "x1": {"120"}, "y1": {"3"}},
		"negative":       {"style": {"artistic"}, "crop": {"own"}, "x0": {"-50"}, "y0": {"0"}, "x1": {"50"}, "y1": {"50"}},
		"no number":      {"style": {"artistic"}, "crop": {"own"}, "x0": {"NaN"}},
		"larger than 64": {"style": {"artistic"}, "crop": {"own"}, "x0": {"99999999999999999999"}},
	} {
		res := v.post(path+"/start", form)
		if page := document(t, res); res.StatusCode != http.StatusBadRequest || page.Find(".maker .error").Length() != 1 {
			t.Errorf("%s: %d", name, res.StatusCode)
		}
	}
	if res := v.post(path+"/start", url.Values{"style": {strings.Repeat("x", 1<<20)}}); res.StatusCode != http.StatusRequestEntityTooLarge {
		t.Errorf("a form of a megabyte: %d", res.StatusCode)
	}
	for _, w := range h.works {
		if len(w.Runs) != 0 {
			t.Errorf("%d runs were started", len(w.Runs))
		}
	}
}

func TestUploadsAreLimitedByAddress(t *testing.T) {
	t.Parallel()
	h := newHouse(t, func(c *Config) { c.Uploads = edge.NewLimiter(2, time.Hour) })
	v := h.visitor(t)
	v.seated()
	v.seated()
	res := v.bring("photo", "x")
	if res.StatusCode != http.StatusTooManyRequests || res.Header.Get("Retry-After") == "" || !strings.Contains(res.Body, "wait") {
		t.Errorf("third: %d %v", res.StatusCode, res.Header)
	}
	if strings.Contains(h.log.String(), "192.0.2.1") {
		t.Error("the address is in the log")
	}
}

func TestPostsFromElsewhere(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	v := h.visitor(t)
	path := v.seated()
	for _, path := range []string{"/portrait/", path + "/start", path + "/delete"} {
		r := httptest.NewRequest(http.MethodPost, path, strings.NewReader("style=artistic"))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Sec-Fetch-Site", "cross-site")
		if res := v.do(r); res.StatusCode != http.StatusForbidden {
			t.Errorf("%s: %d", path, res.StatusCode)
		}
	}
	if len(h.works) != 1 {
		t.Error("another site deleted the photo")
	}
}

func FuzzBring(f *testing.F) {
	f.Add("multipart/form-data; boundary=x", []byte("--x\r\nContent-Disposition: form-data; name=\"statement\"\r\n\r\nyes\r\n--x\r\nContent-Disposition: form-data; name=\"photo\"; filename=\"a\"\r\n\r\nb\r\n--x--"))
	f.Add("multipart/form-data; boundary=", []byte("--\r\n"))
	f.Add("multipart/mixed; boundary=\"\xff\"", []byte{0, 1, 2})
	h := newHouse(f, func(c *Config) { c.Uploads = edge.NewLimiter(1<<30, time.Nanosecond) })
	f.Fuzz(func(t *testing.T, kind string, body []byte) {
		r := httptest.NewRequest(http.MethodPost, "/portrait/", strings.NewReader(string(body)))
		r.Header["Content-Type"] = []string{kind}
		res := h.visitor(t).do(r)
		if res.StatusCode != http.StatusSeeOther && (res.StatusCode < 400 || res.StatusCode >= 500) {
			t.Errorf("%d for %q", res.StatusCode, kind)
		}
	})
}

// Photos beyond what fits in memory at once are sent away, and welcome again as soon as one is through. No network takes
// all the places.
func TestOnlySomePhotosAtOnce(t *testing.T) {
	t.Parallel()
	h := newHouse(t, func(c *Config) { c.Uploads = edge.NewLimiter(100, time.Hour) })
	gate := make(chan struct{})
	h.upload = func(*generation.Upload) { <-gate }
	done := make(chan int)
	from := func(address string, so, many int) {
		for range many {
			v := h.guest(t)
			v.from = address
			go func() { done <- v.bring("statement", "yes", "photo", "x").StatusCode }()
		}
		for h.people.spoken() < so+many { // each has its place before what it says is heard
			<-time.After(time.Millisecond)
		}
	}
	refused := func(who, address string) {
		v := h.guest(t)
		v.from = address
		if res := v.bring("statement", "yes", "photo", "x"); res.StatusCode != http.StatusServiceUnavailable || res.Header.Get("Retry-After") == "" {
			t.Errorf("%s: %d", who, res.StatusCode)
		}
	}
	from("192.0.2.1:1", 0, arrivingEach)
	refused("one too many of a network", "192.0.2.1:2")
	from("198.51.100.1:1", arrivingEach, arrivingMax-arrivingEach)
	refused("one too many of all", "203.0.113.1:1")
	close(gate)
	for range arrivingMax {
		if code := <-done; code != http.StatusSeeOther {
			t.Errorf("one of the first: %d", code)
		}
	}
	h.visitor(t).seated()
}

// A photo that stops arriving is not taken for a broken one.
func TestABrokenConnection(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	body, kind := photoForm(t, "statement", "yes", "photo", "bytes")
	r := httptest.NewRequest(http.MethodPost, "/portrait/", io.MultiReader(io.LimitReader(body, int64(body.Len()-30)), iotest.ErrReader(io.ErrUnexpectedEOF)))
	r.Header.Set("Content-Type", kind)
	if res := h.guest(t).do(r); res.StatusCode != http.StatusBadRequest || !strings.Contains(res.Body, "stopped arriving") || len(h.works) != 0 {
		t.Errorf("%d, %d photos", res.StatusCode, len(h.works))
	}
}
