package mail

import (
	"strings"
	"testing"
)

func TestMailServers(t *testing.T) {
	t.Parallel()
	for url, want := range map[string]server{
		"smtp://mail.example.com":                  {host: "mail.example.com", port: 587},
		"smtp://ada:s3cret@mail.example.com:2525/": {host: "mail.example.com", port: 2525, user: "ada", password: "s3cret"},
		"smtps://mail.example.com":                 {host: "mail.example.com", port: 465, implicit: true},
		"smtp://10.0.0.7:25?tls=off":               {host: "10.0.0.7", port: 25, open: true},
		"smtp://[::1]:25":                          {host: "::1", port: 25, local: true},
		"smtp://localhost:25":                      {host: "localhost", port: 25, local: true},
	} {
		c := Config{URL: url, From: "Easel <easel@example.com>"}
		got, err := c.server()
		if err != nil || got != want || c.Check() != nil {
			t.Errorf("%s is %+v, %v; want %+v", url, got, err, want)
		}
		if h := c.Hosts(); len(h) != 1 || h[0] != want.host {
			t.Errorf("%s leads to %v", url, h)
		}
	}
	for url, from := range map[string]string{
		"http://mail.example.com": "e@example.com", "smtp://": "e@example.com", "mail.example.com:25": "e@example.com", "smtp://h:99999": "e@example.com",
		"smtp://h?tls=maybe": "e@example.com", "smtps://h?tls=off": "e@example.com", "smtp://h?x=1": "e@example.com", "smtp://h/path": "e@example.com",
		"smtp://ada:s3cret@h?tls=off": "e@example.com", "smtp://h": "", "": "nobody", "smtp://x": "two@example.com, three@example.com",
	} {
		err := Config{URL: url, From: from}.Check()
		if err == nil {
			t.Errorf("%q from %q was accepted", url, from)
		} else if strings.Contains(err.Error(), "s3cret") {
			t.Errorf("the password is in the error: %v", err)
		}
	}
	if (Config{}).Check() != nil || (Config{}).Hosts() != nil {
		t.Error("no server is a setting too")
	}
}
