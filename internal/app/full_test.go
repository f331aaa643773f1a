package app_test

import (
	"bytes"
	"image"
	"image/draw"
	"image/jpeg"
	"os"
	"path/filepath"
	"testing"

	"github.com/chromedp/chromedp"

	"easel/engine/raster"
	"easel/internal/sitter"
)

// TestAFullSizeOnThePage asks for the full size of a portrait whose photo is larger than what is drawn at first.
func TestAFullSizeOnThePage(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("a drawing of full size is made in plain builds; the visit is raced")
	}
	origin, first := startApp(t)
	photo := filepath.Join(t.TempDir(), "my passport photo.jpg")
	if err := os.WriteFile(photo, enlarged(t, sitter.Portrait(t), 1800), 0o600); err != nil {
		t.Fatal(err)
	}
	b := newBrowser(t, origin)
	b.begin(first)
	b.agree()
	b.do("the photo", chromedp.SetUploadFiles(chromedp.CSS(`input[name=photo]:not([capture])`), []string{photo}), chromedp.Click(chromedp.CSS(`input[name=statement]`)))
	b.until("the photo's page is there", `!!document.querySelector("easel-maker")`)
	ask[int](b, "one style, all of the photo", `[...document.querySelectorAll("input[name=style]")].filter(i => i.checked !== (i.value === "rough-sketch")).map(i => i.click()).length`)
	b.do("draw", chromedp.Click(chromedp.CSS(`input[value=whole]`)), chromedp.Click(chromedp.CSS(`easel-maker button.do`)))
	b.until("the portrait is ready", `!!document.querySelector("[data-run][data-state=done] .larger form")`)
	b.shoot("full-offered")
	b.do("ask for the full size", chromedp.Click(chromedp.CSS(`.larger form button`)))
	b.until("it is being drawn", `!!document.querySelector(".larger progress")`)
	b.shoot("full-drawing")
	b.until("it is ready, without the page being loaded again", `document.querySelectorAll(".larger a[download]").length === 3`)
	b.shoot("full-ready")
	size := func(link string) []int {
		return ask[[]int](b, "the picture's size", `fetch(document.querySelector('`+link+`').href).then(r => r.blob()).then(createImageBitmap).then(i => [i.width, i.height])`)
	}
	shown, full := size(`.take a[href$="format=png"]`), size(`.larger a[href$="format=png"]`)
	if full[0] != 1800 || full[0] <= shown[0] || full[1] <= shown[1] {
		t.Errorf("the portrait is %v pixels and its full size %v, want 1800 across", shown, full)
	}
	checkDownloads(b)
}

// enlarged is the photo at a given width, as JPEG.
func enlarged(t *testing.T, photo []byte, width int) []byte {
	t.Helper()
	decoded, _, err := image.Decode(bytes.NewReader(photo))
	if err != nil {
		t.Fatal(err)
	}
	small := image.NewNRGBA(decoded.Bounds())
	draw.Draw(small, small.Rect, decoded, small.Rect.Min, draw.Src)
	var data bytes.Buffer
	large := raster.ResizeNRGBA(t.Context(), small, width, width*small.Rect.Dy()/small.Rect.Dx())
	if err := jpeg.Encode(&data, large, nil); err != nil {
		t.Fatal(err)
	}
	return data.Bytes()
}
