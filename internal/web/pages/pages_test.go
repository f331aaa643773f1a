package pages

import (
	"bytes"
	"compress/gzip"
	"image"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"
	"github.com/google/uuid"

	"easel/internal/generation"
	"easel/internal/web/ui"
)

// sample is a page with everything on it, and what must be found there.
type sample struct {
	name, page string
	data       any
	find       map[string]int // selector → how many
}

// samples holds every page in every state. A state that is not here was never looked at.
func samples(t testing.TB, s *site) []sample {
	t.Helper()
	upload := generation.Upload{ID: uuid.New(), Name: `Ana "<b>"`, W: 600, H: 800, HasFace: true, Crop: image.Rect(100, 50, 500, 550),
		Warnings: []string{"The photo is dark."}, Created: noon.Add(-time.Hour), Deadline: noon.Add(23 * time.Hour)}
	run := func(state generation.State) generation.Run {
		return generation.Run{ID: uuid.New(), UploadID: upload.ID, Style: "artistic", State: state, Stage: "laying the ground", Done: 0.42, Ahead: 2,
			Left: 40 * time.Second, Say: "The server was stopped.", Note: "Some of the background stays.", W: 600, H: 800, Crop: upload.Crop, Created: upload.Created, Deadline: upload.Deadline}
	}
	states := []generation.State{generation.Queued, generation.Drawing, generation.Done, generation.Failed, generation.Cancelled}
	work := generation.Work{Upload: upload}
	for _, state := range states {
		work.Runs = append(work.Runs, run(state))
	}
	all := s.wordOf()
	drop := dropForm{Keeps: s.keeps(), Signed: true, NeedStatement: true, Word: &all, Statement: s.Policy.Statements, Prohibited: s.Policy.Prohibited, Accept: ui.Accepted, Max: 1 << 20, MaxMB: 1}
	known := drop
	known.NeedStatement, known.Word, known.Error = false, nil, "No photo arrived."
	strange := known
	strange.Signed, strange.Error = false, ""
	faultPage := struct {
		ui.Frame
		Status             int
		Say, Request, Back string
	}{Status: 500, Say: "Something went wrong.", Request: "ABC", Back: "/portrait/"}
	gonePortrait := s.cardOf(run(generation.Done), "Ana")
	gonePortrait.State = gone
	return append(append(append(append(append(append(promiseSamples(s), peopleSamples(s)...), buySamples(s)...), tokensSamples(s)...), deletionSamples(s)...), append(rightsSamples(s), officeSamples(s)...)...), []sample{
		{"home", "home", s.homePage(), map[string]int{"a.do[href='/portrait/']": 1, ".ways .four:first-of-type h3": 4, ".steps li": 3, "h1": 1}},
		{"studio, first", "studio", studioPage{Drop: drop}, map[string]int{"input[name=statement][required]": 1, ".state li": len(s.Policy.Statements),
			".banned li": len(s.Policy.Prohibited), "form[enctype='multipart/form-data'] input[type=file][name=photo]": 2, "input[capture]": 1, ".error[hidden]": 1, "button.do": 1}},
		{"studio, looking round", "studio", studioPage{Drop: strange, Styles: s.homePage().Styles}, map[string]int{".gate a.do": 2, "main form": 0, ".ways .wall li": 4, "input[name=statement]": 0}},
		{"studio, again", "studio", studioPage{Drop: known, Gone: "Deleted.", Works: []hanging{s.hanging(work)}}, map[string]int{"input[name=statement]": 0,
			".error:not([hidden])": 1, ".notice[role=status]": 1, ".earlier li": 1, ".earlier easel-clock": 1}},
		{"work, new", "work", s.workPage(generation.Work{Upload: upload}), map[string]int{"easel-crop img": 1, "input[name=style]": 4, "input[name=style][checked]": 4,
			"input[name=crop]": 3, ".warnings p": 1, "form[action$='/delete']": 1, ".card": 0, "noscript": 0, "h1": 1}},
		{"work, all states", "work", s.workPage(work), map[string]int{".card": 5, ".card-done easel-compare img": 2, ".card-done nav a[download]": 5, ".card-done .say": 1,
			".card-done form[action$='/delete']": 1, "progress": 2, "form[action$='/cancel']": 2, ".card-failed form[action$='/start']": 1,
			".card-cancelled form[action$='/start']": 1, "noscript": 1, "easel-live[data-events]": 1, "input[name=style][checked]": 3, "h1": 1}},
		{"card, gone", "card", fragment{gonePortrait}, map[string]int{".card-gone img": 0, ".card-gone form": 0, "header": 0}},
		{"licences", "licences", licencesPage{Licences: inCommon([]ui.Licence{{Name: "a", Version: "1", Licence: "MIT", Text: "free"}, {Name: "b", Version: "2", Licence: "BSD", Text: "freer"},
			{Name: "c", Version: "1", Licence: "MIT", Text: "free"}})}, map[string]int{"pre": 2, "h2": 2, "section:first-of-type li": 2}},
		{"fault", "fault", faultPage, map[string]int{"h1": 1, "code": 1, "a.do[href='/portrait/']": 1}},
	}...)
}

func TestEveryPage(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	shown := map[string]bool{}
	for _, s := range samples(t, h.plain) {
		shown[s.page] = true
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			var b bytes.Buffer
			must(t, h.ui.Render(&b, s.page, s.data))
			doc, err := goquery.NewDocumentFromReader(&b)
			must(t, err)
			for selector, n := range s.find {
				if got := doc.Find(selector).Length(); got != n {
					t.Errorf("%d of %s, want %d", got, selector, n)
				}
			}
			checkAccess(t, doc)
		})
	}
	for _, page := range ui.Pages {
		if !shown[page] && !elsewhere(t, page) {
			t.Errorf("page %s has no sample", page)
		}
	}
}

// elsewhere reports whether another package shows the page, and so has to test it.
func elsewhere(t *testing.T, page string) bool {
	t.Helper()
	code, err := filepath.Glob("../*/*.go")
	must(t, err)
	for _, name := range code {
		if dir := filepath.Base(filepath.Dir(name)); dir == "pages" || dir == "ui" || dir == "edge" {
			continue
		}
		data, err := os.ReadFile(name)
		must(t, err)
		if strings.Contains(string(data), `"`+page+`"`) {
			return true
		}
	}
	return false
}

// checkAccess holds what every page owes to everybody.
func checkAccess(t *testing.T, doc *goquery.Document) {
	t.Helper()
	doc.Find("img").Each(func(_ int, img *goquery.Selection) {
		if _, ok := img.Attr("alt"); !ok {
			t.Errorf("a picture without a text: %v", img.AttrOr("src", "?"))
		}
		if _, sized := img.Attr("width"); !sized && !img.HasClass("ghost") && !img.HasClass("drop-preview") {
			t.Errorf("a picture without a size: %v", img.AttrOr("src", "?"))
		}
	})
	doc.Find("input:not([type=hidden]), progress").Each(func(_ int, in *goquery.Selection) {
		if in.Closest("label").Length() == 0 && in.AttrOr("aria-label", "") == "" {
			t.Errorf("a control without a label: %v %v", goquery.NodeName(in), in.AttrOr("name", ""))
		}
	})
	doc.Find("svg").Each(func(_ int, svg *goquery.Selection) {
		if svg.AttrOr("aria-hidden", "") != "true" {
			t.Error("a drawing that is read aloud")
		}
	})
	doc.Find("form").Each(func(_ int, form *goquery.Selection) {
		if form.AttrOr("method", "") != "post" || form.Find("button").Length() == 0 {
			t.Errorf("a form that cannot be sent without script: %v", form.AttrOr("action", ""))
		}
	})
	ids := map[string]bool{}
	doc.Find("[id]").Each(func(_ int, e *goquery.Selection) {
		id, _ := e.Attr("id")
		if ids[id] {
			t.Errorf("two things are called %s", id)
		}
		ids[id] = true
	})
	doc.Find("[aria-labelledby]").Each(func(_ int, e *goquery.Selection) {
		if name := e.AttrOr("aria-labelledby", ""); !ids[name] {
			t.Errorf("nothing is called %s", name)
		}
	})
}

// The first page must be light: everything but pictures, as it is sent, is under 100 kB.
func TestFirstPageIsLight(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	if err := h.ui.Ready(); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal(err)
		}
		t.Skip(err)
	}
	page := h.visitor(t).get("/").Body
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	_, err := z.Write([]byte(page))
	must(t, err)
	must(t, z.Close())
	total, seen := packed.Len(), []string{}
	add := func(address string) {
		if address == "" || slices.Contains(seen, address) {
			return
		}
		seen = append(seen, address)
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
		must(t, err)
		r.Header.Set("Accept-Encoding", "gzip")
		res := h.visitor(t).do(r)
		if res.StatusCode != http.StatusOK {
			t.Errorf("%s: %d", address, res.StatusCode)
		}
		total += len(res.Body)
	}
	for _, m := range regexp.MustCompile(`(?:href|src)="(/assets/[^"]+)"`).FindAllStringSubmatch(page, -1) {
		add(m[1])
	}
	for _, font := range []string{"public-sans-latin-wght-normal.woff2", "sorts-mill-goudy-latin-400-normal.woff2", "sorts-mill-goudy-latin-400-italic.woff2"} {
		add(h.ui.Asset(font))
	}
	if len(seen) < 6 || total > 100_000 {
		t.Errorf("%d bytes in %d files: %v", total, len(seen)+1, seen)
	}
	t.Logf("the first page is %d bytes in %d files", total, len(seen)+1)
}

// Every text of the catalogue is used somewhere.
func TestNoTextIsLeftOver(t *testing.T) {
	t.Parallel()
	code, err := filepath.Glob("../*/*.go")
	must(t, err)
	templates, err := filepath.Glob("../ui/templates/*.html")
	must(t, err)
	var source strings.Builder
	for _, name := range append(code, templates...) {
		if strings.HasSuffix(name, "_test.go") || strings.HasPrefix(name, "../ui/english") {
			continue
		}
		data, err := os.ReadFile(name)
		must(t, err)
		source.Write(data)
	}
	numbered := regexp.MustCompile(`\.(0|1|n)$`)
	begun := map[string]bool{} // what a state or a kind ends
	for _, m := range regexp.MustCompile(`"([a-z.]+\.)" ?\+`).FindAllStringSubmatch(source.String(), -1) {
		begun[m[1]] = true
	}
	for _, key := range ui.English().Keys() {
		asked := numbered.ReplaceAllString(key, "")
		if strings.HasPrefix(key, "fault.") && regexp.MustCompile(`\d{3}$`).MatchString(key) {
			continue // asked by status
		}
		if whole := strings.TrimSuffix(key, ".say"); begun[whole[:strings.LastIndex(whole, ".")+1]] {
			continue
		}
		if !strings.Contains(source.String(), `"`+key+`"`) && !strings.Contains(source.String(), `"`+asked+`"`) {
			t.Errorf("nothing says %s", key)
		}
	}
}

func TestOrderOnTheWall(t *testing.T) {
	t.Parallel()
	runs := func(seeds ...uint64) (all []generation.Run) {
		for i, seed := range seeds {
			all = append(all, generation.Run{Seed: seed, Ahead: i})
		}
		return all
	}
	for _, c := range []struct {
		seeds []uint64
		want  []int
	}{{nil, nil}, {[]uint64{5}, []int{0}}, {[]uint64{5, 5, 5}, []int{0, 1, 2}}, {[]uint64{5, 5, 7, 8, 8}, []int{3, 4, 2, 0, 1}}, {[]uint64{5, 7, 5}, []int{2, 1, 0}}} {
		var got []int
		for _, run := range lastAskedFirst(runs(c.seeds...)) {
			got = append(got, run.Ahead)
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%v: %v", c.seeds, got)
		}
	}
}

func TestWaitingIsSaidHonestly(t *testing.T) {
	t.Parallel()
	s := newHouse(t).plain
	for _, c := range []struct {
		run         generation.Run
		stage, wait string
	}{
		{generation.Run{State: generation.Queued}, "Next in line", ""},
		{generation.Run{State: generation.Queued, Ahead: 1, Left: 41 * time.Second}, "Waiting for a free easel", "One drawing before this one · about 41 s left"},
		{generation.Run{State: generation.Queued, Ahead: 7, Left: 150 * time.Second}, "Waiting for a free easel", "7 drawings before this one · about 3 min left"},
		{generation.Run{State: generation.Drawing}, "Sharpening the pencils", "0 %"},
		{generation.Run{State: generation.Drawing, Stage: "ébauche", Done: 0.999, Left: time.Millisecond}, "Ébauche", "99 % · about 1 s left"},
		{generation.Run{State: generation.Drawing, Done: 7}, "Drawing", "99 %"},
		{generation.Run{State: generation.Done, Stage: "done", Left: time.Hour}, "Done", ""},
	} {
		if stage, wait := s.stage(c.run), s.wait(c.run); stage != c.stage || wait != c.wait {
			t.Errorf("%+v: %q, %q", c.run, stage, wait)
		}
	}
}
