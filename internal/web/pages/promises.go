package pages

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"easel/internal/account"
	"easel/internal/edition"
	"easel/internal/fault"
	"easel/internal/policy"
	"easel/internal/web/ui"
)

// Editions are the policies that were ever in force, as they were shown.
type Editions interface {
	// List returns every version of a studio's policy, without its pages, the newest first.
	List(ctx context.Context, studio string) ([]edition.Edition, error)
	// Find returns one version with its pages, or a Missing fault.
	Find(ctx context.Context, studio string, version int) (edition.Edition, error)
}

// promisePage is one of the pages that are printed from a studio's declaration.
type promisePage struct {
	ui.Frame

	Of       string // the studio's title
	Lead     string
	Past     string // what is said about a version that is not in force any more
	Now      string // where the one in force is
	Tabs     []tab
	Sections []policy.Section
}

// tab leads to one of the pages about a studio.
type tab struct {
	URL, Title string
	Here       bool
}

// versionsPage lists the versions of a studio's policy.
type versionsPage struct {
	ui.Frame

	Of   string
	Tabs []tab
	Rows []versionRow
}

// versionRow is one of them.
type versionRow struct {
	Title, Since string
	Links        []tab
}

// said are the keys of the texts about a page.
type said struct{ title, tab, lead string }

var promiseTexts = map[policy.Page]said{
	policy.PrivacyPage: {"promise.privacy", "promise.privacy.tab", "promise.privacy.lead"},
	policy.TermsPage:   {"promise.terms", "promise.terms.tab", "promise.terms.lead"},
	policy.DataPage:    {"promise.data", "promise.data.tab", "promise.data.lead"},
	policy.CompanyPage: {"promise.company", "promise.company.tab", "promise.company.lead"},
}

// promiseRoutes are the pages about each studio that is open.
func (s *site) promiseRoutes() handlers {
	all := handlers{}
	for _, studio := range s.open() {
		at := "GET /" + studio.Name + "/"
		for _, page := range policy.Pages {
			all[at+string(page)] = s.apart(studio, func(w http.ResponseWriter, r *http.Request) error {
				p := s.promisePage(studio, page)
				return s.promise(w, r, studio, "promise", &p)
			})
		}
		if s.Editions == nil {
			continue
		}
		all[at+"versions"] = s.apart(studio, func(w http.ResponseWriter, r *http.Request) error { return s.versions(w, r, studio) })
		all[at+"versions/{version}/{page}"] = s.apart(studio, func(w http.ResponseWriter, r *http.Request) error { return s.past(w, r, studio) })
	}
	return all
}

// open are the studios that are served.
func (s *site) open() []*policy.Studio {
	if len(s.Studios) == 0 {
		return []*policy.Studio{s.Policy}
	}
	return s.Studios
}

// apart keeps cookies of the rest of the house away from the pages of a studio in which nobody signs in, and their addresses
// away from others, as the studio itself does.
func (s *site) apart(studio *policy.Studio, h func(http.ResponseWriter, *http.Request) error) func(http.ResponseWriter, *http.Request) error {
	if studio.Identity.Class != policy.Anonymous {
		return h
	}
	return func(w http.ResponseWriter, r *http.Request) error {
		r.Header.Del("Cookie")
		w.Header().Set("Referrer-Policy", "no-referrer")
		return h(w, r)
	}
}

// promise shows a page about a studio, to somebody or to nobody in particular.
func (s *site) promise(w http.ResponseWriter, r *http.Request, studio *policy.Studio, name string, page greeted) error {
	if studio.Identity.Class == policy.Anonymous {
		return s.showTo(w, ui.Header{Hidden: true}, http.StatusOK, name, page)
	}
	public(w)
	return s.show(w, r, http.StatusOK, name, page)
}

// promisePage is a page as it is in force.
func (s *site) promisePage(studio *policy.Studio, page policy.Page) promisePage {
	title := s.texts.Text(promiseTexts[page].title)
	return promisePage{Frame: ui.Frame{Title: title, Description: title, Studio: studio.Name}, Of: studio.Title, Lead: s.texts.Text(promiseTexts[page].lead),
		Tabs: s.tabs(studio, "/"+studio.Name+"/", string(page)), Sections: studio.Print(page)}
}

// tabs lead from one page about a studio to the others.
func (s *site) tabs(studio *policy.Studio, at, here string) (all []tab) {
	for _, page := range policy.Pages {
		all = append(all, tab{at + string(page), s.texts.Text(promiseTexts[page].tab), string(page) == here})
	}
	if s.Editions != nil {
		all = append(all, tab{"/" + studio.Name + "/versions", s.texts.Text("promise.versions.tab"), here == "versions"})
	}
	return all
}

func (s *site) versions(w http.ResponseWriter, r *http.Request, studio *policy.Studio) error {
	all, err := s.Editions.List(r.Context(), studio.Name)
	if err != nil {
		return err
	}
	p := s.versionsPage(studio, all)
	return s.promise(w, r, studio, "versions", &p)
}

func (s *site) versionsPage(studio *policy.Studio, all []edition.Edition) versionsPage {
	title := s.texts.Text("promise.versions")
	p := versionsPage{Frame: ui.Frame{Title: title, Description: title, Studio: studio.Name}, Of: studio.Title, Tabs: s.tabs(studio, "/"+studio.Name+"/", "versions")}
	for _, e := range all {
		row := versionRow{Title: s.texts.Text("promise.version", e.Version), Since: s.texts.Text("promise.since", long(e.Effective))}
		if e.Version == studio.Version {
			row.Since = s.texts.Text("promise.now", long(e.Effective))
		}
		for _, page := range policy.Pages {
			row.Links = append(row.Links, tab{URL: editionURL(studio.Name, e.Version, page), Title: s.texts.Text(promiseTexts[page].tab)})
		}
		p.Rows = append(p.Rows, row)
	}
	return p
}

// past shows a page as it was under a version.
func (s *site) past(w http.ResponseWriter, r *http.Request, studio *policy.Studio) error {
	version, err := strconv.Atoi(r.PathValue("version"))
	page := policy.Page(r.PathValue("page"))
	if err != nil || strconv.Itoa(version) != r.PathValue("version") || studio.Print(page) == nil {
		return fault.New(fault.Missing, s.texts.Text("promise.none"))
	}
	e, err := s.Editions.Find(r.Context(), studio.Name, version)
	if err != nil {
		return err
	}
	p := s.pastPage(studio, page, e)
	return s.promise(w, r, studio, "promise", &p)
}

func (s *site) pastPage(studio *policy.Studio, page policy.Page, e edition.Edition) promisePage {
	p := s.promisePage(studio, page)
	p.Description = "" // what is in force is what should be found
	p.Of, p.Sections, p.Tabs = e.Title, e.Pages[page], nil
	for _, other := range policy.Pages {
		p.Tabs = append(p.Tabs, tab{editionURL(studio.Name, e.Version, other), s.texts.Text(promiseTexts[other].tab), other == page})
	}
	p.Past, p.Now = s.texts.Text("promise.past", e.Version, long(e.Effective)), "/"+studio.Name+"/"+string(page)
	if e.Version == studio.Version {
		p.Past = s.texts.Text("promise.still", e.Version, long(e.Effective))
	}
	return p
}

// editionURL is where a page stays readable as it was under a version.
func editionURL(studio string, version int, page policy.Page) string {
	return "/" + studio + "/versions/" + strconv.Itoa(version) + "/" + string(page)
}

// agreedURL is where somebody reads what they agreed to.
func (s *site) agreedURL(c account.Consent) string {
	if s.Editions == nil {
		return "/" + c.Studio + "/" + string(policy.PrivacyPage)
	}
	return editionURL(c.Studio, c.Version, policy.PrivacyPage)
}

func long(day time.Time) string { return policy.Date{Time: day}.String() }
