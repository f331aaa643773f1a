package catalog

import (
	"strings"
	"testing"

	"easel/engine/face"
	"easel/engine/plan"
	"easel/engine/portrait"
)

func TestNotes(t *testing.T) {
	t.Parallel()
	person := []face.Face{{}}
	for _, c := range []struct {
		confidence float32
		faces      []face.Face
		style      portrait.Style
		ground     portrait.Background
		want       string
	}{
		{0.6, nil, portrait.RoughSketch, "", ""},
		{0.6, nil, portrait.Artistic, "", ""},
		{0.59, person, portrait.RoughSketch, "", "some of the background stays"},
		{0.3, nil, portrait.DetailedSketch, "", "some of the background stays"},
		{0.3, nil, portrait.LightColouring, "", "some of the background stays"},
		{0.3, nil, portrait.Artistic, "", "almost as finely"},
		{0.3, person, portrait.Artistic, "", ""},
		{0.3, person, portrait.Artistic, portrait.PlainColour, "draw it with a soft background"},
		{0.3, nil, portrait.RoughSketch, portrait.NoBackground, "draw it with a soft background"},
		{0.3, nil, portrait.LightColouring, portrait.Soft, ""},
		{0.7, nil, portrait.LightColouring, portrait.PaintedEdge, ""},
	} {
		got := Note(&plan.Plan{MatteConfidence: c.confidence, Faces: c.faces}, c.style, c.ground)
		if (got == "") != (c.want == "") || !strings.Contains(got, c.want) {
			t.Errorf("%s at %.2f with %d faces: %q", c.style, c.confidence, len(c.faces), got)
		}
	}
}
