package generation

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
	"strings"
	"testing"

	"easel/engine/face"
	"easel/engine/plan"
	"easel/engine/portrait"
	"easel/engine/raster"
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
		got := noteOn(&plan.Plan{MatteConfidence: c.confidence, Faces: c.faces}, c.style, c.ground)
		if (got == "") != (c.want == "") || !strings.Contains(got, c.want) {
			t.Errorf("%s at %.2f with %d faces: %q", c.style, c.confidence, len(c.faces), got)
		}
	}
}

// Where nothing stands before anything, the run says so; what is plain needs no words.
func TestADoubtfulPhotoHasItsNote(t *testing.T) {
	t.Parallel()
	st := newStudio(t, small)
	img := image.NewNRGBA(image.Rect(0, 0, 240, 240))
	for y := range 240 {
		for x := range 240 {
			v := uint8(60 + 140*raster.White(1, x/6, y/6))
			img.SetNRGBA(x, y, color.NRGBA{v, v, v, 255})
		}
	}
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		t.Fatal(err)
	}
	u, err := st.Upload(t.Context(), st.owner, "gravel.png", &b)
	if err != nil {
		t.Fatal(err)
	}
	runs, jobs := st.start(u, "rough-sketch")
	st.draw(jobs[0])
	if note := st.run(runs[0].ID).Note; !strings.Contains(note, "not sure") {
		t.Errorf("gravel is drawn with the note %q", note)
	}
}
