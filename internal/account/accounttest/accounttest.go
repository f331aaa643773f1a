// Package accounttest gives tests people: accounts without ceremony, and a door to come in by.
package accounttest

import (
	"context"
	"net/url"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"easel/internal/account"
	"easel/internal/mail"
	"easel/internal/postgres"
	"easel/internal/postgres/pgtest"
	"easel/internal/vault"
)

// Open makes an account, with no address and no password, and returns its id.
func Open(t testing.TB, db *postgres.DB) uuid.UUID {
	t.Helper()
	owner := uuid.New()
	if err := db.AsOwner(t.Context(), owner, func(tx pgx.Tx) error {
		_, err := tx.Exec(t.Context(), `insert into easel.account_account (id) values ($1)`, owner)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return owner
}

// New returns a service on the database, with a vault of its own, a cheap hash and a post that keeps letters in memory.
func New(t testing.TB, db *postgres.DB) *account.Service {
	t.Helper()
	return Service(t, db, Vault(t, db), &Post{})
}

// Service is New with the given vault and post.
func Service(t testing.TB, db *postgres.DB, v *vault.Vault, post account.Post) *account.Service {
	t.Helper()
	s, err := account.New(Config(), db, v, post, pgtest.Log(t))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// Config is what New uses: a hash that costs next to nothing.
func Config() account.Config {
	return account.Config{Idle: time.Hour, Visits: 90 * 24 * time.Hour, Policy: 1, PublicURL: &url.URL{Scheme: "https", Host: "easel.test"},
		Hashing: account.Hashing{KiB: 8, Passes: 1, Threads: 1}}
}

// Vault returns a vault in memory, with a key in a folder of the test.
func Vault(t testing.TB, db *postgres.DB) *vault.Vault {
	t.Helper()
	v, err := vault.New(t.Context(), vault.Config{Bucket: "mem://", KeyFile: filepath.Join(t.TempDir(), "server.key")}, db, pgtest.Log(t))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := v.Close(); err != nil {
			t.Error(err)
		}
	})
	return v
}

// SignIn makes a person with an address and a name, signs them in and returns the session's token and who they are.
func SignIn(t testing.TB, s *account.Service) (token string, owner uuid.UUID) {
	t.Helper()
	owner, err := s.Invite(t.Context(), uuid.NewString()+"@example.com", "Ada")
	if err != nil {
		t.Fatal(err)
	}
	link, err := s.SignInLink(t.Context(), owner)
	if err != nil {
		t.Fatal(err)
	}
	session, err := s.OpenLink(t.Context(), link, account.Client{Agent: "Firefox on Linux"})
	if err != nil {
		t.Fatal(err)
	}
	return session.Token, owner
}

// Post keeps letters in memory, as if they were sent.
type Post struct {
	mu      sync.Mutex
	letters []mail.Letter
}

// Write keeps a letter, whether or not the transaction commits.
func (p *Post) Write(_ context.Context, _ pgx.Tx, l mail.Letter) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.letters = append(p.letters, l)
	return nil
}

// Letters returns all that was written so far.
func (p *Post) Letters() []mail.Letter {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]mail.Letter(nil), p.letters...)
}

// Last returns the newest letter; it fails the test when there is none.
func (p *Post) Last(t testing.TB) mail.Letter {
	t.Helper()
	all := p.Letters()
	if len(all) == 0 {
		t.Fatal("no letter was written")
	}
	return all[len(all)-1]
}
