// Package account knows the people: how they come in, what they stated, which browsers they are signed in on, and how they
// leave.
//
// A mail address and a name are sealed under the owner's key and found by a keyed digest; passwords, tokens and links are
// kept as digests. What is known and what is not look the same from outside: the same answers after the same work.
package account

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"net/url"
	"sync/atomic"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"easel/internal/mail"
	"easel/internal/postgres"
	"easel/internal/receipt"
	"easel/internal/vault"
)

// Config sets how long things last.
type Config struct {
	Idle      time.Duration  // a session that nobody used for so long is over
	Absolute  time.Duration  // however much it is used, it is over after so long; 0: DefaultAbsolute
	Visits    time.Duration  // how long usage records are kept, as the policy says
	Policy    int            // version of the studio's policy that a statement is made under
	Under     receipt.Policy // what pictures of accounts are kept under; none: nothing is stated about them
	PublicURL *url.URL       // where links in letters lead
	Hashing   Hashing        // cost of a password's hash; zero: DefaultHashing

	// Opened is called when an account has been made, in the same transaction, which is its owner's; nil: nothing is. There
	// are accounts of people who showed that an address is theirs, and of the first who runs the place.
	Opened func(ctx context.Context, tx pgx.Tx, owner uuid.UUID) error
	// Throwaway are domains of addresses for minutes: accounts with one are made like others, and Opened is not called.
	Throwaway Domains
}

// DefaultAbsolute is the default of the setting above.
const DefaultAbsolute = 180 * 24 * time.Hour

// Check reports what is wrong with the settings.
func (c Config) Check() error {
	switch {
	case c.Idle <= 0:
		return fmt.Errorf("account: a session needs a positive time, not %v", c.Idle)
	case c.Absolute < 0 || c.Visits <= 0:
		return errors.New("account: sessions cannot last for less than no time, and usage records need a positive one")
	case c.Policy < 1:
		return fmt.Errorf("account: a policy's versions are counted from 1, not %d", c.Policy)
	case c.PublicURL == nil || c.PublicURL.Host == "":
		return errors.New("account: without the public URL no letter can hold a link")
	}
	return c.Hashing.check()
}

// Post writes letters; mail.Service is one. A letter goes out when the transaction commits.
type Post interface {
	Write(ctx context.Context, tx pgx.Tx, l mail.Letter) error
}

// Service is the door.
type Service struct {
	config  Config
	db      *postgres.DB
	vault   *vault.Vault
	post    Post
	log     *slog.Logger
	tally   tally         // what keys were used for since it was last written down
	hashing chan struct{} // a password's hash takes much memory: few at a time
	hashes  atomic.Int64  // how many were made
}

// New returns the service.
func New(config Config, db *postgres.DB, v *vault.Vault, post Post, log *slog.Logger) (*Service, error) {
	if config.Absolute == 0 {
		config.Absolute = DefaultAbsolute
	}
	if config.Hashing == (Hashing{}) {
		config.Hashing = DefaultHashing
	}
	if err := config.Check(); err != nil {
		return nil, err
	}
	return &Service{config: config, db: db, vault: v, post: post, log: log, hashing: make(chan struct{}, hashesAtOnce)}, nil
}

// Client is who is at the other end of a request.
type Client struct {
	Address  netip.Addr // as the trusted proxies give it
	Agent    string     // family words only ("Firefox on Linux"), never the header
	Replaces string     // the session's token that the browser held so far, if any: it ends where a new one begins
	Device   string     // what Session.Device was at the last sign-in on this browser, if the browser kept it
}

// Expire deletes sessions, links, ceremonies, usage records and counts whose time is over.
func (s *Service) Expire(ctx context.Context) error {
	err := s.db.AsNobody(ctx, func(tx pgx.Tx) error {
		_, err := tx.Exec(ctx, `select easel.account_expire(), easel.account_challenge_expire()`)
		return err
	})
	if err != nil {
		return fmt.Errorf("delete sessions and links whose time is over: %w", err)
	}
	return nil
}

// newID names an account before its rows are there, so that its transaction is the owner's from the beginning.
func newID() (uuid.UUID, error) {
	id, err := uuid.NewRandom()
	if err != nil {
		return uuid.Nil, fmt.Errorf("name an account: %w", err)
	}
	return id, nil
}
