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
func (s *Service) Visits(ctx context.Context, owner uuid.UUID) (all []Visit, err error) {
	err = s.db.AsOwner(ctx, owner, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, `select at, seen from easel.account_visit where account = $1 and deadline > now() order by at desc limit $2`, owner, visitsMost)
		if err != nil {
			return err
		}
		type line struct {
			At   time.Time
			Seen []byte
		}
		lines, err := pgx.CollectRows(rows, pgx.RowToStructByPos[line])
		if err != nil {
			return err
		}
		for _, l := range lines {
			text, err := s.vault.OpenText(ctx, tx, owner, l.Seen)
			if err != nil {
				return err
			}
			var what seen
			if err := json.Unmarshal([]byte(text), &what); err != nil {
				return err
			}
			all = append(all, Visit{l.At, what.Address, what.Agent})
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read the usage record: %w", err)
	}
	return all, nil
}
