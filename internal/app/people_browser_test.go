package app_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"easel/internal/sitter"
)

const (
	oldPassword = "four sheep in a boat"
	newPassword = "a boat without any sheep"
)

// letter opens the newest letter of the outbox, as who runs the place, and returns the link in it.
func (b *browser) letter(subject string) string {
	b.t.Helper()
	b.do("the outbox", chromedp.Navigate(b.origin+"/admin/letters"), chromedp.WaitVisible(chromedp.CSS(".letters a")))
	b.shoot("letters")
	if got := ask[string](b, "the newest letter", `document.querySelector(".letters a").textContent`); !strings.Contains(got, subject) {
		b.t.Fatalf("the newest letter is %q, not one about %q", got, subject)
	}
	b.do("the letter", chromedp.Click(chromedp.CSS(".letters a")), chromedp.WaitVisible(chromedp.CSS(".mail a[href^='/link/']")))
	b.shoot("letter")
	return b.origin + ask[string](b, "its link", `document.querySelector(".mail a[href^='/link/']").getAttribute("href")`)
}

// press opens a link and presses its button.
func (b *browser) press(link string) {
	b.t.Helper()
	b.do("the link", chromedp.Navigate(link), chromedp.WaitVisible(chromedp.CSS("main form button.do")))
	b.shoot("link")
	b.do("its button", chromedp.Click(chromedp.CSS("main form button.do")))
}

// fill writes into the fields of the form with the action.
func (b *browser) fill(action string, fields ...string) {
	b.t.Helper()
	form := `form[action="` + action + `"]`
	b.do("the form", chromedp.WaitVisible(chromedp.CSS(form)))
	for i := 0; i < len(fields); i += 2 {
		at := form + ` [name=` + fields[i] + `]`
		ask[bool](b, "an empty field", fmt.Sprintf(`(document.querySelector(%q).value = "", true)`, at))
		b.do(fields[i], chromedp.SendKeys(chromedp.CSS(at), fields[i+1]))
	}
}

func (b *browser) submit(action string) {
	b.t.Helper()
	b.do("send the form", chromedp.Click(chromedp.CSS(`form[action="`+action+`"] button:not([type=button])`)))
}

func (b *browser) signIn(mail, password string) {
	b.t.Helper()
	b.do("the sign-in page", chromedp.Navigate(b.origin+"/sign-in"), chromedp.WaitVisible(chromedp.CSS(`form[action="/sign-in"]`)))
	b.fill("/sign-in", "mail", mail, "password", password)
	b.submit("/sign-in")
}

func (b *browser) said(what, want string) {
	b.t.Helper()
	b.until(what, fmt.Sprintf(`!!document.querySelector("main") && document.querySelector("main").textContent.includes(%q)`, want))
}

// TestAnAccountsWay is the whole way of an account on a phone and on a desk: a photo chosen by a stranger waits until they
// have signed up, then the account is changed in every way, and at last deleted.
func TestAnAccountsWay(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("in a plain build; under the race detector another visit stands for it, and its parts are raced by their own tests")
	}
	origin, first := startApp(t)
	photo := sitter.File(t, "me.jpg")
	boss := newBrowser(t, origin)
	boss.begin(first)
	for name, width := range map[string]int64{"phone": 390, "desk": 1280} {
		t.Run(name, func(t *testing.T) {
			b := newBrowser(t, origin)
			b.do("the screen", chromedp.EmulateViewport(width, 844))
			b.signsUp(boss, name, photo)
			b.changesEverything(boss, name)
			b.forgets(boss, name)
			b.leaves(name)
			b.forgive("the server responded with a status of 4") // wrong passwords, on purpose
		})
	}
}

func mailOf(name string) string { return name + "@example.com" }

// signsUp chooses a photo, makes an account and finds the photo where it was.
func (b *browser) signsUp(boss *browser, name, photo string) {
	b.t.Helper()
	b.do("the studio", chromedp.Navigate(b.origin+"/portrait/"), chromedp.WaitVisible(chromedp.CSS(".gate a.do")))
	b.do("a photo", chromedp.SetUploadFiles(chromedp.CSS(`input[name=photo]:not([capture])`), []string{photo}))
	b.until("it waits", `!document.querySelector("[data-kept]").hidden && document.querySelector(".drop-preview").naturalWidth > 0`)
	b.shoot(name + "-waiting")
	b.do("to the form", chromedp.Click(chromedp.CSS(".gate a.do")), chromedp.WaitVisible(chromedp.CSS(`form[action="/sign-up"]`)))
	b.until("the form knows that the photo waits", `!document.querySelector("easel-waiting").hidden`)
	b.fill("/sign-up", "name", "Ana", "mail", mailOf(name), "password", "password12")
	b.agree()
	b.submit("/sign-up")
	b.said("a weak password is refused with a reason", "easy to guess")
	b.shoot(name + "-weak")
	b.fill("/sign-up", "password", oldPassword)
	b.until("the field says that it is enough", `document.querySelector(".judged").textContent === "Long enough"`)
	b.shoot(name + "-signup")
	b.submit("/sign-up")
	b.said("a letter is on its way", "Look into your mail")
	b.shoot(name + "-sent")
	b.press(boss.letter("account"))
	b.until("the photo is there again", `location.pathname === "/portrait/" && document.querySelector(".drop-preview")?.naturalWidth > 0`)
	b.shoot(name + "-recalled")
	b.do("the statement", chromedp.Click(chromedp.CSS("input[name=statement]")))
	b.until("the photo's page is there", `location.pathname.startsWith("/portrait/photo/") && !!document.querySelector("easel-maker")`)
	b.shoot(name + "-photo")
	b.do("back", chromedp.Navigate(b.origin+"/portrait/"), chromedp.WaitVisible(chromedp.CSS(".earlier a.hang")))
	if ask[bool](b, "what waits", `!document.querySelector("[data-kept]").hidden`) {
		b.t.Error("the photo was brought and still waits")
	}
}

// changesEverything goes through the account page.
func (b *browser) changesEverything(boss *browser, name string) {
	b.t.Helper()
	b.do("the account", chromedp.Navigate(b.origin+"/account"))
	b.fill("/account/name", "name", "Ana Lindqvist")
	b.submit("/account/name")
	b.said("it is saved", "Saved.")
	b.until("the new name is at the top", `document.querySelector(".who .person").textContent === "Ana Lindqvist"`)
	b.shoot(name + "-account")

	other := newBrowser(b.t, b.origin)
	other.signIn(mailOf(name), oldPassword)
	other.until("the other one is in", `!!document.querySelector(".who .person")`)
	b.do("the account", chromedp.Reload(), chromedp.WaitVisible(chromedp.CSS("#devices li:nth-child(2)")))
	b.do("all others out", chromedp.Click(chromedp.CSS(`form[action="/account/sessions/end-others"] button`)))
	b.said("it is done", "All other devices are signed out.")
	other.do("the other one looks", chromedp.Navigate(b.origin+"/account"))
	other.until("and has to sign in", `location.pathname === "/sign-in" && location.search === "?then=%2Faccount"`)

	b.fill("/account/password", "password", "wrong", "fresh", newPassword)
	b.submit("/account/password")
	b.said("the old one is wrong", "That is not your password.")
	b.fill("/account/password", "password", oldPassword, "fresh", newPassword)
	b.submit("/account/password")
	b.said("it is changed", "The password is changed")

	b.fill("/account/mail", "mail", mailOf("new-"+name))
	b.submit("/account/mail")
	b.said("a letter is on its way", mailOf("new-"+name))
	b.press(boss.letter("address"))
	b.said("it is changed", "Your mail address is changed.")

	b.do("keys", chromedp.Navigate(b.origin+"/account/keys"))
	b.fill("/account/keys", "name", "Frame in the hall")
	b.submit("/account/keys")
	b.until("the key is shown", `document.querySelector("easel-copy input")?.value.startsWith("easel_")`)
	b.shoot(name + "-key")
	b.do("revoke it", chromedp.Click(chromedp.CSS("#list summary")), chromedp.Click(chromedp.CSS("#list details[open] button")))
	b.said("it is", "The key is revoked.")
	b.do("sign out", chromedp.Click(chromedp.CSS(`form[action="/sign-out"] button`)))
	b.until("nobody is in", `location.pathname === "/" && !!document.querySelector(".who a[href^='/sign-in']")`)
}

// forgets asks for a new password by letter.
func (b *browser) forgets(boss *browser, name string) {
	b.t.Helper()
	b.signIn(mailOf("new-"+name), oldPassword)
	b.said("it is wrong", "not right")
	b.shoot(name + "-wrong")
	b.do("forgotten", chromedp.Click(chromedp.CSS("a[href='/forgotten']")))
	b.fill("/forgotten", "mail", mailOf("new-"+name))
	b.submit("/forgotten")
	b.said("a letter is on its way", "Look into your mail")
	b.do("the link", chromedp.Navigate(boss.letter("password")), chromedp.WaitVisible(chromedp.CSS("main form input[name=password]")))
	b.shoot(name + "-reset")
	b.do("the new one", chromedp.SendKeys(chromedp.CSS("main form input[name=password]"), oldPassword), chromedp.Click(chromedp.CSS("main form button.do")))
	b.until("she is in", `location.pathname === "/portrait/" && !!document.querySelector(".who .person")`)
}

// leaves deletes the account, which nobody can sign in to then.
func (b *browser) leaves(name string) {
	b.t.Helper()
	b.do("leave", chromedp.Navigate(b.origin+"/account/leave"))
	b.fill("/account/leave", "password", oldPassword)
	b.shoot(name + "-leave")
	b.do("sure", chromedp.Click(chromedp.CSS("input[name=sure]")))
	b.submit("/account/leave")
	b.said("it is gone", "Your account is gone")
	b.shoot(name + "-left")
	b.signIn(mailOf("new-"+name), oldPassword)
	b.said("nobody knows her", "not right")
}
