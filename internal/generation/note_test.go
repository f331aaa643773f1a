package generation

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
	"strings"
	"testing"

	"easel/engine/raster"
)

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
