package pages

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"easel/internal/account"
)

func TestYourAccount(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	v := h.guest(t)
	if res := h.visitor(t).get("/account"); res.Header.Get("Location") != "/sign-in?then=%2Faccount" {
		t.Errorf("nobody: %d to %s", res.StatusCode, res.Header.Get("Location"))
	}
	if res := v.post("/account/name", url.Values{"name": {"Ana"}}); res.Header.Get("Location") != "/account?saved=name" {
		t.Errorf("name: %d", res.StatusCode)
	}
	if page := document(t, v.get("/account?saved=name")); page.Find("[role=status]").Text() != "Saved." || page.Find("input[name=name]").AttrOr("value", "") != "Ana" {
		t.Error("the name is not saved")
	}
	if page := document(t, v.get("/account?saved=%3Cscript%3E")); page.Find("[role=status]").Length() != 0 {
		t.Error("the page says what the address wants")
	}
	if res := v.post("/account/name", url.Values{"name": {strings.Repeat("a", 81)}}); res.StatusCode != http.StatusBadRequest || document(t, res).Find(".wrong input[name=name][aria-invalid]").Length() != 1 {
		t.Errorf("a long name: %d", res.StatusCode)
	}
	for _, c := range []struct{ old, fresh, wrong string }{{"no", "another boat with sheep", "password"}, {goodPassword, "short", "fresh"}} {
		res := v.post("/account/password", url.Values{"password": {c.old}, "fresh": {c.fresh}})
		if page := document(t, res); res.StatusCode < 400 || page.Find(".wrong input[name="+c.wrong+"]").Length() != 1 || page.Find(".wrong").Length() != 1 {
			t.Errorf("%+v: %d", c, res.StatusCode)
		}
	}
	phone := h.people.open(v.owner, account.Client{Agent: "Safari on iPhone"})
	if res := v.post("/account/password", url.Values{"password": {goodPassword}, "fresh": {"another boat with sheep"}}); res.Header.Get("Location") != "/account?saved=password" {
		t.Fatalf("password: %d %s", res.StatusCode, res.Body)
	}
	if _, ok, _ := h.people.Find(t.Context(), phone.Token); ok {
		t.Error("the phone is still signed in")
	}
	if res := v.get("/account"); res.StatusCode != http.StatusOK {
		t.Errorf("this browser is signed out: %d", res.StatusCode)
	}
}

// A new address counts when its letter is opened, and asking for one needs a fresh proof.
func TestANewAddress(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	v := h.guest(t)
	if res := v.post("/account/mail", url.Values{"mail": {""}}); res.StatusCode != http.StatusBadRequest || document(t, res).Find("#mail .wrong").Length() != 1 {
		t.Errorf("none: %d", res.StatusCode)
	}
	if res := v.post("/account/mail", url.Values{"mail": {"new@example.com"}}); res.StatusCode != http.StatusOK || !strings.Contains(res.Body, "new@example.com") {
		t.Fatalf("asked: %d", res.StatusCode)
	}
	path, other := h.people.path(t), h.visitor(t)
	if page := document(t, other.get(path)); !strings.Contains(page.Find(".lead").Text(), "new@example.com") {
		t.Errorf("the link's page: %s", page.Find("main").Text())
	}
	if res := other.post(path, nil); res.StatusCode != http.StatusSeeOther || other.cookie != nil {
		t.Errorf("opened elsewhere: %d, signed in: %v", res.StatusCode, other.cookie)
	}
	if p, _ := h.people.Person(t.Context(), v.owner); p.Mail != "new@example.com" {
		t.Errorf("the address is %s", p.Mail)
	}
	h.people.age(v.cookie.Value, time.Hour)
	if res := v.post("/account/mail", url.Values{"mail": {"x@example.com"}}); res.Header.Get("Location") != "/account/confirm?then=%2Faccount%23mail" {
		t.Errorf("an old proof: %d to %s", res.StatusCode, res.Header.Get("Location"))
	}
	if res := v.post("/account/confirm", url.Values{"password": {"no"}, "then": {"/account#mail"}}); res.StatusCode != http.StatusForbidden || document(t, res).Find("input[name=then]").AttrOr("value", "") != "/account#mail" {
		t.Errorf("a wrong proof: %d", res.StatusCode)
	}
	if res := v.post("/account/confirm", url.Values{"password": {goodPassword}, "then": {"/account#mail"}}); res.Header.Get("Location") != "/account#mail" {
		t.Errorf("a new proof: %d to %s", res.StatusCode, res.Header.Get("Location"))
	}
	if page := document(t, v.get("/account")); page.Find("form[action='/account/mail']").Length() != 1 {
		t.Error("after the proof the form is not there")
	}
}

func TestDevices(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	v := h.guest(t)
	phone := h.people.open(v.owner, account.Client{Agent: "Safari on iPhone"})
	h.people.open(v.owner, account.Client{Agent: "Chrome on Windows"})
	if record := document(t, v.get("/account/visits")); record.Find("tbody tr").Length() != 3 || !strings.Contains(record.Find(".lead").Text(), "90 days") {
		t.Errorf("the record: %s", record.Find("main").Text())
	}
	page := document(t, v.get("/account"))
	if page.Find("#devices li").Length() != 3 || page.Find("#devices .here").Length() != 1 || !strings.Contains(page.Find("#devices").Text(), "Safari on iPhone") {
		t.Fatalf("%s", page.Find("#devices").Text())
	}
	caller, _, err := h.people.Find(t.Context(), phone.Token)
	must(t, err)
	end := accountURL + "/sessions/" + caller.SessionID.String() + "/end"
	if res := v.post(end, nil); res.StatusCode != http.StatusSeeOther {
		t.Errorf("%d", res.StatusCode)
	}
	if res := v.post(end, nil); res.StatusCode != http.StatusNotFound {
		t.Errorf("twice: %d", res.StatusCode)
	}
	v.post(accountURL+"/sessions/end-others", nil)
	if page := document(t, v.get("/account")); page.Find("#devices li").Length() != 1 || page.Find("#devices form").Length() != 0 {
		t.Error("the others are still in")
	}
	here, _, err := h.people.Find(t.Context(), v.cookie.Value)
	must(t, err)
	if res := v.post(accountURL+"/sessions/"+here.SessionID.String()+"/end", nil); res.Header.Get("Location") != "/" || v.cookie != nil {
		t.Errorf("this one: %d", res.StatusCode)
	}
}

func TestKeys(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	v := h.guest(t)
	if res := v.post(keysURL, url.Values{"name": {"Frame"}}); res.StatusCode != http.StatusBadRequest || document(t, res).Find("input[name=name]").AttrOr("value", "") != "Frame" {
		t.Errorf("for nothing: %d", res.StatusCode)
	}
	res := v.post(keysURL, url.Values{"name": {"Frame"}, "scope": {"read", "delete"}})
	secret := document(t, res).Find("easel-copy input").AttrOr("value", "")
	if res.StatusCode != http.StatusOK || !strings.HasPrefix(secret, "easel_") || res.Header.Get("Cache-Control") != "no-store" {
		t.Fatalf("%d %q", res.StatusCode, secret)
	}
	page := document(t, v.get(keysURL))
	if strings.Contains(page.Text(), secret) || page.Find("#list li").Length() != 1 || page.Find("#list .facts").First().Text() != "Read · Delete" || page.Find("#usage svg").Length() == 0 {
		t.Errorf("the list: %s", page.Find("#list").Text())
	}
	revoke := keysURL + "/" + h.people.keys[v.owner][0].ID.String() + "/revoke"
	if res := v.post(revoke, nil); res.Header.Get("Location") != keysURL+"?saved=revoked" {
		t.Errorf("revoke: %d", res.StatusCode)
	}
	if res := v.post(keysURL+"/"+uuid.NewString()+"/revoke", nil); res.StatusCode != http.StatusNotFound {
		t.Errorf("revoke nothing: %d", res.StatusCode)
	}
	h.people.age(v.cookie.Value, time.Hour)
	if res := v.post(keysURL, url.Values{"name": {"Frame"}, "scope": {"read"}}); !strings.HasPrefix(res.Header.Get("Location"), "/account/confirm") || len(h.people.keys[v.owner]) != 1 {
		t.Errorf("without a fresh proof: %d", res.StatusCode)
	}
}

func TestLeaving(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	v := h.guest(t)
	v.seated()
	page := document(t, v.get(leaveURL))
	if !strings.Contains(page.Find(".going").Text(), "One photo") || page.Find("a[href='/portrait/']").Length() < 2 {
		t.Errorf("the warning: %s", page.Find("main").Text())
	}
	for _, form := range []url.Values{{}, {"sure": {"yes"}}, {"sure": {"yes"}, "password": {"no"}}, {"password": {goodPassword}}} {
		if res := v.post(leaveURL, form); res.StatusCode < 400 || document(t, res).Find("main .error").Length() != 1 || len(h.people.left) != 0 {
			t.Fatalf("%v: %d", form, res.StatusCode)
		}
	}
	res := v.post(leaveURL, url.Values{"sure": {"yes"}, "password": {goodPassword}})
	if res.StatusCode != http.StatusOK || v.cookie != nil || len(h.people.left) != 1 || document(t, res).Find(".who a[href='/sign-in']").Length() != 1 {
		t.Fatalf("%d, %v left", res.StatusCode, h.people.left)
	}
	key := h.guest(t) // has no password
	h.people.change(key.owner, func(p *account.Person) { p.HasPassword = false })
	h.people.age(key.cookie.Value, time.Hour)
	if res := key.get(leaveURL); !strings.HasPrefix(res.Header.Get("Location"), "/account/confirm") {
		t.Errorf("an old proof: %d", res.StatusCode)
	}
	if res := key.post(leaveURL, url.Values{"sure": {"yes"}}); !strings.HasPrefix(res.Header.Get("Location"), "/account/confirm") || len(h.people.left) != 1 {
		t.Errorf("an old proof: %d", res.StatusCode)
	}
	h.people.age(key.cookie.Value, 0)
	if res := key.post(leaveURL, url.Values{"sure": {"yes"}}); res.StatusCode != http.StatusOK || len(h.people.left) != 2 {
		t.Errorf("a fresh one: %d", res.StatusCode)
	}
}

// Other ways in are listed, renamed and taken away.
func TestOtherWaysIn(t *testing.T) {
	t.Parallel()
	ways := &waysIn{id: uuid.New()}
	h := newHouse(t, func(c *Config) {
		c.Passkeys, c.Federation, c.Others = ways, ways, []SignIn{{"Google", "/sign-in/google"}}
	})
	v := h.guest(t)
	ways.owner = v.owner
	page := document(t, v.get("/account"))
	if !strings.Contains(page.Find("#passkeys").Text(), "Phone") || !strings.Contains(page.Find("#sign-ins").Text(), "ana@example.com") || page.Find("easel-passkey").Length() != 1 {
		t.Errorf("%s", page.Find("main").Text())
	}
	for _, p := range []string{passkeysURL + "/" + ways.id.String() + "/name", passkeysURL + "/" + ways.id.String() + "/remove", linkedURL + "/" + ways.id.String() + "/remove"} {
		if res := v.post(p, url.Values{"name": {"x"}}); res.StatusCode != http.StatusSeeOther {
			t.Errorf("%s: %d", p, res.StatusCode)
		}
	}
	if ways.changed != 3 {
		t.Errorf("%d changes", ways.changed)
	}
	if page := document(t, h.visitor(t).get("/sign-in?then=/account")); !strings.Contains(page.Find(".ways-in").Text(), "Google") {
		t.Error("Google is not offered")
	}
}
