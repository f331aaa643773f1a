package account

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
)

// Visit is one line of the usage record: a sign-in.
type Visit struct {
	At      time.Time
	Address string // network address; "" when nobody knows
	Agent   string // browser and system, family words
}

// seen is what of a visit is sealed.
type seen struct {
	Address string `json:"address"`
	Agent   string `json:"agent"`
}

// visited writes the usage record in the owner's transaction, if they want one.
func (s *Service) visited(ctx context.Context, tx pgx.Tx, owner uuid.UUID, c Client) error {
	if on, err := s.wanted(ctx, tx, owner, RecordSignIns); err != nil || !on {
		return err
	}
	what := seen{Agent: short(c.Agent)}
	if c.Address.IsValid() {
		what.Address = c.Address.Unmap().WithZone("").String()
	}
	text, err := json.Marshal(what)
	if err != nil {
		return fmt.Errorf("note a visit: %w", err)
	}
	sealed, err := s.vault.SealText(ctx, tx, owner, string(text))
	if err == nil {
		_, err = tx.Exec(ctx, `insert into easel.account_visit (account, seen, deadline) values ($1, $2, now() + $3)`, owner, sealed, s.config.Visits)
	}
	if err != nil {
		return fmt.Errorf("note a visit: %w", err)
	}
	return nil
}

// visitsMost is how many lines of the record are read at a time.
const visitsMost = 500

// Visits lists the person's usage record, the newest first.
func (s *Service) Visits(ctx context.Context, owner uuid.UUID) ([]Visit, error) {
	all, _, err := s.visitsBefore(ctx, owner, nil)
	return all, err
}

// WalkVisits tells the whole of the person's usage record, the newest first, however long it is.
func (s *Service) WalkVisits(ctx context.Context, owner uuid.UUID, tell func(Visit) error) error {
	var before *visitAt
	for {
		some, last, err := s.visitsBefore(ctx, owner, before)
		if err != nil {
			return err
		}
		for _, v := range some {
			if err := tell(v); err != nil {
				return err
			}
		}
		if len(some) < visitsMost {
			return nil
		}
		before = &last
	}
}

// visitAt is a place in the record.
type visitAt struct {
	at time.Time
	id uuid.UUID
}

// visitsBefore reads lines older than a place, the newest first, and returns the place of the last one.
func (s *Service) visitsBefore(ctx context.Context, owner uuid.UUID, before *visitAt) (all []Visit, last visitAt, err error) {
	if before == nil {
		before = &visitAt{at: time.Now().AddDate(1, 0, 0)}
	}
	err = s.db.AsOwner(ctx, owner, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, `select at, id, seen from easel.account_visit where account = $1 and deadline > now() and (at, id) < ($2, $3)
			order by at desc, id desc limit $4`, owner, before.at, before.id, visitsMost)
		if err != nil {
			return err
		}
		var sealed [][]byte
		all, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (v Visit, err error) {
			var text []byte
			err = row.Scan(&v.At, &last.id, &text)
			last.at, sealed = v.At, append(sealed, text)
			return v, err
		})
		if err != nil {
			return err
		}
		texts, err := s.vault.OpenTexts(ctx, tx, owner, sealed...)
		if err != nil {
			return err
		}
		for i, text := range texts {
			var what seen
			if err := json.Unmarshal([]byte(text), &what); err != nil {
				return err
			}
			all[i].Address, all[i].Agent = what.Address, what.Agent
		}
		return nil
	})
	if err != nil {
		return nil, last, fmt.Errorf("read the usage record: %w", err)
	}
	return all, last, nil
}
