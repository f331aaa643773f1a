package account

import (
	"context"
	"fmt"
	"slices"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"easel/internal/fault"
)

// Record is something that is written down for the person's own sake, and that they may do without.
type Record string

// The records. Without one nothing else changes: limits on tries do not hang on them.
const (
	RecordSignIns Record = "sign-ins" // when, from where and with what somebody signed in
	RecordKeys    Record = "keys"     // what each key was used for on each day
)

// Records lists them all.
var Records = []Record{RecordSignIns, RecordKeys}

// OptOuts returns the records that the person does not want.
func (s *Service) OptOuts(ctx context.Context, owner uuid.UUID) (off []Record, err error) {
	err = s.db.AsOwner(ctx, owner, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, `select what from easel.account_optout where account = $1 order by what`, owner)
		if err != nil {
			return err
		}
		off, err = pgx.CollectRows(rows, pgx.RowTo[Record])
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read which records are off: %w", err)
	}
	return off, nil
}

// Optional switches a record off, which deletes what it holds, or on again. Whoever calls it has made sure that the person
// proved who they are just now: a record of sign-ins is what shows a stranger in the account.
func (s *Service) Optional(ctx context.Context, owner uuid.UUID, r Record, on bool) error {
	if !slices.Contains(Records, r) {
		return fault.New(fault.Invalid, "There is no such record. Choose one of those on the page.")
	}
	return s.db.AsOwner(ctx, owner, func(tx pgx.Tx) error {
		if on {
			_, err := tx.Exec(ctx, `delete from easel.account_optout where account = $1 and what = $2`, owner, string(r))
			return err
		}
		if _, err := tx.Exec(ctx, `insert into easel.account_optout (account, what) values ($1, $2) on conflict do nothing`, owner, string(r)); err != nil {
			return fmt.Errorf("switch a record off: %w", err)
		}
		table := map[Record]string{RecordSignIns: "easel.account_visit", RecordKeys: "easel.account_key_use"}[r]
		if _, err := tx.Exec(ctx, `delete from `+table+` where account = $1`, owner); err != nil {
			return fmt.Errorf("delete what a record holds: %w", err)
		}
		return nil
	})
}

// wanted reports whether a record is on, in its owner's transaction.
func (s *Service) wanted(ctx context.Context, tx pgx.Tx, owner uuid.UUID, r Record) (on bool, err error) {
	err = tx.QueryRow(ctx, `select not exists (select from easel.account_optout where account = $1 and what = $2)`, owner, string(r)).Scan(&on)
	return on, err
}
