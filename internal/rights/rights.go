// Package rights is what people can ask for about their data, and what becomes of it: requests with a clock, suspended use,
// permission to show a picture, and everything that is held as one file.
//
// What a request says is sealed under the key of its subject: the account, or, where there is none, the request itself, which
// gets a key of its own. Staff see kinds and times in lists, and the words in a session of the audit log.
package rights

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"easel/internal/account"
	"easel/internal/audit"
	"easel/internal/fault"
	"easel/internal/postgres"
	"easel/internal/vault"
)

// Config says by which clock requests are answered, and what else happens.
type Config struct {
	PublicURL *url.URL                                      // where links in letters lead
	Studio    string                                        // whose policy sets the clock
	Due       func(kind Kind, received time.Time) time.Time // when an answer is due
	Keep      time.Duration                                 // how long a request is kept once it is answered
	// Stop ends what is being made from the owner's data, in their transaction, when its use is suspended.
	Stop func(ctx context.Context, tx pgx.Tx, owner uuid.UUID) error
	// Run says whose finished portrait has an id, to one of the staff.
	Run func(ctx context.Context, staff, run uuid.UUID) (Asking, error)
	Now func() time.Time // nil: time.Now
}

// Asking is what has to be known of a picture to ask its owner about it.
type Asking struct {
	Owner    uuid.UUID
	Style    string // as people read it
	Deadline time.Time
}

// Check reports what is missing.
func (c Config) Check() error {
	switch {
	case c.PublicURL == nil || c.PublicURL.Host == "":
		return errors.New("rights: without the public URL no letter can hold a link")
	case c.Studio == "" || c.Due == nil || c.Keep <= 0:
		return errors.New("rights: requests need a studio, a clock and a time for which they are kept")
	case c.Stop == nil || c.Run == nil:
		return errors.New("rights: what is being made has to be found and stopped")
	}
	return nil
}

// Service carries out what people ask for.
type Service struct {
	config Config
	db     *postgres.DB
	vault  *vault.Vault
	people *account.Service
	post   account.Post
	audit  *audit.Log
	log    *slog.Logger
}

// New returns the service.
func New(config Config, db *postgres.DB, v *vault.Vault, people *account.Service, post account.Post, log *slog.Logger) (*Service, error) {
	if err := config.Check(); err != nil {
		return nil, err
	}
	if config.Now == nil {
		config.Now = time.Now
	}
	return &Service{config: config, db: db, vault: v, people: people, post: post, audit: audit.New(db), log: log}, nil
}

// address is an address of the site, for letters.
func (s *Service) address(path ...string) string {
	return s.config.PublicURL.JoinPath(path...).String()
}

var errLink = fault.New(fault.Missing, "This link has been used already, or its time is over.")

// digits of a request's number: none that is taken for another one.
const digits = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

// newNumber is one in a million million.
func newNumber() string {
	var random [8]byte
	_, _ = rand.Read(random[:]) // which never fails
	number := make([]byte, 0, len(random)+1)
	for i, b := range random {
		if i == len(random)/2 {
			number = append(number, '-')
		}
		number = append(number, digits[int(b)%len(digits)])
	}
	return string(number)
}

// newID names something before its rows are there.
func newID() (uuid.UUID, error) {
	id, err := uuid.NewRandom()
	if err != nil {
		return uuid.Nil, fmt.Errorf("name something new: %w", err)
	}
	return id, nil
}
