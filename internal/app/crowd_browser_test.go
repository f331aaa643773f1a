package app_test

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"easel/internal/sitter"
)

// TestACrowdInTheBrowser has somebody taken out of a photo: who goes is shown in red first, a stroke adds to it, and nothing is
// filled before somebody says so.
func TestACrowdInTheBrowser(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("the studio's own tests run under the race detector")
	}
	origin, _ := startBooth(t)
	photo := filepath.Join(t.TempDir(), "at the wall.png")
	if err := os.WriteFile(photo, sitter.Company(t), 0o600); err != nil {
		t.Fatal(err)
	}
	b := newBrowser(t, origin)
	b.do("the studio", chromedp.Navigate(origin+"/cutout/"), chromedp.WaitVisible(chromedp.CSS("input[name=photo]")))
	b.shootAll("cutout-door")
	b.do("the photo", chromedp.SetUploadFiles(chromedp.CSS("input[name=photo]"), []string{photo}),
		chromedp.Click(chromedp.CSS("input[value=crowd]")), chromedp.Click(chromedp.CSS("input[name=statement]")),
		chromedp.Click(chromedp.CSS("easel-cutout form[enctype] button.do")))
	b.until("who goes is shown", `document.querySelector(".cut .window img")?.naturalWidth > 0 && !!document.querySelector("input[value=fill]")`)
	b.shootAll("cutout-crowd-mask")
	mask := ask[string](b, "the mask", `document.querySelector(".cut .window img").src`)
	b.do("the brush", chromedp.ScrollIntoView(chromedp.CSS(".draw canvas")))
	b.scribble([2]float64{.80, .6}, [2]float64{.80, .7}, [2]float64{.80, .9})
	b.until("the stroke was looked at", `document.querySelector(".cut .window img")?.naturalWidth > 0 && document.querySelector(".cut .window img").src !== `+quoted(mask)+` && !!document.querySelector(".cut input[value=undo]") && !!document.querySelector("input[value=fill]")`)
	b.keyed()
	if ask[bool](b, "whether anything was filled", `!!document.querySelector(".compare")`) {
		t.Error("something was filled before anybody said so")
	}
	b.do("take them out", chromedp.Click(chromedp.CSS("form:has(input[value=fill]) button.do")))
	b.until("the ground is whole", `document.querySelector(".cut .compare-result")?.naturalWidth > 0 && !document.querySelector(".pending")`)
	b.shootAll("cutout-crowd-result")
	b.narrow()
	b.over()
}

// narrow looks at the page on a small screen with a large thumb.
func (b *browser) narrow() {
	b.t.Helper()
	b.do("a small screen", chromedp.EmulateViewport(320, 640))
	for _, found := range ask[[]string](b, "what is too wide or too small", `[
		...(document.documentElement.scrollWidth > innerWidth ? ["the page is " + document.documentElement.scrollWidth + " px wide"] : []),
		...[...document.querySelectorAll("button, summary, label, select, nav a")].filter(e => e.offsetWidth > 0).flatMap(e => {
			const box = e.getBoundingClientRect(), name = e.tagName + " " + e.textContent.trim();
			return [...(box.height < 43.5 ? [box.height + " px high: " + name] : []), ...(box.left < -0.5 || box.right > innerWidth + 0.5 ? ["outside: " + name] : [])];
		})]`) {
		b.t.Error(found)
	}
	b.do("a large screen", chromedp.EmulateViewport(1280, 900))
}

// over lets the session's time pass: its end stands in the reader's zone, and when it has come the page shows nothing any more.
func (b *browser) over() {
	b.t.Helper()
	b.until("the end is told", `/^Gone at \d\d:\d\d (today|tomorrow)$/.test(document.querySelector("easel-clock time").textContent)`)
	ask[bool](b, "the end", `(() => {
		const clock = document.querySelector("easel-clock");
		clock.dataset.until = new Date(Date.now() + 1000).toISOString();
		clock.replaceWith(clock); // which reads it
		return true;
	})()`)
	b.until("the pictures are gone", `document.querySelector(".notice")?.textContent.includes("wiped") && !document.querySelector(".cut")`)
}

// keyed draws a stroke over the photo with nothing but the keyboard, and finds the keyboard where it was.
func (b *browser) keyed() {
	b.t.Helper()
	mask := ask[string](b, "the mask", `document.querySelector(".cut .window img").src`)
	b.do("to the photo", chromedp.Focus(chromedp.CSS(".draw canvas")))
	const left, down, space = "\u0302", "\u0301", " " // keys as chromedp names them
	for _, key := range []string{left, left, down, space, down, down, down} {
		b.do("a key", chromedp.KeyEvent(key))
	}
	if said := ask[string](b, "where the cross is", `document.querySelector("[data-where]").textContent`); !strings.Contains(said, "brush is down at 4") {
		b.t.Errorf("the page says %q of a brush that is down", said)
	}
	b.shootAll("cutout-crowd-cross")
	b.do("lift", chromedp.KeyEvent(space))
	b.until("the stroke was looked at", `document.querySelector(".cut .window img")?.naturalWidth > 0 && document.querySelector(".cut .window img").src !== `+quoted(mask)+` && !!document.querySelector("input[value=fill]")`)
	if !ask[bool](b, "where the keyboard is", `document.activeElement === document.querySelector(".draw canvas")`) {
		b.t.Error("the keyboard is no longer on the photo")
	}
}

// scribble moves a pen over the first photo's board, through points in parts of it.
func (b *browser) scribble(points ...[2]float64) {
	b.t.Helper()
	b.do("a hand", chromedp.Evaluate[chromedp.Void](`(() => {
		const c = document.querySelector(".draw canvas");
		c.setPointerCapture = () => {}; c.hasPointerCapture = () => true;
		window.pen = (x, y, type) => { const r = c.getBoundingClientRect(); c.dispatchEvent(new PointerEvent(type, {bubbles: true, pointerId: 1, button: 0, clientX: r.left + x * r.width, clientY: r.top + y * r.height})); };
	})()`))
	last := points[len(points)-1]
	for i, p := range points {
		kind := "pointermove"
		if i == 0 {
			kind = "pointerdown"
		}
		b.pen(p, kind)
	}
	b.pen(last, "pointerup")
}

func (b *browser) pen(at [2]float64, kind string) {
	b.t.Helper()
	b.do("a pen", chromedp.Evaluate[chromedp.Void](`window.pen(`+decimal(at[0])+`, `+decimal(at[1])+`, "`+kind+`")`))
}

func decimal(v float64) string { return strconv.FormatFloat(v, 'f', 4, 64) }
