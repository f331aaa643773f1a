package pages

import (
	"net/http/httptest"
	"os"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// audit returns what a reader on a small screen or with a large thumb would stumble over.
const audit = `(() => {
  const found = [];
  if (document.documentElement.scrollWidth > innerWidth) found.push('the page is ' + document.documentElement.scrollWidth + ' px wide');
  for (const e of document.querySelectorAll('button:not(.crop-box), .do, summary, label, nav a, .foot a, .mark')) {
    const box = e.getBoundingClientRect();
    if (box.width === 0 || getComputedStyle(e).visibility === 'hidden') continue;
    if (box.height < 43.5) found.push('only ' + box.height + ' px high: ' + e.textContent.trim() + ' ' + e.className);
    if (box.left < -0.5 || box.right > innerWidth + 0.5) found.push('outside the page: ' + e.textContent.trim() + ' ' + e.className);
  }
  return found;
})()`

// TestNarrow opens every page 320 px wide, in both directions of writing.
func TestNarrow(t *testing.T) {
	t.Parallel()
	h := newHouse(t, func(c *Config) { c.Now = time.Now })
	h.now = time.Now()
	if h.ui.Ready() != nil && os.Getenv("CI") != "true" {
		t.Skip(h.ui.Ready())
	}
	server := httptest.NewServer(h.site)
	t.Cleanup(func() {
		server.CloseClientConnections()
		server.Close()
	})
	browser := newBrowser(t)
	for _, s := range h.scenes(t) {
		tab, done := newTab(t, browser)
		must(t, chromedp.Do(tab, chromedp.EmulateViewport(320, 640), sitDown(server.URL, s.visitor), chromedp.Navigate(server.URL+s.path)))
		for _, dir := range []string{"ltr", "rtl"} {
			found, err := chromedp.Run(tab, chromedp.Evaluate[[]string]("document.documentElement.dir='"+dir+"';"+audit))
			must(t, err)
			for _, f := range found {
				t.Errorf("%s, %s: %s", s.name, dir, f)
			}
		}
		done()
	}
}
