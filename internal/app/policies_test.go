package app

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"easel/internal/account"
	"easel/internal/account/accounttest"
	"easel/internal/mail"
	"easel/internal/policy"
	"easel/internal/postgres/pgtest"
	"easel/studios"
)

// folder is one with the portrait studio's file, changed.
func folder(t *testing.T, change ...string) string {
	t.Helper()
	data, err := fs.ReadFile(studios.Files(), "portrait.yaml")
	if err != nil {
		t.Fatal(err)
	}
	text := string(data)
	for i := 0; i < len(change); i += 2 {
		if !strings.Contains(text, change[i]) {
			t.Fatalf("portrait.yaml has no %q to change", change[i])
		}
		text = strings.Replace(text, change[i], change[i+1], 1)
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "portrait.yaml"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return dir
}

// lineOf is the line of a folder's file on which part stands.
func lineOf(t *testing.T, dir, part string) int {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(dir, "portrait.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	before, _, found := strings.Cut(string(data), part)
	if !found {
		t.Fatalf("portrait.yaml has no %q", part)
	}
	return 1 + strings.Count(before, "\n")
}

// TestWhatNoPolicyNamesStopsTheStart: each host that a setting leads to has to stand in the file, and the message names file, line
// and setting.
func TestWhatNoPolicyNamesStopsTheStart(t *testing.T) {
	t.Parallel()
	const mailed = `mail: ada@example.org`
	named := func(role, host string) []string {
		return []string{"recipients: []", "recipients:\n  - name: Example\n    role: " + role + "\n    hosts: [" + host + "]\n    data: [account]\n    receives: what it needs\n    why: because it is set up\n"}
	}
	for name, c := range map[string]struct {
		env    map[string]string
		change []string
		want   []string
	}{
		"nothing set":         {nil, nil, nil},
		"a database":          {map[string]string{"DATABASE_URL": "postgres://db.example.org/easel"}, nil, []string{"recipients: []|the database at db.example.org is not named", "(DATABASE_URL)"}},
		"a database, named":   {map[string]string{"DATABASE_URL": "postgres://db.example.org/easel"}, named("database", "db.example.org"), nil},
		"named for mail only": {map[string]string{"DATABASE_URL": "postgres://db.example.org/easel"}, named("mail", "db.example.org"), []string{"the database at db.example.org"}},
		"mail": {map[string]string{"EASEL_SMTP_URL": "smtp://mail.example.org:25?tls=off", "EASEL_MAIL_FROM": "a@example.org"}, nil,
			[]string{"recipients: []|the mail at mail.example.org", "(EASEL_SMTP_URL)"}},
		"payments": {map[string]string{"EASEL_STRIPE_KEY": "sk_test_x"}, nil, []string{"the payment at api.stripe.com", "(EASEL_STRIPE_KEY)"}},
		"sign-in": {map[string]string{"EASEL_OIDC": "google", "EASEL_OIDC_CLIENT_ID": "a", "EASEL_OIDC_CLIENT_SECRET": "b"}, nil,
			[]string{"the sign-in at accounts.google.com", "oauth2.googleapis.com", "(EASEL_OIDC)"}},
		"all that is wrong at once": {map[string]string{"DATABASE_URL": "postgres://db.example.org/easel", "EASEL_STRIPE_KEY": "sk_test_x"}, nil, []string{"db.example.org", "api.stripe.com"}},
		"no contact":                {map[string]string{"EASEL_PUBLIC_URL": "https://easel.example.org"}, nil, []string{"  mail: |contact.mail is missing"}},
		"a contact":                 {map[string]string{"EASEL_PUBLIC_URL": "https://easel.example.org"}, []string{`mail: ""`, mailed}, nil},
		"not yet":                   {nil, []string{"effective: 2026-11-22", "effective: 2999-01-01"}, []string{"effective: |effective is 1 January 2999, which is still to come"}},
		"no portraits":              {nil, []string{"status: live", "status: planned"}, []string{"no policy file declares the portrait studio as live"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := folder(t, c.change...)
			config, err := ReadConfig(func(name string) string {
				if name == "EASEL_STUDIOS" {
					return dir
				}
				return c.env[name]
			})
			if err != nil {
				t.Fatal(err)
			}
			_, err = (&App{config: config}).declare()
			if (err == nil) != (c.want == nil) {
				t.Errorf("%v, want %q", err, c.want)
			}
			for _, want := range c.want {
				if clause, say, ok := strings.Cut(want, "|"); ok {
					want = fmt.Sprintf("portrait.yaml:%d: %s", lineOf(t, dir, clause), say)
				}
				if err != nil && !strings.Contains(err.Error(), want) {
					t.Errorf("%v\nwant %q", err, want)
				}
			}
		})
	}
}

// TestPeopleAreToldOfANewVersion: at the start of a server that has another one, by a letter that leads to both.
func TestPeopleAreToldOfANewVersion(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	config, err := ReadConfig(func(string) string { return "" })
	if err != nil {
		t.Fatal(err)
	}
	a := &App{config: config, db: db, log: pgtest.Log(t)}
	if _, err := a.declare(); err != nil {
		t.Fatal(err)
	}
	v := accounttest.Vault(t, db)
	post, err := mail.New(mail.Config{}, db, v, func(context.Context, pgx.Tx, mail.SendArgs, time.Duration) error { return nil }, a.log)
	if err != nil {
		t.Fatal(err)
	}
	a.account = accounttest.Service(t, db, v, post)
	_, owner := accounttest.SignIn(t, a.account)
	if err := a.account.Agree(t.Context(), owner, nil, account.Consent{Studio: "portrait", Version: 1}); err != nil {
		t.Fatal(err)
	}
	letters := func() (n int) {
		slips, err := post.Outbox(t.Context(), time.Time{}, 100)
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range slips {
			if s.Kind == mail.PolicyChanged {
				n++
			}
		}
		return n
	}
	tell := func() {
		t.Helper()
		if err := a.tell(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if tell(); letters() != 0 {
		t.Error("a letter about the version that was agreed to")
	}
	if err := a.publish(t.Context()); err != nil {
		t.Fatal(err)
	}
	second := *studios.Named(a.studios, "portrait")
	second.Version = 2
	a.studios = []*policy.Studio{&second}
	if err := a.publish(t.Context()); err != nil {
		t.Fatal(err)
	}
	tell()
	if tell(); letters() != 1 {
		t.Errorf("%d letters about the second version after two starts, want one", letters())
	}
	if all, err := a.editions.List(t.Context(), "portrait"); err != nil || len(all) != 2 {
		t.Errorf("%d versions are readable, %v; want both", len(all), err)
	}
}
