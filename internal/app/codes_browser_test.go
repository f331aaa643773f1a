package app_test

import (
	"context"
	"encoding/csv"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/jackc/pgx/v5"

	"easel/internal/postgres/pgtest"
	"easel/internal/sitter"
)

// TestBuyingACodeInTheBrowser is the whole way of somebody without an account: a photo, a code bought in another tab with
// pretended money and seen as often as wanted, the full picture for it. Nothing in the browser or the database then knows both.
// Whoever runs the place mints a batch meanwhile, and withdraws it.
func TestBuyingACodeInTheBrowser(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("in a plain build; its parts are raced by their own tests")
	}
	address, owner := pgtest.Addresses(t)
	a := run(t, map[string]string{"EASEL_ADDRESS": freeAddress(t), "DATABASE_URL": address, "EASEL_PAYMENTS": "demo", "EASEL_CODE_PRICES": "1=1.90 5=6.90 EUR"}, nil)
	origin := "http://" + a.Address()
	root, err := pgx.Connect(t.Context(), owner)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { root.Close(context.Background()) })
	photo := filepath.Join(t.TempDir(), "Rex at home.png")
	if err := os.WriteFile(photo, sitter.Ball(t), 0o600); err != nil {
		t.Fatal(err)
	}
	b := newBrowser(t, origin)
	b.do("the studio", chromedp.Navigate(origin+"/cutout/"), chromedp.WaitVisible(chromedp.CSS("input[name=photo]")))
	b.do("the photo", chromedp.SetUploadFiles(chromedp.CSS("input[name=photo]"), []string{photo}),
		chromedp.Click(chromedp.CSS("input[name=statement]")), chromedp.Click(chromedp.CSS("easel-cutout form[enctype] button.do")))
	b.until("a result is shown", `!!document.querySelector(".cut .checks img")?.naturalWidth`)
	b.shoot("codes-photo")
	if way := ask[string](b, "the way to the codes", `(a => a.target + " " + a.rel + " " + a.pathname)(document.querySelector('form[action="/cutout/download"] a'))`); way != "_blank noopener /cutout/codes" {
		t.Errorf("the link to the codes is %q; the photo's tab has to stay", way)
	}
	fields := ask[map[string]string](b, "the form", `Object.fromEntries(new FormData(document.querySelector('form[action="/cutout/download"]')))`)
	shop := newBrowser(t, origin) // the first tab stays: leaving it wipes the photo
	code, order := buyCode(shop, origin)
	openWith(b, fields, code)
	forgets(t, shop, root, code, order)
	mintAndWithdraw(t, shop, a)
}

// buyCode buys a code and returns it with its order's page.
func buyCode(b *browser, origin string) (code, order string) {
	b.t.Helper()
	b.do("the packs", chromedp.Navigate(origin+"/cutout/codes"), chromedp.WaitVisible(chromedp.CSS(".packs input")))
	b.shoot("codes-packs")
	b.do("a pack", chromedp.Click(chromedp.CSS("main button.do")), chromedp.WaitVisible(chromedp.CSS("input[name=number]")))
	if n := ask[int](b, "the ways to pay", `document.querySelectorAll("input[name=number]").length`); n != 4 {
		b.t.Errorf("%d ways to pay are offered; a code has to be paid at once", n)
	}
	b.shoot("codes-pay")
	b.do("a card", chromedp.Click(chromedp.CSS("button.do")))
	b.until("the order is shown", `location.pathname.startsWith("/cutout/codes/")`)
	order = ask[string](b, "the order", "location.pathname")
	if body := ask[string](b, "the page", "document.body.textContent"); !strings.Contains(body, "Show the code") || ask[bool](b, "a code", `!!document.querySelector("#code")`) {
		b.t.Error("the page of the order does not wait to be asked")
	}
	b.shoot("codes-order")
	for range 2 {
		b.do("show it", chromedp.Navigate(origin+order), chromedp.WaitVisible(chromedp.CSS("main button.do")), chromedp.Click(chromedp.CSS("main button.do")), chromedp.WaitVisible(chromedp.CSS("#code code")))
		shown := ask[string](b, "the code", `document.querySelector("#code code").textContent`)
		if code != "" && shown != code {
			b.t.Errorf("shown again it is another code")
		}
		code = shown
	}
	b.shoot("codes-shown")
	b.do("a phone", chromedp.EmulateViewport(390, 844))
	b.shoot("codes-shown-phone")
	b.do("the packs on a phone", chromedp.Navigate(origin+"/cutout/codes"), chromedp.WaitVisible(chromedp.CSS(".packs input")))
	b.shoot("codes-packs-phone")
	b.do("a desk", chromedp.EmulateViewport(1280, 900))
	return code, order
}

// openWith downloads the full picture with the code, and cannot do so twice for another photo's price.
func openWith(b *browser, fields map[string]string, code string) {
	b.t.Helper()
	form := url.Values{"code": {strings.ToLower(code)}}
	for _, field := range []string{"session", "secret", "photo", "format"} {
		form.Set(field, fields[field])
	}
	answer, err := http.PostForm(b.origin+"/cutout/download", form)
	if err != nil {
		b.t.Fatal(err)
	}
	defer answer.Body.Close()
	if kind := answer.Header.Get("Content-Type"); answer.StatusCode != http.StatusOK || kind != "image/png" {
		b.t.Errorf("the code gives %d, %s", answer.StatusCode, kind)
	}
}

// forgets reads the browser and the whole database.
func forgets(t *testing.T, b *browser, root *pgx.Conn, code, order string) {
	t.Helper()
	if left := ask[string](b, "what is left in the browser", `document.cookie + localStorage.length + sessionStorage.length`); left != "00" {
		t.Errorf("the browser keeps %q", left)
	}
	rows, err := root.Query(t.Context(), `select c.oid::regclass::text from pg_class c join pg_namespace n on n.oid = c.relnamespace
		where n.nspname in ('easel', 'keys', 'river') and c.relkind in ('r', 'p')`)
	if err != nil {
		t.Fatal(err)
	}
	tables, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		t.Fatal(err)
	}
	id := order[strings.LastIndex(order, "/")+1:]
	for _, table := range tables {
		var text *string
		if err := root.QueryRow(t.Context(), `select string_agg(x::text, E'\n') from `+table+` x`).Scan(&text); err != nil {
			t.Fatal(err)
		}
		if text == nil {
			continue
		}
		if strings.Contains(*text, code) || strings.Contains(*text, strings.ReplaceAll(code, "-", "")) {
			t.Errorf("%s names the code", table)
		}
		if strings.Contains(*text, id) && !strings.Contains(table, "payment_") && !strings.Contains(table, "river_") {
			t.Errorf("%s names the order", table)
		}
		if strings.Contains(*text, "Rex at home") {
			t.Errorf("%s names the photo", table)
		}
	}
}

// mintAndWithdraw is what whoever runs the place does about codes.
func mintAndWithdraw(t *testing.T, b *browser, a interface {
	FirstLink(ctx context.Context) (string, error)
}) {
	t.Helper()
	first, err := a.FirstLink(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	b.do("the first link", chromedp.Navigate(first), chromedp.WaitVisible(chromedp.CSS("h1")))
	signInFirst(b)
	b.do("the codes", chromedp.Navigate(b.origin+"/admin/codes"), chromedp.WaitVisible(chromedp.CSS("#mint form")))
	b.shoot("codes-admin")
	table := ask[string](b, "a batch", `fetch("/admin/codes", {method: "POST", body: new URLSearchParams({count: 3, uses: 2, days: 30})}).then(r => r.text())`)
	rows, err := csv.NewReader(strings.NewReader(table)).ReadAll()
	if err != nil || len(rows) != 4 || rows[3][1] != "2" {
		t.Fatalf("the batch is %q, %v", table, err)
	}
	b.do("the list", chromedp.Navigate(b.origin+"/admin/codes"), chromedp.WaitVisible(chromedp.CSS("#batches li")))
	b.do("withdraw it", chromedp.Evaluate[chromedp.Void](`(() => { const f = document.querySelector('form[action="/admin/codes/`+rows[1][3]+`/void"]'); f.querySelector("input").value = "the list was lost"; f.requestSubmit(); })()`))
	b.until("it is said", `!!document.querySelector("[role=status]")?.textContent.includes("withdrawn")`)
	b.shoot("codes-admin-withdrawn")
	b.do("the order", chromedp.Navigate(b.origin+"/admin/orders"), chromedp.WaitVisible(chromedp.CSS("#grant")))
	b.shoot("codes-admin-orders")
}
