package app_test

import (
	"archive/zip"
	"bytes"
	"context"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"easel/internal/sitter"
)

// startBooth runs the whole program and returns its address with unlock codes.
func startBooth(t *testing.T) (origin string, codes []string) {
	t.Helper()
	a := run(t, map[string]string{"EASEL_ADDRESS": freeAddress(t)}, nil)
	codes, err := a.Mint(t.Context(), 2)
	if err != nil {
		t.Fatal(err)
	}
	return "http://" + a.Address(), codes
}

// TestACutoutInTheBrowser brings a photo without signing in, sees the marked result, draws, changes the ground, unlocks, and
// leaves; no cookie and nothing else is left in the browser.
func TestACutoutInTheBrowser(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("the studio's own tests run under the race detector")
	}
	origin, codes := startBooth(t)
	photo := sitter.File(t, "Rex at home.jpg")
	b := newBrowser(t, origin)
	b.do("the studio", chromedp.Navigate(origin+"/cutout/"), chromedp.WaitVisible(chromedp.CSS("input[name=photo]")))
	b.shoot("cutout-door")
	b.do("the photo", chromedp.SetUploadFiles(chromedp.CSS("input[name=photo]"), []string{photo}),
		chromedp.Click(chromedp.CSS("input[name=statement]")), chromedp.Click(chromedp.CSS("easel-cutout form[enctype] button.do")))
	b.until("a result is shown", `!!document.querySelector(".cut .checks img")?.naturalWidth`)
	b.shoot("cutout-result")
	if side := ask[int](b, "the preview's size", `Math.max(document.querySelector(".cut .checks img").naturalWidth, document.querySelector(".cut .checks img").naturalHeight)`); side > 200 {
		t.Errorf("the preview of a photo of 400 pixels has %d", side)
	}
	checkSlider(b)
	before := ask[string](b, "the preview", `document.querySelector(".cut .checks img").src`)
	b.do("the brush", chromedp.Evaluate[chromedp.Void](`document.querySelector(".cut details").open = true`))
	b.do("a stroke", chromedp.ScrollIntoView(chromedp.CSS(".draw canvas")))
	b.do("another photo, not sent yet", chromedp.SetUploadFiles(chromedp.CSS(".another input[name=photo]"), []string{photo}))
	ask[bool](b, "half a code", `(() => { document.querySelector(".cut input[name=code]").value = "K7M2"; return true; })()`)
	ask[bool](b, "drawing", `(() => {
		const c = document.querySelector(".draw canvas"), r = c.getBoundingClientRect();
		const at = (x, y, type) => c.dispatchEvent(new PointerEvent(type, {bubbles: true, pointerId: 1, button: 0, clientX: r.left + x * r.width, clientY: r.top + y * r.height}));
		c.setPointerCapture = () => {}; c.hasPointerCapture = () => true;
		at(.5, .8, "pointerdown"); at(.55, .85, "pointermove"); at(.6, .9, "pointermove"); at(.6, .9, "pointerup");
		at(.4, .8, "pointerdown"); at(.4, .8, "pointerup"); // before the first one is answered
		return true;
	})()`)
	b.until("the stroke was looked at", `document.querySelector(".cut .checks img") && document.querySelector(".cut .checks img").src !== `+quoted(before)+` && !!document.querySelector(".cut input[value=undo]")`)
	b.shootAll("cutout-refine")
	if left := ask[string](b, "what was chosen and typed", `(() => {
		const photo = document.querySelector(".another input[name=photo]"), code = document.querySelector(".cut input[name=code]");
		const left = photo.files.length + " " + code.value;
		photo.value = code.value = "";
		return left;
	})()`); left != "1 K7M2" {
		t.Errorf("after news there is %q of one photo that was chosen and a code that was begun", left)
	}
	stroked := ask[string](b, "the preview after the stroke", `document.querySelector(".cut .checks img").src`)
	b.do("a ground", chromedp.Evaluate[chromedp.Void](`(() => { const f = document.querySelector(".cut input[name=picture]").form; f.querySelector("input[value=plain]").checked = true; f.requestSubmit(); })()`))
	b.until("the ground is there", `!document.querySelector(".pending") && !!document.querySelector(".cut .checks img")?.naturalWidth && document.querySelector(".cut .checks img").src !== `+quoted(stroked)+` && document.querySelector(".cut input[value=plain]").checked`)
	b.shoot("cutout-ground")
	checkOwnGround(b)
	checkMistake(b)
	checkUnlock(b, codes)
	checkBatch(b, codes[1])
	b.do("the phone", chromedp.Evaluate[chromedp.Void](`window.scrollTo(0, 0)`))
	b.shoot("cutout-unlocked")
	if left := ask[string](b, "what is left in the browser", `document.cookie + localStorage.length + sessionStorage.length + location.search`); left != "00" {
		t.Errorf("the browser keeps %q", left)
	}
	b.do("the end", chromedp.Click(chromedp.CSS(`form[action="/cutout/end"] button`)))
	b.until("it is wiped", `document.querySelector(".notice")?.textContent.includes("wiped")`)
	answer, err := http.Get(before)
	if err != nil {
		t.Fatal(err)
	}
	answer.Body.Close()
	if answer.StatusCode != http.StatusNotFound {
		t.Errorf("after the end the preview answers %d", answer.StatusCode)
	}
}

// checkOwnGround puts the subject before a picture that is brought for it, and takes the stroke back by key.
func checkOwnGround(b *browser) {
	b.t.Helper()
	beach := filepath.Join(b.t.TempDir(), "beach.png")
	if err := os.WriteFile(beach, sitter.Ball(b.t), 0o600); err != nil {
		b.t.Fatal(err)
	}
	b.do("open the grounds", chromedp.Evaluate[chromedp.Void](`document.querySelector(".cut input[name=picture]").closest("details").open = true`))
	b.do("a picture", chromedp.SetUploadFiles(chromedp.CSS(".cut input[name=picture]"), []string{beach}))
	b.until("it is chosen", `document.querySelector(".cut input[value=picture]").checked`)
	b.do("put it up", chromedp.Evaluate[chromedp.Void](`document.querySelector(".cut input[name=picture]").form.requestSubmit()`))
	b.until("it stands there", `!document.querySelector(".pending") && !document.querySelector("easel-cutout[aria-busy]") && !!document.querySelector(".cut input[value=picture][checked]") && document.querySelector(".cut .checks img")?.naturalWidth > 0`)
	b.shoot("cutout-own-ground")
	before := ask[string](b, "the preview", `document.querySelector(".cut .checks img").src`)
	ask[bool](b, "undo by key", `dispatchEvent(new KeyboardEvent("keydown", {key: "z", ctrlKey: true}))`)
	b.until("one of two strokes is gone", `!document.querySelector(".pending") && document.querySelector(".cut .checks img") && document.querySelector(".cut .checks img").src !== `+quoted(before))
	if !ask[bool](b, "the other stroke", `!!document.querySelector(".cut input[value=undo]")`) {
		b.t.Error("of two strokes that were drawn fast one was lost")
	}
	ask[bool](b, "undo by key", `dispatchEvent(new KeyboardEvent("keydown", {key: "z", ctrlKey: true}))`)
	b.until("the stroke is gone", `!document.querySelector(".pending") && !document.querySelector(".cut input[value=undo]") && !!document.querySelector(".cut .checks img")`)
}

// checkBatch brings two more photos at once, one of which is none, and gets what is ready as one ZIP.
func checkBatch(b *browser, code string) {
	b.t.Helper()
	folder := b.t.TempDir()
	photos := []string{filepath.Join(folder, "ball.png"), filepath.Join(folder, "notes.png")}
	for i, data := range [][]byte{sitter.Ball(b.t), []byte("no photo")} {
		if err := os.WriteFile(photos[i], data, 0o600); err != nil {
			b.t.Fatal(err)
		}
	}
	b.do("two files", chromedp.SetUploadFiles(chromedp.CSS(".another input[name=photo]"), photos), chromedp.Click(chromedp.CSS(".another form[enctype] button.do")))
	b.until("one is taken, and the other is named", `document.querySelectorAll("section.cut").length === 2 && document.querySelectorAll(".cut .checks").length === 2 && !document.querySelector(".pending") && !!document.querySelector("form.all") && !!document.querySelector("[data-said]")?.textContent.includes("notes.png")`)
	b.shootAll("cutout-batch")
	fields := ask[map[string]string](b, "the form", `Object.fromEntries(new FormData(document.querySelector("form.all")))`)
	form := url.Values{"code": {code}}
	for _, field := range []string{"session", "secret", "all", "format"} {
		form.Set(field, fields[field])
	}
	answer, err := http.PostForm(b.origin+"/cutout/download", form)
	if err != nil {
		b.t.Fatal(err)
	}
	defer answer.Body.Close()
	data, err := io.ReadAll(answer.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if answer.StatusCode != http.StatusOK || err != nil || len(z.File) != 2 || z.File[0].Name != "Rex at home-background.png" || z.File[1].Name != "ball-background.png" {
		b.t.Errorf("the ZIP answers %s, %v", answer.Status, err)
	}
}

// checkMistake types a code into the page that is none: the page says so, stays, and with it the photos.
func checkMistake(b *browser) {
	b.t.Helper()
	b.do("a wrong code", chromedp.Evaluate[chromedp.Void](`(() => { const f = document.querySelector('.cut form[action="/cutout/download"]'); f.elements.code.value = "K7M2P"; f.requestSubmit(); })()`))
	b.until("the page says so", `!!document.querySelector(".cut .error")?.textContent.includes("not a whole code")`)
	b.until("the photo is still there", `fetch(document.querySelector(".cut .checks img").src).then((r) => r.status === 200)`)
	b.forgive("the server responded with a status of 4")
	ask[bool](b, "a photo that is too large, and a connection that is gone", `(() => {
		const field = document.querySelector(".another input[name=photo]"), d = new DataTransfer();
		d.items.add(new File([new ArrayBuffer((40 << 20) + 1)], "panorama.jpg", {type: "image/jpeg"}));
		field.files = d.files;
		field.form.requestSubmit();
		field.value = "";
		window.said = document.querySelector("[data-complaint]")?.textContent;
		const real = window.fetch;
		window.fetch = () => { window.fetch = real; return Promise.reject(new TypeError("gone")); };
		document.querySelector(".cut input[name=picture]").form.requestSubmit();
		return true;
	})()`)
	b.until("the connection is told of", `document.querySelector("[data-complaint]")?.textContent.includes("may not have arrived")`)
	if said := ask[string](b, "what was said of the photo", `window.said`); said != "panorama.jpg is larger than 40 MB, so nothing was sent. Save it a little smaller, or leave it out." {
		b.t.Errorf("of a photo that is too large it says %q", said)
	}
}

// checkUnlock tries a wrong code beside the page, then a good one in it, then again without one.
func checkUnlock(b *browser, codes []string) {
	b.t.Helper()
	fields := ask[map[string]string](b, "the form", `Object.fromEntries(new FormData(document.querySelector('form[action="/cutout/download"]')))`)
	get := func(code string) (status int, kind, name string) {
		form := url.Values{"code": {code}}
		for _, field := range []string{"session", "secret", "photo", "format"} {
			form.Set(field, fields[field])
		}
		answer, err := http.PostForm(b.origin+"/cutout/download", form)
		if err != nil {
			b.t.Fatal(err)
		}
		defer answer.Body.Close()
		return answer.StatusCode, answer.Header.Get("Content-Type"), answer.Header.Get("Content-Disposition")
	}
	wrong := codes[0][:len(codes[0])-1] + "2"
	if strings.HasSuffix(codes[0], "2") {
		wrong = codes[0][:len(codes[0])-1] + "3"
	}
	if status, _, _ := get(wrong); status != http.StatusBadRequest {
		b.t.Errorf("a mistyped code gives %d", status)
	}
	b.do("a good code, in the page", chromedp.Evaluate[chromedp.Void](`(() => {
		window.saved = [];
		HTMLAnchorElement.prototype.click = function () { window.saved.push(this.download + " " + this.href.split(":")[0]); };
		const f = document.querySelector('.cut form[action="/cutout/download"]'); f.elements.code.value = `+quoted(strings.ToLower(codes[0]))+`; f.requestSubmit();
	})()`))
	b.until("it is unlocked, and the page has seen it", `!document.querySelector(".cut input[name=code]") && !!document.querySelector('.cut form[action="/cutout/download"]')`)
	if got := ask[string](b, "what was saved", `window.saved.join()`); got != "Rex at home-background.png blob" {
		b.t.Errorf("a good code gives %q", got)
	}
	if status, kind, name := get(""); status != http.StatusOK || kind != "image/png" || !strings.Contains(name, "Rex at home-background.png") {
		b.t.Errorf("getting it again gives %d, %s, %s", status, kind, name)
	}
}

func quoted(s string) string { return "`" + s + "`" }

// TestACutoutWithoutScript does the same with forms alone, on a phone.
func TestACutoutWithoutScript(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("the studio's own tests run under the race detector")
	}
	origin, _ := startBooth(t)
	photo := sitter.File(t, "rex.jpg")
	b := newBrowser(t, origin)
	b.do("a small window without script", chromedp.EmulateViewport(390, 844), chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		_, err := cdp.Call(ctx, target, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
		return err
	}))
	b.do("the studio", chromedp.Navigate(origin+"/cutout/"), chromedp.WaitVisible(chromedp.CSS("input[name=photo]")))
	b.do("it says that leaving is not noticed", chromedp.WaitVisible(chromedp.CSS("easel-cutout .words p.unscripted")))
	b.shoot("cutout-phone-door")
	b.do("the photo", chromedp.SetUploadFiles(chromedp.CSS("input[name=photo]"), []string{photo}),
		chromedp.Click(chromedp.CSS("input[name=statement]")), chromedp.Click(chromedp.CSS("easel-cutout form[enctype] button.do")),
		chromedp.WaitVisible(chromedp.CSS(".cut .checks img")))
	b.do("and how to wipe everything", chromedp.WaitVisible(chromedp.CSS(".whole p.unscripted")))
	b.shoot("cutout-phone-result")
	b.do("a press", chromedp.Click(chromedp.CSS(".cut details summary")), chromedp.Click(chromedp.CSS("input[type=image]")),
		chromedp.WaitVisible(chromedp.CSS(".cut .checks img")))
	b.do("undo is offered", chromedp.WaitReady(chromedp.CSS("input[value=undo]")))
}
