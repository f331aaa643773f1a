package pages

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"

	"easel/internal/fault"
	"easel/internal/generation"
	"easel/internal/web/edge"
)

func TestPlainPages(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	for path, kept := range map[string]string{
		"/": "public, max-age=300", "/portrait/": "no-store", "/portrait/privacy": "public, max-age=300", "/licences": "public, max-age=300",
		"/healthz": "no-store", "/readyz": "no-store",
	} {
		res := h.visitor(t).get(path)
		if res.StatusCode != http.StatusOK || res.Header.Get("Cache-Control") != kept || len(res.Cookies()) > 0 {
			t.Errorf("%s: %d, %q, cookies %v", path, res.StatusCode, res.Header.Get("Cache-Control"), res.Cookies())
		}
	}
	if h.guests.opened != 0 {
		t.Errorf("looking around opened %d accounts", h.guests.opened)
	}
	notReady := newHouse(t, func(c *Config) { c.Ready = func(context.Context) error { return errors.New("database is down") } })
	res := notReady.visitor(t).get("/readyz")
	if body := text(t, res); res.StatusCode != http.StatusServiceUnavailable || strings.Contains(body, "database") {
		t.Errorf("not ready: %d %s", res.StatusCode, body)
	}
}

func TestFirstPhotoOpensTheAccount(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	v := h.visitor(t)
	if res := v.bring("photo", "bytes"); res.StatusCode != http.StatusBadRequest || h.guests.opened != 0 || len(h.works) != 0 {
		t.Fatalf("without the statement: %d, %d accounts, %d photos", res.StatusCode, h.guests.opened, len(h.works))
	}
	if res := v.bring("photo", "bytes", "statement", "yes"); res.StatusCode != http.StatusBadRequest || len(h.works) != 0 {
		t.Fatalf("the statement after the photo: %d", res.StatusCode)
	}
	path := v.seated()
	if h.guests.opened != 1 || !h.guests.stated || h.names[0] != "Ana" {
		t.Errorf("%d accounts, stated %v, names %v", h.guests.opened, h.guests.stated, h.names)
	}
	if res := v.bring("photo", "more"); res.StatusCode != http.StatusSeeOther || h.guests.opened != 1 {
		t.Errorf("the second photo: %d, %d accounts", res.StatusCode, h.guests.opened)
	}
	page := document(t, v.get("/portrait/"))
	if page.Find("input[name=statement]").Length() != 0 || page.Find(".earlier li").Length() != 2 {
		t.Errorf("the statement is asked again, or %d photos hang", page.Find(".earlier li").Length())
	}
	if res := v.get(path); res.StatusCode != http.StatusOK || res.Header.Get("Cache-Control") != "no-store" {
		t.Errorf("the photo's page: %d %q", res.StatusCode, res.Header.Get("Cache-Control"))
	}
}

func document(t testing.TB, res *http.Response) *goquery.Document {
	t.Helper()
	doc, err := goquery.NewDocumentFromReader(res.Body)
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
			v := h.visitor(t)
			res := v.bring(c.fields...)
			body := text(t, res)
			if res.StatusCode != c.code || !strings.Contains(body, c.say) || !strings.Contains(body, "<h1") || strings.Contains(body, "fire") {
				t.Errorf("page: %d %s", res.StatusCode, body)
			}
			v.accept, v.cookie = "application/json", nil
			res = v.bring(c.fields...)
			var doc struct {
				Detail string
				Status int
			}
			must(t, json.NewDecoder(res.Body).Decode(&doc))
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
	if res.StatusCode != http.StatusTooManyRequests || res.Header.Get("Retry-After") == "" || !strings.Contains(text(t, res), "wait") {
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

func TestStartAndTakeAway(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	v := h.visitor(t)
	path := v.seated()
	res := v.post(path+"/start", url.Values{"style": {"artistic", "rough-sketch", "artistic"}, "crop": {"own"}, "x0": {"10"}, "y0": {"20"}, "x1": {"60"}, "y1": {"90"}})
	if res.StatusCode != http.StatusSeeOther || res.Header.Get("Location") != path {
		t.Fatalf("%d to %s", res.StatusCode, res.Header.Get("Location"))
	}
	runs := h.all()
	if len(runs) != 2 || runs[0].Style != "rough-sketch" || runs[0].Crop.Dx() != 50 || runs[0].Crop.Min.Y != 20 {
		t.Fatalf("%+v", runs)
	}
	if page := document(t, v.get(path)); page.Find("noscript").Length() != 1 || page.Find("progress").Length() != 2 {
		t.Error("nothing is shown as being drawn")
	}
	work := workURL(runs[0].ID)
	h.finish(runs[0].ID)
	for _, pic := range []string{work + "/picture", work + "/original", path + "/original"} {
		res := v.get(pic)
		if res.StatusCode != http.StatusOK || res.Header.Get("Content-Type") != "image/jpeg" || res.Header.Get("Cache-Control") != "no-store" {
			t.Errorf("%s: %d %v", pic, res.StatusCode, res.Header)
		}
	}
	for query, kind := range map[string]string{"png": "image/png", "jpeg": "image/jpeg", "webp": "image/webp", "pdf": "application/pdf", "pdf&paper=letter": "application/pdf"} {
		res := v.get(work + "/download?format=" + query)
		name := res.Header.Get("Content-Disposition")
		if res.Header.Get("Content-Type") != kind || !strings.HasPrefix(name, "attachment; filename*=utf-8''Gr%C3%BCnes%20Haus-rough-sketch.") {
			t.Errorf("%s: %v", query, res.Header)
		}
		if body := text(t, res); strings.Contains(query, "letter") != strings.Contains(body, "letter") {
			t.Errorf("%s: %s", query, body)
		}
	}
	for _, query := range []string{"gif", "", "png&paper=a0", "../x"} {
		if res := v.get(work + "/download?format=" + query); res.StatusCode != http.StatusBadRequest {
			t.Errorf("%q: %d", query, res.StatusCode)
		}
	}
}

// all returns every run, in the order of their start.
func (f *fake) all() []generation.Run {
	f.mu.Lock()
	defer f.mu.Unlock()
	var runs []generation.Run
	for _, w := range f.works {
		runs = append(runs, w.Runs...)
	}
	return runs
}

func TestStrangersFindNothing(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	v := h.visitor(t)
	path := v.seated()
	run := h.runs(v, path, "artistic")[0]
	h.finish(run.ID)
	work := workURL(run.ID)
	other := h.visitor(t)
	other.seated()
	for _, who := range []*visitor{h.visitor(t), other} {
		for _, p := range []string{path, path + "/original", path + "/events", work, work + "/picture", work + "/original", work + "/download?format=png"} {
			if res := who.get(p); res.StatusCode != http.StatusNotFound {
				t.Errorf("GET %s: %d", p, res.StatusCode)
			}
		}
		for _, p := range []string{path + "/start", path + "/delete", work + "/cancel", work + "/delete"} {
			if res := who.post(p, url.Values{"style": {"artistic"}}); res.StatusCode != http.StatusNotFound {
				t.Errorf("POST %s: %d", p, res.StatusCode)
			}
		}
	}
	for _, p := range []string{"/portrait/photo/x", "/portrait/work/" + strings.ToUpper(run.ID.String()), "/portrait/photo/%00", "/portrait/work/{" + run.ID.String() + "}"} {
		if res := v.get(p); res.StatusCode != http.StatusNotFound {
			t.Errorf("%s: %d", p, res.StatusCode)
		}
	}
	if h.guests.opened != 2 {
		t.Errorf("%d accounts", h.guests.opened)
	}
}

func TestStopAndDelete(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	v := h.visitor(t)
	path := v.seated()
	runs := h.runs(v, path, "rough-sketch", "artistic")
	if res := v.post(workURL(runs[0].ID)+"/cancel", nil); res.StatusCode != http.StatusSeeOther || !strings.HasPrefix(res.Header.Get("Location"), path+"#run-") {
		t.Errorf("cancel: %d %v", res.StatusCode, res.Header)
	}
	if res := v.post(workURL(runs[0].ID)+"/cancel", nil); res.StatusCode != http.StatusConflict {
		t.Errorf("cancel twice: %d", res.StatusCode)
	}
	h.finish(runs[1].ID)
	r := httptest.NewRequest(http.MethodPost, workURL(runs[1].ID)+"/delete", nil)
	r.Header.Set("Easel-Part", "card")
	r.Header.Set("Accept", "*/*")
	if frame := document(t, v.do(r)); frame.Find(".card-gone").Length() != 1 || frame.Find("header").Length() != 0 {
		t.Error("no empty frame is left for our script")
	}
	if res := v.get(workURL(runs[1].ID) + "/picture"); res.StatusCode != http.StatusNotFound {
		t.Errorf("a deleted picture: %d", res.StatusCode)
	}
	if res := v.post(workURL(runs[0].ID)+"/delete", nil); res.StatusCode != http.StatusSeeOther || res.Header.Get("Location") != path {
		t.Errorf("delete: %d", res.StatusCode)
	}
	res := v.post(path+"/delete", nil)
	if page := document(t, v.get(res.Header.Get("Location"))); page.Find("[role=status]").Length() != 1 || page.Find(".earlier").Length() != 0 {
		t.Errorf("delete all: %d to %s", res.StatusCode, res.Header.Get("Location"))
	}
}

// The stream begins with every run and goes on with each change.
func TestEvents(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	v := h.visitor(t)
	path := v.seated()
	run := h.runs(v, path, "artistic")[0]
	server := httptest.NewServer(h.site)
	t.Cleanup(server.Close)
	r, err := http.NewRequest(http.MethodGet, server.URL+path+"/events", nil)
	must(t, err)
	r.AddCookie(v.cookie)
	res, err := http.DefaultClient.Do(r)
	must(t, err)
	lines := bufio.NewScanner(res.Body)
	next := func(want string) {
		t.Helper()
		for lines.Scan() {
			if strings.HasPrefix(lines.Text(), "data: ") {
				if !strings.Contains(lines.Text(), want) {
					t.Fatalf("%s, want %s", lines.Text(), want)
				}
				return
			}
		}
		t.Fatalf("the stream ended before %s", want)
	}
	next(`"state":"queued"`)
	h.change(run.ID, func(r *generation.Run) { r.State, r.Done, r.Stage = generation.Drawing, 0.5, "laying the ground" })
	next(`"percent":50,"stage":"Laying the ground"`)
	h.finish(run.ID)
	next(`"state":"done"`)
	must(t, res.Body.Close())
}

// No answer of any page holds the names of what stands behind it.
func TestPicturesOnly(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	v := h.visitor(t)
	path := v.seated()
	h.view = []byte("<script>alert(1)</script>")
	res := v.get(path + "/original")
	if body := text(t, res); res.StatusCode != http.StatusInternalServerError || strings.Contains(body, "alert") {
		t.Errorf("a page was served as a picture: %d %s", res.StatusCode, body)
	}
	if !strings.Contains(h.log.String(), "text/html") {
		t.Error("the log does not say why")
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
		_, err := io.Copy(io.Discard, res.Body)
		must(t, err)
		if res.StatusCode != http.StatusSeeOther && (res.StatusCode < 400 || res.StatusCode >= 500) {
			t.Error(fmt.Sprintf("%d for %q", res.StatusCode, kind))
		}
	})
}

// Photos beyond what fits in memory at once are sent away, and welcome again as soon as one is through.
func TestOnlySomePhotosAtOnce(t *testing.T) {
	t.Parallel()
	h := newHouse(t, func(c *Config) { c.Uploads = edge.NewLimiter(100, time.Hour) })
	gate := make(chan struct{})
	h.upload = func(*generation.Upload) { <-gate }
	done := make(chan int)
	for range arrivingMax {
		v := h.visitor(t)
		go func() { done <- v.bring("statement", "yes", "photo", "x").StatusCode }()
	}
	for h.guests.count() < arrivingMax { // each has its place before it opens an account
		<-time.After(time.Millisecond)
	}
	if res := h.visitor(t).bring("statement", "yes", "photo", "x"); res.StatusCode != http.StatusServiceUnavailable || res.Header.Get("Retry-After") == "" {
		t.Errorf("one too many: %d", res.StatusCode)
	}
	close(gate)
	for range arrivingMax {
		if code := <-done; code != http.StatusSeeOther {
			t.Errorf("one of the first: %d", code)
		}
	}
	h.visitor(t).seated()
}
