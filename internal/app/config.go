package app

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"easel/internal/account"
	"easel/internal/generation"
	"easel/internal/mail"
)

// Config is every setting of the program, read once from the environment.
type Config struct {
	Address   string   // where to listen
	PublicURL *url.URL // how browsers reach it
	Data      string   // folder of everything that is kept on this machine
	Bucket    string   // where sealed bytes live
	ServerKey string   // file of the server's key
	Storage   Storage
	Reap      Reap
	Studios   string // folder of policy files; "": the built-in ones
	Workers   int    // drawings at a time on this machine
	Memory    int64  // bytes for pictures that live in memory only
	Pixels    int    // work size of drawings; 0: about 2 megapixels; no setting, for tests
	Proxies   int    // reverse proxies in front that are ours
	LogFormat string // text or json
	Postgres  struct{ URL, OwnerURL, Bin string }
	Sales     Sales
	Engines   Engines
	Throwaway account.Domains // whose new accounts get no welcome
	SignIn    SignIn
	Welcome   int64            // tokens for a new account
	Clock     func() time.Time // of what lives in memory; nil: the system's; no setting, for tests
	Mail      mail.Config
}

// defaultAddress is where the program listens when nobody says otherwise.
const defaultAddress = "127.0.0.1:8080"

// setting is one row of the table of environment variables.
type setting struct {
	name, fallback, meaning string
	literal                 bool // the fallback is a value, and not words about one
	secret                  bool // may also be given as NAME_FILE, and is never printed
	set                     func(c *Config, value string) error
}

// settings is the one table of environment variables. `easel help config` prints it.
var settings = slices.Concat(generalSettings, storageSettings, deletionSettings, signInSettings, salesSettings, purseSettings, engineSettings)

var generalSettings = []setting{
	{name: "EASEL_ADDRESS", fallback: defaultAddress, literal: true, meaning: "host and port to listen on",
		set: func(c *Config, v string) error {
			_, _, err := net.SplitHostPort(v)
			c.Address = v
			return err
		}},
	{name: "EASEL_PUBLIC_URL", fallback: "http://localhost:8080, or http:// and EASEL_ADDRESS", meaning: "the address that browsers see; https makes cookies Secure",
		set: func(c *Config, v string) (err error) {
			if c.PublicURL, err = url.Parse(v); err == nil && (c.PublicURL.Host == "" || c.PublicURL.Scheme != "http" && c.PublicURL.Scheme != "https") {
				err = errors.New("it must begin with http:// or https:// and name a host")
			}
			return err
		}},
	{name: "EASEL_DATA", fallback: "data", literal: true, meaning: "folder of the database, the sealed pictures and the server's key",
		set: func(c *Config, v string) (err error) { c.Data, err = filepath.Abs(v); return err }},
	{name: "EASEL_BUCKET", fallback: "the folder pictures in EASEL_DATA", meaning: "where sealed pictures are kept: file:///folder, or s3://name?endpoint=https://host",
		set: func(c *Config, v string) error { c.Bucket = v; return nil }},
	{name: "EASEL_SERVER_KEY_PATH", fallback: "the file server.key in EASEL_DATA", meaning: "the key that locks all keys; made at the first start; without it nothing can be read",
		set: func(c *Config, v string) (err error) { c.ServerKey, err = filepath.Abs(v); return err }},
	{name: "EASEL_STUDIOS", fallback: "the built-in files", meaning: "folder of policy files to use instead",
		set: func(c *Config, v string) error { c.Studios = v; return nil }},
	{name: "EASEL_WORKERS", fallback: "1", literal: true, meaning: "drawings at a time; each uses all cores and up to 400 MB",
		set: func(c *Config, v string) (err error) {
			c.Workers, err = strconv.Atoi(v)
			if err == nil && (c.Workers < 0 || c.Workers > 64) {
				err = errors.New("it must be 0 to 64")
			}
			return err
		}},
	{name: "EASEL_MEMORY", fallback: "512", literal: true, meaning: "megabytes for photos that live in memory only, of all visitors together",
		set: func(c *Config, v string) error {
			n, err := strconv.Atoi(v)
			if err == nil && (n < 32 || n > 1<<20) {
				err = errors.New("it must be 32 to 1048576")
			}
			c.Memory = int64(n) << 20
			return err
		}},
	{name: "EASEL_PROXIES", fallback: "0", literal: true, meaning: "reverse proxies in front that are yours; each appends to X-Forwarded-For",
		set: func(c *Config, v string) (err error) {
			c.Proxies, err = strconv.Atoi(v)
			if err == nil && (c.Proxies < 0 || c.Proxies > 8) {
				err = errors.New("it must be 0 to 8")
			}
			return err
		}},
	{name: "EASEL_LOG", fallback: "text", literal: true, meaning: "form of the log: text or json",
		set: func(c *Config, v string) error {
			c.LogFormat = v
			if v != "text" && v != "json" {
				return errors.New("it must be text or json")
			}
			return nil
		}},
	{name: "DATABASE_URL", fallback: "a PostgreSQL of Easel's own in EASEL_DATA", meaning: "PostgreSQL to use, as the application's role", secret: true,
		set: func(c *Config, v string) error { c.Postgres.URL = v; return nil }},
	{name: "DATABASE_OWNER_URL", fallback: "none", meaning: "the same database as the role that owns the tables; for `easel migrate`", secret: true,
		set: func(c *Config, v string) error { c.Postgres.OwnerURL = v; return nil }},
	{name: "EASEL_SMTP_URL", fallback: "none; letters are kept in the outbox, for admins to read", secret: true,
		meaning: "mail server: smtp://user:password@host:587 or smtps://host:465; ?tls=off on a network of your own",
		set:     func(c *Config, v string) error { c.Mail.URL = v; return nil }},
	{name: "EASEL_MAIL_FROM", fallback: "none", meaning: "what letters are from, such as Easel <easel@example.com>; needed with EASEL_SMTP_URL",
		set: func(c *Config, v string) error { c.Mail.From = v; return nil }},
	{name: "EASEL_POSTGRES_BIN", fallback: "found on this machine", meaning: "folder of PostgreSQL's programs (initdb, postgres)",
		set: func(c *Config, v string) error { c.Postgres.Bin = v; return nil }},
}

// ReadConfig reads the settings through getenv (os.Getenv, or a test's own), naming the variable in each error.
func ReadConfig(getenv func(string) string) (Config, error) {
	var c Config
	var wrong []error
	for _, s := range settings {
		value, err := s.value(getenv)
		if err == nil && value != "" {
			err = s.set(&c, value)
		}
		if err != nil {
			wrong = append(wrong, fmt.Errorf("%s: %w (see `easel help config`)", s.name, err))
		}
	}
	if err := errors.Join(wrong...); err != nil {
		return c, err
	}
	if err := c.Mail.Check(); err != nil {
		return c, fmt.Errorf("EASEL_SMTP_URL, EASEL_MAIL_FROM: %w (see `easel help config`)", err)
	}
	if err := c.complete(); err != nil {
		return c, err
	}
	return c, errors.Join(c.Sales.check(c), c.SignIn.check(c))
}

// value is the variable's, or the content of the file that its _FILE twin names, or a default that can be used as it is.
func (s setting) value(getenv func(string) string) (string, error) {
	value := getenv(s.name)
	if s.secret {
		path := getenv(s.name + "_FILE")
		if path != "" && value != "" {
			return "", fmt.Errorf("it is set twice, also as %s_FILE; set one of them", s.name)
		}
		if path != "" {
			data, err := os.ReadFile(path)
			return strings.TrimSpace(string(data)), err
		}
	}
	if value == "" && s.literal {
		return s.fallback, nil
	}
	return value, nil
}

// complete fills in the settings that follow from others.
func (c *Config) complete() (err error) {
	if c.PublicURL == nil {
		host := c.Address
		if _, port, err := net.SplitHostPort(host); err == nil && (host == defaultAddress || strings.HasPrefix(host, ":")) {
			host = net.JoinHostPort("localhost", port) // by a name, since browsers make no passkeys for an address
		}
		if c.PublicURL, err = url.Parse("http://" + host); err != nil {
			return fmt.Errorf("EASEL_ADDRESS: %w", err)
		}
	}
	if c.Bucket == "" {
		c.Bucket = (&url.URL{Scheme: "file", Path: filepath.ToSlash(filepath.Join(c.Data, "pictures"))}).String()
	}
	if c.ServerKey == "" {
		c.ServerKey = filepath.Join(c.Data, "server.key")
	}
	return nil
}

// Local reports whether browsers reach the server only from this machine.
func (c Config) Local() bool { return local(c.PublicURL.Hostname()) }

func local(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || strings.HasSuffix(host, ".localhost") || ip != nil && ip.IsLoopback()
}

// limits are the generation service's, apart from what the policy says.
func (c Config) limits() generation.Config {
	return generation.Config{Pixels: c.Pixels, Uploads: generation.DefaultUploads, Unfinished: generation.DefaultUnfinished}
}

// HelpConfig is the table of settings as text.
func HelpConfig() string {
	var b strings.Builder
	b.WriteString("Easel is set up by environment variables. All have defaults.\n\n")
	w := tabwriter.NewWriter(&b, 0, 0, 3, ' ', 0)
	for _, s := range settings {
		meaning := s.meaning
		if s.secret {
			meaning += " (secret; also " + s.name + "_FILE)"
		}
		fmt.Fprintf(w, "  %s\t%s\n  \tdefault: %s\n", s.name, meaning, s.fallback)
	}
	_ = w.Flush() // into memory
	return b.String()
}
