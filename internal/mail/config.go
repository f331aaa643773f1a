package mail

import (
	"errors"
	"fmt"
	"net"
	"net/mail"
	"net/netip"
	"net/url"
	"strconv"
)

// Config says which server letters are handed to. With no URL they are kept in the outbox.
type Config struct {
	URL  string // smtp://user:password@host:587 (STARTTLS) or smtps://host:465; "": none. ?tls=off on a network that is one's own
	From string // what letters are from: an address, or Name <address>
}

// Check reports what is wrong with the settings.
func (c Config) Check() error {
	if c.From != "" {
		if _, err := mail.ParseAddress(c.From); err != nil {
			return errors.New("the address that letters are from cannot be read; it looks like Easel <easel@example.com>")
		}
	}
	if c.URL == "" {
		return nil
	}
	if c.From == "" {
		return errors.New("a mail server is set, but not the address that letters are from")
	}
	_, err := c.server()
	return err
}

// server is a parsed URL.
type server struct {
	host, user, password string
	port                 int
	implicit             bool // TLS from the first byte
	open                 bool // no TLS at all
	local                bool // on this machine: TLS where it is offered
}

// server parses the URL. Errors never repeat it: it may hold a password.
func (c Config) server() (s server, err error) {
	wrong := errors.New("the address of the mail server cannot be used; it looks like smtp://user:password@mail.example.com:587 or smtps://…:465")
	u, err := url.Parse(c.URL)
	if err != nil || u.Hostname() == "" || u.Scheme != "smtp" && u.Scheme != "smtps" || u.Path != "" && u.Path != "/" {
		return server{}, wrong
	}
	s = server{host: u.Hostname(), port: 587, implicit: u.Scheme == "smtps"}
	if s.implicit {
		s.port = 465
	}
	if p := u.Port(); p != "" {
		if s.port, err = strconv.Atoi(p); err != nil || s.port < 1 || s.port > 65535 {
			return server{}, wrong
		}
	}
	s.user = u.User.Username()
	s.password, _ = u.User.Password()
	for name, values := range u.Query() {
		if name != "tls" || len(values) != 1 || values[0] != "off" || s.implicit {
			return server{}, errors.New("the address of the mail server may end with ?tls=off, with smtp:// only, and with nothing else")
		}
		s.open = true
	}
	ip, err := netip.ParseAddr(s.host)
	s.local = s.host == "localhost" || err == nil && ip.IsLoopback()
	if s.open && s.password != "" && !s.local {
		return server{}, errors.New("a password would travel to the mail server in the open; leave ?tls=off away")
	}
	return s, nil
}

// Hosts returns the mail server's host, for the policies to agree with; none when letters are kept.
func (c Config) Hosts() []string {
	s, err := c.server()
	if c.URL == "" || err != nil {
		return nil
	}
	return []string{s.host}
}

func (s server) String() string {
	return fmt.Sprintf("mail server at %s", net.JoinHostPort(s.host, strconv.Itoa(s.port)))
}
