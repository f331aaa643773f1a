package pages

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"easel/internal/account"
	"easel/internal/edition"
	"easel/internal/fault"
	"easel/internal/policy"
	"easel/studios"
)

// shelf has two versions of every policy.
type shelf struct{}

func (shelf) List(context.Context, string) ([]edition.Edition, error) {
	return []edition.Edition{{Version: 2, Effective: noon.Add(24 * time.Hour), Title: "Portrait studio"}, {Version: 1, Effective: noon, Title: "Portrait studio"}}, nil
}

func (shelf) Find(_ context.Context, _ string, version int) (edition.Edition, error) {
	if version > 2 {
		return edition.Edition{}, fault.New(fault.Missing, "There was no such version.")
	}
	return edition.Edition{Version: version, Effective: noon, Title: "Portrait studio",
		Pages: map[policy.Page][]policy.Section{policy.PrivacyPage: {{ID: "a", Title: "Then", Paragraphs: []string{"What was said then."}}}}}, nil
}

// withPromises serves the pages about every studio that is open, in its second version.
func withPromises(t testing.TB) option {
	t.Helper()
	portrait, err := studios.Portrait()
	must(t, err)
	cutout, err := studios.Cutout()
	must(t, err)
	portrait.Version = 2
	return func(c *Config) {
		c.Studios, c.Policy, c.Editions = []*policy.Studio{portrait, cutout}, portrait, shelf{}
	}
}

func promiseSamples(s *site) []sample {
	var all []sample
	for _, page := range policy.Pages {
		p := s.promisePage(s.Policy, page)
		all = append(all, sample{string(page), "promise", p, map[string]int{"section[id]": len(s.Policy.Print(page)), "h1": 1, "nav.row a": 4, "nav.row a[aria-current]": 1}})
	}
	list, _ := shelf{}.List(context.Background(), "portrait")
	first, _ := shelf{}.Find(context.Background(), "portrait", 1)
	return append(all,
		sample{"versions", "versions", s.versionsPage(s.Policy, list), map[string]int{"article section": 2, "article section a": 8, "h1": 1}},
		sample{"a version of before", "promise", s.pastPage(s.Policy, policy.PrivacyPage, first), map[string]int{"section[id]": 1, ".notice a[href='/portrait/privacy']": 1, ".lead": 0}})
}

// TestEveryStudioSaysWhatItPromises: each page of each open studio is there for everybody, also as it was.
func TestEveryStudioSaysWhatItPromises(t *testing.T) {
	t.Parallel()
	h := newHouse(t, withPromises(t))
	v := h.visitor(t)
	for _, studio := range h.plain.open() {
		for _, page := range policy.Pages {
			res := v.get("/" + studio.Name + "/" + string(page))
			if res.StatusCode != http.StatusOK || len(res.Cookies) > 0 {
				t.Fatalf("%s of %s: %d, cookies %v", page, studio.Name, res.StatusCode, res.Cookies)
			}
			doc := document(t, res)
			for _, section := range studio.Print(page) {
				if doc.Find("section#"+section.ID).Length() != 1 {
					t.Errorf("%s of %s lacks %q", page, studio.Name, section.Title)
				}
			}
			for _, foot := range policy.Pages {
				if doc.Find("footer a[href='/"+studio.Name+"/"+string(foot)+"']").Length() != 1 {
					t.Errorf("%s of %s: its foot does not lead to %s", page, studio.Name, foot)
				}
			}
		}
		if res := v.get("/" + studio.Name + "/versions"); res.StatusCode != http.StatusOK {
			t.Errorf("versions of %s: %d", studio.Name, res.StatusCode)
		}
	}
	if res := v.get("/portrait/versions/1/privacy"); res.StatusCode != http.StatusOK || !strings.Contains(res.Body, "What was said then.") || !strings.Contains(res.Body, "has been replaced") {
		t.Errorf("the version of before: %d %s", res.StatusCode, res.Body)
	}
	for _, none := range []string{"/portrait/versions/3/privacy", "/portrait/versions/01/privacy", "/portrait/versions/1/prices", "/portrait/versions/x/privacy", "/pet/privacy"} {
		if res := v.get(none); res.StatusCode != http.StatusNotFound {
			t.Errorf("%s: %d", none, res.StatusCode)
		}
	}
}

// TestPagesOfTheStudioWithoutCookiesReadNone: who is signed in elsewhere in the house is nobody there.
func TestPagesOfTheStudioWithoutCookiesReadNone(t *testing.T) {
	t.Parallel()
	h := newHouse(t, withPromises(t))
	v := h.guest(t)
	for _, path := range []string{"/cutout/privacy", "/cutout/versions", "/cutout/versions/1/privacy"} {
		res := v.get(path)
		if res.StatusCode != http.StatusOK || document(t, res).Find(".who").Length() != 0 || res.Header.Get("Cache-Control") != "no-store" || res.Header.Get("Referrer-Policy") != "no-referrer" {
			t.Errorf("%s: %d, %v", path, res.StatusCode, res.Header)
		}
	}
	if page := document(t, v.get("/cutout/privacy")).Text(); !strings.Contains(page, "in this server's memory only") {
		t.Error("the policy says nothing of memory")
	}
}

// TestARaisedVersionIsAskedAgain: also of somebody who is known, who reads that it has changed, and whose photo is not taken before.
func TestARaisedVersionIsAskedAgain(t *testing.T) {
	t.Parallel()
	h := newHouse(t, withPromises(t))
	v := h.guest(t)
	h.people.change(v.owner, func(one *account.Person) { one.Consents = []account.Consent{{Studio: "portrait", Version: 1}} })
	must(t, h.people.Agree(t.Context(), v.owner, &account.AgeStatement{Minimum: h.plain.Policy.Age.Minimum}))
	must(t, h.people.State(t.Context(), v.owner))
	page := document(t, v.get("/portrait/"))
	if page.Find("input[name=agree][value='portrait@2']").Length() != 1 || page.Find(".state .notice a[href='/portrait/versions']").Length() != 1 {
		t.Error("the second version is not asked about, or it is not said that it is another one")
	}
	must(t, h.people.Agree(t.Context(), v.owner, nil, account.Consent{Studio: "portrait", Version: 2}))
	if document(t, v.get("/portrait/")).Find("input[name=agree]").Length() != 0 {
		t.Error("who has agreed to the second version is asked again")
	}
}
