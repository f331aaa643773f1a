package account

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"easel/internal/fault"
)

// Line is an account in a list for those who run the place: without anything personal.
type Line struct {
	ID        uuid.UUID
	Created   time.Time
	Admin     bool
	Suspended bool
}

// Behind is the person behind a line, as seen in a session of the audit log.
type Behind struct {
	Line

	Mail, Name string
}

// Lines returns accounts that were made before a moment, the newest first, for somebody who runs the place; others get none.
func (s *Service) Lines(ctx context.Context, actor uuid.UUID, before time.Time, most int) (lines []Line, err error) {
	err = s.db.AsOwner(ctx, actor, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, `select id, created_at, admin_at is not null, suspended_at is not null from easel.account_staff_list($1, $2)`, before, most)
		if err != nil {
			return err
		}
		lines, err = pgx.CollectRows(rows, pgx.RowToStructByPos[Line])
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list accounts: %w", err)
	}
	return lines, nil
}

// Behind returns the one person whom the actor's session of the audit log is about; Missing without such a session.
func (s *Service) Behind(ctx context.Context, actor, session uuid.UUID) (b Behind, err error) {
	err = s.db.AsSupport(ctx, actor, session, func(tx pgx.Tx) error {
		var mail, name []byte
		err := tx.QueryRow(ctx, `select id, mail, name, created_at, admin_at is not null, suspended_at is not null from easel.account_staff_person()`).
			Scan(&b.ID, &mail, &name, &b.Created, &b.Admin, &b.Suspended)
		if errors.Is(err, pgx.ErrNoRows) {
			return fault.New(fault.Missing, "That session is over, or there never was one. Open another one to go on.")
		}
		if err != nil {
			return err
		}
		for _, text := range []struct {
			sealed []byte
			into   *string
		}{{mail, &b.Mail}, {name, &b.Name}} {
			if text.sealed == nil {
				continue
			}
			if *text.into, err = s.vault.StaffText(ctx, tx, b.ID, text.sealed); err != nil {
				return err
			}
		}
		return nil
	})
	return b, err
}
