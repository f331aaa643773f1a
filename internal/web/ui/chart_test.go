package ui

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"
)

func chartOf(t *testing.T, c Chart) (string, *goquery.Document) {
	t.Helper()
	u, err := New()
	if err != nil {
		t.Fatal(err)
	}
	drawn, err := u.UsageChart(c)
	if err != nil {
		t.Fatal(err)
	}
	doc, err := goquery.NewDocumentFromReader(strings.NewReader(string(drawn)))
	if err != nil {
		t.Fatal(err)
	}
	return string(drawn), doc
}

func week() (days []time.Time) {
	for d := range 7 {
		days = append(days, time.Date(2026, 11, 20+d, 0, 0, 0, 0, time.UTC))
	}
	return days
}

func TestAChartSaysWhatItDraws(t *testing.T) {
	t.Parallel()
	html, doc := chartOf(t, Chart{Title: "Requests", Days: week(), Series: []Series{
		{"<backup>", []int{0, 3, 0, 0, 0, 0, 14}}, {"phone", []int{0, 1, 0, 0, 0, 0, 5}}}})
	if n := doc.Find("figure > svg[role=img] > rect").Length(); n != 4 {
		t.Errorf("%d bars are drawn, want one for each count that is not 0", n)
	}
	if say := doc.Find("figure > svg > rect title").First().Text(); say != "21 November 2026, <backup>: 3" {
		t.Errorf("a bar says %q", say)
	}
	if rows := doc.Find("tbody tr"); rows.Length() != 2 || !strings.Contains(rows.First().Text(), "26 November 2026145") {
		t.Errorf("the table is %q", rows.Text())
	}
	if label, _ := doc.Find("svg[role=img]").Attr("aria-label"); label != "Requests" {
		t.Errorf("the picture is called %q", label)
	}
	if top := doc.Find("figure > p").First().Text(); top != "20" {
		t.Errorf("the top line is %s, want a round number above 19", top)
	}
	if found := regexp.MustCompile(`<style|style=|<script|\son[a-z]+=|<backup>:`).FindString(html); found != "" {
		t.Errorf("the chart holds %s", found)
	}
	for _, bar := range doc.Find("figure > svg > rect").Nodes {
		for _, a := range bar.Attr {
			if a.Key == "height" && a.Val == "0.0" {
				t.Error("a bar has no height")
			}
		}
	}
}

func TestAChartOfManyAddsUpTheSmallest(t *testing.T) {
	t.Parallel()
	all := make([]Series, 9)
	for i := range all {
		all[i] = Series{string(rune('a' + i)), []int{i, 0, 0, 0, 0, 0, i}}
	}
	_, doc := chartOf(t, Chart{Title: "Requests", Days: week(), Series: all})
	var names []string
	doc.Find("figure > ul > li").Each(func(_ int, li *goquery.Selection) {
		names = append(names, strings.Join(strings.Fields(li.Text()), " "))
	})
	if got := strings.Join(names, ","); got != "i 16,h 14,g 12,f 10,5 others 20" {
		t.Errorf("the legend is %s", got)
	}
}

func TestAChartOfNothingIsASentence(t *testing.T) {
	t.Parallel()
	for _, series := range [][]Series{nil, {{"phone", make([]int, 7)}}} {
		_, doc := chartOf(t, Chart{Title: "Requests", Days: week(), Series: series})
		if doc.Find("svg").Length() != 0 || !strings.Contains(doc.Text(), "Nothing yet") {
			t.Errorf("%d series without counts read %q", len(series), doc.Text())
		}
	}
	u, err := New()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := u.UsageChart(Chart{Days: week(), Series: []Series{{"short", []int{1}}}}); err == nil {
		t.Error("a series that is too short was drawn")
	}
}

func TestScalesAreEasilyRead(t *testing.T) {
	t.Parallel()
	for n, want := range map[int]int{0: 0, 1: 2, 2: 2, 3: 4, 5: 6, 7: 8, 9: 10, 19: 20, 21: 40, 79: 80, 81: 100, 1001: 2000} {
		if got := roundUp(n); got != want {
			t.Errorf("the scale for %d ends at %d, want %d", n, got, want)
		}
	}
}
