package vault

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"easel/internal/fault"
	"easel/internal/postgres"
)

// Hold keeps one account's objects, or one work's, from being destroyed: the sweep's only exception. What is held can be read
// as long as it could be without the hold; then it is unreadable, and its key stays until the hold ends.
type Hold struct {
	ID      uuid.UUID
	Account uuid.UUID // zero: it is about an object
	Object  uuid.UUID // or the number of a work that has several; zero: it is about an account
	Reason  string
	Actor   uuid.UUID // who set it; zero: at the machine
	Set     time.Time
	Ends    time.Time
	Lifted  time.Time // zero: it was not
}

// Over is whether the hold keeps nothing any more.
func (h Hold) Over(now time.Time) bool { return !h.Lifted.IsZero() || !h.Ends.After(now) }

// What a hold is explained with.
const (
	holdReasonMin = 5
	holdReasonMax = 500
)

// Hold sets a hold, in the name of somebody who runs the place. It is written into the audit log with its reason. Where h.Object is a
// number by which people know a work, parts are the work's objects, all of which are held with it and until it ends.
func (v *Vault) Hold(ctx context.Context, staff uuid.UUID, h Hold, parts ...uuid.UUID) (id uuid.UUID, err error) {
	h.Reason = strings.TrimSpace(strings.ReplaceAll(strings.ToValidUTF8(h.Reason, ""), "\x00", ""))
	now := time.Now()
	switch n := utf8.RuneCountInString(h.Reason); {
	case (h.Account == uuid.Nil) == (h.Object == uuid.Nil):
		return id, fault.New(fault.Invalid, "A hold is about one account or about one object. Give the id of one of them.")
	case n < holdReasonMin || n > holdReasonMax:
		return id, fault.New(fault.Invalid, fmt.Sprintf("Say why, in %d to %d characters: it is written down.", holdReasonMin, holdReasonMax))
	case !h.Ends.After(now):
		return id, fault.New(fault.Invalid, "A hold needs an end, and one that is still to come.")
	case h.Ends.After(now.Add(v.holdMost)):
		return id, fault.New(fault.Invalid, "A hold lasts "+strconv.Itoa(int(v.holdMost.Hours()/24))+" days at most, as the policy says. It can be set again.")
	}
	err = v.db.AsOwner(ctx, staff, func(tx pgx.Tx) error {
		if err := tx.QueryRow(ctx, `select easel.vault_hold_set($1, $2, $3, $4, $5)`, some(h.Account), some(h.Object), parts, h.Reason, h.Ends).Scan(&id); err != nil ||
			h.Account != uuid.Nil || len(parts) > 0 {
			return err
		}
		var unknown bool
		if err := tx.QueryRow(ctx, `select exists (select from easel.vault_unknown(array[$1::uuid]))`, h.Object).Scan(&unknown); err != nil || !unknown {
			return err
		}
		return fault.New(fault.Missing, "There is no photo or portrait with this number, so nothing would be held. Its time may be over.")
	})
	return id, postgres.StaffOnly(err)
}

// Lift ends a hold before its time. What it kept and is overdue goes with the next sweep.
func (v *Vault) Lift(ctx context.Context, staff, hold uuid.UUID, reason string) error {
	reason = strings.TrimSpace(reason)
	if n := utf8.RuneCountInString(reason); n < holdReasonMin || n > holdReasonMax {
		return fault.New(fault.Invalid, fmt.Sprintf("Say why, in %d to %d characters: it is written down.", holdReasonMin, holdReasonMax))
	}
	found := false
	err := v.db.AsOwner(ctx, staff, func(tx pgx.Tx) error {
		err := tx.QueryRow(ctx, `select easel.vault_hold_lift($1, $2)`, hold, reason).Scan(&found)
		if err == nil && !found {
			return fault.New(fault.Missing, "There is no such hold, or it was lifted already.")
		}
		return err
	})
	return postgres.StaffOnly(err)
}

// Holds lists holds to somebody who runs the place, the newest first; to others none.
func (v *Vault) Holds(ctx context.Context, staff uuid.UUID) (all []Hold, err error) {
	err = v.db.AsOwner(ctx, staff, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, `select id, coalesce(account, $1), coalesce(object, $1), reason, coalesce(actor, $1), set_at, ends_at, coalesce(lifted, $2)
			from easel.vault_hold_list()`, uuid.Nil, time.Time{})
		if err != nil {
			return err
		}
		all, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (h Hold, err error) {
			err = row.Scan(&h.ID, &h.Account, &h.Object, &h.Reason, &h.Actor, &h.Set, &h.Ends, &h.Lifted)
			return h, err
		})
		return err
	})
	return all, postgres.StaffOnly(err)
}

// free refuses to delete an account that a hold keeps, in the owner's transaction.
func free(ctx context.Context, tx pgx.Tx) error {
	var until *time.Time
	if err := tx.QueryRow(ctx, `select easel.vault_held_account()`).Scan(&until); err != nil {
		return fmt.Errorf("look for holds: %w", err)
	}
	if until != nil {
		return fault.New(fault.Conflict, "This account cannot be deleted now: the law asks that it is kept, until "+until.UTC().Format("2 January 2006")+
			" at the latest. Nothing was deleted. Whoever runs this place can tell you more.")
	}
	return nil
}

func some(id uuid.UUID) *uuid.UUID {
	if id == uuid.Nil {
		return nil
	}
	return &id
}
