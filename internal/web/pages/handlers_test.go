package pages

import (
	"bufio"
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"easel/internal/generation"
)

func TestPlainPages(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	for path, kept := range map[string]string{
		"/": "public, max-age=300", "/portrait/": "no-store", "/portrait/privacy": "public, max-age=300", "/licences": "public, max-age=300", "/questions": "public, max-age=300",
		"/healthz": "no-store", "/readyz": "no-store",
	} {
		res := h.visitor(t).get(path)
		if res.StatusCode != http.StatusOK || res.Header.Get("Cache-Control") != kept || len(res.Cookies) > 0 {
			t.Errorf("%s: %d, %q, cookies %v", path, res.StatusCode, res.Header.Get("Cache-Control"), res.Cookies)
		}
	}
	notReady := newHouse(t, func(c *Config) { c.Ready = func(context.Context) error { return errors.New("database is down") } })
	res := notReady.visitor(t).get("/readyz")
	if res.StatusCode != http.StatusServiceUnavailable || strings.Contains(res.Body, "database") {
		t.Errorf("not ready: %d %s", res.StatusCode, res.Body)
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
	for query, kind := range map[string]string{"png": "image/png", "jpeg": "image/jpeg", "webp": "image/webp", "svg": "image/svg+xml", "pdf": "application/pdf", "pdf&paper=letter": "application/pdf"} {
		res := v.get(work + "/download?format=" + query)
		name := res.Header.Get("Content-Disposition")
		if res.Header.Get("Content-Type") != kind || !strings.HasPrefix(name, "attachment; filename*=utf-8''Gr%C3%BCnes%20Haus-rough-sketch.") {
			t.Errorf("%s: %v", query, res.Header)
		}
		if sealed := strings.HasPrefix(res.Header.Get("Content-Security-Policy"), "sandbox; default-src 'none'"); sealed != (query == "svg") {
			t.Errorf("%s: %v", query, res.Header)
		}
		if strings.Contains(query, "letter") != strings.Contains(res.Body, "letter") {
			t.Errorf("%s: %s", query, res.Body)
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
	for who, want := range map[*visitor]int{h.visitor(t): http.StatusSeeOther, other: http.StatusNotFound} {
		for _, p := range []string{path, path + "/original", path + "/events", work, work + "/picture", work + "/original", work + "/download?format=png"} {
			if res := who.get(p); res.StatusCode != want {
				t.Errorf("GET %s: %d", p, res.StatusCode)
			}
		}
		for _, p := range []string{path + "/start", path + "/delete", work + "/cancel", work + "/delete"} {
			if res := who.post(p, url.Values{"style": {"artistic"}}); res.StatusCode != want {
				t.Errorf("POST %s: %d", p, res.StatusCode)
			}
		}
	}
	for _, p := range []string{"/portrait/photo/x", "/portrait/work/" + strings.ToUpper(run.ID.String()), "/portrait/photo/%00", "/portrait/work/{" + run.ID.String() + "}"} {
		if res := v.get(p); res.StatusCode != http.StatusNotFound {
			t.Errorf("%s: %d", p, res.StatusCode)
		}
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
	if page := document(t, v.get(res.Header.Get("Location"))); page.Find(".notice[role=status]").Length() != 1 || page.Find(".earlier").Length() != 0 {
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
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL+path+"/events", nil)
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
	if res.StatusCode != http.StatusInternalServerError || strings.Contains(res.Body, "alert") {
		t.Errorf("a page was served as a picture: %d %s", res.StatusCode, res.Body)
	}
	if !strings.Contains(h.log.String(), "text/html") {
		t.Error("the log does not say why")
	}
}
