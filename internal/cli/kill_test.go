package cli_test

import (
	"bytes"
	"encoding/csv"
	"image"
	"image/color"
	"image/jpeg"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"
)

// given is how many tokens the one who is drawn for has at the beginning.
const given = 5000

// TestNoTokenIsLostByKilling kills server and workers with SIGKILL again and again while people bring photos, start,
// cancel and delete. In the end every token is where it belongs: spent for a portrait that was stored, or back. It is
// done a few times here, and as often as EASEL_KILLS says.
func TestNoTokenIsLostByKilling(t *testing.T) {
	if testing.Short() {
		t.Skip("in a plain build; what it kills is raced by the crash tests")
	}
	kills := 3
	if text := os.Getenv("EASEL_KILLS"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil {
			t.Fatalf("EASEL_KILLS: %v", err)
		}
		kills = n
	}
	t.Setenv("EASEL_WELCOME_TOKENS", strconv.Itoa(given))
	t.Setenv("EASEL_WORKERS", "2")
	data, address := t.TempDir(), freeAddress(t)
	s := startServer(t, data, address)
	v := newVisitor(s)
	first := v.bring(disc(t))
	begun := time.Now()
	for i := range kills {
		stop := make(chan struct{})
		var crowd sync.WaitGroup
		for range 3 {
			crowd.Go(func() { v.press(first, stop) })
		}
		time.Sleep(time.Duration(200+rand.IntN(3000)) * time.Millisecond) // somewhere in the middle of anything
		s.kill()
		close(stop)
		crowd.Wait()
		s = startServer(t, data, address)
		v.s = s
		v.books()
		if (i+1)%20 == 0 {
			t.Logf("%d kills in %v", i+1, time.Since(begun).Round(time.Second))
		}
	}
	var settled, inUse int
	var runs map[string]string
	s.eventually("everything has ended", func() bool {
		settled, inUse, runs = v.books()
		return inUse == 0
	})
	var spent, back, shown int
	for run, what := range runs {
		switch what {
		case "spent":
			spent++
		case "back":
			back++
		default:
			t.Errorf("run %s ends as %q", run, what)
		}
	}
	if settled != given-spent {
		t.Errorf("of %d tokens %d were spent, and %d are left", given, spent, settled)
	}
	for _, photo := range v.photos() {
		doc, _ := v.page(v.request("GET", photo, nil, ""))
		doc.Find("[data-card]").Each(func(_ int, card *goquery.Selection) {
			shown++
			run, state := card.AttrOr("data-run", ""), card.AttrOr("data-state", "")
			if want := map[string]string{"done": "spent", "failed": "back", "cancelled": "back"}[state]; runs[run] != want {
				t.Errorf("the portrait %s is %s, and its token is %q", run, state, runs[run])
			}
		})
	}
	// Whether a few kills on a busy machine come while something is under way, which then comes back, is chance.
	if spent+back == 0 || shown == 0 || kills >= 20 && (spent == 0 || back == 0) {
		t.Errorf("nothing much happened: %d spent, %d back, %d shown", spent, back, shown)
	}
	t.Logf("%d kills in %v: %d tokens were spent, %d came back, none was lost", kills, time.Since(begun).Round(time.Second), spent, back)
	s.stop()
}

// disc is a small photo, quickly drawn.
func disc(t *testing.T) []byte {
	t.Helper()
	img := image.NewNRGBA(image.Rect(0, 0, 160, 200))
	for y := range 200 {
		for x := range 160 {
			c := color.NRGBA{60, uint8(70 + x%32), 90, 255}
			if dx, dy := x-80, y-100; dx*dx+dy*dy < 3600 {
				c = color.NRGBA{220, uint8(160 + y%48), 140, 255}
			}
			img.SetNRGBA(x, y, c)
		}
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, nil); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// press starts, cancels and deletes portraits until it is told to stop. Whatever goes wrong goes wrong: the server is
// killed meanwhile.
func (v visitor) press(photo string, stop <-chan struct{}) {
	for {
		select {
		case <-stop:
			return
		default:
		}
		styles := []string{"rough-sketch", "detailed-sketch"}[:1+rand.IntN(2)]
		doc := v.try("POST", photo+"/start", url.Values{"style": styles, "crop": {"whole"}})
		if doc == nil {
			doc = v.try("GET", photo, nil)
		}
		if doc == nil {
			time.Sleep(20 * time.Millisecond) // dead, or busy
			continue
		}
		cards := v.cards(doc)
		for range min(2, len(cards)) { // most are left alone
			card := cards[rand.IntN(len(cards))]
			switch rand.IntN(12) {
			case 0:
				v.try("POST", card+"/cancel", nil)
			case 1:
				v.try("POST", card+"/delete", nil)
			}
		}
	}
}

// try asks for a page and returns it, or nil when that was not to be.
func (v visitor) try(method, path string, form url.Values) *goquery.Document {
	r := v.request(method, path, strings.NewReader(form.Encode()), "application/x-www-form-urlencoded")
	r.Header.Set("Accept", "text/html")
	answer, err := v.Do(r)
	if err != nil {
		return nil
	}
	defer answer.Body.Close()
	doc, err := goquery.NewDocumentFromReader(answer.Body)
	if err != nil || answer.StatusCode != http.StatusOK {
		return nil
	}
	return doc
}

// books reads the history of the tokens and checks that it adds up: what may be spent or is in use is what was given
// less what was spent, and every run holds one token once.
func (v visitor) books() (settled, inUse int, runs map[string]string) {
	v.s.t.Helper()
	answer, err := v.Get(v.s.url + "/account/tokens.csv")
	if err != nil {
		v.s.t.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil || answer.StatusCode != http.StatusOK {
		v.s.t.Fatalf("the history of the tokens: %s, %v", answer.Status, err)
	}
	lines, err := csv.NewReader(bytes.NewReader(text)).ReadAll()
	if err != nil || len(lines) < 2 {
		v.s.t.Fatalf("the history of the tokens: %v in %q", err, text)
	}
	runs = map[string]string{}
	for _, line := range lines[1:] {
		what, run := line[1], line[7]
		change, err := strconv.Atoi(line[3])
		if err != nil {
			v.s.t.Fatal(err)
		}
		settled += change
		if run == "" {
			continue
		}
		if runs[run] != "" || line[2] != "1" {
			v.s.t.Errorf("run %s holds tokens twice, or not one: %v", run, line)
		}
		if runs[run] = what; what == "in use" {
			inUse++
		}
	}
	return settled, inUse, runs
}

// photos are the addresses of the photos that are there.
func (v visitor) photos() []string {
	doc, _ := v.page(v.request("GET", "/portrait/", nil, ""))
	return doc.Find("a.hang").Map(func(_ int, a *goquery.Selection) string { return a.AttrOr("href", "") })
}
