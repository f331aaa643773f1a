package app_test

import (
	"fmt"
	"testing"

	"github.com/chromedp/chromedp"

	"easel/internal/sitter"
)

// asleep opens the place for photos that wait, keeps it locked and leaves the page, which the browser then puts to sleep, lock and
// all: for three minutes, since its answer may not be stored, and for longer otherwise.
const asleep = `(() => {
	const request = indexedDB.open("easel", 1);
	request.onupgradeneeded = () => {
		const photos = request.result.createObjectStore("photo");
		const spin = () => { photos.get("one").onsuccess = spin };
		spin();
	};
	location.href = %q;
	return true;
})()`

// locked reports that the place cannot be opened.
const locked = `Promise.race([
	new Promise(tell => { setTimeout(() => tell(true), 3000) }),
	new Promise(tell => { indexedDB.open("easel", 1).onsuccess = e => { e.target.result.close(); tell(false) } }),
])`

// TestAPageAsleepHoldsNobodyUp brings a photo while a page that was left holds the lock on the place for photos that wait; and
// looking for one leaves nothing that could be locked.
func TestAPageAsleepHoldsNobodyUp(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("in a plain build: it is about the pages' script")
	}
	origin, first := startApp(t)
	photo := sitter.File(t, "me.jpg")
	b := newBrowser(t, origin)
	for range 2 {
		b.do("the studio", chromedp.Navigate(origin+"/portrait/"), chromedp.WaitVisible(chromedp.CSS("easel-drop .gate a.do")))
	}
	if n := ask[int](b, "places", `indexedDB.databases().then(all => all.length)`); n != 0 {
		t.Errorf("looking for a photo made %d places for one", n)
	}
	ask[bool](b, "to sleep", fmt.Sprintf(asleep, first))
	b.until("the next page is there", `!!document.querySelector("main form button.do")`)
	signInFirst(b)
	b.until("the studio is there", `location.pathname === "/portrait/" && !!document.querySelector("form.spread")`)
	b.agree()
	b.do("the photo", chromedp.SetUploadFiles(chromedp.CSS(`input[name=photo]:not([capture])`), []string{photo}),
		chromedp.Click(chromedp.CSS(`input[name=statement]`)))
	b.until("the photo's page is there", `location.pathname.startsWith("/portrait/photo/") && !!document.querySelector("easel-maker")`)
	if !ask[bool](b, "still locked", locked) {
		t.Error("the photo's page came only when the lock was gone")
	}
}
