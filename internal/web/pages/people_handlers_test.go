package pages

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"easel/internal/account"
	"easel/internal/fault"
	"easel/internal/web/ui"
)

const goodPassword = "four sheep in a boat"

func signUpForm(h *house) url.Values {
	return url.Values{"mail": {"ana@example.com"}, "password": {goodPassword}, "name": {"Ana"}, "age": {"of-age"},
		"agree": {fmt.Sprintf("portrait@%d", h.plain.Policy.Version)}}
}

// A letter's link opens the account; looking at it does not.
func TestSigningUp(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	v := h.visitor(t)
	res := v.post("/sign-up", signUpForm(h))
	if page := document(t, res); res.StatusCode != http.StatusOK || !strings.Contains(page.Find(".lead").Text(), "ana@example.com") || page.Find(".notice").Length() != 1 || v.cookie != nil {
		t.Fatalf("%d %s", res.StatusCode, res.Body)
	}
	path := h.people.path(t)
	for range 3 {
		res := v.get(path)
		if page := document(t, res); res.StatusCode != http.StatusOK || page.Find("form[method=post][action='"+path+"'] button").Length() != 1 || res.Header.Get("Referrer-Policy") != "no-referrer" {
			t.Fatalf("the link: %d %s", res.StatusCode, res.Body)
		}
	}
	if res := v.post(path, nil); res.StatusCode != http.StatusSeeOther || res.Header.Get("Location") != "/portrait/" || v.cookie == nil {
		t.Fatalf("pressed: %d to %s", res.StatusCode, res.Header.Get("Location"))
	}
	for _, act := range []func() reply{func() reply { return h.visitor(t).get(path) }, func() reply { return h.visitor(t).post(path, nil) }} {
		if res := act(); res.StatusCode != http.StatusNotFound || !strings.Contains(res.Body, "used already") && !strings.Contains(res.Body, "used") {
			t.Errorf("twice: %d", res.StatusCode)
		}
	}
	page := document(t, v.get("/account"))
	if page.Find(".who .person").Text() != "Ana" || !strings.Contains(page.Find("#mail").Text(), "ana@example.com") || !strings.Contains(page.Find("#agreed").Text(), "Version 1") {
		t.Errorf("the account page: %s", page.Find("main").Text())
	}
}

func TestWhatASignUpLacks(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	for name, c := range map[string]struct {
		field, value, say string
	}{
		"no address":    {"mail", "", "mail address"},
		"weak":          {"password", "password12", "easy to guess"},
		"short":         {"password", "abc", "too short"},
		"no age":        {"age", "", "how old"},
		"strange age":   {"age", "99", "how old"},
		"no agreement":  {"agree", "", "read and tick"},
		"older version": {"agree", "portrait@0", "read and tick"},
	} {
		form := signUpForm(h)
		form.Set(c.field, c.value)
		res := h.visitor(t).post("/sign-up", form)
		page := document(t, res)
		if res.StatusCode != http.StatusBadRequest || !strings.Contains(page.Find("main .error").Text(), c.say) || page.Find("input[name=name]").AttrOr("value", "") != "Ana" || strings.Contains(res.Body, goodPassword) {
			t.Errorf("%s: %d %q", name, res.StatusCode, page.Find("main .error").Text())
		}
		if (page.Find("input[name=age][value=of-age][checked]").Length() == 1) != (c.field != "age") || (page.Find("input[name=agree][checked]").Length() == 1) != (c.field != "agree") {
			t.Errorf("%s: what was ticked is lost", name)
		}
	}
	if len(h.people.letters) != 0 {
		t.Errorf("letters were written: %v", h.people.letters)
	}
}

func TestSigningInAndOut(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.people.add("ana@example.com", goodPassword)
	v := h.visitor(t)
	for _, form := range []url.Values{{}, {"mail": {"ana@example.com"}}, {"mail": {"ana@example.com"}, "password": {"wrong"}}, {"mail": {"nobody@example.com"}, "password": {goodPassword}}} {
		form.Set("then", "/account")
		res := v.post("/sign-in", form)
		page := document(t, res)
		if res.StatusCode != http.StatusForbidden && res.StatusCode != http.StatusBadRequest || page.Find("main .error").Length() != 1 || page.Find("input[name=then]").AttrOr("value", "") != "/account" || v.cookie != nil ||
			page.Find("input[name=mail]").AttrOr("value", "") != form.Get("mail") || page.Find("input[type=password]").AttrOr("value", "") != "" {
			t.Errorf("%v: %d %q", form, res.StatusCode, page.Find("main .error").Text())
		}
	}
	for then, to := range map[string]string{"": "/portrait/", "/account": "/account", "//evil.test": "/portrait/", "/\\evil.test": "/portrait/", "https://evil.test": "/portrait/"} {
		v := h.visitor(t)
		res := v.post("/sign-in", url.Values{"mail": {"ana@example.com"}, "password": {goodPassword}, "then": {then}})
		if res.StatusCode != http.StatusSeeOther || res.Header.Get("Location") != to || v.cookie == nil {
			t.Errorf("%q: %d to %s", then, res.StatusCode, res.Header.Get("Location"))
		}
		if res := v.get("/sign-in?then=/account"); res.Header.Get("Location") != "/account" {
			t.Errorf("who is in already sees the door: %d", res.StatusCode)
		}
		old := v.cookie.Value
		if res := v.get("/sign-in?again"); res.StatusCode != http.StatusOK {
			t.Errorf("to prove it again: %d", res.StatusCode)
		}
		v.post("/sign-in", url.Values{"mail": {"ana@example.com"}, "password": {goodPassword}})
		if _, ok, _ := h.people.Find(t.Context(), old); ok || v.cookie.Value == old {
			t.Error("the session was not replaced")
		}
		if res := v.post("/sign-out", nil); res.StatusCode != http.StatusSeeOther || v.cookie != nil || res.Header.Get("Clear-Site-Data") == "" {
			t.Errorf("out: %d %v", res.StatusCode, res.Header)
		}
	}
	if len(h.people.sessions) != 0 {
		t.Errorf("%d sessions are left", len(h.people.sessions))
	}
	if res := v.post("/sign-out", nil); res.StatusCode != http.StatusSeeOther {
		t.Errorf("nobody signs out: %d", res.StatusCode)
	}
}

// Whoever is too fast is told for how long to wait, beside the form.
func TestTooManyTries(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.people.fail = fault.TooOften(90*time.Second, "There were too many failed tries to sign in. Please wait 2 minutes.")
	ana := h.guest(t)
	for path, form := range map[string]url.Values{
		"/sign-in": {"mail": {"a@b.c"}, "password": {"x"}}, "/sign-up": signUpForm(h), "/forgotten": {"mail": {"a@b.c"}},
		"/account/mail": {"mail": {"a@b.c"}}, "/account/confirm": {"password": {"x"}},
	} {
		v := h.visitor(t)
		v.cookie = ana.cookie
		res := v.post(path, form)
		if page := document(t, res); res.StatusCode != http.StatusTooManyRequests || res.Header.Get("Retry-After") != "90" || !strings.Contains(page.Find("main .error").Text(), "2 minutes") {
			t.Errorf("%s: %d %v", path, res.StatusCode, res.Header)
		}
	}
	h.people.fail = errors.New("disk on fire")
	if res := h.visitor(t).post("/sign-in", url.Values{"mail": {"a@b.c"}, "password": {"x"}}); res.StatusCode != http.StatusInternalServerError || strings.Contains(res.Body, "fire") {
		t.Errorf("our mistake: %d", res.StatusCode)
	}
}

func TestForgotten(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.people.add("ana@example.com", goodPassword)
	known := h.visitor(t).post("/forgotten", url.Values{"mail": {"ana@example.com"}})
	unknown := h.visitor(t).post("/forgotten", url.Values{"mail": {"ben@example.com"}})
	if known.StatusCode != http.StatusOK || strings.ReplaceAll(known.Body, "ana", "ben") != unknown.Body || len(h.people.letters) != 1 {
		t.Error("the page tells whether there is an account")
	}
	path := h.people.path(t)
	v := h.visitor(t)
	if res := v.post(path, url.Values{"password": {"short"}}); res.StatusCode != http.StatusBadRequest || !strings.Contains(res.Body, "too short") {
		t.Errorf("weak: %d", res.StatusCode)
	}
	if page := document(t, v.get(path)); page.Find("easel-password[data-min] input").Length() != 1 {
		t.Error("the link was spent by a password that was refused")
	}
	if res := v.post(path, url.Values{"password": {"another boat with sheep"}}); res.StatusCode != http.StatusSeeOther || v.cookie == nil {
		t.Fatalf("set: %d %s", res.StatusCode, res.Body)
	}
	if res := v.post(path, url.Values{"password": {"another boat with sheep"}}); res.StatusCode != http.StatusNotFound {
		t.Errorf("twice: %d", res.StatusCode)
	}
	for _, p := range []string{"/link/reset/x", "/link/none/x", "/link/sign-up/" + strings.TrimPrefix(path, "/link/reset/"), "/link/evil/x"} {
		if res := v.get(p); res.StatusCode != http.StatusNotFound {
			t.Errorf("GET %s: %d", p, res.StatusCode)
		}
		if res := v.post(p, nil); res.StatusCode != http.StatusNotFound && res.StatusCode != http.StatusBadRequest {
			t.Errorf("POST %s: %d", p, res.StatusCode)
		}
	}
}

func TestFirstLink(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	boss := h.people.add("", "")
	h.people.change(boss, func(p *account.Person) { p.Admin, p.Ages, p.Consents = true, nil, nil })
	h.people.write("", waiting{purpose: account.LinkFirst, owner: boss})
	v := h.visitor(t)
	path := h.people.path(t)
	v.get(path)
	if res := v.post(path, nil); res.Header.Get("Location") != "/portrait/" {
		t.Fatalf("%d to %s", res.StatusCode, res.Header.Get("Location"))
	}
	page := document(t, v.get("/portrait/"))
	if page.Find("nav a[href='/admin']").Length() != 1 || page.Find("form[enctype] input[name=photo]").Length() != 2 || page.Find("input[name=agree]").Length() != 1 || page.Find(".person").Text() != "Your account" {
		t.Error("the first one is not in their studio")
	}
}

func TestLetters(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	boss, ana := h.guest(t), h.guest(t)
	h.people.change(boss.owner, func(p *account.Person) { p.Admin = true })
	l := Letter{ID: uuid.New(), To: "ana@example.com", Subject: "Open it", Text: "See " + h.url + "/link/sign-up/abc\n<script>", Written: noon, Failed: true, Why: "mailbox full"}
	h.post.letters = []Letter{l}
	at := lettersURL + "/" + l.ID.String()
	if page := document(t, boss.get(lettersURL)); !strings.Contains(page.Find(".rows").Text(), "mailbox full") || page.Find(".rows a[href='"+at+"']").Length() != 1 {
		t.Error("the letter is not in the list")
	}
	if page := document(t, boss.get(at)); page.Find(".mail a[href='/link/sign-up/abc']").Length() != 1 || page.Find(".mail script").Length() != 0 {
		t.Error("the letter cannot be read")
	}
	if res := boss.post(at+"/again", nil); res.StatusCode != http.StatusSeeOther || len(h.post.again) != 1 {
		t.Errorf("again: %d", res.StatusCode)
	}
	for _, p := range []string{lettersURL, at} {
		if res := ana.get(p); res.StatusCode != http.StatusNotFound || strings.Contains(res.Body, "mailbox") {
			t.Errorf("somebody else at %s: %d", p, res.StatusCode)
		}
		if res := h.visitor(t).get(p); res.StatusCode != http.StatusSeeOther {
			t.Errorf("nobody at %s: %d", p, res.StatusCode)
		}
	}
	if res := boss.get(lettersURL + "/x"); res.StatusCode != http.StatusNotFound {
		t.Errorf("no letter: %d", res.StatusCode)
	}
}

// The header tells what somebody can spend, and what of it is in use.
func TestThePurseIsAtTheTop(t *testing.T) {
	t.Parallel()
	purse, broken := ui.Purse{Settled: 4, InUse: 1}, error(nil)
	h := newHouse(t, func(c *Config) {
		c.Purse = func(context.Context, uuid.UUID) (ui.Purse, error) { return purse, broken }
	})
	v := h.guest(t)
	if got := strings.Join(strings.Fields(document(t, v.get("/")).Find(".purse").Text()), " "); got != "4 tokens 1 in use" {
		t.Errorf("%q", got)
	}
	purse = ui.Purse{Settled: 1}
	if got := strings.Join(strings.Fields(document(t, v.get("/nowhere")).Find(".purse").Text()), " "); got != "1 token" {
		t.Errorf("on a page about an error: %q", got)
	}
	broken = errors.New("ledger is down")
	if res := v.get("/questions"); res.StatusCode != http.StatusOK || strings.Contains(res.Body, "ledger") || !strings.Contains(h.log.String(), "ledger is down") {
		t.Errorf("a purse that cannot be read: %d", res.StatusCode)
	}
	if res := h.visitor(t).get("/"); strings.Contains(res.Body, "purse") || !strings.Contains(res.Header.Get("Vary"), "Cookie") {
		t.Error("nobody has a purse")
	}
}
