// Package unlock mints and redeems codes that open one full picture each, for studios in which nobody signs in. A code is
// kept as a digest only, and nothing says who has it or what it opened.
package unlock

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"easel/internal/fault"
	"easel/internal/postgres"
)

// Digest makes a digest under a key of the server, so that a stolen table says nothing.
type Digest func(purpose, text string) []byte

// Service mints and redeems codes.
type Service struct {
	db     *postgres.DB
	digest Digest
}

// New returns the service.
func New(db *postgres.DB, digest Digest) *Service { return &Service{db, digest} }

// Batch is a number of codes that were minted together.
type Batch struct {
	ID      uuid.UUID
	Minted  time.Time
	Codes   int
	Uses    int       // of each code
	Expires time.Time // from then on they open nothing
	Voided  time.Time // zero unless they were made worthless before
	Unused  int       // uses that are left in all of them
	Stock   int       // codes that wait to be sold; zero for a batch that was handed out
}

// Limits of a batch.
const (
	MostCodes = 10_000
	MostUses  = 1000
	Longest   = 5 * 365 * 24 * time.Hour
)

// Mint makes new codes, each good for so many uses and so long. They are returned this once and kept nowhere.
func (s *Service) Mint(ctx context.Context, by By, codes, uses int, lasts time.Duration) (batch uuid.UUID, minted []string, err error) {
	switch {
	case codes < 1 || codes > MostCodes:
		return batch, nil, fault.New(fault.Invalid, fmt.Sprintf("A batch has 1 to %d codes, not %d.", MostCodes, codes))
	case uses < 1 || uses > MostUses:
		return batch, nil, fault.New(fault.Invalid, fmt.Sprintf("A code is good for 1 to %d pictures, not %d.", MostUses, uses))
	case lasts < time.Minute || lasts > Longest:
		return batch, nil, fault.New(fault.Invalid, "Codes last at least a minute and at most five years.")
	}
	minted, digests, err := s.newCodes(codes)
	if err != nil {
		return batch, nil, err
	}
	err = s.as(ctx, by, func(tx pgx.Tx) error {
		if err := by.write(ctx, tx, "unlock.mint", uuid.Nil, fmt.Sprintf("%d codes for %d pictures each, for %d days", codes, uses, lasts/(24*time.Hour))); err != nil {
			return err
		}
		return tx.QueryRow(ctx, `select easel.unlock_mint($1, $2, $3)`, digests, uses, lasts).Scan(&batch)
	})
	if err != nil {
		return batch, nil, fmt.Errorf("keep new codes: %w", err)
	}
	return batch, minted, nil
}

// newCodes returns new codes as people read them, with their digests.
func (s *Service) newCodes(n int) (codes []string, digests [][]byte, err error) {
	for range n {
		typed := fresh()
		code, err := parse(typed)
		if err != nil {
			return nil, nil, fmt.Errorf("mint a code: %w", err)
		}
		codes, digests = append(codes, typed), append(digests, s.of(code))
	}
	return codes, digests, nil
}

func (s *Service) of(code string) []byte { return s.digest("unlock code", code) }

// delivery is how long a download may take before its use comes back.
const delivery = 15 * time.Minute

// answers are what a person reads whose code does not open.
var answers = map[string]*fault.Error{
	"unknown": {Kind: fault.Refused, Say: "This code is not known here. Check it against what you were given."},
	"spent":   {Kind: fault.Refused, Say: "This code has been used up. A picture that it opened can be downloaded again where it was opened, until that session ends."},
	"busy":    {Kind: fault.Busy, Say: "This code is being used for a download right now. If that one fails, the code can be used again within a quarter of an hour."},
	"over":    {Kind: fault.Refused, Say: "This code's time is over."},
	"void":    {Kind: fault.Refused, Say: "This code was withdrawn by whoever gave it out. Ask them for another one."},
}

// Begin takes one use of a code, as typed by a person, for a delivery that is about to start. The use is spent only when
// End says that the picture was delivered; if the server dies in between, it comes back by itself. Codes that do not
// open are faults with the reason.
func (s *Service) Begin(ctx context.Context, typed string) (use uuid.UUID, err error) {
	code, err := parse(typed)
	if err != nil {
		return uuid.Nil, err
	}
	use = uuid.New()
	var answer string
	err = s.db.AsNobody(ctx, func(tx pgx.Tx) error {
		return tx.QueryRow(ctx, `select easel.unlock_begin($1, $2, $3)`, use, s.of(code), delivery).Scan(&answer)
	})
	if err != nil {
		return uuid.Nil, fmt.Errorf("use a code: %w", err)
	}
	if answer == "taken" {
		return use, nil
	}
	refused, known := answers[answer]
	if !known {
		return uuid.Nil, fmt.Errorf("use a code: the database answers %q", answer)
	}
	return uuid.Nil, refused
}

// End finishes a use: it is spent when the picture was delivered, and given back otherwise.
func (s *Service) End(ctx context.Context, use uuid.UUID, delivered bool) error {
	err := s.db.AsNobody(ctx, func(tx pgx.Tx) error {
		_, err := tx.Exec(ctx, `select easel.unlock_end($1, $2)`, use, delivered)
		return err
	})
	if err != nil {
		return fmt.Errorf("finish the use of a code: %w", err)
	}
	return nil
}

// Sweep removes batches that were over a month ago, and erases codes that buyers could look at for a day.
func (s *Service) Sweep(ctx context.Context) error {
	err := s.db.AsNobody(ctx, func(tx pgx.Tx) error {
		_, err := tx.Exec(ctx, `select easel.unlock_forget(), easel.unlock_sale_forget()`)
		return err
	})
	if err != nil {
		return fmt.Errorf("forget old codes: %w", err)
	}
	return nil
}
