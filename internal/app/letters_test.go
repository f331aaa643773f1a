package app_test

import (
	"bytes"
	"io"
	"mime/quotedprintable"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-smtp"

	"easel/internal/app"
	"easel/internal/postgres/pgtest"
)

// letterbox is a mail server that takes everything.
type letterbox struct{ got chan []byte }

func (b *letterbox) NewSession(*smtp.Conn) (smtp.Session, error) { return &delivery{box: b}, nil }

type delivery struct{ box *letterbox }

func (*delivery) Reset()                               {}
func (*delivery) Logout() error                        { return nil }
func (*delivery) Mail(string, *smtp.MailOptions) error { return nil }
func (*delivery) Rcpt(string, *smtp.RcptOptions) error { return nil }

func (d *delivery) Data(r io.Reader) error {
	data, err := io.ReadAll(quotedprintable.NewReader(r))
	if err == nil {
		d.box.got <- data
	}
	return err
}

// listen starts the mail server and returns its address.
func (b *letterbox) listen(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := smtp.NewServer(b)
	server.Domain = "mail.test"
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		server.Serve(l)
	}()
	t.Cleanup(func() {
		server.Close()
		<-ended
	})
	return l.Addr().String()
}

// Somebody signs up on the page, gets the letter from a real mail server through the queue, opens its link as often as a mail
// program does, presses the button, and is in. A host that the policy does not name stops the start.
func TestSigningUpThroughTheMail(t *testing.T) {
	t.Parallel()
	box := &letterbox{got: make(chan []byte, 10)}
	address := freeAddress(t)
	env := map[string]string{"EASEL_ADDRESS": address, "EASEL_DATA": t.TempDir(), "DATABASE_URL": pgtest.Address(t),
		"EASEL_SMTP_URL": "smtp://mail.example.org", "EASEL_MAIL_FROM": "Easel <easel@example.com>"}
	config, err := app.ReadConfig(func(name string) string { return env[name] })
	if err != nil {
		t.Fatal(err)
	}
	if _, err := app.New(t.Context(), config, pgtest.Log(t)); err == nil || !strings.Contains(err.Error(), "mail.example.org is not named") {
		t.Fatalf("a mail server that the policy does not name: %v", err)
	}
	run(t, env, func(c *app.Config) { c.Mail.URL = "smtp://" + box.listen(t) })
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	client := &http.Client{Jar: jar, Timeout: time.Minute}
	ask := func(method, path string, form url.Values) (*http.Response, string) {
		t.Helper()
		r, err := http.NewRequestWithContext(t.Context(), method, "http://"+address+path, strings.NewReader(form.Encode()))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Accept", "text/html")
		if form != nil {
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		}
		answer, err := client.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer answer.Body.Close()
		body, err := io.ReadAll(answer.Body)
		if err != nil {
			t.Fatal(err)
		}
		return answer, string(body)
	}
	up := url.Values{"mail": {"ada@example.com"}, "password": {"seventeen quiet otters"}, "name": {"Ada"}, "age": {"of-age"}, "agree": {"portrait@1"}}
	if answer, body := ask("POST", "/sign-up", up); answer.StatusCode != http.StatusOK {
		t.Fatalf("signing up: %s\n%s", answer.Status, body)
	}
	var letter []byte
	select {
	case letter = <-box.got:
	case <-time.After(2 * time.Minute):
		t.Fatal("no letter came")
	}
	if !bytes.Contains(letter, []byte("ada@example.com")) || !bytes.Contains(letter, []byte("multipart/alternative")) {
		t.Errorf("the letter is\n%s", letter)
	}
	link := regexp.MustCompile(`http://` + regexp.QuoteMeta(address) + `(/link/sign-up/[\w-]+)`).FindSubmatch(letter)
	if link == nil {
		t.Fatalf("the letter has no link:\n%s", letter)
	}
	path := string(link[1])
	for range 3 {
		if answer, _ := ask("GET", path, nil); answer.StatusCode != http.StatusOK || len(answer.Cookies()) != 0 {
			t.Fatalf("looking at the link: %s, cookies %v", answer.Status, answer.Cookies())
		}
	}
	if answer, body := ask("POST", path, url.Values{}); answer.StatusCode != http.StatusOK || answer.Request.URL.Path != "/portrait/" {
		t.Fatalf("pressing the button: %s at %s\n%s", answer.Status, answer.Request.URL.Path, body)
	}
	if answer, body := ask("GET", "/account", nil); answer.StatusCode != http.StatusOK || !strings.Contains(body, "ada@example.com") {
		t.Errorf("the account page: %s at %s", answer.Status, answer.Request.URL.Path)
	}
}
