package generation

import (
	"image"
	"testing"

	"easel/internal/fault"
)

// An ink goes to the styles that are drawn with it; the others are drawn as always.
func TestAnInkGoesToTheStylesThatHaveIt(t *testing.T) {
	t.Parallel()
	st := newStudio(t)
	u := st.bring()
	for ink, want := range map[string][3]string{
		"":         {"", "", ""},
		"graphite": {"graphite", "graphite", ""},
		"sanguine": {"sanguine", "sanguine", ""},
		"pen":      {"pen", "", ""},
	} {
		styles := []string{"rough-sketch", "detailed-sketch", "artistic"}
		runs, err := st.Start(t.Context(), st.owner, u.ID, Order{Styles: styles, Ink: ink})
		if err != nil {
			t.Fatal(err)
		}
		for i, r := range runs {
			if r.Ink != want[i] || st.run(r.ID).Ink != want[i] {
				t.Errorf("%s asked for in %q is drawn in %q, want %q", r.Style, ink, r.Ink, want[i])
			}
			if r.Seed < 1 || r.Seed > LastTake || r.Seed != runs[0].Seed {
				t.Errorf("a take of our choosing is %d, the first one's %d", r.Seed, runs[0].Seed)
			}
			if err := st.Cancel(t.Context(), st.owner, r.ID); err != nil {
				t.Fatal(err)
			}
		}
	}
}

func TestAFullSizeHasItsPortraitsInk(t *testing.T) {
	t.Parallel()
	st := newStudio(t, small)
	u, err := st.Upload(t.Context(), st.owner, "Bella.jpg", photo(t, 400, 480))
	if err != nil {
		t.Fatal(err)
	}
	runs, err := st.Start(t.Context(), st.owner, u.ID, Order{Styles: []string{"rough-sketch"}, Ink: "sanguine", Seed: 7})
	if err != nil {
		t.Fatal(err)
	}
	st.draw(st.jobs[0])
	full, job := st.enlarge(runs[0].ID)
	st.draw(job)
	if full.Ink != "sanguine" {
		t.Errorf("the full size is asked for in %q", full.Ink)
	}
	graphite := st.shown("rough-sketch")
	for what, warm := range map[string]float64{"portrait": warmth(st.picture(runs[0].ID)), "full size": warmth(st.picture(full.ID))} {
		if plain := warmth(st.picture(graphite.ID)); warm < plain+2 {
			t.Errorf("the %s in red chalk is by %.1f redder than blue, one in graphite by %.1f", what, warm, plain)
		}
	}
}

func TestBackgroundAndStrengthStayWithTheirRun(t *testing.T) {
	t.Parallel()
	st := newStudio(t, small)
	u := st.bring()
	for _, c := range []struct {
		order Order
		want  int
	}{
		{Order{}, 100},
		{Order{Background: "plain", Strength: 70}, 70},
		{Order{Background: "none", Strength: 150}, 150},
	} {
		c.order.Styles = []string{"rough-sketch", "artistic"}
		runs, err := st.Start(t.Context(), st.owner, u.ID, c.order)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range runs {
			if got := st.run(r.ID); got.Background != c.order.Background || got.Strength != c.want {
				t.Errorf("asked for %+v, a run has background %q and strength %d", c.order, got.Background, got.Strength)
			}
			if err := st.Cancel(t.Context(), st.owner, r.ID); err != nil {
				t.Fatal(err)
			}
		}
	}
}

func TestBackgroundsAndStrengthsThatThereAreNot(t *testing.T) {
	t.Parallel()
	st := newStudio(t)
	u := st.bring()
	for _, o := range []Order{{Background: "beach"}, {Background: "Soft"}, {Strength: 49}, {Strength: 151}, {Strength: -100}} {
		o.Styles = []string{"artistic"}
		if _, err := st.Start(t.Context(), st.owner, u.ID, o); !fault.Is(err, fault.Invalid) {
			t.Errorf("%+v: %v", o, err)
		}
	}
}

func TestAFullSizeHasItsPortraitsBackgroundAndStrength(t *testing.T) {
	t.Parallel()
	st := newStudio(t, small)
	u, err := st.Upload(t.Context(), st.owner, "Bella.jpg", photo(t, 400, 480))
	if err != nil {
		t.Fatal(err)
	}
	runs, err := st.Start(t.Context(), st.owner, u.ID, Order{Styles: []string{"rough-sketch"}, Background: "plain", Strength: 120})
	if err != nil {
		t.Fatal(err)
	}
	st.draw(st.jobs[0])
	if full, _ := st.enlarge(runs[0].ID); full.Background != "plain" || full.Strength != 120 {
		t.Errorf("the full size has background %q and strength %d", full.Background, full.Strength)
	}
}

// warmth is how much redder than blue a picture is on average.
func warmth(img *image.NRGBA) float64 {
	sum := 0
	for i := 0; i < len(img.Pix); i += 4 {
		sum += int(img.Pix[i]) - int(img.Pix[i+2])
	}
	return float64(sum) / float64(len(img.Pix)/4)
}
