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

// Config sets how long visits last and which policy a visitor's statement is made under.
type Config struct {
	Idle   time.Duration // a session that nobody used for so long is over, and its account goes with it
	Policy int           // version of the studio's policy
}

// Check reports what is wrong with the settings.
func (c Config) Check() error {
	if c.Idle <= 0 {
		return fmt.Errorf("account: a session needs a positive time, not %v", c.Idle)
	}
	if c.Policy < 1 {
		return fmt.Errorf("account: a policy's versions are counted from 1, not %d", c.Policy)
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
	err = s.db.AsNobody(ctx, func(tx pgx.Tx) error {
		return tx.QueryRow(ctx, `select easel.account_open($1, now() + $2)`, digest(token), s.config.Idle).Scan(&owner)
	})
	if err == nil && statement {
		err = s.State(ctx, owner)
	}
	if err != nil {
		return "", uuid.Nil, fmt.Errorf("open an account: %w", err)
	}
	return token, owner, nil
}

// State records that the person has stated their right to use the photos they bring, under the policy in force.
func (s *Service) State(ctx context.Context, owner uuid.UUID) error {
	return s.db.AsOwner(ctx, owner, func(tx pgx.Tx) error {
		_, err := tx.Exec(ctx, `update easel.account_account set statement_at = now(), statement_of = $1`, s.config.Policy)
		return err
	})
}

// Find returns the account that the token reaches, and puts off the session's end. Tokens that are malformed, unknown
// or too old give ok = false.
func (s *Service) Find(ctx context.Context, token string) (owner uuid.UUID, ok bool, err error) {
	if len(token) != base64.RawURLEncoding.EncodedLen(tokenBytes) {
		return uuid.Nil, false, nil
	}
	var seen time.Time
	err = s.db.AsNobody(ctx, func(tx pgx.Tx) error {
		return tx.QueryRow(ctx, `select account, seen_at from easel.account_session_find($1)`, digest(token)).Scan(&owner, &seen)
	})
	if errors.Is(err, pgx.ErrNoRows) {
		return uuid.Nil, false, nil
	}
	if err != nil {
		return uuid.Nil, false, fmt.Errorf("find a session: %w", err)
	}
	if time.Since(seen) < seenAgain {
		return owner, true, nil
	}
	err = s.db.AsOwner(ctx, owner, func(tx pgx.Tx) error {
		_, err := tx.Exec(ctx, `update easel.account_session set seen_at = now(), expires_at = now() + $2 where digest = $1`, digest(token), s.config.Idle)
		return err
	})
	return owner, err == nil, err
}

// seenAgain is how exact "last used" is: not every request needs a write.
const seenAgain = 10 * time.Minute

// Leave deletes all accounts that nobody can reach any more, with all that is theirs. destroy makes what the account owns
// unreadable, in the same transaction; it returns how many accounts went.
func (s *Service) Leave(ctx context.Context, destroy func(ctx context.Context, tx pgx.Tx, owner uuid.UUID) error) (n int, err error) {
	for {
		left, err := s.left(ctx)
		if err != nil {
			return n, err
		}
		for _, owner := range left {
			err := s.db.AsOwner(ctx, owner, func(tx pgx.Tx) error {
				if err := destroy(ctx, tx, owner); err != nil {
					return err
				}
				_, err := tx.Exec(ctx, `delete from easel.account_account`) // the caller's own row, and by it everything below
				return err
			})
			if err != nil {
				return n, fmt.Errorf("delete an account that was left: %w", err)
			}
			n++
		}
		if len(left) < leaveAtOnce {
			return n, nil
		}
	}
}

func (s *Service) left(ctx context.Context) (left []uuid.UUID, err error) {
	err = s.db.AsNobody(ctx, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, `select account_left from easel.account_left($1)`, leaveAtOnce)
		if err != nil {
			return err
		}
		left, err = pgx.CollectRows(rows, pgx.RowTo[uuid.UUID])
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("find accounts that were left: %w", err)
	}
	return left, nil
}

// leaveAtOnce is how many are looked up at a time.
const leaveAtOnce = 200
