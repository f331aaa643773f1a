package pages

import (
	"slices"
	"strconv"
	"strings"

	"easel/internal/fault"
	"easel/internal/generation"
)

// ground is one background in the form.
type ground struct {
	Ground

	Checked bool
}

// force is one strength in the form.
type force struct {
	Percent int
	Title   string
	Checked bool
}

// forces that the form offers, in percent, and the texts that name them; whoever writes to us may ask for any between.
var forces = []struct {
	percent int
	name    string
}{{70, "work.force.less"}, {100, "work.force.usual"}, {135, "work.force.more"}}

// grounds are offered to all styles; the first one is chosen.
func (s *site) grounds() []ground {
	var all []ground
	for i, known := range s.Grounds {
		all = append(all, ground{known, i == 0})
	}
	return all
}

func (s *site) forces() []force {
	var all []force
	for _, f := range forces {
		all = append(all, force{f.percent, s.texts.Text(f.name), f.percent == usual})
	}
	return all
}

// usual is the styles' own strength in percent.
const usual = 100

// grounded returns the background asked for; empty leaves it to the styles.
func (s *site) grounded(asked string) (string, error) {
	if asked == "" || slices.ContainsFunc(s.Grounds, func(known Ground) bool { return known.ID == asked }) {
		return asked, nil
	}
	return "", fault.New(fault.Invalid, s.texts.Text("start.ground"))
}

// pressed returns the strength asked for in percent; 0 leaves it to the styles.
func (s *site) pressed(asked string) (int, error) {
	if asked == "" {
		return 0, nil
	}
	n, err := strconv.Atoi(asked)
	if err != nil || n < generation.WeakestPercent || n > generation.StrongestPercent {
		return 0, fault.New(fault.Invalid, s.texts.Text("start.force", int(generation.WeakestPercent), int(generation.StrongestPercent)))
	}
	return n, nil
}

// choices are the words for a background and a strength that were chosen.
func (s *site) choices(run generation.Run) []string {
	var words []string
	for _, known := range s.Grounds {
		if known.ID != "" && known.ID == run.Background {
			words = append(words, s.texts.Text("card.ground", strings.ToLower(known.Title)))
		}
	}
	if run.Strength > 0 && run.Strength != usual {
		words = append(words, s.texts.Text("card.force", run.Strength))
	}
	return words
}
