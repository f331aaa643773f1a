package app_test

import (
	"context"
	"fmt"
	"maps"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"

	"easel/internal/app"
	"easel/internal/postgres/pgtest"
	"easel/internal/sandbox"
	"easel/internal/sitter"
)

func TestMain(m *testing.M) {
	sandbox.Main()
	os.Exit(m.Run())
}

// run runs the whole program with the settings, on a database of its own where they name none.
func run(t *testing.T, env map[string]string, change func(c *app.Config)) *app.App {
	t.Helper()
	settings := map[string]string{"EASEL_DATA": t.TempDir()}
	if env["DATABASE_URL"] == "" {
		settings["DATABASE_URL"] = pgtest.Address(t)
	}
	maps.Copy(settings, env)
	config, err := app.ReadConfig(func(name string) string { return settings[name] })
	if err != nil {
		t.Fatal(err)
	}
	if testing.Short() {
		config.Pixels = smaller // what the race detector gets through
	}
	if change != nil {
		change(&config)
	}
	a, err := app.New(t.Context(), config, pgtest.Log(t))
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- a.Serve(ctx) }()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Errorf("the program did not stop in good order: %v", err)
		}
	})
	return a
}

// smaller is a size at which drawings take little time.
const smaller = 120_000

// freeAddress is where nobody listens: links in letters, ways back from other pages and issuers need it beforehand.
func freeAddress(t *testing.T) string {
	t.Helper()
	port, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer port.Close()
	return port.Addr().String()
}

// startApp runs the whole program. It returns its address, and the link that makes whoever opens it the one who runs the
// place.
func startApp(t *testing.T) (origin, first string) {
	t.Helper()
	a := run(t, map[string]string{"EASEL_ADDRESS": freeAddress(t)}, nil)
	first, err := a.FirstLink(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return "http://" + a.Address(), first
}

// begin opens the first link and says in the studio what it asks once.
func (b *browser) begin(first string) {
	b.t.Helper()
	b.do("the first link", chromedp.Navigate(first), chromedp.WaitVisible(chromedp.CSS("main form button.do")))
	b.shoot("first-link")
	signInFirst(b)
	b.until("the studio is there", `location.pathname === "/portrait/" && !!document.querySelector("form.spread")`)
}

// agree says that somebody is old enough and agrees to the policy; the statement about photos is left.
func (b *browser) agree() {
	b.t.Helper()
	b.do("age and policy", chromedp.Click(chromedp.CSS(`input[name=age][value=of-age]`)), chromedp.Click(chromedp.CSS(`input[name=agree]`)))
}

// browser is one window of a real Chromium. Errors in its console, violations of the content security policy and
// requests to anywhere but the program fail the test.
type browser struct {
	t      *testing.T
	ctx    context.Context
	origin string
	mu     sync.Mutex
	wrong  []string
}

func newBrowser(t *testing.T, origin string) *browser {
	t.Helper()
	program, err := exec.LookPath("chromium")
	if err != nil {
		t.Fatal("this test needs Chromium: install the package chromium, or run `make test`, which brings it")
	}
	home := t.TempDir()
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(program), chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.UserDataDir(filepath.Join(home, "profile")), chromedp.Env("HOME="+home), chromedp.WindowSize(1280, 900),
		chromedp.Flag("disable-background-networking", true), chromedp.Flag("disable-component-update", true),
		chromedp.Flag("disable-sync", true), chromedp.Flag("disable-quic", true))
	// Not the test's own context: that one ends before the clean-up that closes the browser in good order.
	alloc, cancelAlloc := chromedp.NewExecAllocator(context.Background(), options...)
	ctx, cancel := chromedp.NewContext(alloc)
	b := &browser{t: t, ctx: ctx, origin: origin}
	t.Cleanup(func() {
		if err := chromedp.Cancel(ctx); err != nil {
			t.Logf("closing the browser: %v", err)
		}
		cancel()
		cancelAlloc()
		b.mu.Lock()
		defer b.mu.Unlock()
		for _, w := range b.wrong {
			t.Error(w)
		}
	})
	b.listen()
	return b
}

func (b *browser) complainf(format string, args ...any) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.wrong = append(b.wrong, fmt.Sprintf(format, args...))
}

func (b *browser) listen() {
	messages := chromedp.Console(b.ctx)
	go func() {
		for m, err := range messages {
			if err != nil {
				return
			}
			if m.Type == chromedp.ConsoleError || m.Type == chromedp.ConsoleException || m.Source == "security" {
				b.complainf("the console says: %s", m)
			}
		}
	}()
	requests := chromedp.Events(b.ctx, network.RequestWillBeSent)
	go func() {
		for e, err := range requests {
			if err != nil {
				return
			}
			if u := e.Request.URL; !strings.HasPrefix(u, b.origin+"/") && !strings.HasPrefix(u, "blob:"+b.origin) && !strings.HasPrefix(u, "data:") && u != "about:blank" {
				b.complainf("the page asked for %s, which is not ours", u)
			}
		}
	}()
}

func (b *browser) do(what string, steps ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	defer b.slow(what, time.Now())
	ctx, cancel := context.WithTimeout(b.ctx, time.Minute)
	defer cancel()
	if err := chromedp.Do(ctx, steps...); err != nil {
		b.shoot("failed")
		b.t.Fatalf("%s: %v", what, err)
	}
}

// slow notes what took long, so that a wait that nobody ordered is seen.
func (b *browser) slow(what string, begin time.Time) {
	b.t.Helper()
	if took := time.Since(begin); took > 10*time.Second {
		b.t.Logf("%s took %v", what, took.Round(time.Second))
	}
}

// until waits for a JavaScript condition, which may be a promise, on a page that is all there, also across navigations;
// drawing four portraits on a slow machine takes a while.
func (b *browser) until(what, condition string) {
	b.t.Helper()
	defer b.slow(what, time.Now())
	ctx, cancel := context.WithTimeout(b.ctx, 3*time.Minute)
	defer cancel()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		// A page that is being left may never answer, so each question has a time of its own.
		once, done := context.WithTimeout(ctx, 5*time.Second)
		ok, err := chromedp.Run(once, chromedp.Evaluate[bool](`(async () => document.readyState === "complete" && !!(await (`+condition+`)))()`, chromedp.EvalAwaitPromise))
		done()
		if err == nil && ok { // an error is a page that is just being left
			return
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			b.shoot("failed")
			b.t.Fatalf("it never came about that %s (%v)\n%s", what, err, b.scene())
		}
	}
}

// scene is what the page shows, for whoever reads that a test failed.
func (b *browser) scene() string {
	ctx, cancel := context.WithTimeout(b.ctx, 5*time.Second)
	defer cancel()
	shown, err := chromedp.Run(ctx, chromedp.Evaluate[string](`[location.href + ", " + document.readyState,
		"not answered: " + [...document.querySelectorAll("input:invalid")].map(i => i.name).join(" "),
		"said: " + [...document.querySelectorAll("[role=alert]:not([hidden])")].map(e => e.textContent).join(" "),
		document.querySelector("main")?.innerText.replace(/\s+/g, " ").slice(0, 500)].join("\n")`))
	if err != nil {
		return fmt.Sprintf("the page does not answer: %v", err)
	}
	return shown
}

func ask[T any](b *browser, what, expression string) T {
	b.t.Helper()
	defer b.slow(what, time.Now())
	v, err := chromedp.Run(b.ctx, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
	if err != nil {
		b.t.Fatalf("%s: %v", what, err)
	}
	return v
}

// shoot saves the page into the folder of EASEL_SCREENSHOTS, for the eye; without one it does nothing.
func (b *browser) shoot(name string) {
	folder := os.Getenv("EASEL_SCREENSHOTS")
	if folder == "" {
		return
	}
	picture, err := chromedp.Run(b.ctx, chromedp.FullScreenshot(100))
	if err == nil {
		err = os.MkdirAll(folder, 0o755)
	}
	if err == nil {
		err = os.WriteFile(filepath.Join(folder, name+".png"), picture, 0o644)
	}
	if err != nil {
		b.t.Log(err)
	}
}

// TestAPersonsVisit is the whole way of a visitor in a real browser: a photo in, four portraits drawn live, compared,
// taken home, deleted.
func TestAPersonsVisit(t *testing.T) {
	t.Parallel()
	origin, first := startApp(t)
	photo := sitter.File(t, "my passport photo.jpg")
	b := newBrowser(t, origin)

	b.do("the home page", chromedp.Navigate(origin+"/"), chromedp.WaitVisible(chromedp.CSS("h1")))
	b.shoot("home")
	b.do("the way to the studio", chromedp.Click(chromedp.CSS(`main a[href="/portrait/"]`)), chromedp.WaitVisible(chromedp.CSS("easel-drop .gate a.do")))
	b.shoot("studio-strange")
	b.begin(first)
	b.shoot("studio")
	b.agree()
	b.do("the photo", chromedp.SetUploadFiles(chromedp.CSS(`input[name=photo]:not([capture])`), []string{photo}),
		chromedp.Click(chromedp.CSS(`input[name=statement]`)))
	b.until("the photo's page is there", `location.pathname.startsWith("/portrait/photo/") && !!document.querySelector("easel-maker")`)
	b.until("every style shows a preview of this photo", `(p => p.length === 4 && p.every(i => i.complete && i.naturalWidth > 0))([...document.querySelectorAll(".trial img")])`)
	b.shoot("photo")

	ask[int](b, "all styles", `[...document.querySelectorAll("input[name=style]:not(:checked)")].map(i => i.click()).length`)
	b.do("red chalk", chromedp.Click(chromedp.CSS(`input[name=ink][value=sanguine]`)))
	b.do("draw", chromedp.Click(chromedp.CSS(`easel-maker button.do`)))
	b.until("something is being drawn", `document.querySelector("[data-state=drawing], [data-state=done]") && document.querySelectorAll("[data-run]").length === 4`)
	b.until("progress is shown live", `[...document.querySelectorAll("[data-run] progress")].some(p => p.value > 0)`)
	b.shoot("drawing")
	b.until("four portraits are ready", `document.querySelectorAll("[data-run][data-state=done]").length === 4`)
	b.until("their pictures are shown", `[...document.querySelectorAll(".compare-result")].every(i => i.complete && i.naturalWidth > 0)`)
	b.shoot("done")
	if said := ask[string](b, "the cards", `[...document.querySelectorAll(".details p")].map(p => p.textContent.replace(/\d+/, "n")).sort().join("; ")`); said != "Red chalk · Take n; Red chalk · Take n; Take n; Take n" {
		b.t.Errorf("the cards say %q", said)
	}

	checkSlider(b)
	checkDownloads(b)
	checkSecondVisit(b)
	checkDelete(b)
}

// checkSlider moves the line with the keyboard; at rest it shows the portrait alone.
func checkSlider(b *browser) {
	b.t.Helper()
	const at = `document.querySelector("easel-compare").style.getPropertyValue("--at")`
	if got := ask[string](b, "the slider at rest", at); got != "" && got != "0.00%" {
		b.t.Errorf("at rest the slider is at %s", got)
	}
	ask[bool](b, "focus", `(document.querySelector("easel-compare input[type=range]").focus(), true)`)
	b.do("arrow keys", chromedp.KeyEvent("\u0303"), chromedp.KeyEvent("\u0303")) // arrow right
	if got := ask[string](b, "the slider after two arrow keys", at); got != "2.00%" {
		b.t.Errorf("after two arrow keys the slider is at %q, want 2.00%%", got)
	}
}

// checkDownloads fetches every link of the first card as the browser would.
func checkDownloads(b *browser) {
	b.t.Helper()
	got := ask[[]string](b, "downloads", `Promise.all([...document.querySelector("[data-state=done]").querySelectorAll("a[download]")].map(async a => {
		const r = await fetch(a.href), bytes = new Uint8Array(await r.arrayBuffer());
		return [r.status, r.headers.get("Content-Type"), r.headers.get("Content-Disposition"), bytes.length > 5000, [...bytes.slice(0, 4)].join(".")].join(" | ");
	}))`)
	all := strings.Join(got, "\n")
	for _, want := range []string{"image/png", "image/jpeg", "image/webp", "application/pdf", "image/svg+xml", "my passport photo-"} {
		decoded, _ := url.QueryUnescape(all)
		if !strings.Contains(all, want) && !strings.Contains(decoded, want) {
			b.t.Errorf("no download has %q:\n%s", want, all)
		}
	}
	for _, line := range got {
		if !strings.HasPrefix(line, "200 | ") || !strings.Contains(line, "| true |") {
			b.t.Errorf("a download failed: %s", line)
		}
	}
}

// checkSecondVisit leaves and comes back: the work is listed and the event stream shows the same state.
func checkSecondVisit(b *browser) {
	b.t.Helper()
	b.do("come back", chromedp.Navigate(b.origin+"/portrait/"), chromedp.WaitVisible(chromedp.CSS(".earlier a.hang")))
	b.shoot("studio-again")
	b.do("open the work", chromedp.Click(chromedp.CSS(".earlier a.hang")), chromedp.WaitVisible(chromedp.CSS("[data-state=done]")))
}

// checkDelete deletes one portrait, then everything. The previews come first: one that is still on its way when its
// photo goes is a 404, of which the console tells.
func checkDelete(b *browser) {
	b.t.Helper()
	ask[bool](b, "look at the previews", `(document.querySelectorAll(".trial img").forEach(i => { i.loading = "eager" }), true)`)
	b.until("the previews are there", `[...document.querySelectorAll(".trial img")].every(i => i.complete && i.naturalWidth > 0)`)
	b.do("delete one", chromedp.Click(chromedp.CSS(`[data-state=done] details.ask summary`)),
		chromedp.Click(chromedp.CSS(`[data-state=done] details.ask[open] form button`)))
	b.until("its frame is empty", `!!document.querySelector("[data-state=gone]")`)
	b.shoot("one-gone")
	b.do("delete all", chromedp.Click(chromedp.CSS(`.whole details.ask summary`)), chromedp.Click(chromedp.CSS(`.whole details.ask[open] form button`)))
	b.until("the studio says so", `location.pathname === "/portrait/" && !!document.querySelector(".notice")`)
	b.shoot("all-gone")
	if n := ask[int](b, "earlier works", `document.querySelectorAll(".earlier li").length`); n != 0 {
		b.t.Errorf("after everything was deleted %d works are listed", n)
	}
}
