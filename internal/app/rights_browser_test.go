package app_test

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"image/png"
	"io"
	"os"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"easel/internal/sitter"
)

// shootAll saves a page on a phone and on a desk, by day and by night.
func (b *browser) shootAll(name string) {
	b.t.Helper()
	if os.Getenv("EASEL_SCREENSHOTS") == "" {
		return
	}
	for width, device := range map[int64]string{390: "phone", 1280: "desk"} {
		for _, mode := range []string{"light", "dark"} {
			b.do("the screen", chromedp.EmulateViewport(width, 844), chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
				_, err := cdp.Call(ctx, target, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
					Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: mode}}})
				return err
			}))
			b.shoot(name + "-" + device + "-" + mode)
		}
	}
	b.do("the screen", chromedp.EmulateViewport(1280, 900))
}

// TestRightsInTheBrowser is what people can do about their data: see it counted down, take all of it home, suspend its use,
// ask for something and get an answer, say whether a picture may be shown, and delete it.
func TestRightsInTheBrowser(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("in a plain build; its parts are raced by their own tests")
	}
	origin, first := startApp(t)
	photo := sitter.File(t, "me.jpg")
	boss := newBrowser(t, origin)
	boss.begin(first)
	b := newBrowser(t, origin)
	b.signsUp(boss, "ana", photo)
	b.draws()
	b.takesAllHome()
	b.suspendsItsUse()
	b.asksForSomething(boss)
	b.letsItBeShown(boss)
	strangerAsks(boss, newBrowser(t, origin))
	b.deletesItNow()
	b.forgive("the server responded with a status of 4") // a portrait while its use is suspended, on purpose
}

// draws has one portrait drawn.
func (b *browser) draws() {
	b.t.Helper()
	b.do("the photo", chromedp.Navigate(b.origin+"/portrait/"), chromedp.WaitVisible(chromedp.CSS(".earlier a.hang")))
	b.shootAll("studio-list")
	b.do("open it", chromedp.Click(chromedp.CSS(".earlier a.hang")), chromedp.WaitVisible(chromedp.CSS("easel-maker button.do")))
	ask[int](b, "one style", `[...document.querySelectorAll("input[name=style]")].filter(i => i.checked !== (i.value === "rough-sketch")).map(i => i.click()).length`)
	b.do("draw", chromedp.Click(chromedp.CSS(`easel-maker button.do`)))
	b.until("it is ready", `!!document.querySelector("[data-run][data-state=done]")`)
	b.until("the clock counts down in words", `/Deleted in 23 h 5\d min/.test(document.querySelector("[data-state=done] [data-brief]").textContent) && /23 hours 5\d minutes/.test(document.querySelector("[data-state=done] [data-spoken]").textContent)`)
}

// takesAllHome downloads everything, and looks into it.
func (b *browser) takesAllHome() {
	b.t.Helper()
	b.do("the page", chromedp.Navigate(b.origin+"/your-data"), chromedp.WaitVisible(chromedp.CSS("#take button.do")))
	b.until("the work is there with its clock", `document.querySelectorAll("#works li").length === 1 && /Deleted in/.test(document.querySelector("#works [data-brief]").textContent)`)
	b.shootAll("your-data")
	text := ask[string](b, "everything", `fetch("/your-data/export", {method: "POST"}).then(r => r.blob()).then(b => new Promise(done => { const f = new FileReader(); f.onload = () => done(f.result.split(",")[1]); f.readAsDataURL(b); }))`)
	archive, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		b.t.Fatal(err)
	}
	r, err := zip.NewReader(bytes.NewReader(archive), int64(len(archive)))
	if err != nil {
		b.t.Fatalf("what came is no archive of %d bytes: %v", len(archive), err)
	}
	files := map[string][]byte{}
	for _, f := range r.File {
		in, err := f.Open()
		if err != nil {
			b.t.Fatal(err)
		}
		if files[f.Name], err = io.ReadAll(in); err != nil {
			b.t.Fatalf("%s: %v", f.Name, err)
		}
	}
	var works []struct {
		Name, File string
		Portraits  []struct{ File, State string }
	}
	if err := json.Unmarshal(files["works.json"], &works); err != nil || len(works) != 1 || works[0].Name != "me" || len(works[0].Portraits) != 1 {
		b.t.Fatalf("the works are %s, %v", files["works.json"], err)
	}
	if _, err := png.Decode(bytes.NewReader(files[works[0].Portraits[0].File])); err != nil {
		b.t.Errorf("the portrait %s: %v", works[0].Portraits[0].File, err)
	}
	if files[works[0].File+".png"] == nil && files[works[0].File+".jpg"] == nil {
		b.t.Errorf("the photo %s is not there", works[0].File)
	}
	for name, want := range map[string]string{"profile.json": mailOf("ana"), "statements.json": `"studio":"portrait"`, "sign-ins.json": "127.0.0.1", "sessions.json": `"how":"link"`,
		"lots.json": `"kind":"welcome"`, "entries.json": `"what":"spent"`} {
		if !strings.Contains(string(files[name]), want) {
			b.t.Errorf("%s does not say %s: %s", name, want, files[name])
		}
	}
}

// suspendsItsUse has nothing new made, and lifts that again.
func (b *browser) suspendsItsUse() {
	b.t.Helper()
	b.do("suspend", chromedp.Click(chromedp.CSS(`form[action="/your-data/suspend"] button`)))
	b.said("it is said", "Nothing new is made from your photos.")
	b.do("the photo", chromedp.Click(chromedp.CSS("#works li strong a")), chromedp.WaitVisible(chromedp.CSS("easel-maker button.do")))
	b.do("draw", chromedp.Click(chromedp.CSS(`easel-maker button.do`)))
	b.said("it is refused with the way to lift it", "You have suspended the use of your data")
	b.shootAll("suspended")
	b.do("back", chromedp.Navigate(b.origin+"/your-data"), chromedp.WaitVisible(chromedp.CSS(`form[action="/your-data/resume"]`)))
	b.do("lift it", chromedp.Click(chromedp.CSS(`form[action="/your-data/resume"] button`)))
	b.said("it is said", "Your data can be used again.")
}

// asksForSomething sends a request, which is answered by who runs the place.
func (b *browser) asksForSomething(boss *browser) {
	b.t.Helper()
	const action = "/your-data/requests"
	b.do("the form", chromedp.Click(chromedp.CSS(`#ask a`)), chromedp.WaitVisible(chromedp.CSS(`form[action="`+action+`"]`)))
	b.do("what", chromedp.Click(chromedp.CSS(`input[value=compensation]`)))
	b.fill(action, "words", "The print was blue.")
	b.submit(action)
	b.said("it has arrived", "Your request has arrived.")
	b.until("its clock runs", `/\d d\b.* left/.test(document.querySelector(".asked [data-brief]").textContent) && document.querySelector(".asked time").textContent.startsWith("To be answered by")`)
	b.shootAll("requests")
	boss.do("the queue", chromedp.Navigate(boss.origin+"/admin/requests"), chromedp.WaitVisible(chromedp.CSS(".asked a")))
	boss.shootAll("queue")
	boss.do("the request", chromedp.Click(chromedp.CSS(".asked a")), chromedp.WaitVisible(chromedp.CSS("#act form")))
	boss.said("it is readable", "The print was blue.")
	boss.shootAll("request")
	boss.do("answer", chromedp.Click(chromedp.CSS(`input[value=done]`)), chromedp.SendKeys(chromedp.CSS("#act textarea"), "A new one is on its way."), chromedp.Click(chromedp.CSS("#act button.do")))
	boss.said("it is done", "It is done and written down.")
	b.do("look again", chromedp.Navigate(b.origin+action), chromedp.WaitVisible(chromedp.CSS(".asked > li")))
	b.said("it is answered", "A new one is on its way.")
}

// letsItBeShown says yes to a question about the portrait by the letter's link, and takes it back on the page.
func (b *browser) letsItBeShown(boss *browser) {
	b.t.Helper()
	b.do("the portrait", chromedp.Navigate(b.origin+"/your-data"), chromedp.WaitVisible(chromedp.CSS("#works li strong a")), chromedp.Click(chromedp.CSS("#works li strong a")), chromedp.WaitVisible(chromedp.CSS("[data-run]")))
	run := ask[string](b, "its number", `document.querySelector("[data-run]").dataset.run`)
	boss.do("the question", chromedp.Navigate(boss.origin+"/admin/permissions"))
	boss.fill("/admin/permissions", "picture", run, "reason", "our shop window")
	boss.submit("/admin/permissions")
	boss.said("it is asked", "Its owner has a letter.")
	boss.do("the outbox", chromedp.Navigate(boss.origin+"/admin/letters"), chromedp.WaitVisible(chromedp.CSS(".letters a")), chromedp.Click(chromedp.CSS(".letters a")), chromedp.WaitVisible(chromedp.CSS(".mail a[href^='/permission/']")))
	link := ask[string](boss, "the link", `document.querySelector(".mail a[href^='/permission/']").getAttribute("href")`)
	b.do("the link", chromedp.Navigate(b.origin+link), chromedp.WaitVisible(chromedp.CSS("button[value=yes]")))
	b.shootAll("permission")
	b.do("yes", chromedp.Click(chromedp.CSS("button[value=yes]")))
	b.said("it is recorded", "You said yes.")
	boss.do("the list", chromedp.Navigate(boss.origin+"/admin/permissions"), chromedp.WaitVisible(chromedp.CSS("#list a[href$='/picture']")))
	boss.shootAll("asking")
	if kind := ask[string](boss, "the picture", `fetch(document.querySelector("#list a[href$='/picture']").href).then(r => r.headers.get("Content-Type"))`); kind != "image/png" {
		b.t.Errorf("the picture is %q", kind)
	}
	b.do("take it back", chromedp.Navigate(b.origin+"/your-data"), chromedp.WaitVisible(chromedp.CSS("#permissions button[value=withdrawn]")))
	b.shootAll("your-data-asked")
	b.do("press", chromedp.Click(chromedp.CSS("#permissions button[value=withdrawn]")))
	b.said("it is taken back", "You took your yes back.")
}

// strangerAsks sends a request without an account: the letter's link hands it in.
func strangerAsks(boss, b *browser) {
	b.t.Helper()
	b.do("the form", chromedp.Navigate(b.origin+"/request"), chromedp.WaitVisible(chromedp.CSS(`form[action="/request"]`)))
	b.shootAll("stranger")
	b.do("what", chromedp.Click(chromedp.CSS(`input[value=child]`)))
	b.fill("/request", "mail", "ida@example.org", "words", "My son is nine.")
	b.submit("/request")
	b.said("a letter is on its way", "ida@example.org")
	boss.do("the outbox", chromedp.Navigate(boss.origin+"/admin/letters"), chromedp.WaitVisible(chromedp.CSS(".letters a")), chromedp.Click(chromedp.CSS(".letters a")), chromedp.WaitVisible(chromedp.CSS(".mail a[href^='/request/confirm/']")))
	b.press(b.origin + ask[string](boss, "the link", `document.querySelector(".mail a[href^='/request/confirm/']").getAttribute("href")`))
	b.said("it has arrived", "Its number is")
	b.shootAll("stranger-done")
}

// deletesItNow deletes the work from the page about data, after a warning.
func (b *browser) deletesItNow() {
	b.t.Helper()
	b.do("the page", chromedp.Navigate(b.origin+"/your-data"), chromedp.WaitVisible(chromedp.CSS("#works summary")), chromedp.Click(chromedp.CSS("#works summary")), chromedp.WaitVisible(chromedp.CSS("#works details[open] form button")))
	b.shootAll("delete")
	b.do("delete", chromedp.Click(chromedp.CSS("#works details[open] form button")))
	b.until("it is gone", `location.pathname === "/portrait/" && document.querySelectorAll(".earlier li").length === 0`)
	b.do("the page", chromedp.Navigate(b.origin+"/your-data"), chromedp.WaitVisible(chromedp.CSS("#works .quiet")))
}
