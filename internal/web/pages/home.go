package pages

import (
	"net/http"

	"easel/internal/policy"
	"easel/internal/web/ui"
)

// The sample photo that leads, and the style that it shows first.
const (
	leadSubject = "astronaut"
	leadStyle   = "light-colouring"
)

// homePage shows what the styles look like.
type homePage struct {
	ui.Frame

	Keeps  string
	Hero   *hero
	Styles []sampled // all, with a sample where there is one
	Others []sampled // portraits of other subjects
}

// hero is one portrait beside its photo.
type hero struct {
	Title  string
	Result ui.Sample
	Photo  *ui.Sample // the same part of the photo; nil when there is none to compare with
}

type sampled struct {
	Style

	Sample *ui.Sample
}

func (s *site) home(w http.ResponseWriter, r *http.Request) error {
	public(w)
	p := s.homePage()
	return s.show(w, r, http.StatusOK, "home", &p)
}

func (s *site) homePage() homePage {
	p := homePage{Frame: ui.Frame{Description: s.texts.Text("home.lead")}, Keeps: s.keeps()}
	var photo *ui.Sample
	if found, ok := s.UI.Sample(leadSubject, ""); ok {
		photo = &found
	}
	for _, style := range s.Styles {
		one := sampled{Style: style}
		if sample, ok := s.UI.Sample(leadSubject, style.ID); ok {
			one.Sample = &sample
			if p.Hero == nil || style.ID == leadStyle {
				p.Hero = &hero{Title: style.Title, Result: sample, Photo: photo}
			}
		}
		p.Styles = append(p.Styles, one)
	}
	for _, style := range s.Styles {
		for _, sample := range s.UI.SampleList() {
			if sample.Subject != leadSubject && sample.Style == style.ID {
				p.Others = append(p.Others, sampled{Style: style, Sample: &sample})
			}
		}
	}
	return p
}

// keeps is the studio's one line about what it keeps and for how long, from its policy.
func (s *site) keeps() string {
	upload, result := s.Policy.Retention[policy.Upload].Keep.String(), s.Policy.Retention[policy.Result].Keep.String()
	line := s.texts.Text("keeps.two", upload, result)
	if upload == result {
		line = s.texts.Text("keeps.one", upload)
	}
	if len(s.Policy.Recipients) == 0 {
		line += " " + s.texts.Text("keeps.nobody")
	}
	return line
}
