package pages

import (
	"time"

	"github.com/google/uuid"

	"easel/internal/account"
	"easel/internal/web/ui"
)

// peopleSamples holds every page about people, in every state.
func peopleSamples(s *site) []sample {
	signUp := s.signUpPage("Ana", "ana@example.com", "/account")
	signUp.Error = "That password is too short."
	signUp.Ways = ways{Others: []SignIn{{"Google", "/sign-in/with/google"}}, Passkeys: true, Then: "/account"}
	signIn := s.signInPage("ana@example.com", "/account")
	signIn.Header = ui.Header{Then: "/account"}
	signIn.Ways = signUp.Ways
	sent := s.sentPage("sent.signup", "ana@example.com", "/sign-up")
	sent.Same, sent.Outbox = true, true
	changed := s.sentPage("sent.change", "ana@example.com", "/account#mail")
	changed.Outbox, changed.Header = true, ui.Header{Signed: true, Admin: true, Name: "Ana", Purse: &ui.Purse{Settled: 4, InUse: 2}}
	acts := s.spendings()
	forgotten := s.forgottenPage("")
	forgotten.Error = "That is not a mail address that we can write to."
	reset := s.resetPage("token", "ana@example.com")
	prove := confirmPage{Who: "ana@example.com", Then: "/account", HasPassword: true, Password: s.secretField("door.password"), Error: "That is not your password."}
	other := confirmPage{Then: "/account", Ways: signUp.Ways}
	secret := s.secretField("door.password")
	letter := Letter{ID: uuid.New(), To: "ana@example.com", Subject: "Open your account", Text: "Hello,\n\nopen http://localhost:8080/link/sign-up/abc or http://evil.test/ now.\n", Written: noon, Why: "mailbox full", Failed: true}
	return []sample{
		{"questions", "questions", s.questionsPage(), map[string]int{"section h2": 8, "h1": 1}},
		{"sign up", "signup", signUp, map[string]int{"form[action='/sign-up'] input[name=mail][value='ana@example.com'][required]": 1, "input[name=age]": 2, "input[name=agree][required]": 1,
			"easel-password[data-min] input[autocomplete='new-password']": 1, "label a[href='/portrait/privacy']": 1, "label a[href='/portrait/terms']": 1, "form[action='/sign-in/with/google'] button": 1,
			".error": 1, "form[action='/sign-up'] input[name=then][value='/account']": 1, "easel-passkey[hidden]": 1, "h1": 1}},
		{"sign in", "signin", signIn, map[string]int{"form[action='/sign-in'] button.do": 1, "input[autocomplete='username'][type=email]": 1, "input[autocomplete='current-password']": 1,
			"easel-password[data-min]": 0, "a[href='/forgotten']": 1, "a[href^='/sign-up?then=']": 1, ".who a[href='/sign-in?then=%2faccount']": 1, "h1": 1}},
		{"going on to an issuer", "onward", onwardPage{Title: "Google", URL: "https://accounts.google.com/auth?state=a&nonce=b"}, map[string]int{"h1": 1, "form": 0,
			"main a.do[href='https://accounts.google.com/auth?state=a&nonce=b'][rel=noreferrer]": 1}},
		{"sent", "sent", sent, map[string]int{".notice": 1, ".notice a": 0, ".aside": 2, "form": 0}},
		{"sent, to somebody known", "sent", changed, map[string]int{".notice a[href='/admin/letters']": 1, ".who form[action='/sign-out']": 1, ".purse small": 1, "nav a[href='/admin']": 1}},
		{"link, sign-up", "link", s.linkPage(acts[account.LinkSignUp], account.LinkSignUp, "token", ""), map[string]int{"form[action='/link/sign-up/token'] button.do": 1}},
		{"link, first", "link", s.linkPage(acts[account.LinkFirst], account.LinkFirst, "token", ""), map[string]int{"form[action='/link/first/token'] button.do": 1}},
		{"forgotten", "forgotten", forgotten, map[string]int{"form[action='/forgotten'] input[name=mail]": 1, ".error": 1}},
		{"reset", "reset", reset, map[string]int{"form[action='/link/reset/token'] easel-password[data-min]": 1}},
		{"confirm", "confirm", prove, map[string]int{"form[action='/account/confirm'] input[type=password]": 1, ".error": 1, "input[name=then]": 1}},
		{"confirm, without a password", "confirm", other, map[string]int{"main form": 1, "a[href^='/sign-in?again&then=']": 1, "easel-passkey": 1}},
		{"account", "account", fullAccount(s, true), map[string]int{"section h2": 8, "#passkeys .rows li": 2, "#passkeys form": 4, "#sign-ins .rows li": 1, "#sign-ins form[action^='/sign-in/with/']": 1,
			"#devices .rows li": 2, "#devices form": 2, ".here": 1, "form[action='/account/mail']": 1, "form[action='/account/password'] input[type=password]": 2, "#agreed li": 2, ".notice": 1, "h1": 1}},
		{"account, proven long ago", "account", fullAccount(s, false), map[string]int{"form[action='/account/mail']": 0, "#mail a[href^='/account/confirm?then=']": 1, "form[action='/account/password']": 1}},
		{"visits", "visits", s.visitsPage([]account.Visit{{At: noon, Agent: "Firefox on Linux", Address: "192.0.2.1"}, {At: noon}}), map[string]int{"tbody tr": 2, "time[datetime='2026-11-22T12:00:00Z']": 2, "h1": 1}},
		{"keys", "keys", fullKeys(s), map[string]int{"#list li": 2, "#list form": 1, ".over": 1, "easel-copy input[readonly]": 1, "input[name=scope]": 3, "form[action='/account/keys'] button.do": 1, "h1": 1}},
		{"leave", "leave", leavePage{Who: "ana@example.com", Going: []string{"One photo", "Your name"}, Photos: true, Password: &secret, Error: "Please tick."},
			map[string]int{".going li": 2, "input[name=sure][required]": 1, "input[type=password]": 1, "a[href='/account']": 1, ".error": 1}},
		{"left", "left", leftPage{Receipt: "/receipts/x"}, map[string]int{"a.do[href='/']": 1, ".who a": 1, "a[download][href='/receipts/x']": 1}},
		{"letters", "letters", s.lettersPage([]Letter{letter, {ID: uuid.New(), Subject: "b", Written: noon}}), map[string]int{".rows li": 2, "form[action$='/again']": 1, ".why": 1}},
		{"letter", "letter", s.letterPage(letter), map[string]int{".mail a[href='/link/sign-up/abc']": 1, ".mail a": 1, ".mail p": 3, "dd": 4}},
	}
}

func fullAccount(s *site, fresh bool) accountPage {
	p := s.aboutPerson(account.Person{Mail: "ana@example.com", Name: "Ana", HasPassword: true,
		Ages: []account.Age{{AgeStatement: account.AgeStatement{Minimum: 14}, At: noon}}, Consents: []account.Consent{{Studio: "portrait", Version: 1, At: noon}}})
	p.Fresh, p.Confirm, p.Saved = fresh, confirmURL(accountURL), "Saved."
	here := uuid.New()
	s.listDevices(&p, []account.SessionInfo{{ID: here, Device: "Firefox on Linux", Created: noon, LastSeen: noon}, {ID: uuid.New(), Created: noon.AddDate(0, 0, -3), LastSeen: noon.Add(-26 * time.Hour)}}, here)
	p.Passkeys = &held{List: []wayIn{{"Phone", "Added 3 November 2026 · last used yesterday", "/account/passkeys/a"}, {"Fob", "Added 3 November 2026", "/account/passkeys/b"}}}
	p.Linked = &held{List: []wayIn{{"Google", "Connected 3 November 2026", "/account/sign-ins/c"}}, Others: []SignIn{{"Example", "/sign-in/with/example"}}}
	return p
}

func fullKeys(s *site) keysPage {
	p := keysPage{Secret: "easel_abc", Fresh: true, Scopes: s.scopes([]string{"read"}), Name: field{Name: "name", Label: "What it is for", Type: "text"}, Document: "/api/openapi.json"}
	for _, k := range []account.Key{{ID: uuid.New(), Name: "Frame", Hint: "easel_abcd", Scopes: account.Scopes, Created: noon, Used: noon}, {ID: uuid.New(), Name: "Old", Hint: "easel_efgh", Created: noon, Revoked: noon}} {
		p.List = append(p.List, s.keyRow(k))
	}
	return p
}
