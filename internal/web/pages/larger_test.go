package pages

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"easel/internal/generation"
	"easel/internal/web/edge"
)

// A full size is offered on its portrait's card, drawn there, and taken away from there.
func TestFullSize(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	v := h.visitor(t)
	path := v.seated()
	run := h.runs(v, path, "artistic")[0]
	work := workURL(run.ID)
	if res := v.post(work+"/full", nil); res.StatusCode != http.StatusConflict {
		t.Errorf("before the portrait is done: %d", res.StatusCode)
	}
	h.finish(run.ID)
	if page := document(t, v.get(path)); page.Find(".larger form[action='"+work+"/full']").Length() != 1 {
		t.Error("the full size is not offered")
	}
	if res := v.post(work+"/full", nil); res.StatusCode != http.StatusSeeOther || res.Header.Get("Location") != path+"#run-"+run.ID.String() {
		t.Errorf("asked for: %d to %s", res.StatusCode, res.Header.Get("Location"))
	}
	full := h.all()[0].Full
	page := document(t, v.get(path))
	if page.Find(".larger progress").Length() != 1 || page.Find("noscript").Length() != 1 || page.Find(".card").Length() != 1 {
		t.Error("the full size is not shown as being drawn")
	}
	if res := v.get(workURL(full.Run)); res.Header.Get("Location") != path+"#run-"+run.ID.String() {
		t.Errorf("the full size leads to %s", res.Header.Get("Location"))
	}
	h.change(run.ID, func(r *generation.Run) { r.Full.State = generation.Done })
	r := httptest.NewRequest(http.MethodGet, workURL(full.Run), nil)
	r.Header.Set("Easel-Part", "card")
	if card := document(t, v.do(r)); card.Find(".larger a[download][href^='"+workURL(full.Run)+"/download']").Length() != 3 {
		t.Error("the full size cannot be taken away")
	}
	h.change(run.ID, func(r *generation.Run) { r.Full.State, r.Full.Say = generation.Failed, "The server was stopped." })
	if page := document(t, v.get(path)); !strings.Contains(page.Find(".larger").Text(), "The server was stopped.") || page.Find(".larger form").Length() != 1 {
		t.Error("a full size that failed does not say so")
	}
	h.change(run.ID, func(r *generation.Run) { r.Full = generation.Full{} })
	if page := document(t, v.get(path)); strings.TrimSpace(page.Find(".larger").Text()) != "" {
		t.Error("a full size is offered where there is none")
	}
}

func TestPreviews(t *testing.T) {
	t.Parallel()
	h := newHouse(t, func(c *Config) { c.Previews = edge.NewLimiter(2, time.Hour) })
	v := h.visitor(t)
	path := v.seated()
	preview := path + "/preview?style="
	if res := h.visitor(t).get(preview + "artistic"); res.StatusCode != http.StatusSeeOther {
		t.Errorf("a stranger: %d", res.StatusCode)
	}
	for style, code := range map[string]int{"": 404, "oil": 404, "../artistic": 404} {
		if res := v.get(preview + style); res.StatusCode != code {
			t.Errorf("%q: %d", style, res.StatusCode)
		}
	}
	for range 2 {
		if res := v.get(preview + "artistic"); res.StatusCode != http.StatusOK || res.Header.Get("Content-Type") != "image/jpeg" || res.Header.Get("Cache-Control") != "no-store" {
			t.Errorf("%d %v", res.StatusCode, res.Header)
		}
	}
	if res := v.get(preview + "artistic"); res.StatusCode != http.StatusTooManyRequests || res.Header.Get("Retry-After") == "" {
		t.Errorf("too often: %d", res.StatusCode)
	}
}
