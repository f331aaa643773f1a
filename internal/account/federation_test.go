package account_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"easel/internal/account"
	"easel/internal/account/accounttest"
	"easel/internal/egress"
	"easel/internal/fault"
	"easel/internal/issuer"
	"easel/internal/mail"
	"easel/internal/policy"
	"easel/internal/postgres"
	"easel/internal/postgres/pgtest"
	"easel/internal/vault"
)

// desk is a studio with two issuers on this machine.
type desk struct {
	t      *testing.T
	db     *postgres.DB
	s      *account.Service
	f      *account.Federation
	post   *accounttest.Post
	issuer map[string]*httptest.Server

	mu     sync.Mutex
	queued []account.PictureArgs
	small  func(data []byte) ([]byte, error)
}

func newDesk(t *testing.T) *desk {
	t.Helper()
	d := &desk{t: t, db: pgtest.New(t), post: &accounttest.Post{}, issuer: map[string]*httptest.Server{}}
	d.s = accounttest.Service(t, d.db, accounttest.Vault(t, d.db), d.post)
	d.small = func(data []byte) ([]byte, error) { return append([]byte("small "), data[:4]...), nil }
	var own []string
	c := account.FederationConfig{
		Enqueue: func(_ context.Context, _ pgx.Tx, args account.PictureArgs) error {
			d.mu.Lock()
			defer d.mu.Unlock()
			d.queued = append(d.queued, args)
			return nil
		},
		Small: func(_ context.Context, data []byte) ([]byte, error) { return d.small(data) },
	}
	for _, id := range []string{"demo", "other"} {
		s := httptest.NewUnstartedServer(nil)
		u := &url.URL{Scheme: "http", Host: s.Listener.Addr().String()}
		i, err := issuer.New(issuer.Config{URL: u, ClientID: "easel", Secret: "s3cret", Back: "https://easel.test/sign-in/back"})
		if err != nil {
			t.Fatal(err)
		}
		s.Config.Handler = i
		s.Start()
		t.Cleanup(s.Close)
		d.issuer[id] = s
		own = append(own, u.Host)
		c.Providers = append(c.Providers, account.Provider{ID: id, Title: strings.ToUpper(id[:1]) + id[1:], Issuer: u.String(), ClientID: "easel", Secret: "s3cret"})
	}
	var err error
	if c.Gate, err = egress.New(egress.Config{Own: map[policy.Role][]string{policy.SignIn: own}, Log: slog.New(slog.DiscardHandler)}); err != nil {
		t.Fatal(err)
	}
	if d.f, err = d.s.Federation(c); err != nil {
		t.Fatal(err)
	}
	return d
}

// choose is what somebody does on the issuer's page; it returns what the browser brings back.
func (d *desk) choose(to string, what url.Values) url.Values {
	d.t.Helper()
	at, err := url.Parse(to)
	if err != nil {
		d.t.Fatal(err)
	}
	form := at.Query()
	for k, v := range what {
		form[k] = v
	}
	at.RawQuery = ""
	c := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	answer, err := c.PostForm(at.String(), form)
	if err != nil {
		d.t.Fatal(err)
	}
	defer answer.Body.Close()
	back, err := answer.Location()
	if err != nil {
		data, _ := io.ReadAll(answer.Body)
		d.t.Fatalf("the issuer answers %d %s", answer.StatusCode, data)
	}
	return back.Query()
}

// as signs in as somebody, from beginning to end. owner is who connects the issuer, or nobody.
func (d *desk) as(provider string, owner uuid.UUID, what url.Values) (account.Arrival, error) {
	d.t.Helper()
	going, err := d.f.Begin(d.t.Context(), provider, owner, "/portrait/")
	if err != nil {
		d.t.Fatal(err)
	}
	return d.f.Return(d.t.Context(), d.choose(going.URL, what), going.Secret, owner, account.Client{Agent: "Firefox on Linux"})
}

func (d *desk) in(provider string, what url.Values) uuid.UUID {
	d.t.Helper()
	a, err := d.as(provider, uuid.Nil, what)
	if err != nil {
		d.t.Fatal(err)
	}
	caller, ok, err := d.s.Find(d.t.Context(), a.Session.Token)
	if err != nil || !ok || !caller.Fresh() {
		d.t.Fatalf("the session is not found: %v, %v", ok, err)
	}
	return caller.Owner
}

func (d *desk) person(owner uuid.UUID) account.Person {
	d.t.Helper()
	p, err := d.s.Person(d.t.Context(), owner)
	if err != nil {
		d.t.Fatal(err)
	}
	return p
}

func ada() url.Values { return url.Values{"subject": {"1001"}} }
func typed(mail, name string) url.Values {
	return url.Values{"subject": {""}, "mail": {mail}, "name": {name}}
}
func spoilt(f issuer.Fault) url.Values { return url.Values{"subject": {"1001"}, "fault": {string(f)}} }

func TestANewcomersAccountHasTheNameAndTheVerifiedAddress(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	a, err := d.as("demo", uuid.Nil, ada())
	if err != nil || !a.New || a.Connected || a.Then != "/portrait/" {
		t.Fatalf("%+v, %v", a, err)
	}
	p := d.person(a.Session.Owner)
	if p.Mail != "ada@example.com" || p.Name != "Ada Lovelace" || !p.Verified || p.HasPassword {
		t.Errorf("the account says %+v", p)
	}
	sessions, err := d.s.Sessions(t.Context(), p.ID)
	if err != nil || len(sessions) != 1 || sessions[0].How != "issuer" {
		t.Errorf("sessions: %+v, %v", sessions, err)
	}
	again, err := d.as("demo", uuid.Nil, ada())
	if err != nil || again.New || again.Session.Owner != p.ID {
		t.Errorf("the second time: %+v, %v", again, err)
	}
	list, err := d.f.Identities(t.Context(), p.ID)
	if err != nil || len(list) != 1 || list[0].Title != "Demo" || list[0].Mail != "ada@example.com" {
		t.Errorf("connected sign-ins: %+v, %v", list, err)
	}
}

func TestNothingOfAnIdentityCanBeReadInTheDatabase(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	owner := d.in("demo", ada())
	var row string
	if err := d.db.AsOwner(t.Context(), owner, func(tx pgx.Tx) error {
		return tx.QueryRow(t.Context(), `select encode(sealed, 'escape') || encode(digest, 'escape') from easel.account_identity`).Scan(&row)
	}); err != nil {
		t.Fatal(err)
	}
	for _, secret := range []string{"1001", "ada", "127.0.0.1"} {
		if strings.Contains(row, secret) {
			t.Errorf("the row holds %q", secret)
		}
	}
}

func TestEveryFaultOfAnIssuerHasItsSentenceAndSignsNobodyIn(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	for f, want := range map[issuer.Fault]struct {
		kind fault.Kind
		say  string
	}{
		issuer.Denied:     {fault.Refused, "You did not go on at Demo"},
		issuer.Unverified: {fault.Refused, "has not verified that the address ada@example.com is yours"},
		issuer.NoMail:     {fault.Refused, "did not tell us your mail address"},
		issuer.Expired:    {fault.Refused, "The answer of Demo has expired"},
		issuer.Audience:   {fault.Refused, "was not made for this site"},
		issuer.Nonce:      {fault.Refused, "belongs to another sign-in"},
		issuer.Stranger:   {fault.Refused, "was not made for this site, or not by Demo"},
		issuer.Forged:     {fault.Refused, "was not made for this site, or not by Demo"},
		issuer.Broken:     {fault.Busy, "did not confirm the sign-in"},
	} {
		a, err := d.as("demo", uuid.Nil, spoilt(f))
		if got := fault.Of(err); got == nil || got.Kind != want.kind || !strings.Contains(got.Say, want.say) {
			t.Errorf("%s: %v", f, err)
		}
		if a.Session.Token != "" {
			t.Errorf("%s: somebody is signed in", f)
		}
	}
	if n := d.count(`select easel.account_admins() + (select count(*) from easel.account_account)`); n != 0 {
		t.Errorf("%d accounts were made", n)
	}
	if _, err := d.as("demo", uuid.Nil, spoilt(issuer.Rotated)); err != nil {
		t.Errorf("a rotated key: %v", err)
	}
	// Somebody who is known is let in, whatever has become of their address there.
	for _, f := range []issuer.Fault{issuer.Unverified, issuer.NoMail} {
		if _, err := d.as("demo", uuid.Nil, spoilt(f)); err != nil {
			t.Errorf("known already, and %s: %v", f, err)
		}
	}
}

func (d *desk) count(sql string) (n int) {
	d.t.Helper()
	if err := d.db.AsNobody(d.t.Context(), func(tx pgx.Tx) error { return tx.QueryRow(d.t.Context(), sql).Scan(&n) }); err != nil {
		d.t.Fatal(err)
	}
	return n
}

func TestASignInIsBoundToItsBrowserAndEndsOnce(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	begin := func() (account.Departure, url.Values) {
		going, err := d.f.Begin(t.Context(), "demo", uuid.Nil, "/")
		if err != nil {
			t.Fatal(err)
		}
		return going, d.choose(going.URL, ada())
	}
	mine, query := begin()
	theirs, others := begin()
	refused := func(name string, query url.Values, secret string) {
		t.Helper()
		if a, err := d.f.Return(t.Context(), query, secret, uuid.Nil, account.Client{}); !fault.Is(err, fault.Invalid) || a.Session.Token != "" {
			t.Errorf("%s: %+v, %v", name, a, err)
		}
	}
	refused("without the cookie", query, "")
	refused("with another browser's cookie", query, theirs.Secret)
	refused("with another's answer", others, mine.Secret)
	refused("without a state", url.Values{"code": query["code"]}, mine.Secret)
	refused("with a cookie that is none", query, strings.Repeat("x", 5000))
	injected := url.Values{"state": query["state"], "code": others["code"]} // a stolen code: PKCE binds it to the other browser
	if a, err := d.f.Return(t.Context(), injected, mine.Secret, uuid.Nil, account.Client{}); err == nil {
		t.Errorf("another's code: %+v", a)
	}
	refused("once more, after the ceremony has ended", query, mine.Secret)
	if _, err := d.f.Return(t.Context(), others, theirs.Secret, uuid.Nil, account.Client{}); err == nil {
		t.Error("a code that was tried elsewhere is still good")
	}
	mine, query = begin()
	query.Set("iss", "https://accounts.example.net")
	if _, err := d.f.Return(t.Context(), query, mine.Secret, uuid.Nil, account.Client{}); !fault.Is(err, fault.Refused) {
		t.Errorf("an answer that says it is another issuer's: %v", err)
	}
	for name, secret := range map[string]string{"the state": mine.Secret, "the other": theirs.Secret} {
		if strings.Contains(mine.URL, secret) {
			t.Errorf("%s: the browser's secret is in the address", name)
		}
	}
}

func TestOfTwoWhoBringTheSameAnswerOneComesIn(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	going, err := d.f.Begin(t.Context(), "demo", uuid.Nil, "/")
	if err != nil {
		t.Fatal(err)
	}
	query := d.choose(going.URL, ada())
	if n := together(8, func(int) error {
		_, err := d.f.Return(t.Context(), query, going.Secret, uuid.Nil, account.Client{})
		return err
	}); n != 1 {
		t.Errorf("%d came in", n)
	}
}

// together does the same many times at once and returns how often it worked.
func together(n int, do func(i int) error) (worked int) {
	var group sync.WaitGroup
	var mu sync.Mutex
	begin := make(chan struct{})
	for i := range n {
		group.Go(func() {
			<-begin
			if do(i) == nil {
				mu.Lock()
				worked++
				mu.Unlock()
			}
		})
	}
	close(begin)
	group.Wait()
	return worked
}

func TestFirstSignInsAtOnceMakeOneAccount(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	const many = 6
	owners := make([]uuid.UUID, many)
	goings, queries := make([]account.Departure, many), make([]url.Values, many)
	for i := range many {
		var err error
		if goings[i], err = d.f.Begin(t.Context(), []string{"demo", "other"}[i%2], uuid.Nil, "/"); err != nil {
			t.Fatal(err)
		}
		queries[i] = d.choose(goings[i].URL, ada())
	}
	if n := together(many, func(i int) error {
		a, err := d.f.Return(t.Context(), queries[i], goings[i].Secret, uuid.Nil, account.Client{})
		if err != nil {
			t.Error(err)
		}
		owners[i] = a.Session.Owner
		return err
	}); n != many {
		t.Fatalf("%d of %d came in", n, many)
	}
	for _, o := range owners {
		if o != owners[0] {
			t.Fatalf("several accounts were made: %v", owners)
		}
	}
	if list, err := d.f.Identities(t.Context(), owners[0]); err != nil || len(list) != 2 {
		t.Errorf("connected: %+v, %v; want one of each issuer", list, err)
	}
}

func TestWhoIsLinkedToWhom(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	invited, err := d.s.Invite(t.Context(), "ada@example.com", "Countess")
	if err != nil {
		t.Fatal(err)
	}
	if owner := d.in("demo", ada()); owner != invited {
		t.Error("a verified address did not lead to the account that has it")
	}
	if l := d.post.Last(t); l.Kind != mail.WayAdded || l.To != "ada@example.com" {
		t.Errorf("the letter about it: %+v", l)
	}
	if p := d.person(invited); p.Name != "Countess" {
		t.Errorf("the name was changed to %q", p.Name)
	}
	if owner := d.in("demo", typed("ADA@example.com", "Ada")); owner != invited {
		t.Error("another spelling of the address made another account")
	}
	if _, err := d.as("other", uuid.Nil, url.Values{"subject": {"1001"}, "fault": {string(issuer.Unverified)}}); !fault.Is(err, fault.Refused) {
		t.Errorf("the same subject at another issuer, unverified, is %v", err)
	}
	if list, err := d.f.Identities(t.Context(), invited); err != nil || len(list) != 2 {
		t.Errorf("connected: %+v, %v", list, err)
	}
}

// The same subject is somebody else at another issuer: what links them is nothing but a verified address.
func TestTheSameSubjectElsewhereIsAnotherPerson(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	first := d.in("demo", ada())
	change := func(tx pgx.Tx) error { // they give the account another address
		_, err := tx.Exec(t.Context(), `update easel.account_account set mail = null, mail_digest = null where id = $1`, first)
		return err
	}
	if err := d.db.AsOwner(t.Context(), first, change); err != nil {
		t.Fatal(err)
	}
	if second := d.in("other", ada()); second == first {
		t.Error("an issuer's word was taken for another's")
	}
	if third := d.in("demo", ada()); third != first {
		t.Error("issuer and subject no longer lead to the account once its address has changed")
	}
}

func TestAnotherAddressAtTheIssuerChangesNothingHere(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	owner, grace := d.in("demo", ada()), d.in("demo", url.Values{"subject": {"1002"}})
	// At the other issuer Grace's account gets Ada's address after it was connected.
	if a, err := d.as("other", grace, typed("grace.work@example.com", "")); err != nil || !a.Connected {
		t.Fatalf("%+v, %v", a, err)
	}
	if p := d.person(grace); p.Mail != "grace@example.com" || p.Name != "Grace Hopper" {
		t.Errorf("connecting changed the account: %+v", p)
	}
	if owner == grace {
		t.Fatal("two people are one")
	}
}

// Somebody signs up with another's address and waits for them to come by their issuer.
func TestWhoLiesInWaitWithAnothersAddressGetsNothing(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	if err := d.s.SignUp(t.Context(), account.SignUp{Mail: "ada@example.com", Password: "the attacker knows this one"}, account.Client{}); err != nil {
		t.Fatal(err)
	}
	owner := d.in("demo", ada())
	if p := d.person(owner); p.HasPassword {
		t.Error("the account has a password that somebody else chose")
	}
	if _, err := d.s.SignIn(t.Context(), "ada@example.com", "the attacker knows this one", account.Client{}); err == nil {
		t.Error("the attacker came in")
	}
	// The letter went to Ada. Even when she opens it now, thinking that it is about her own sign-in, the password is not taken over.
	link := ""
	for _, v := range d.post.Last(t).Values {
		if i := strings.Index(v, "/link/sign-up/"); i >= 0 {
			link = v[i+len("/link/sign-up/"):]
		}
	}
	if link == "" {
		t.Fatalf("the letter holds no link: %+v", d.post.Last(t))
	}
	_, _ = d.s.Verify(t.Context(), link, account.Client{})
	if _, err := d.s.SignIn(t.Context(), "ada@example.com", "the attacker knows this one", account.Client{}); err == nil {
		t.Error("the attacker came in after the letter was opened")
	}
}

func TestConnectingAndDisconnecting(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	_, owner := accounttest.SignIn(t, d.s)
	if a, err := d.as("demo", owner, ada()); err != nil || !a.Connected || a.Session.Token != "" {
		t.Fatalf("%+v, %v", a, err)
	}
	if l := d.post.Last(t); l.Kind != mail.WayAdded || l.Owner != owner || l.Values["way"] != "Your account at Demo" {
		t.Errorf("the letter: %+v", l)
	}
	if a, err := d.as("demo", owner, ada()); err != nil || !a.Connected {
		t.Errorf("connecting twice: %+v, %v", a, err)
	}
	if got := d.in("demo", ada()); got != owner {
		t.Error("the connected sign-in leads elsewhere")
	}
	_, stranger := accounttest.SignIn(t, d.s)
	if _, err := d.as("demo", stranger, ada()); !fault.Is(err, fault.Conflict) {
		t.Errorf("connected to two accounts: %v", err)
	}
	going, err := d.f.Begin(t.Context(), "demo", owner, "/account")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := d.f.Return(t.Context(), d.choose(going.URL, typed("x@example.com", "")), going.Secret, stranger, account.Client{}); !fault.Is(err, fault.Denied) {
		t.Errorf("begun for one, ended by another: %v", err)
	}
	list, err := d.f.Identities(t.Context(), owner)
	if err != nil || len(list) != 1 {
		t.Fatalf("%+v, %v", list, err)
	}
	if err := d.f.Disconnect(t.Context(), stranger, list[0].ID); err == nil {
		t.Error("somebody else disconnected it")
	}
	if err := d.f.Disconnect(t.Context(), owner, list[0].ID); !fault.Is(err, fault.Conflict) {
		t.Errorf("the last way in was removed: %v", err)
	}
	if _, err := d.as("other", owner, ada()); err != nil {
		t.Fatal(err)
	}
	list, err = d.f.Identities(t.Context(), owner)
	if err != nil || len(list) != 2 {
		t.Fatalf("%+v, %v", list, err)
	}
	if n := together(2, func(i int) error { return d.f.Disconnect(t.Context(), owner, list[i].ID) }); n != 1 {
		t.Errorf("%d of two were removed at once; one has to stay", n)
	}
	if err := d.f.Disconnect(t.Context(), owner, uuid.New()); err == nil {
		t.Error("what is not there was removed")
	}
}

func TestAnIssuerThatIsDownOrUnknown(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.issuer["other"].Close()
	if _, err := d.f.Begin(t.Context(), "other", uuid.Nil, "/"); !fault.Is(err, fault.Busy) || !strings.Contains(fault.Of(err).Say, "Other does not answer") {
		t.Errorf("down: %v", err)
	}
	if _, err := d.f.Begin(t.Context(), "nobody", uuid.Nil, "/"); !fault.Is(err, fault.Missing) {
		t.Errorf("unknown: %v", err)
	}
}

func TestAPictureIsFetchedOnceAndSealed(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	owner := d.in("demo", ada())
	if len(d.queued) != 1 || d.queued[0].Owner != owner {
		t.Fatalf("queued: %+v", d.queued)
	}
	if _, err := d.s.OpenPicture(t.Context(), owner); !fault.Is(err, fault.Missing) {
		t.Errorf("before it was fetched: %v", err)
	}
	for range 2 { // a job may run twice
		if err := d.f.FetchPicture(t.Context(), d.queued[0]); err != nil {
			t.Fatal(err)
		}
	}
	r, err := d.s.OpenPicture(t.Context(), owner)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if data, err := io.ReadAll(r); err != nil || !bytes.Equal(data, []byte("small \x89PNG")) {
		t.Errorf("kept: %q, %v", data, err)
	}
	if d.in("demo", ada()); len(d.queued) != 1 {
		t.Errorf("it is fetched again: %+v", d.queued)
	}
	_, stranger := accounttest.SignIn(t, d.s)
	if _, err := d.s.OpenPicture(t.Context(), stranger); !fault.Is(err, fault.Missing) {
		t.Errorf("somebody else sees it: %v", err)
	}
	if err := d.s.RemovePicture(t.Context(), owner); err != nil {
		t.Fatal(err)
	}
	if _, err := d.s.OpenPicture(t.Context(), owner); !fault.Is(err, fault.Missing) {
		t.Errorf("after it was removed: %v", err)
	}
	if err := d.f.FetchPicture(t.Context(), d.queued[0]); err != nil {
		t.Fatal(err)
	}
	if _, err := d.s.OpenPicture(t.Context(), owner); !fault.Is(err, fault.Missing) {
		t.Error("it came back after it was removed")
	}
}

func TestAPictureThatIsNoneStaysMissing(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.small = func([]byte) ([]byte, error) { return nil, fault.New(fault.Refused, "This is no picture.") }
	owner := d.in("demo", ada())
	if err := d.f.FetchPicture(t.Context(), d.queued[0]); err != nil {
		t.Errorf("the job goes on trying: %v", err)
	}
	if _, err := d.s.OpenPicture(t.Context(), owner); !fault.Is(err, fault.Missing) {
		t.Errorf("%v", err)
	}
	d.small = func([]byte) ([]byte, error) { return nil, errors.New("no memory") }
	grace := d.in("demo", url.Values{"subject": {"1002"}})
	if err := d.f.FetchPicture(t.Context(), d.queued[1]); err == nil {
		t.Error("our own mistake is not tried again")
	}
	d.small = func(data []byte) ([]byte, error) { return data[:4], nil }
	if err := d.f.FetchPicture(t.Context(), d.queued[1]); err != nil {
		t.Fatal(err)
	}
	if p := d.person(grace); p.Picture == (vault.ID{}) {
		t.Error("the second attempt kept nothing")
	}
	if err := d.f.FetchPicture(t.Context(), account.PictureArgs{Owner: uuid.New(), Identity: uuid.New()}); err != nil {
		t.Errorf("for somebody who has left: %v", err)
	}
}

func TestIssuersThatMakeNoSense(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	gate, err := egress.New(egress.Config{Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	good := account.Google("id", "secret")
	config := func(p ...account.Provider) account.FederationConfig {
		return account.FederationConfig{Providers: p, Gate: gate, Enqueue: func(context.Context, pgx.Tx, account.PictureArgs) error { return nil },
			Small: func(context.Context, []byte) ([]byte, error) { return nil, nil }}
	}
	if _, err := d.s.Federation(config(good)); err != nil {
		t.Errorf("Google: %v", err)
	}
	if _, err := d.s.Federation(config()); err != nil {
		t.Errorf("nobody: %v", err)
	}
	changed := func(change func(*account.Provider)) account.Provider {
		p := good
		change(&p)
		return p
	}
	for name, c := range map[string]account.FederationConfig{
		"no way out": {}, "twice the same": config(good, good), "no secret": config(account.Google("id", "")),
		"no address":   config(changed(func(p *account.Provider) { p.Issuer = "accounts.google.com" })),
		"a query":      config(changed(func(p *account.Provider) { p.Issuer += "?x=1" })),
		"a bad id":     config(changed(func(p *account.Provider) { p.ID = "../x" })),
		"another kind": config(changed(func(p *account.Provider) { p.Issuer = "ftp://accounts.google.com" })),
	} {
		if _, err := d.s.Federation(c); err == nil {
			t.Errorf("%s was accepted", name)
		}
	}
	f, err := d.s.Federation(config(good))
	if err != nil {
		t.Fatal(err)
	}
	// Nobody has named Google: the way there is closed before anything is sent.
	begin := time.Now()
	if _, err := f.Begin(t.Context(), "google", uuid.Nil, "/"); !errors.Is(err, egress.ErrRefused) || time.Since(begin) > 10*time.Second {
		t.Errorf("%v", err)
	}
}

func TestLeavingTakesEveryWayInAlong(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	k, err := d.s.Passkeys("Easel")
	if err != nil {
		t.Fatal(err)
	}
	owner := d.in("demo", ada())
	h := &hall{t, d.db, d.s, k}
	phone := newDevice(t)
	h.add(owner, phone)
	going, err := d.f.Begin(t.Context(), "other", owner, "/account")
	if err != nil {
		t.Fatal(err)
	}
	query := d.choose(going.URL, ada())
	if err := d.s.Leave(t.Context(), owner, func(context.Context, pgx.Tx, uuid.UUID) error { return nil }); err != nil {
		t.Fatal(err)
	}
	if _, err := h.enter(phone.signs(h.begin(), origin)); !fault.Is(err, fault.Denied) {
		t.Errorf("the passkey: %v", err)
	}
	if _, err := d.f.Return(t.Context(), query, going.Secret, owner, account.Client{}); !fault.Is(err, fault.Invalid) {
		t.Errorf("what had been begun: %v", err)
	}
	if again := d.in("demo", ada()); again == owner {
		t.Error("the account came back")
	}
}

func TestACeremonyLastsTenMinutes(t *testing.T) {
	t.Parallel()
	app, root := pgtest.Addresses(t)
	db, err := postgres.Connect(t.Context(), postgres.Config{URL: app}, pgtest.Log(t))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	conn, err := pgx.Connect(t.Context(), root)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close(context.WithoutCancel(t.Context())) })
	s := accounttest.New(t, db)
	k, err := s.Passkeys("Easel")
	if err != nil {
		t.Fatal(err)
	}
	h := &hall{t: t, db: db, k: k}
	ask := h.begin()
	late := func(by string) {
		t.Helper()
		if _, err := conn.Exec(t.Context(), `update easel.account_challenge set created_at = created_at - $1::interval, expires_at = expires_at - $1::interval`, by); err != nil {
			t.Fatal(err)
		}
	}
	late("9 minutes")
	if _, err := h.enter(newDevice(t).signs(ask, origin)); !fault.Is(err, fault.Denied) {
		t.Errorf("after nine minutes: %v; want to be asked who that is", err)
	}
	ask = h.begin()
	late("11 minutes")
	if _, err := h.enter(newDevice(t).signs(ask, origin)); !fault.Is(err, fault.Invalid) {
		t.Errorf("after eleven minutes: %v", err)
	}
	h.begin()
	late("11 minutes")
	if err := s.Expire(t.Context()); err != nil {
		t.Fatal(err)
	}
	var n int
	if err := conn.QueryRow(t.Context(), `select count(*) from easel.account_challenge`).Scan(&n); err != nil || n != 0 {
		t.Errorf("%d ceremonies are kept, %v; their time is over", n, err)
	}
}
