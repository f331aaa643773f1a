package ui

import (
	"maps"
	"math"
	"os"
	"regexp"
	"strconv"
	"testing"
)

// palette reads the colours of one block of palette.css.
func palette(t *testing.T, css, block string) map[string][3]float64 {
	t.Helper()
	body := regexp.MustCompile(block + `\s*\{([^}]*)\}`).FindStringSubmatch(css)
	if body == nil {
		t.Fatalf("palette.css has no block %s", block)
	}
	colours := map[string][3]float64{}
	for _, m := range regexp.MustCompile(`--([a-z-]+):\s*#([0-9a-f]{6})`).FindAllStringSubmatch(body[1], -1) {
		n, err := strconv.ParseUint(m[2], 16, 32)
		if err != nil {
			t.Fatal(err)
		}
		colours[m[1]] = [3]float64{float64(n >> 16), float64(n >> 8 & 255), float64(n & 255)}
	}
	return colours
}

// luminance as in WCAG 2.2.
func luminance(c [3]float64) float64 {
	linear := func(v float64) float64 {
		if v /= 255; v <= 0.04045 {
			return v / 12.92
		}
		return math.Pow((v+0.055)/1.055, 2.4)
	}
	return 0.2126*linear(c[0]) + 0.7152*linear(c[1]) + 0.0722*linear(c[2])
}

func contrast(a, b [3]float64) float64 {
	la, lb := luminance(a), luminance(b)
	return (math.Max(la, lb) + 0.05) / (math.Min(la, lb) + 0.05)
}

func TestContrast(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile("src/palette.css")
	if err != nil {
		t.Fatal(err)
	}
	css := string(data)
	dark := regexp.MustCompile(`(?s)@media \(prefers-color-scheme: dark\)(.*)$`).FindStringIndex(css)
	if dark == nil {
		t.Fatal("palette.css has no dark mode")
	}
	light, night := css[:dark[0]], css[dark[0]:]
	for mode, blocks := range map[string][]string{"light": {light}, "dark": {light, night}} {
		house := map[string][3]float64{}
		for _, css := range blocks {
			maps.Copy(house, palette(t, css, `:root`))
		}
		grounds := map[string][3]float64{"ground": house["ground"], "mat": house["mat"], "field": house["field"]}
		for _, name := range []string{"portrait", "cutout"} {
			studio := map[string][3]float64{}
			for _, css := range blocks { // its selector is the stronger one, in either mode
				maps.Copy(studio, palette(t, css, `:root\[data-studio="`+name+`"\]`))
			}
			if len(studio) == 0 {
				t.Errorf("%s: read no colour of the %s studio", mode, name)
			}
			grounds[name+" ground"], grounds[name+" mat"] = studio["ground"], studio["mat"]
		}
		for ground, on := range grounds {
			for _, text := range []string{"ink", "soft", "chalk"} {
				if c := contrast(house[text], on); c < 4.5 {
					t.Errorf("%s: %s on %s has contrast %.2f", mode, text, ground, c)
				}
			}
			if c := contrast(house["edge"], on); c < 3 {
				t.Errorf("%s: the edge of controls on %s has contrast %.2f", mode, ground, c)
			}
		}
		for _, fill := range []string{"accent", "accent-deep"} {
			if c := contrast(house["on-accent"], house[fill]); c < 4.5 {
				t.Errorf("%s: text on %s has contrast %.2f", mode, fill, c)
			}
		}
		if len(house) < 10 {
			t.Errorf("%s: read %d colours", mode, len(house))
		}
	}
}
