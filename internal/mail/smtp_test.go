package mail

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"log/slog"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net"
	"net/http/httptest"
	"net/mail"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"easel/internal/audit"
	"easel/internal/fault"
	"easel/internal/postgres"
	"easel/internal/postgres/pgtest"
	"easel/internal/vault"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

// letterbox is a mail server that does what it is told to.
type letterbox struct {
	mu       sync.Mutex
	refuse   error         // to every reader
	late     error         // to the whole letter, after it was read
	hang     chan struct{} // answers to the reader's address wait for it; nil: no waiting
	password string        // asked for, if set
	got      []delivery
}

type delivery struct {
	from string
	to   []string
	data []byte
	tls  bool
}

func (b *letterbox) NewSession(c *smtp.Conn) (smtp.Session, error) {
	_, encrypted := c.TLSConnectionState()
	return &session{box: b, d: delivery{tls: encrypted}, in: b.password == ""}, nil
}

func (b *letterbox) letters() []delivery {
	b.mu.Lock()
	defer b.mu.Unlock()
	return append([]delivery(nil), b.got...)
}

func (b *letterbox) set(change func(*letterbox)) {
	b.mu.Lock()
	defer b.mu.Unlock()
	change(b)
}

type session struct {
	box *letterbox
	d   delivery
	in  bool
}

func (*session) Reset()        {}
func (*session) Logout() error { return nil }

func (s *session) AuthMechanisms() []string { return []string{sasl.Plain} }
func (s *session) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, _, password string) error {
		if s.in = password == s.box.password; !s.in {
			return smtp.ErrAuthFailed
		}
		return nil
	}), nil
}

func (s *session) Mail(from string, _ *smtp.MailOptions) error {
	if !s.in {
		return smtp.ErrAuthRequired
	}
	s.d.from = from
	return nil
}

func (s *session) Rcpt(to string, _ *smtp.RcptOptions) error {
	s.box.mu.Lock()
	refuse, hang := s.box.refuse, s.box.hang
	s.box.mu.Unlock()
	if hang != nil {
		<-hang
	}
	s.d.to = append(s.d.to, to)
	return refuse
}

func (s *session) Data(r io.Reader) (err error) {
	if s.d.data, err = io.ReadAll(r); err != nil {
		return err
	}
	s.box.mu.Lock()
	defer s.box.mu.Unlock()
	if s.box.late != nil {
		return s.box.late
	}
	s.box.got = append(s.box.got, s.d)
	return nil
}

// listen starts the server and returns its address.
func (b *letterbox) listen(t *testing.T, with *tls.Config) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := smtp.NewServer(b)
	server.Domain, server.AllowInsecureAuth, server.TLSConfig = "mail.test", true, with
	server.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelInfo)
	var group sync.WaitGroup
	group.Go(func() { server.Serve(l) })
	t.Cleanup(func() {
		server.Close()
		group.Wait()
	})
	return l.Addr().String()
}

// office is a service with a database and the jobs it has queued.
type office struct {
	*Service
	t    *testing.T
	db   *postgres.DB
	mu   sync.Mutex
	jobs []time.Duration
	last SendArgs
	said *bytes.Buffer
}

func newOffice(t *testing.T, url string) *office {
	t.Helper()
	o := &office{t: t, db: pgtest.New(t), said: new(bytes.Buffer)}
	v, err := vault.New(t.Context(), vault.Config{Bucket: "mem://", KeyFile: filepath.Join(t.TempDir(), "key")}, o.db, pgtest.Log(t))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { v.Close() })
	enqueue := func(_ context.Context, _ pgx.Tx, args SendArgs, wait time.Duration) error {
		o.mu.Lock()
		defer o.mu.Unlock()
		o.jobs, o.last = append(o.jobs, wait), args
		return nil
	}
	o.Service, err = New(Config{URL: url, From: "Easel <easel@example.com>"}, o.db, v, enqueue, slog.New(slog.NewTextHandler(o.said, nil)))
	if err != nil {
		t.Fatal(err)
	}
	return o
}

func (o *office) write(l Letter) {
	o.t.Helper()
	if l.Values == nil {
		l.Values = values
	}
	if err := o.db.AsNobody(o.t.Context(), func(tx pgx.Tx) error { return o.Write(o.t.Context(), tx, l) }); err != nil {
		o.t.Fatal(err)
	}
}

// person makes an account; with admin, of somebody who runs the place.
func (o *office) person(admin bool) uuid.UUID {
	o.t.Helper()
	id := uuid.New()
	if err := o.db.AsOwner(o.t.Context(), id, func(tx pgx.Tx) error {
		_, err := tx.Exec(o.t.Context(), `insert into easel.account_account (id) values ($1)`, id)
		if err == nil && admin {
			_, err = tx.Exec(o.t.Context(), `select easel.account_raise($1, false)`, id)
		}
		return err
	}); err != nil {
		o.t.Fatal(err)
	}
	return id
}

func (o *office) slips(list func(context.Context, time.Time, int) ([]Slip, error)) []Slip {
	o.t.Helper()
	all, err := list(o.t.Context(), time.Time{}, 100)
	if err != nil {
		o.t.Fatal(err)
	}
	return all
}

func TestALetterGoesOutOnce(t *testing.T) {
	t.Parallel()
	box := &letterbox{}
	o := newOffice(t, "smtp://"+box.listen(t, nil))
	o.write(Letter{To: "ada@example.com", Kind: Reset, Owner: o.person(false)})
	if len(o.jobs) != 1 || o.jobs[0] != 0 {
		t.Fatalf("queued %v, want one job at once", o.jobs)
	}
	for range 2 { // a job may run twice
		if err := o.Send(t.Context(), o.last); err != nil {
			t.Fatal(err)
		}
	}
	got := box.letters()
	if len(got) != 1 || got[0].from != "easel@example.com" || len(got[0].to) != 1 || got[0].to[0] != "ada@example.com" {
		t.Fatalf("the server got %+v", got)
	}
	if n := len(o.slips(o.Waiting)) + len(o.slips(o.Failed)) + len(o.slips(o.Outbox)); n != 0 {
		t.Errorf("a letter that was sent left %d rows", n)
	}
	checkMessage(t, got[0].data, o.last.Letter)
	if strings.Contains(o.said.String(), "ada@") {
		t.Errorf("the log names the reader: %s", o.said)
	}
}

// checkMessage reads a message as a mail program does.
func checkMessage(t *testing.T, data []byte, id uuid.UUID) {
	t.Helper()
	m, err := mail.ReadMessage(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{"Subject": "Choose a new password for Easel", "To": "<ada@example.com>", "From": `"Easel" <easel@example.com>`,
		"Message-Id": "<" + id.String() + "@example.com>", "Auto-Submitted": "auto-generated", "Bcc": "", "X-Mailer": "", "User-Agent": ""} {
		if got := m.Header.Get(name); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	kind, params, err := mime.ParseMediaType(m.Header.Get("Content-Type"))
	if err != nil || kind != "multipart/alternative" {
		t.Fatalf("the letter is %s, %v", kind, err)
	}
	parts := multipart.NewReader(m.Body, params["boundary"])
	for _, want := range []string{"text/plain", "text/html"} {
		p, err := parts.NextRawPart()
		if err != nil {
			t.Fatal(err)
		}
		kind, params, _ := mime.ParseMediaType(p.Header.Get("Content-Type"))
		body, err := io.ReadAll(quotedprintable.NewReader(p))
		if err != nil || kind != want || !strings.EqualFold(params["charset"], "utf-8") || !strings.Contains(string(body), values["link"]) {
			t.Errorf("a part is %s (%v), %v, want %s with the link:\n%s", kind, params, err, want, body)
		}
	}
}

func TestAServerThatWillNotTakeALetter(t *testing.T) {
	t.Parallel()
	box := &letterbox{refuse: &smtp.SMTPError{Code: 550, EnhancedCode: smtp.EnhancedCode{5, 1, 1}, Message: "no ada@example.com here"}}
	o := newOffice(t, "smtp://"+box.listen(t, nil))
	o.write(Letter{To: "ada@example.com", Kind: Reset})
	if err := o.Send(t.Context(), o.last); err != nil {
		t.Fatal(err)
	}
	failed := o.slips(o.Failed)
	if len(failed) != 1 || failed[0].Said != "The mail server did not take the reader's address (550 5.1.1)." || failed[0].Tries != 1 ||
		failed[0].Subject != "Choose a new password for Easel" || failed[0].Tried.IsZero() {
		t.Fatalf("whoever runs the place sees %+v", failed)
	}
	if err := o.Again(t.Context(), failed[0].ID); !fault.Is(err, fault.Conflict) || len(o.jobs) != 1 {
		t.Errorf("it is tried again: %v, %v", o.jobs, err)
	}
	if l, err := o.Find(t.Context(), failed[0].ID); err != nil || l != failed[0] {
		t.Errorf("by itself it is %+v, %v", l, err)
	}
	if _, err := o.Read(t.Context(), o.person(true), failed[0].ID); !fault.Is(err, fault.Missing) {
		t.Errorf("a letter that was given up can be read: %v", err)
	}
	if strings.Contains(o.said.String(), "ada@") {
		t.Errorf("the log names the reader: %s", o.said)
	}
}

func TestAServerThatIsBusyIsAskedAgainLessAndLessOften(t *testing.T) {
	t.Parallel()
	for name, spoil := range map[string]func(*letterbox){
		"the reader's address": func(b *letterbox) { b.refuse = &smtp.SMTPError{Code: 451, Message: "come again"} },
		"the whole letter":     func(b *letterbox) { b.late = &smtp.SMTPError{Code: 452, Message: "no room"} },
		"the password":         func(b *letterbox) { b.password = "another" },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			box := &letterbox{}
			spoil(box)
			o := newOffice(t, "smtp://easel:s3cret@"+box.listen(t, nil))
			o.write(Letter{To: "ada@example.com", Kind: Reset})
			for range waits {
				if err := o.Send(t.Context(), o.last); err != nil {
					t.Fatal(err)
				}
			}
			for i, wait := range o.jobs[1:] {
				if wait != waits[i] {
					t.Errorf("waits %v before try %d, want %v", wait, i+2, waits[i])
				}
			}
			if w := o.slips(o.Waiting); len(w) != 1 || w[0].Tries != len(waits) || w[0].Said == "" {
				t.Fatalf("on their way: %+v", w)
			}
			if err := o.Send(t.Context(), o.last); err != nil {
				t.Fatal(err)
			}
			if f := o.slips(o.Failed); len(f) != 1 || f[0].Tries != len(waits)+1 || strings.Contains(o.said.String(), "s3cret") {
				t.Errorf("after the last try: %+v\n%s", f, o.said)
			}
		})
	}
}

func TestALetterThatGoesOutInTheEnd(t *testing.T) {
	t.Parallel()
	box := &letterbox{refuse: &smtp.SMTPError{Code: 451, Message: "come again"}}
	o := newOffice(t, "smtp://"+box.listen(t, nil))
	o.write(Letter{To: "ada@example.com", Kind: Reset})
	if err := o.Send(t.Context(), o.last); err != nil {
		t.Fatal(err)
	}
	if l := o.slips(o.Waiting); len(l) != 1 || o.Again(t.Context(), l[0].ID) != nil || o.jobs[len(o.jobs)-1] != 0 {
		t.Errorf("it cannot be tried at once: %+v, %v", l, o.jobs)
	}
	box.set(func(b *letterbox) { b.refuse = nil })
	if err := o.Send(t.Context(), o.last); err != nil || len(box.letters()) != 1 {
		t.Errorf("the second try: %v, %d letters", err, len(box.letters()))
	}
}

func TestALetterIsNotTriedLongerThanItIsOfUse(t *testing.T) {
	t.Parallel()
	box := &letterbox{refuse: &smtp.SMTPError{Code: 451, Message: "come again"}}
	o := newOffice(t, "smtp://"+box.listen(t, nil))
	o.write(Letter{To: "ada@example.com", Kind: Reset, Lasts: 30 * time.Second})
	if err := o.Send(t.Context(), o.last); err != nil {
		t.Fatal(err)
	}
	if len(o.slips(o.Failed)) != 1 || len(o.jobs) != 1 {
		t.Errorf("it waits for a time when its link is over: %v", o.jobs)
	}
}

func TestAServerThatHangs(t *testing.T) {
	t.Parallel()
	box := &letterbox{hang: make(chan struct{})}
	o := newOffice(t, "smtp://"+box.listen(t, nil))
	defer close(box.hang)
	o.postman.step = 100 * time.Millisecond
	o.write(Letter{To: "ada@example.com", Kind: Reset})
	if err := o.Send(t.Context(), o.last); err != nil {
		t.Fatal(err)
	}
	if w := o.slips(o.Waiting); len(w) != 1 || w[0].Said != "The talk with the mail server broke off." {
		t.Errorf("on their way: %+v", w)
	}
}

func TestAServerThatIsNotThere(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	nowhere := l.Addr().String()
	l.Close()
	o := newOffice(t, "smtp://"+nowhere)
	o.write(Letter{To: "ada@example.com", Kind: Reset})
	if err := o.Send(t.Context(), o.last); err != nil {
		t.Fatal(err)
	}
	if w := o.slips(o.Waiting); len(w) != 1 || w[0].Said != "The mail server does not answer, or does not let us in." {
		t.Errorf("on their way: %+v", w)
	}
}

// Between here and a server elsewhere, letters travel encrypted or not at all.
func TestLettersTravelEncrypted(t *testing.T) {
	t.Parallel()
	web := httptest.NewTLSServer(nil) // for its certificate, which is for 127.0.0.1
	defer web.Close()
	trusted := x509.NewCertPool()
	trusted.AddCert(web.Certificate())
	for _, c := range []struct {
		name      string
		offered   *tls.Config
		trust     *x509.CertPool
		elsewhere bool
		arrives   bool
	}{
		{"a server with a certificate that is trusted", &tls.Config{Certificates: web.TLS.Certificates}, trusted, true, true},
		{"a server with a strange certificate", &tls.Config{Certificates: web.TLS.Certificates}, x509.NewCertPool(), true, false},
		{"a server that offers none", nil, trusted, true, false},
		{"a server on this machine that offers none", nil, trusted, false, true},
	} {
		box := &letterbox{}
		o := newOffice(t, "smtp://"+box.listen(t, c.offered))
		o.postman.trust = &tls.Config{RootCAs: c.trust, ServerName: "127.0.0.1"}
		o.postman.server.local = !c.elsewhere
		o.write(Letter{To: "ada@example.com", Kind: Reset})
		if err := o.Send(t.Context(), o.last); err != nil {
			t.Fatal(err)
		}
		got := box.letters()
		if (len(got) == 1) != c.arrives || c.arrives && got[0].tls != (c.offered != nil) {
			t.Errorf("%s: %d letters arrived\n%s", c.name, len(got), o.said)
		}
	}
}

func TestAddressesThatAreMoreThanOne(t *testing.T) {
	t.Parallel()
	box := &letterbox{}
	o := newOffice(t, "smtp://"+box.listen(t, nil))
	for _, to := range []string{"ada@example.com\r\nBcc: all@example.com", "ada@example.com, bob@example.com", "Ada <ada@example.com>", "ada", ""} {
		err := o.postman.send(t.Context(), uuid.New(), Message{To: to, Subject: "s", Text: "t", HTML: "h"})
		var r *refusal
		if !errors.As(err, &r) || !r.final {
			t.Errorf("%q: %v", to, err)
		}
	}
	if err := o.postman.send(t.Context(), uuid.New(), Message{To: "ada@example.com", Subject: "One\r\nBcc: all@example.com", Text: "t\r\n.\r\nQUIT", HTML: "h"}); err != nil {
		t.Fatal(err)
	}
	if got := box.letters(); len(got) != 1 || len(got[0].to) != 1 || bytes.Contains(got[0].data, []byte("\nBcc:")) || !bytes.Contains(got[0].data, []byte("QUIT")) {
		t.Errorf("the server got %+v", got)
	}
}

func TestTheOutboxIsForWhoeverRunsThePlace(t *testing.T) {
	t.Parallel()
	o := newOffice(t, "")
	if n := strings.Count(o.said.String(), "EASEL_SMTP_URL"); n != 1 {
		t.Errorf("the log says %d times where letters go", n)
	}
	person, admin := o.person(false), o.person(true)
	o.write(Letter{To: "ada@example.com", Kind: Reset, Owner: person})
	o.write(Letter{To: "bob@example.com", Kind: SignUp})
	kept := o.slips(o.Outbox)
	if len(o.jobs) != 0 || len(kept) != 2 || kept[0].Kind != SignUp || kept[1].Kind != Reset {
		t.Fatalf("%d jobs, in the outbox %+v", len(o.jobs), kept)
	}
	m, err := o.Read(t.Context(), admin, kept[1].ID)
	if err != nil || m.To != "ada@example.com" || !strings.Contains(m.Text, values["link"]) {
		t.Errorf("read %+v, %v", m, err)
	}
	for name, who := range map[string]uuid.UUID{"an ordinary person": person, "nobody": uuid.Nil} {
		if _, err := o.Read(t.Context(), who, kept[1].ID); !fault.Is(err, fault.Missing) {
			t.Errorf("%s can read it: %v", name, err)
		}
	}
	if entries, err := audit.New(o.db).List(t.Context(), admin, 0, 10); err != nil || len(entries) != 1 || entries[0].Action != "mail.read" ||
		entries[0].Actor != admin || entries[0].Subject != kept[1].ID {
		t.Errorf("the audit log says %+v, %v", entries, err)
	}
	if older, err := o.Outbox(t.Context(), kept[0].Created, 100); err != nil || len(older) != 1 || older[0].ID != kept[1].ID {
		t.Errorf("older than the newest: %+v, %v", older, err)
	}
	if err := o.db.AsOwner(t.Context(), person, func(tx pgx.Tx) error {
		_, err := tx.Exec(t.Context(), `delete from easel.account_account where id = $1`, person)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	if left := o.slips(o.Outbox); len(left) != 1 || left[0].ID != kept[0].ID {
		t.Errorf("after its owner has left: %+v", left)
	}
}

func TestLettersGoWithTheirTime(t *testing.T) {
	t.Parallel()
	o := newOffice(t, "")
	o.write(Letter{To: "ada@example.com", Kind: Reset, Lasts: time.Millisecond})
	o.write(Letter{To: "ada@example.com", Kind: Reset})
	count := func() (n int) {
		if err := o.db.AsNobody(t.Context(), func(tx pgx.Tx) error {
			_, err := tx.Exec(t.Context(), `select pg_sleep(0.005)`)
			return err
		}); err != nil {
			t.Fatal(err)
		}
		return len(o.slips(o.Outbox))
	}
	if n := count(); n != 1 {
		t.Errorf("%d letters are shown, want the one whose time is not over", n)
	}
	if err := o.Expire(t.Context()); err != nil || count() != 1 {
		t.Errorf("after the sweep %d are left, %v", count(), err)
	}
}

func TestALetterThatCannotBeWrittenIsAnErrorAtOnce(t *testing.T) {
	t.Parallel()
	o := newOffice(t, "")
	err := o.db.AsNobody(t.Context(), func(tx pgx.Tx) error {
		return o.Write(t.Context(), tx, Letter{To: "ada@example.com", Kind: Reset, Values: map[string]string{"site": "x"}})
	})
	if err == nil || len(o.slips(o.Outbox)) != 0 {
		t.Errorf("a letter without its link was written: %v", err)
	}
}
