package pages

import (
	"context"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"easel/internal/generation"
)

// TestBehaviour walks through the studio in a real browser: what script adds to the pages, with no complaint on the console.
func TestBehaviour(t *testing.T) {
	t.Parallel()
	h := newHouse(t, func(c *Config) { c.Now = time.Now })
	h.now = time.Now()
	if h.ui.Ready() != nil && os.Getenv("CI") != "true" {
		t.Skip(h.ui.Ready())
	}
	must(t, h.ui.Ready())
	server := httptest.NewServer(h.site)
	t.Cleanup(func() {
		server.CloseClientConnections()
		server.Close()
	})
	tab, done := newTab(t, newBrowser(t))
	defer done()
	complaints := listen(t, tab)
	photo := filepath.Join(t.TempDir(), "Ana.jpg")
	must(t, os.WriteFile(photo, h.view, 0o600))
	w := walk{t, tab}

	w.do(sitDown(server.URL, h.guest(t)), chromedp.Navigate(server.URL+"/portrait/"))
	w.eval(`document.dispatchEvent(new DragEvent('drop', {bubbles: true, cancelable: true, dataTransfer: (() => {
		const d = new DataTransfer(); d.items.add(new File(['words'], 'letter.txt', {type: 'text/plain'})); return d;
	})()}))`)
	w.until(`document.querySelector('.error:not([hidden])')?.textContent.includes('not a picture file')`)
	for _, by := range []string{"new DragEvent('drop', {bubbles: true, cancelable: true, dataTransfer: d})", "new ClipboardEvent('paste', {bubbles: true, cancelable: true, clipboardData: d})"} {
		width := strconv.Itoa(200 + len(by))
		w.eval(`(() => { const c = document.createElement('canvas'); c.width = ` + width + `; c.height = 200;
			c.toBlob(b => { const d = new DataTransfer(); d.items.add(new File([b], 'a.png', {type: 'image/png'})); document.dispatchEvent(` + by + `); }) })()`)
		w.until(`document.querySelector('.drop-preview').naturalWidth === ` + width)
	}
	w.do(chromedp.SetUploadFiles(chromedp.CSS(".choose input:not([capture])"), []string{photo}))
	w.until(`document.querySelector('.error:not([hidden])')?.textContent.includes('tick what is asked')`)
	w.until(`document.querySelector('.drop-preview').naturalWidth === 120`)
	w.do(chromedp.Click(chromedp.CSS("input[name=statement]")))
	w.until(`location.pathname.startsWith('/portrait/photo/')`)

	w.until(`document.querySelector('.maker .do').textContent === 'Draw 4 portraits'`)
	w.do(chromedp.Focus(chromedp.CSS(".crop-corner[data-at=br]")), chromedp.KeyEvent(kb.ArrowLeft))
	w.until(`document.querySelector('input[value=own]').checked && Number(document.querySelector('input[name=x1]').value) < 100`)
	w.eval(`document.querySelectorAll('input[name=style]').forEach((s,i)=>{if(i>1&&s.checked)s.click()})`)
	w.until(`document.querySelector('.maker .do').textContent === 'Draw 2 portraits'`)
	w.do(chromedp.Click(chromedp.CSS(".maker .do")))
	w.until(`document.querySelectorAll('.card progress').length === 2`)

	runs := h.all()
	h.change(runs[0].ID, func(r *generation.Run) { r.State, r.Done, r.Stage, r.Ahead = generation.Drawing, 0.4, "hatching", 0 })
	w.until(`document.querySelector('.card progress').value === 40 && document.querySelector('[data-stage]').textContent === 'Hatching' && document.querySelector('.ghost').offsetWidth > 0`)
	h.finish(runs[0].ID)
	w.until(`document.querySelector('.card-done .compare-result')?.naturalWidth > 0 && document.getElementById('told').textContent.includes('ready')`)
	w.do(chromedp.Click(chromedp.CSS(".making-of button")))
	w.until(`document.querySelector('.card-cancelled')`)

	w.until(`getComputedStyle(document.querySelector('.compare-before')).clipPath.includes('100%')`) // at rest the portrait alone
	w.do(chromedp.Focus(chromedp.CSS(".compare input")), chromedp.KeyEvent(kb.ArrowRight+kb.ArrowRight))
	w.until(`document.querySelector('.compare').style.getPropertyValue('--at') === '2.00%'`)
	w.do(chromedp.Click(chromedp.CSS(".compare"))) // in the middle
	w.until(`Math.abs(parseFloat(document.querySelector('.compare').style.getPropertyValue('--at')) - 50) < 2`)
	w.until(`!document.querySelector('.card time').textContent.includes('UTC') && document.querySelector('.card time').title !== ''`)

	w.do(chromedp.Click(chromedp.CSS(".larger button")))
	w.until(`document.querySelector('.larger progress')`)
	h.change(runs[0].ID, func(r *generation.Run) { r.Full.State, r.Full.Done, r.Full.Stage = generation.Drawing, 0.7, "inking" })
	w.until(`document.querySelector('.larger progress').value === 70 && document.querySelector('.larger [data-stage]').textContent === 'Inking'`)
	h.change(runs[0].ID, func(r *generation.Run) { r.Full.State = generation.Done })
	w.until(`document.querySelectorAll('.larger a[download]').length === 3`)
	w.until(`Math.abs(parseFloat(document.querySelector('.compare').style.getPropertyValue('--at')) - 50) < 2`) // looked at as before

	w.do(chromedp.Click(chromedp.CSS(".card .ask summary")), chromedp.Click(chromedp.CSS(".card .ask button")))
	w.until(`document.querySelector('.card-gone') && !document.querySelector('.card-done')`)
	must(t, chromedp.Cancel(tab))
	for _, c := range complaints() {
		t.Error("the console says: ", c)
	}
}

// walk is one reader in one tab.
type walk struct {
	t   *testing.T
	tab context.Context
}

func (w walk) do(steps ...chromedp.Action[chromedp.Void]) {
	w.t.Helper()
	must(w.t, chromedp.Do(w.tab, steps...))
}

func (w walk) eval(script string) {
	w.t.Helper()
	_, err := chromedp.Run(w.tab, chromedp.Evaluate[*bool]("("+script+",null)"))
	must(w.t, err)
}

// until waits for a condition on the page, across pages.
func (w walk) until(condition string) {
	w.t.Helper()
	limit := time.Now().Add(20 * time.Second)
	for {
		ok, err := chromedp.Run(w.tab, chromedp.Evaluate[bool]("!!("+condition+")"))
		if ok {
			return
		}
		if time.Now().After(limit) || w.tab.Err() != nil {
			body, _ := chromedp.Run(w.tab, chromedp.Evaluate[string]("location.href+' '+document.body.innerText"))
			w.t.Fatalf("never true: %s: %v\n%s", condition, err, body)
		}
		<-time.After(20 * time.Millisecond)
	}
}

// listen gathers errors, exceptions and violations of the content policy.
func listen(t *testing.T, tab context.Context) func() []string {
	t.Helper()
	var mu sync.Mutex
	var said []string
	note := func(text string) {
		mu.Lock()
		defer mu.Unlock()
		said = append(said, text)
	}
	must(t, chromedp.Do(tab, chromedp.Navigate("about:blank")))
	must(t, chromedp.Listen(tab, func(event any) {
		switch e := event.(type) {
		case *log.EventEntryAdded:
			if e.Entry.Level == "error" || e.Entry.Level == "warning" || strings.Contains(e.Entry.Text, "Content Security Policy") {
				note(e.Entry.Text + " " + e.Entry.URL)
			}
		case *runtime.EventExceptionThrown:
			note(e.ExceptionDetails.Text)
		case *runtime.EventConsoleAPICalled:
			if e.Type == "error" || e.Type == "warning" {
				note("console." + string(e.Type))
			}
		}
	}))
	return func() []string {
		mu.Lock()
		defer mu.Unlock()
		return said
	}
}
