package pages

import (
	"image"
	"net/http"
	"slices"

	"github.com/google/uuid"

	"easel/internal/generation"
	"easel/internal/web/ui"
)

// workPage is one photo: what was drawn from it, and what can be.
type workPage struct {
	ui.Frame

	URL, Photo, Name string
	W, H             int
	HasFace          bool
	Crop             image.Rectangle
	Warnings         []string
	Styles           []choice
	Inks             []ink
	Grounds          []ground
	Forces           []force
	Take             string // what was asked for and could not be had
	LastTake         int
	Clock            ui.Clock
	Cards            []card
	Error            string
	Unpaid           bool  // the error is that there are too few tokens
	Price            int64 // of one portrait, in tokens
}

// choice is one style in the form.
type choice struct {
	Style

	Preview string // address of a small drawing
	W, H    int    // its shape
	Checked bool
}

// ink is one ink in the form.
type ink struct {
	Ink

	Only    string // the one style that it is for, where another sketch does not have it
	Checked bool
}

func photoURL(id uuid.UUID) string { return "/portrait/photo/" + id.String() }
func workURL(id uuid.UUID) string  { return "/portrait/work/" + id.String() }

// refresh is how often a browser without script looks again while something is being drawn.
const refresh = 4 // seconds

func (s *site) work(w http.ResponseWriter, r *http.Request) error {
	owner, id, err := s.asked(r)
	if err != nil {
		return err
	}
	work, err := s.Studio.Find(r.Context(), owner, id)
	if err != nil {
		return err
	}
	p := s.workPage(work)
	return s.show(w, r, http.StatusOK, "work", &p)
}

func (s *site) workPage(work generation.Work) workPage {
	p := workPage{
		Frame: ui.Frame{Title: s.texts.Text("work.title.new"), Studio: s.Policy.Name},
		URL:   photoURL(work.ID), Photo: photoURL(work.ID) + "/original", Name: s.named(work.Upload),
		W: work.W, H: work.H, HasFace: work.HasFace, Warnings: work.Warnings,
		Crop: fit(work.Crop, work.W, work.H), Clock: s.clock(work.Created, work.Deadline), Inks: s.inks(), Grounds: s.grounds(), Forces: s.forces(), LastTake: generation.LastTake,
		Price: s.Policy.Price.Tokens,
	}
	taken := map[string]bool{}
	for _, run := range lastAskedFirst(work.Runs) {
		c := s.cardOf(run, p.Name)
		if c.Live || (c.Larger != nil && c.Larger.Live) {
			p.Refresh = refresh
		}
		p.Cards = append(p.Cards, c)
		taken[run.Style] = true
	}
	if len(p.Cards) > 0 {
		p.Title = s.texts.Text("work.title", p.Name)
	}
	for _, style := range s.Styles {
		p.Styles = append(p.Styles, choice{Style: style, Preview: p.URL + "/preview?style=" + style.ID, W: p.Crop.Dx(), H: p.Crop.Dy(), Checked: !taken[style.ID]})
	}
	return p
}

// inks are offered to all styles that have some; the first one is chosen.
func (s *site) inks() []ink {
	var inks []ink
	for i, known := range s.Inks {
		one := ink{Ink: known, Checked: i == 0}
		var with, without int
		for _, style := range s.Styles {
			switch {
			case slices.Contains(style.Inks, known.ID):
				one.Only = s.texts.Text("work.ink.only", style.Title)
				with++
			case len(style.Inks) > 0:
				without++
			}
		}
		if with != 1 || without == 0 {
			one.Only = ""
		}
		inks = append(inks, one)
	}
	return inks
}

// lastAskedFirst turns the order of the orders, and keeps the order inside each: what was started together has one seed.
func lastAskedFirst(runs []generation.Run) []generation.Run {
	var turned []generation.Run
	for end := len(runs); end > 0; {
		begin := end - 1
		for begin > 0 && runs[begin-1].Seed == runs[end-1].Seed {
			begin--
		}
		turned = append(turned, runs[begin:end]...)
		end = begin
	}
	return turned
}

// fit gives the whole photo when there is no frame inside it.
func fit(r image.Rectangle, w, h int) image.Rectangle {
	whole := image.Rect(0, 0, w, h)
	if r = r.Intersect(whole); r.Empty() {
		return whole
	}
	return r
}
