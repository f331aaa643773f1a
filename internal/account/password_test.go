package account_test

import (
	"strings"
	"sync"
	"testing"

	"github.com/google/uuid"

	"easel/internal/account"
	"easel/internal/account/accounttest"
	"easel/internal/fault"
	"easel/internal/mail"
	"easel/internal/postgres/pgtest"
)

const good = "seventeen quiet otters"

// token is what a letter's link ends with.
func token(t *testing.T, l mail.Letter) string {
	t.Helper()
	link := l.Values["link"]
	if !strings.HasPrefix(link, "https://easel.test/link/") {
		t.Fatalf("the letter %s has the link %q", l.Kind, link)
	}
	return link[strings.LastIndex(link, "/")+1:]
}

// join signs somebody up to the end.
func (h *house) join(mail, password string) account.Session {
	h.t.Helper()
	if err := h.SignUp(h.t.Context(), account.SignUp{Mail: mail, Password: password, Name: "Ada Lovelace",
		Age: account.AgeStatement{Minimum: 14}, Consents: []account.Consent{{Studio: "portrait", Version: 3}}}, account.Client{}); err != nil {
		h.t.Fatal(err)
	}
	session, err := h.Verify(h.t.Context(), token(h.t, h.post.Last(h.t)), account.Client{Agent: "Firefox on Linux"})
	if err != nil {
		h.t.Fatal(err)
	}
	return session
}

// caller is who has the session.
func (h *house) caller(s account.Session) account.Caller {
	h.t.Helper()
	c, ok, err := h.Find(h.t.Context(), s.Token)
	if err != nil || !ok {
		h.t.Fatalf("the session is not there: %v", err)
	}
	return c
}

// kind of an error; none is no kind.
func kind(err error) fault.Kind {
	if err == nil {
		return fault.Kind(len(fault.Kinds))
	}
	return fault.Of(err).Kind
}

func TestSigningUpByLetter(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	up := account.SignUp{Mail: " Ada@Example.com ", Password: good, Name: "Ada  Lovelace", Age: account.AgeStatement{Minimum: 14, Guardian: true},
		Consents: []account.Consent{{Studio: "portrait", Version: 3}}}
	if err := h.SignUp(t.Context(), up, account.Client{}); err != nil {
		t.Fatal(err)
	}
	letter := h.post.Last(t)
	if letter.Kind != mail.SignUp || letter.To != "Ada@example.com" || letter.Owner != uuid.Nil {
		t.Errorf("the letter is %+v", letter)
	}
	if _, err := h.SignIn(t.Context(), up.Mail, up.Password, account.Client{}); kind(err) != fault.Denied {
		t.Errorf("before the letter was opened the account is there: %v", err)
	}
	link := token(t, letter)
	for range 3 { // as mail programs do
		if info, err := h.Look(t.Context(), account.LinkSignUp, link); err != nil || info.Mail != "Ada@example.com" {
			t.Fatalf("looking at the link: %+v, %v", info, err)
		}
	}
	if _, err := h.Reset(t.Context(), link, good, account.Client{}); kind(err) != fault.Missing {
		t.Errorf("a link for one purpose was taken for another: %v", err)
	}
	session, err := h.Verify(t.Context(), link, account.Client{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := h.Verify(t.Context(), link, account.Client{}); kind(err) != fault.Missing {
		t.Errorf("the link was spent twice: %v", err)
	}
	p, err := h.Person(t.Context(), session.Owner)
	if err != nil || p.Mail != "Ada@example.com" || p.Name != "Ada Lovelace" || !p.Verified || !p.HasPassword || p.Admin ||
		!p.OldEnough(14, true) || p.OldEnough(14, false) || !p.Agreed("portrait", 3) || p.Agreed("portrait", 4) || p.Agreed("pet", 1) {
		t.Errorf("the person is %+v, %v", p, err)
	}
	if _, err := h.SignIn(t.Context(), "ada@EXAMPLE.com", good, account.Client{}); err != nil {
		t.Errorf("signing in with the address in other letters: %v", err)
	}
	if _, err := h.SignIn(t.Context(), "ada@example.com", good+" ", account.Client{}); kind(err) != fault.Denied {
		t.Errorf("a wrong password: %v", err)
	}
}

func TestAnAddressThatIsKnownGetsAnotherLetterAndTheSameAnswer(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.join("ada@example.com", good)
	if err := h.SignUp(t.Context(), account.SignUp{Mail: "ada@example.com", Password: "another lot of otters"}, account.Client{}); err != nil {
		t.Fatal(err)
	}
	if l := h.post.Last(t); l.Kind != mail.Known || l.Values["link"] != "" || l.Values["signin"] != "https://easel.test/sign-in" {
		t.Errorf("the owner of the address reads %+v", l)
	}
	if err := h.AskReset(t.Context(), "nobody@example.com", account.Client{}); err != nil {
		t.Fatal(err)
	}
	if l := h.post.Last(t); l.Kind != mail.Unknown || l.Values["link"] != "" {
		t.Errorf("somebody without an account reads %+v", l)
	}
}

func TestTwoSignUpsForOneAddress(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	var links []string
	for _, password := range []string{good, "a second lot of otters"} {
		if err := h.SignUp(t.Context(), account.SignUp{Mail: "ada@example.com", Password: password}, account.Client{}); err != nil {
			t.Fatal(err)
		}
		links = append(links, token(t, h.post.Last(t)))
	}
	var won, lost int
	var group sync.WaitGroup
	var mu sync.Mutex
	for _, link := range append(links, links...) { // each of the two is opened twice, all at once
		group.Go(func() {
			_, err := h.Verify(t.Context(), link, account.Client{})
			mu.Lock()
			defer mu.Unlock()
			switch {
			case err == nil:
				won++
			case kind(err) == fault.Conflict, kind(err) == fault.Missing:
				lost++
			default:
				t.Error(err)
			}
		})
	}
	group.Wait()
	if won != 1 || lost != 3 {
		t.Errorf("%d made the account and %d did not, want 1 and 3", won, lost)
	}
}

func TestOneLinkIsSpentOnce(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.join("ada@example.com", good)
	if err := h.AskReset(t.Context(), "ada@example.com", account.Client{}); err != nil {
		t.Fatal(err)
	}
	link := token(t, h.post.Last(t))
	var won, lost int
	var group sync.WaitGroup
	var mu sync.Mutex
	for range 8 {
		group.Go(func() {
			_, err := h.Reset(t.Context(), link, "entirely new otters", account.Client{})
			mu.Lock()
			defer mu.Unlock()
			switch {
			case err == nil:
				won++
			case kind(err) == fault.Missing:
				lost++
			default:
				t.Error(err)
			}
		})
	}
	group.Wait()
	if won != 1 || lost != 7 {
		t.Errorf("%d came in by one link and %d did not, want 1 and 7", won, lost)
	}
}

func TestANewPasswordByLetter(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	before := h.join("ada@example.com", good)
	if err := h.AskReset(t.Context(), "ada@example.com", account.Client{}); err != nil {
		t.Fatal(err)
	}
	link := token(t, h.post.Last(t))
	if _, err := h.Reset(t.Context(), link, "short", account.Client{}); kind(err) != fault.Invalid {
		t.Errorf("a weak password: %v", err)
	}
	if err := h.AskReset(t.Context(), "ada@example.com", account.Client{}); err != nil {
		t.Fatal(err)
	}
	second := token(t, h.post.Last(t))
	session, err := h.Reset(t.Context(), link, "entirely new otters", account.Client{})
	if err != nil {
		t.Fatalf("the link was spent by the weak password: %v", err)
	}
	if h.post.Last(t).Kind != mail.PasswordChanged {
		t.Error("nobody was told that the password changed")
	}
	if _, ok, _ := h.Find(t.Context(), before.Token); ok {
		t.Error("a session from before goes on")
	}
	if _, ok, _ := h.Find(t.Context(), session.Token); !ok {
		t.Error("whoever chose the password is not signed in")
	}
	if _, err := h.Reset(t.Context(), second, "even newer otters", account.Client{}); kind(err) != fault.Missing {
		t.Errorf("an older letter still opens: %v", err)
	}
	if _, err := h.SignIn(t.Context(), "ada@example.com", good, account.Client{}); kind(err) != fault.Denied {
		t.Errorf("the old password: %v", err)
	}
	if _, err := h.SignIn(t.Context(), "ada@example.com", "entirely new otters", account.Client{}); err != nil {
		t.Errorf("the new password: %v", err)
	}
}

func TestChangingThePassword(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	first := h.join("ada@example.com", good)
	other, err := h.SignIn(t.Context(), "ada@example.com", good, account.Client{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := h.ChangePassword(t.Context(), h.caller(first), "not it at all", "entirely new otters", account.Client{}); kind(err) != fault.Denied {
		t.Errorf("without the old one: %v", err)
	}
	if _, err := h.ChangePassword(t.Context(), h.caller(first), good, "1234567890", account.Client{}); kind(err) != fault.Invalid {
		t.Errorf("to a common one: %v", err)
	}
	session, err := h.ChangePassword(t.Context(), h.caller(first), good, "entirely new otters", account.Client{})
	if err != nil {
		t.Fatal(err)
	}
	for name, token := range map[string]string{"this browser's old token": first.Token, "another browser": other.Token} {
		if _, ok, _ := h.Find(t.Context(), token); ok {
			t.Errorf("%s still leads somewhere", name)
		}
	}
	h.caller(session)
}

func TestChangingTheAddress(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	session := h.join("ada@example.com", good)
	h.join("bob@example.com", good)
	caller := h.caller(session)
	stale := caller
	stale.SignedInAt = stale.SignedInAt.Add(-11 * 60 * 1e9)
	if err := h.AskMailChange(t.Context(), stale, "ada@new.example", account.Client{}); kind(err) != fault.Denied {
		t.Errorf("long after the sign-in: %v", err)
	}
	if err := h.AskMailChange(t.Context(), caller, "bob@example.com", account.Client{}); err != nil {
		t.Fatal(err)
	}
	if l := h.post.Last(t); l.Kind != mail.Known || l.To != "bob@example.com" || l.Values["link"] != "" {
		t.Errorf("the other's address gets %+v", l)
	}
	if err := h.AskReset(t.Context(), "ada@example.com", account.Client{}); err != nil {
		t.Fatal(err)
	}
	reset := token(t, h.post.Last(t))
	if err := h.AskMailChange(t.Context(), caller, "ada@new.example", account.Client{}); err != nil {
		t.Fatal(err)
	}
	letter := h.post.Last(t)
	if letter.To != "ada@new.example" || letter.Kind != mail.NewAddress {
		t.Fatalf("the letter is %+v", letter)
	}
	if err := h.ChangeMail(t.Context(), token(t, letter)); err != nil {
		t.Fatal(err)
	}
	if l := h.post.Last(t); l.To != "ada@example.com" || l.Kind != mail.AddressChanged {
		t.Errorf("the old address reads %+v", l)
	}
	if _, err := h.Reset(t.Context(), reset, "entirely new otters", account.Client{}); kind(err) != fault.Missing {
		t.Errorf("a letter to the old address still opens the account: %v", err)
	}
	if _, err := h.SignIn(t.Context(), "ada@example.com", good, account.Client{}); kind(err) != fault.Denied {
		t.Errorf("signing in with the old address: %v", err)
	}
	if again, err := h.SignIn(t.Context(), "ada@new.example", good, account.Client{}); err != nil || again.Owner != session.Owner {
		t.Errorf("signing in with the new address: %v", err)
	}
}

// Two people want the same address at once: one gets it, the other keeps the old one.
func TestAnAddressIsOnePersons(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	var links []string
	for _, old := range []string{"ada@example.com", "bob@example.com"} {
		if err := h.AskMailChange(t.Context(), h.caller(h.join(old, good)), "both@example.com", account.Client{}); err != nil {
			t.Fatal(err)
		}
		links = append(links, token(t, h.post.Last(t)))
	}
	results := make(chan error, 2)
	for _, link := range links {
		go func() { results <- h.ChangeMail(t.Context(), link) }()
	}
	one, two := <-results, <-results
	if (one == nil) == (two == nil) || one != nil && kind(one) != fault.Conflict || two != nil && kind(two) != fault.Conflict {
		t.Errorf("both wanted it: %v, %v; want one success and one conflict", one, two)
	}
}

func TestAHashIsMadeAnewWhenItsCostChanged(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	owner := h.join("ada@example.com", good).Owner
	dear := accounttest.Config()
	dear.Hashing.KiB = 64
	later, err := account.New(dear, h.db, h.vault, h.post, pgtest.Log(t))
	if err != nil {
		t.Fatal(err)
	}
	hash := `select from easel.account_password where hash like '$argon2id$v=19$m=64,t=1,p=1$%'`
	if _, err := later.SignIn(t.Context(), "ada@example.com", "not it", account.Client{}); kind(err) != fault.Denied {
		t.Fatal(err)
	}
	if h.exec(owner, hash) != 0 {
		t.Error("a wrong password changed the hash")
	}
	for range 2 {
		if _, err := later.SignIn(t.Context(), "ada@example.com", good, account.Client{}); err != nil {
			t.Fatal(err)
		}
		if h.exec(owner, hash) != 1 {
			t.Error("the hash has the old cost still")
		}
	}
}

func TestPasswordsThatAreRefused(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ password, reason string }{
		{"short", "too short"},
		{"ñandú", "too short"},
		{"1234567890", "tried first"},
		{"password123", "tried first"},
		{"P@ssw0rd123", "tried first"},
		{"p@$$w0rd!!12", "tried first"},
		{"qwertyuiop", "tried first"},
		{"wertyuiop[", "keyboard"},
		{"aaaaaaaaaaaaaaa", "repeats"},
		{"abcdefghijklm", "follow each other"},
		{"ada.lovelace", "your own name or address"},
		{"lovelace1815", "your own name or address"},
		{"ada.lovelace@example.com", "your own name or address"},
		{strings.Repeat("long ", 60), "longer than"},
		{"bytes \xff\xfe\xfd that are none", "no text"},
	} {
		err := account.CheckPassword(c.password, "ada.lovelace@example.com", "Ada Lovelace")
		if kind(err) != fault.Invalid || !strings.Contains(fault.Of(err).Say, c.reason) {
			t.Errorf("%q: %v, want a refusal because %q", c.password, err, c.reason)
		}
		if err != nil && len(c.password) > 5 && strings.Contains(err.Error(), c.password) {
			t.Errorf("the refusal repeats the password: %v", err)
		}
	}
	for _, password := range []string{good, "correct horse battery staple", "dF7!kq-x2Lp", "vier stille Otter im Regen", "4@8({[<369!1|0$5+7%2k4z", "조용한 수달 열일곱 마리가"} {
		if err := account.CheckPassword(password, "ada.lovelace@example.com", "Ada Lovelace"); err != nil {
			t.Errorf("%q was refused: %v", password, err)
		}
	}
}
