package cli_test

import (
	"bytes"
	"image/png"
	"io"
	"testing"

	"easel/engine/ingest"
	"easel/engine/plan"
	"easel/engine/portrait"
	"easel/internal/cli"
	"easel/internal/sitter"
)

// The studio plans a photo once for all its takes; the terminal must not plan otherwise, or a take's number would be
// another drawing there.
func TestATakeIsTheSameDrawingAsInTheStudio(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("pictures of working size are not drawn in short runs")
	}
	photo := sitter.Portrait(t)
	picture, err := ingest.Decode(t.Context(), photo, ingest.DefaultLimits())
	if err != nil {
		t.Fatal(err)
	}
	p, err := plan.New(t.Context(), picture.Image, plan.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer p.Free()
	studio, err := portrait.Draw(t.Context(), p, portrait.RoughSketch, portrait.Options{Seed: 77, Strength: 1})
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if code := cli.Run(t.Context(), []string{"render", "-", "--style", "rough-sketch", "--seed", "77", "-o", "-"}, bytes.NewReader(photo), &out, io.Discard); code != 0 {
		t.Fatalf("exit code %d", code)
	}
	terminal, err := png.Decode(&out)
	if err != nil {
		t.Fatal(err)
	}
	if terminal.Bounds() != studio.Bounds() {
		t.Fatalf("%v, in the studio %v", terminal.Bounds(), studio.Bounds())
	}
	differs := 0
	for y := range studio.Rect.Dy() {
		for x := range studio.Rect.Dx() {
			a, b := terminal.At(x, y), studio.NRGBAAt(x, y)
			if r, g, bl, _ := a.RGBA(); uint8(r>>8) != b.R || uint8(g>>8) != b.G || uint8(bl>>8) != b.B {
				differs++
			}
		}
	}
	if differs > 0 {
		t.Errorf("%d pixels of take 77 differ", differs)
	}
}
