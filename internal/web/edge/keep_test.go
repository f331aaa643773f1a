package edge

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"
)

func TestWhatABrowserKeepsForAWhile(t *testing.T) {
	t.Parallel()
	for address, name := range map[string]string{"https://easel.example": "__Host-easel-going", "http://localhost:8080": "easel-going"} {
		u, err := url.Parse(address)
		if err != nil {
			t.Fatal(err)
		}
		e := &Edge{Config: Config{PublicURL: u}}
		w := httptest.NewRecorder()
		e.Keep(w, "going", "secret", 10*time.Minute)
		e.Keep(w, "going", "", time.Hour)
		kept := w.Result().Cookies()
		if c := kept[0]; c.Name != name || c.Value != "secret" || c.MaxAge != 600 || !c.HttpOnly || c.Secure != strings.HasPrefix(address, "https") ||
			c.SameSite != http.SameSiteLaxMode || c.Path != "/" || c.Domain != "" {
			t.Errorf("%s: %v", address, c)
		}
		if kept[1].MaxAge >= 0 {
			t.Errorf("%s: without a value it stays: %v", address, kept[1])
		}
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		if e.Kept(r, "going") != "" {
			t.Error("something is kept that nobody gave")
		}
		r.AddCookie(kept[0])
		if e.Kept(r, "going") != "secret" || e.Kept(r, "other") != "" {
			t.Errorf("%s: brought back %q", address, e.Kept(r, "going"))
		}
	}
}
