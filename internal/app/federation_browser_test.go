package app_test

import (
	"context"
	"net"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/webauthn"
	"github.com/chromedp/chromedp"
)

// startDemo runs the whole program with the pretended issuer, by a name for which browsers make passkeys.
func startDemo(t *testing.T) (origin string) {
	t.Helper()
	address := freeAddress(t)
	_, port, _ := net.SplitHostPort(address)
	origin = "http://localhost:" + port
	run(t, map[string]string{"EASEL_ADDRESS": address, "EASEL_PUBLIC_URL": origin, "EASEL_OIDC": "demo"}, nil)
	return origin
}

// forgive takes back complaints about what a test does on purpose: to visit the issuer, and to be refused.
func (b *browser) forgive(parts ...string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	var left []string
	for _, w := range b.wrong {
		if !containsAny(w, parts) {
			left = append(left, w)
		}
	}
	b.wrong = left
}

func containsAny(s string, parts []string) bool {
	for _, p := range parts {
		if strings.Contains(s, p) {
			return true
		}
	}
	return false
}

// newDemoBrowser may visit the issuer, and be refused.
func newDemoBrowser(t *testing.T, origin string) *browser {
	t.Helper()
	b := newBrowser(t, origin)
	t.Cleanup(func() {
		b.forgive("asked for http://127.0.0.1:", "the server responded with a status of 4", "the server responded with a status of 5")
	})
	return b
}

// goOut presses the issuer's button and waits for its page.
func (b *browser) goOut() {
	b.t.Helper()
	b.do("the sign-in page", chromedp.Navigate(b.origin+"/sign-in?then=/questions"), chromedp.WaitVisible(chromedp.CSS(`form[action="/sign-in/with/demo"] button`)))
	b.do("to the issuer", chromedp.Click(chromedp.CSS(`form[action="/sign-in/with/demo"] button`)))
	b.until("the issuer's page is there", `document.title === "Demo sign-in"`)
}

// beAda chooses an account at the issuer, with what is to go wrong.
func (b *browser) beAda(fault string) {
	b.t.Helper()
	if !ask[bool](b, "what goes wrong", `(s => { s.value = "`+fault+`"; return s.value === "`+fault+`"; })(document.querySelector("select[name=fault]"))`) {
		b.t.Fatalf("the issuer does not know the fault %q", fault)
	}
	b.do("choose Ada", chromedp.Click(chromedp.CSS(`button[value="1001"]`)))
}

func (b *browser) signedOut() bool {
	b.t.Helper()
	return ask[bool](b, "who is signed in", `!document.querySelector('form[action="/sign-out"]')`)
}

// onBoth runs a way through the pages on a desk and on a phone.
func onBoth(t *testing.T, way func(b *browser)) {
	t.Helper()
	if testing.Short() {
		t.Skip("in a plain build; under the race detector another visit stands for it, and its parts are raced by their own tests")
	}
	t.Parallel()
	for name, width := range map[string]int64{"desk": 1280, "phone": 390} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newDemoBrowser(t, startDemo(t))
			b.do("the window", chromedp.EmulateViewport(width, 844))
			way(b)
		})
	}
}

// TestComingByAnIssuersWord is the whole way in a real browser, first with everything that can go wrong.
func TestComingByAnIssuersWord(t *testing.T) { onBoth(t, comeByAnIssuersWord) }

func comeByAnIssuersWord(b *browser) {
	t := b.t
	for _, c := range []struct{ fault, say string }{
		{"expired", "The answer of Demo has expired"},
		{"audience", "was not made for this site"},
		{"nonce", "belongs to another sign-in"},
		{"stranger", "was not made for this site, or not by Demo"},
		{"forged", "was not made for this site, or not by Demo"},
		{"unverified", "has not verified that the address ada@example.com is yours"},
		{"no-mail", "did not tell us your mail address"},
		{"broken", "did not confirm the sign-in"},
	} {
		b.goOut()
		b.beAda(c.fault)
		b.until("the sign-in page says what is wrong with "+c.fault, `(document.querySelector(".error")?.textContent ?? "").includes("`+c.say+`")`)
		if !b.signedOut() {
			t.Errorf("%s: somebody is signed in", c.fault)
		}
	}
	b.shoot("issuer-refused")
	b.goOut()
	b.do("say no", chromedp.Click(chromedp.CSS(`button[value="denied"]`)))
	b.until("the sign-in page says so", `(document.querySelector(".error")?.textContent ?? "").includes("You did not go on at Demo")`)

	b.goOut()
	b.shoot("issuer")
	b.beAda("rotated")
	b.until("she is where she wanted to be", `location.pathname === "/questions"`)
	if b.signedOut() {
		t.Fatal("nobody is signed in")
	}
	if name := ask[string](b, "her name", `document.querySelector(".who .person").textContent`); name != "Ada Lovelace" {
		t.Errorf("she is called %q", name)
	}
	b.do("the studio", chromedp.Navigate(b.origin+"/portrait/"), chromedp.WaitVisible(chromedp.CSS("easel-drop h1")))
	if n := ask[int](b, "what she has not said yet", `document.querySelectorAll("input[name=age], input[name=agree]").length`); n != 3 {
		t.Errorf("the studio asks a newcomer about age and agreement with %d boxes, want 3", n)
	}
	b.do("her account", chromedp.Navigate(b.origin+"/account"), chromedp.WaitVisible(chromedp.CSS("#sign-ins")))
	b.until("her picture has been fetched", `(async () => { const r = await fetch("/account/picture"); return r.ok && (await createImageBitmap(await r.blob())).width === 192 })()`)

	b.do("once more", chromedp.Reload(), chromedp.WaitVisible(chromedp.CSS(`img[src="/account/picture"]`)))
	b.shoot("account-connected")
	if said := ask[string](b, "what is connected", `document.querySelector("#sign-ins li").textContent.replace(/\s+/g, " ")`); !strings.Contains(said, "Demo") || !strings.Contains(said, "ada@example.com") {
		t.Errorf("connected: %q", said)
	}
	b.do("disconnect the last way in", chromedp.Click(chromedp.CSS("#sign-ins details summary")), chromedp.Click(chromedp.CSS("#sign-ins details[open] form button")))
	b.until("it is refused", `document.body.textContent.includes("This is the only way left")`)
}

// phone puts a device into the browser that keeps passkeys and knows its owner by a finger.
func (b *browser) phone() {
	b.t.Helper()
	b.do("a device", chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		if _, err := cdp.Call(ctx, target, webauthn.Enable, webauthn.EnableParams{}); err != nil {
			return err
		}
		_, err := cdp.Call(ctx, target, webauthn.AddVirtualAuthenticator, webauthn.AddVirtualAuthenticatorParams{Options: &webauthn.VirtualAuthenticatorOptions{
			Protocol: webauthn.AuthenticatorProtocolCtap2, Transport: webauthn.AuthenticatorTransportInternal, HasResidentKey: true, HasUserVerification: true,
			IsUserVerified: true, AutomaticPresenceSimulation: true,
		}})
		return err
	}))
}

// TestAPasskeyInTheBrowser adds one, names it, signs out, signs in by it and removes it.
func TestAPasskeyInTheBrowser(t *testing.T) { onBoth(t, useAPasskey) }

func useAPasskey(b *browser) {
	b.phone()
	b.goOut()
	b.beAda("")
	b.until("she is in", `location.pathname === "/questions"`)
	b.do("her account", chromedp.Navigate(b.origin+"/account"), chromedp.WaitVisible(chromedp.CSS("easel-passkey[data-add] button")))
	b.do("add a passkey", chromedp.Click(chromedp.CSS("easel-passkey[data-add] button")))
	b.until("it is listed", `document.querySelectorAll("#passkeys li").length === 1`)
	b.shoot("passkey-added")
	b.do("add the same once more", chromedp.Click(chromedp.CSS("easel-passkey[data-add] button")))
	b.until("the device has one already", `(document.querySelector("easel-passkey[data-add] .error")?.textContent ?? "").includes("has a passkey for your account already")`)
	b.do("name it", chromedp.Click(chromedp.CSS("#passkeys details summary")), chromedp.SetValue(chromedp.CSS("#passkeys details[open] input[name=name]"), "Ada's phone"),
		chromedp.Click(chromedp.CSS("#passkeys details[open] form button")))
	b.until("it has its name", `document.querySelector("#passkeys li strong")?.textContent === "Ada's phone"`)

	b.do("sign out", chromedp.Click(chromedp.CSS(`form[action="/sign-out"] button`)))
	b.until("nobody is signed in", `location.pathname === "/" && !document.querySelector('form[action="/sign-out"]')`)
	b.do("the sign-in page", chromedp.Navigate(b.origin+"/sign-in?then=/account"), chromedp.WaitVisible(chromedp.CSS("easel-passkey button")))
	b.shoot("passkey-door")
	b.do("use the passkey", chromedp.Click(chromedp.CSS("easel-passkey button")))
	b.until("she is in, where she wanted to be", `location.pathname === "/account" && document.querySelector("#passkeys li")?.textContent.includes("last used")`)

	b.do("remove it", chromedp.Click(chromedp.CSS("#passkeys li .asks details:last-child summary")), chromedp.Click(chromedp.CSS("#passkeys details[open] form button")))
	b.until("none is left", `!!document.querySelector("#passkeys") && document.querySelectorAll("#passkeys li").length === 0`)
	b.do("sign out", chromedp.Click(chromedp.CSS(`form[action="/sign-out"] button`)))
	b.until("nobody is signed in", `location.pathname === "/"`)
	b.do("the sign-in page", chromedp.Navigate(b.origin+"/sign-in"), chromedp.WaitVisible(chromedp.CSS("easel-passkey button")),
		chromedp.Click(chromedp.CSS("easel-passkey button")))
	b.until("the passkey opens nothing any more", `(document.querySelector("easel-passkey .error")?.textContent ?? "").includes("not known here")`)
	b.shoot("passkey-unknown")
}
