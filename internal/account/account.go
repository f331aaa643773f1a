// Package account knows the people. For now each is a visitor: a row without a sign-in, reached by the random token in
// a session cookie, of which only a digest is stored.
package account

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"easel/internal/postgres"
)

// Config sets how long visits last.
type Config struct {
	Idle time.Duration // a session that nobody used for so long is gone, and with it its account
}

// Check reports what is wrong with the settings.
func (c Config) Check() error {
	if c.Idle <= 0 {
		return fmt.Errorf("account: a session needs a positive time, not %v", c.Idle)
	}
	return nil
}

// Service opens and finds visits.
type Service struct {
	config Config
	db     *postgres.DB
}

// New returns the service.
func New(config Config, db *postgres.DB) (*Service, error) {
	if err := config.Check(); err != nil {
		return nil, err
	}
	return &Service{config, db}, nil
}

// tokenBytes is the length of a session's secret before encoding: beyond guessing.
const tokenBytes = 32

func digest(token string) []byte {
	sum := sha256.Sum256([]byte(token))
	return sum[:]
}

// Open makes a new account without a sign-in and the session that reaches it. Statement says that the visitor has
// stated their right to use the photos they bring.
func (s *Service) Open(ctx context.Context, statement bool) (token string, owner uuid.UUID, err error) {
	secret := make([]byte, tokenBytes)
	if _, err := rand.Read(secret); err != nil {
		return "", uuid.Nil, err
	}
	token = base64.RawURLEncoding.EncodeToString(secret)
	owner = uuid.New()
	_, err = s.db.Pool().Exec(ctx, `select easel.account_open($1, $2, $3, $4)`, owner, digest(token), statement, s.config.Idle)
	if err != nil {
		return "", uuid.Nil, fmt.Errorf("open an account: %w", err)
	}
	return token, owner, nil
}

// Find returns the account that the token reaches, and puts off the session's end. Tokens that are malformed, unknown
// or too old give ok = false.
func (s *Service) Find(ctx context.Context, token string) (owner uuid.UUID, ok bool, err error) {
	if len(token) != base64.RawURLEncoding.EncodedLen(tokenBytes) {
		return uuid.Nil, false, nil
	}
	err = s.db.Pool().QueryRow(ctx, `select easel.account_session_find($1, $2)`, digest(token), s.config.Idle).Scan(&owner)
	if errors.Is(err, pgx.ErrNoRows) || (err == nil && owner == uuid.Nil) {
		return uuid.Nil, false, nil
	}
	if err != nil {
		return uuid.Nil, false, fmt.Errorf("find a session: %w", err)
	}
	return owner, true, nil
}
