package app_test

import (
	"fmt"
	"testing"

	"github.com/chromedp/chromedp"
)

// dropped lets go of a picture over an element, and reports whether the browser would open it in place of the page.
const dropped = `(async () => {
	const board = Object.assign(document.createElement("canvas"), { width: 160, height: 132 }), pen = board.getContext("2d");
	pen.fillStyle = "rgb(40 110 30)"; pen.fillRect(0, 0, 160, 132);
	pen.fillStyle = "rgb(210 115 30)"; pen.beginPath(); pen.arc(80, 70, 34, 0, 7); pen.fill();
	const photo = new File([await new Promise(take => { board.toBlob(take) })], "Rex.png", { type: "image/png" });
	const dataTransfer = new DataTransfer();
	dataTransfer.items.add(photo);
	const let_go = type => document.querySelector(%q).dispatchEvent(new DragEvent(type, { dataTransfer, bubbles: true, cancelable: true }));
	const over = let_go("dragover");
	return let_go("drop") || over;
})()`

// TestADropDoesNotTakeThePageAway lets go of photos beside the fields of the cutout studio's page: the browser would open them, and
// the session would be wiped.
func TestADropDoesNotTakeThePageAway(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("in a plain build: it is about the page's script")
	}
	origin, _ := startBooth(t)
	b := newBrowser(t, origin)
	b.do("the studio", chromedp.Navigate(origin+"/cutout/"), chromedp.WaitVisible(chromedp.CSS("input[name=photo]")))
	drop := func(over string) {
		t.Helper()
		if ask[bool](b, "a drop over "+over, fmt.Sprintf(dropped, over)) {
			t.Fatalf("what is dropped over %s takes the page away", over)
		}
	}
	drop("h1")
	if n := ask[int](b, "chosen", `document.querySelector("input[name=photo]").files.length`); n != 1 || ask[bool](b, "sent", `!!document.querySelector(".cut, [aria-busy]")`) {
		t.Errorf("before the statement is made %d photos are chosen, or one is sent", n)
	}
	b.do("the statement", chromedp.Click(chromedp.CSS("input[name=statement]")))
	drop("footer")
	b.until("a result is shown", `!!document.querySelector(".cut .checks img")?.naturalWidth`)
	drop(`form[action="/cutout/ground"] legend, form[action="/cutout/ground"] .field`)
	if got := ask[string](b, "the ground", `document.querySelector("input[name=picture]").files[0]?.name + " " + document.querySelector("input[name=ground]:checked").value + " " + document.querySelectorAll(".cut").length`); got != "Rex.png picture 1" {
		t.Errorf("over the ground's form it came to %q", got)
	}
	drop("h2")
	b.until("the second photo is there", `document.querySelectorAll(".cut .checks").length === 2`)
}
