package pages

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"easel/internal/generation"
)

func TestInkAndTake(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	v := h.visitor(t)
	path := v.seated()
	page := document(t, v.get(path))
	if got := page.Find("input[name=ink]"); got.Length() != 4 || got.First().AttrOr("value", "") != "graphite" || page.Find("input[name=ink][checked]").Length() != 1 {
		t.Errorf("%d inks, %d chosen", got.Length(), page.Find("input[name=ink][checked]").Length())
	}
	if got := strings.Join(strings.Fields(page.Find(".inks label:has(input[name=ink])").Last().Text()), " "); got != "Pen Rough sketch only" {
		t.Errorf("the last ink is %q", got)
	}
	res := v.post(path+"/start", url.Values{"style": {"rough-sketch", "artistic"}, "ink": {"sanguine"}, "take": {" 77 "}})
	runs := h.all()
	if res.StatusCode != http.StatusSeeOther || len(runs) != 2 || runs[0].Ink != "sanguine" || runs[0].Seed != 77 || runs[1].Seed != 77 {
		t.Fatalf("%d %+v", res.StatusCode, runs)
	}
	for _, run := range runs {
		h.finish(run.ID)
	}
	page = document(t, v.get(path))
	for i, want := range []string{"Red chalk · Take 77", "Take 77"} {
		if got := page.Find(".details p").Eq(i).Text(); got != want {
			t.Errorf("the card says %q, want %q", got, want)
		}
	}
	for _, run := range runs {
		h.change(run.ID, func(r *generation.Run) { r.Seed = generation.LastTake + 1 }) // cannot be asked for by its number
	}
	if got := document(t, v.get(path)).Find(".details p").Text(); strings.Contains(got, "Take") {
		t.Errorf("the cards say %q", got)
	}
}

func TestBackgroundAndStrength(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	v := h.visitor(t)
	path := v.seated()
	page := document(t, v.get(path))
	for name, want := range map[string]string{"background": "", "strength": "100"} {
		chosen := page.Find("input[name=" + name + "][checked]")
		if chosen.Length() != 1 || chosen.AttrOr("value", "?") != want {
			t.Errorf("%s: %d are chosen, the first is %q", name, chosen.Length(), chosen.AttrOr("value", "?"))
		}
	}
	page.Find("input[name=background], input[name=strength]").Each(func(_ int, in *goquery.Selection) {
		value := in.AttrOr("value", "")
		res := v.post(path+"/start", url.Values{"style": {"artistic"}, in.AttrOr("name", ""): {value}})
		if runs := h.all(); res.StatusCode != http.StatusSeeOther || in.AttrOr("name", "") == "background" && runs[len(runs)-1].Background != value ||
			in.AttrOr("name", "") == "strength" && fmt.Sprint(runs[len(runs)-1].Strength) != value {
			t.Errorf("%s %q: %d %+v", in.AttrOr("name", ""), value, res.StatusCode, runs[len(runs)-1])
		}
	})
}

func TestADoubtfulOutlineOffersASoftBackground(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	v := h.visitor(t)
	path := v.seated()
	v.post(path+"/start", url.Values{"style": {"rough-sketch"}, "background": {"none"}, "strength": {"70"}, "take": {"5"}})
	first := h.all()[0]
	h.finish(first.ID)
	if got := document(t, v.get(path)).Find("input[name=background][value=soft][type=hidden]").Length(); got != 0 {
		t.Errorf("without a doubt a soft background is offered %d times", got)
	}
	h.change(first.ID, func(r *generation.Run) { r.Note = "We were not sure." })
	page := document(t, v.get(path))
	if got := page.Find(".details p").Text(); got != "Background: none · Strength 70 % · Take 5" {
		t.Errorf("the card says %q", got)
	}
	form := page.Find("input[name=background][value=soft][type=hidden]").Closest("form")
	fields := url.Values{}
	form.Find("input").Each(func(_ int, in *goquery.Selection) { fields.Set(in.AttrOr("name", ""), in.AttrOr("value", "")) })
	if res := v.post(form.AttrOr("action", ""), fields); res.StatusCode != http.StatusSeeOther {
		t.Fatalf("%d %s", res.StatusCode, res.Body)
	}
	runs := h.all()
	if b := runs[1]; b.Background != "soft" || b.Strength != 70 || b.Seed != first.Seed || b.Style != first.Style || b.Crop != first.Crop {
		t.Errorf("%+v drawn with a soft background is %+v", first, b)
	}
	h.finish(runs[1].ID)
	h.change(runs[1].ID, func(r *generation.Run) { r.Note = "We were not sure." })
	if got := document(t, v.get(path)).Find("input[name=background][value=soft][type=hidden][name=background]").Length(); got != 2 {
		t.Errorf("%d hidden soft backgrounds: one to draw the first take softly, one for another take of the soft one", got)
	}
}

func TestAnotherTake(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	v := h.visitor(t)
	path := v.seated()
	v.post(path+"/start", url.Values{"style": {"rough-sketch"}, "ink": {"pen"}, "background": {"plain"}, "strength": {"135"}, "take": {"5"}, "crop": {"own"}, "x0": {"10"}, "y0": {"20"}, "x1": {"60"}, "y1": {"90"}})
	h.finish(h.all()[0].ID)
	form := document(t, v.get(path)).Find(".details form")
	fields := url.Values{}
	form.Find("input").Each(func(_ int, in *goquery.Selection) { fields.Set(in.AttrOr("name", ""), in.AttrOr("value", "")) })
	if res := v.post(form.AttrOr("action", ""), fields); res.StatusCode != http.StatusSeeOther {
		t.Fatalf("%d %s", res.StatusCode, res.Body)
	}
	runs := h.all()
	a, b := runs[0], runs[1]
	if b.Style != a.Style || b.Crop != a.Crop || b.Ink != "pen" || b.Background != "plain" || b.Strength != 135 || b.Seed == a.Seed {
		t.Errorf("another take of %+v is %+v", a, b)
	}
}

func TestOrdersThatMakeNoSense(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	v := h.visitor(t)
	path := v.seated()
	for field, values := range map[string][]string{
		"take": {"0", "-1", "1.5", "abc", "1e3", "0x10", fmt.Sprint(generation.LastTake + 1), "99999999999999999999", "１"},
		"ink":  {"lipstick", "Graphite"},

		"background": {"beach", "Soft", " "},
		"strength":   {"0", "49", "151", "-70", "1.5", "bold"},
	} {
		for _, value := range values {
			res := v.post(path+"/start", url.Values{"style": {"artistic"}, field: {value}})
			page := document(t, res)
			say := page.Find(".error").Text()
			if res.StatusCode != http.StatusBadRequest || !strings.HasSuffix(say, ".") {
				t.Errorf("%s %q: %d %q", field, value, res.StatusCode, say)
			}
			if got := page.Find("details[open] input[name=take]"); field == "take" && got.AttrOr("value", "") != value {
				t.Errorf("%q is not there to be corrected", value)
			}
		}
	}
	if runs := h.all(); len(runs) != 0 {
		t.Errorf("%d were started", len(runs))
	}
	if res := v.post(path+"/start", url.Values{"style": {"artistic"}, "take": {fmt.Sprint(generation.LastTake)}, "ink": {""}}); res.StatusCode != http.StatusSeeOther {
		t.Errorf("the last take: %d", res.StatusCode)
	}
}
