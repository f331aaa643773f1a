package pages

import (
	"testing"
	"time"

	"github.com/google/uuid"

	"easel/internal/account"
)

// peopleScenes are the pages about people as somebody meets them.
func (h *house) peopleScenes(t *testing.T, stranger *visitor) []scene {
	t.Helper()
	ana, old, boss := h.guest(t), h.guest(t), h.guest(t)
	for v, name := range map[*visitor]string{ana: "Ana Lindqvist", old: ""} {
		h.people.change(v.owner, func(p *account.Person) { p.Name, p.Mail = name, "ana.lindqvist@example.com" })
	}
	h.people.change(boss.owner, func(p *account.Person) { p.Admin, p.Mail, p.Name, p.HasPassword = true, "", "", false })
	h.people.open(ana.owner, account.Client{Agent: "Safari on iPhone"})
	h.people.open(ana.owner, account.Client{Agent: "Chrome on Windows"})
	h.people.age(old.cookie.Value, time.Hour)
	for _, name := range []string{"Picture frame in the hall", "Backup"} {
		_, _, err := h.people.MakeKey(t.Context(), ana.owner, name, account.Scopes)
		must(t, err)
	}
	h.people.keys[ana.owner][0].Used = h.people.now().Add(-3 * time.Hour)
	h.people.keys[ana.owner][1].Revoked = h.people.now()
	h.post.letters = []Letter{
		{ID: uuid.New(), To: "ana.lindqvist@example.com", Subject: "Open your Easel account", Written: h.people.now().Add(-time.Minute),
			Text: "Hello,\n\nopen this link to have an account:\n\n" + h.url + "/link/sign-up/mWXv0zqJ3J8\n\nIt works once, within 24 hours.\n"},
		{ID: uuid.New(), To: "a@example.org", Subject: "A new password", Written: h.people.now().Add(-26 * time.Hour), Failed: true, Why: "550 there is no such mailbox"},
	}
	must(t, h.people.SignUp(t.Context(), account.SignUp{Mail: "b@example.com", Password: "four sheep in a boat"}, account.Client{}))
	verify := h.people.path(t)
	h.people.mu.Lock()
	h.people.write("", waiting{purpose: account.LinkFirst, owner: boss.owner})
	h.people.mu.Unlock()
	first := h.people.path(t)
	must(t, h.people.AskReset(t.Context(), h.people.persons[stranger.seatedAs(t)].Mail, account.Client{}))
	reset := h.people.path(t)
	const wrong = `document.querySelector('[name=mail]').value='ana@example.com';document.querySelector('[name=password]').value='wrong';setTimeout(()=>document.querySelector('main form').submit())`
	const weak = `const f=document.querySelector('main form');f.noValidate=true;f.elements.mail.value='ana@example.com';f.elements.password.value='password12';f.elements.age[0].checked=true;f.elements.agree.checked=true;setTimeout(()=>f.submit())`
	const typing = `const i=document.querySelector('easel-password input');i.value='four she';i.dispatchEvent(new Event('input'))`
	return []scene{
		{name: "signin", path: "/sign-in", visitor: stranger},
		{name: "signin-wrong", path: "/sign-in?then=/account", visitor: stranger, act: wrong},
		{name: "signup", path: "/sign-up", visitor: stranger},
		{name: "signup-typing", path: "/sign-up", visitor: stranger, act: typing},
		{name: "signup-weak", path: "/sign-up", visitor: stranger, act: weak},
		{name: "signup-sent", path: "/forgotten", visitor: stranger, act: `document.querySelector('[name=mail]').value='ana@example.com';setTimeout(()=>document.querySelector('main form').submit())`},
		{name: "forgotten", path: "/forgotten", visitor: stranger},
		{name: "link-verify", path: verify, visitor: stranger},
		{name: "link-first", path: first, visitor: stranger},
		{name: "link-reset", path: reset, visitor: stranger},
		{name: "link-spent", path: "/link/reset/spent", visitor: stranger},
		{name: "account", path: "/account?saved=name", visitor: ana},
		{name: "account-visits", path: "/account/visits", visitor: ana},
		{name: "account-old", path: "/account", visitor: old},
		{name: "account-first", path: "/account", visitor: boss},
		{name: "account-confirm", path: "/account/confirm?then=/account", visitor: old},
		{name: "account-leave", path: "/account/leave", visitor: ana},
		{name: "keys", path: "/account/keys", visitor: ana},
		{name: "keys-none", path: "/account/keys", visitor: boss},
		{name: "keys-made", path: "/account/keys", visitor: boss, act: `const f=document.querySelector('#new form');f.elements.name.value='Frame';setTimeout(()=>f.submit())`},
		{name: "office-letters", path: officeURL, visitor: boss},
		{name: "letters", path: "/admin/letters", visitor: boss},
		{name: "letter", path: "/admin/letters/" + h.post.letters[0].ID.String(), visitor: boss},
		{name: "questions", path: "/questions", visitor: stranger},
	}
}

// seatedAs makes an account for letters to go to, and signs nobody in.
func (v *visitor) seatedAs(t testing.TB) uuid.UUID {
	t.Helper()
	return v.h.people.add(uuid.NewString()+"@example.com", "four sheep in a boat")
}
