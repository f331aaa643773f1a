package pages

import (
	"image"
	"math"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"easel/internal/generation"
	"easel/internal/web/ui"
)

// card is one portrait on the wall, from waiting to gone.
type card struct {
	ID, Style, Title string
	State            generation.State // or gone
	Live             bool             // waiting or being drawn
	URL, Start       string
	Picture          string
	Original         string
	Alt              string
	W, H             int
	Crop             image.Rectangle
	Background       string
	Strength         int
	Seed             uint64 // 0 where it cannot be asked for again
	Softer           bool   // whether a soft background would not share the doubt that the note tells of
	Ink, Details     string // Details: the ink's name, and the number to have the same take drawn again
	Stage, Wait      string
	Percent          int
	Say, Note        string
	Clock            ui.Clock
	Downloads        []download
	Larger           *larger
}

// gone is the state of a card whose portrait was just deleted.
const gone generation.State = "gone"

// download is one way to take a portrait away.
type download struct{ Name, URL string }

// fragment is a card by itself.
type fragment struct{ Card card }

func (s *site) cardOf(run generation.Run, name string) card {
	c := card{
		ID: run.ID.String(), Style: run.Style, Title: s.title(run.Style), State: run.State, Live: !run.State.Final(),
		URL: workURL(run.ID), Start: photoURL(run.UploadID) + "/start", W: run.W, H: run.H, Crop: run.Crop, Say: run.Say, Note: run.Note,
		Clock: s.clock(run.Created, run.Deadline),
	}
	if c.W <= 0 || c.H <= 0 {
		c.W, c.H = max(1, run.Crop.Dx()), max(1, run.Crop.Dy())
	}
	c.Ink, c.Details = run.Ink, s.details(run)
	c.Background, c.Strength = run.Background, run.Strength
	c.Softer = run.Note != "" && run.Background != generation.SoftBackground && slices.ContainsFunc(s.Grounds, func(g Ground) bool { return g.ID == generation.SoftBackground })
	if run.Seed <= generation.LastTake {
		c.Seed = run.Seed
	}
	c.Picture, c.Original = c.URL+"/picture", c.URL+"/original"
	c.Alt = s.texts.Text("card.alt", c.Title, name)
	c.Stage, c.Wait, c.Percent = s.stage(run), s.wait(run), percent(run.Done)
	for _, d := range slices.Concat(pictureFiles, printFiles) {
		c.Downloads = append(c.Downloads, s.downloadOf(d, c.URL))
	}
	if run.Lines {
		c.Downloads = append(c.Downloads, s.downloadOf(lineFile, c.URL))
	}
	c.Larger = s.largerOf(run)
	if s.Purse != nil && (run.State == generation.Failed || run.State == generation.Cancelled) {
		c.Say = strings.TrimSpace(c.Say + " " + s.texts.Text("card.token"))
	}
	return c
}

// The files of a portrait: the text that names each, and the query that asks for it.
var (
	pictureFiles = []download{{"card.png", "png"}, {"card.jpeg", "jpeg"}, {"card.webp", "webp"}}
	lineFile     = download{"card.svg", svg}
	printFiles   = []download{{"card.a4", "pdf&paper=a4"}, {"card.letter", "pdf&paper=letter"}}
)

func (s *site) downloadOf(d download, url string) download {
	return download{s.texts.Text(d.Name), url + "/download?format=" + d.URL}
}

func (s *site) title(style string) string {
	for _, known := range s.Styles {
		if known.ID == style {
			return known.Title
		}
	}
	return style
}

// details are the ink that the visitor chose, and the number by which the same take can be asked for again.
func (s *site) details(run generation.Run) string {
	var words []string
	for _, known := range s.Inks {
		if known.ID == run.Ink {
			words = append(words, known.Title)
		}
	}
	words = append(words, s.choices(run)...)
	if run.Seed <= generation.LastTake {
		words = append(words, s.texts.Text("card.seed", run.Seed))
	}
	return join(words)
}

// stage says what is happening: the engine's own words, or why nothing happens yet.
func (s *site) stage(run generation.Run) string {
	switch {
	case run.State == generation.Queued && run.Ahead == 0:
		return s.texts.Text("card.next")
	case run.State == generation.Queued:
		return s.texts.Text("card.queued")
	case run.Stage == "" && run.Done == 0:
		return s.texts.Text("card.begins")
	case run.Stage == "":
		return s.texts.Text("card.nostage")
	}
	return capital(run.Stage)
}

// wait says how long, as far as we know.
func (s *site) wait(run generation.Run) string {
	var words []string
	switch {
	case run.State == generation.Drawing:
		words = append(words, s.texts.Text("card.percent", percent(run.Done)))
	case run.Ahead > 0:
		words = append(words, s.count("card.ahead", run.Ahead))
	}
	switch seconds := int(math.Ceil(run.Left.Seconds())); {
	case run.State.Final() || seconds <= 0:
	case seconds < 90:
		words = append(words, s.texts.Text("card.left.s", seconds))
	default:
		words = append(words, s.texts.Text("card.left.m", int(run.Left.Round(time.Minute)/time.Minute)))
	}
	return join(words)
}

// percent never says 100 before the picture is there.
func percent(done float64) int {
	if math.IsNaN(done) {
		return 0
	}
	return int(min(99, max(0, math.Floor(done*100))))
}

// card shows one portrait: a piece of the page for our script, its place on the page for everybody else.
func (s *site) card(w http.ResponseWriter, r *http.Request) error {
	owner, id, err := s.asked(r)
	if err != nil {
		return err
	}
	run, err := s.Studio.FindRun(r.Context(), owner, id)
	if err == nil && run.Of != uuid.Nil { // a full size hangs on its portrait's card
		run, err = s.Studio.FindRun(r.Context(), owner, run.Of)
	}
	if err != nil {
		return err
	}
	if !part(r) {
		http.Redirect(w, r, photoURL(run.UploadID)+"#run-"+run.ID.String(), http.StatusSeeOther)
		return nil
	}
	work, err := s.Studio.Find(r.Context(), owner, run.UploadID)
	if err != nil {
		return err
	}
	return s.put(w, http.StatusOK, "card", fragment{s.cardOf(run, s.named(work.Upload))})
}
