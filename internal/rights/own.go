package rights

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"easel/internal/fault"
)

// openMost is how many requests of one person may be open at a time.
const openMost = 10

// Ask takes in the request of somebody who is signed in, and tells them and the staff.
func (s *Service) Ask(ctx context.Context, owner uuid.UUID, kind Kind, words string) (r Request, err error) {
	if err := checkKind(kind, false); err != nil {
		return r, err
	}
	if words, err = written(words); err != nil {
		return r, err
	}
	person, err := s.people.Person(ctx, owner)
	if err != nil {
		return r, err
	}
	staff, err := s.staff(ctx)
	if err != nil {
		return r, err
	}
	id, err := newID()
	if err != nil {
		return r, err
	}
	r = Request{ID: id, Subject: owner, Account: true, Kind: kind, Channel: Page, Received: s.config.Now()}
	err = s.db.AsOwner(ctx, owner, func(tx pgx.Tx) error {
		var open int
		if err := tx.QueryRow(ctx, `select count(*) from easel.rights_request where state = 'open'`).Scan(&open); err != nil {
			return err
		}
		if open >= openMost {
			return fault.New(fault.Conflict, fmt.Sprintf("%d of your requests are open, as many as can be. Add to one of them by mail, or wait for an answer.", open))
		}
		if err := s.insert(ctx, tx, &r, Said{Words: words}, uuid.Nil, person.Mail != ""); err != nil {
			return err
		}
		return s.begun(ctx, tx, r, person.Mail, staff)
	})
	return r, err
}

// Mine returns the person's requests, the newest first, with what was done about them. Notes of the staff are left out.
func (s *Service) Mine(ctx context.Context, owner uuid.UUID) (files []File, err error) {
	err = s.db.AsOwner(ctx, owner, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, `select `+requestColumns+` from easel.rights_request where subject = $1 order by received_at desc, id`, owner)
		if err != nil {
			return err
		}
		all, err := pgx.CollectRows(rows, scanRequest)
		if err != nil {
			return err
		}
		for _, r := range all {
			f, err := s.file(ctx, tx, r)
			if err != nil {
				return err
			}
			files = append(files, f)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("list requests: %w", err)
	}
	return files, nil
}

// file reads what is sealed of a request, in its subject's transaction.
func (s *Service) file(ctx context.Context, tx pgx.Tx, r Request) (f File, err error) {
	f.Request = r
	var sealed []byte
	if err := tx.QueryRow(ctx, `select sealed from easel.rights_request where id = $1`, r.ID).Scan(&sealed); err != nil {
		return f, err
	}
	open := func(sealed []byte) (string, error) { return s.vault.OpenText(ctx, tx, r.Subject, sealed) }
	if f.Said, err = said(sealed, open); err != nil {
		return f, err
	}
	rows, err := tx.Query(ctx, `select at, staff, what, mailed, sealed from easel.rights_step
		where request = $1 and what not in ('note', 'reminded', 'late') order by number`, r.ID)
	if err != nil {
		return f, err
	}
	f.Steps, err = steps(rows, open)
	return f, err
}

func said(sealed []byte, open func([]byte) (string, error)) (s Said, err error) {
	if sealed == nil {
		return s, nil
	}
	text, err := open(sealed)
	if err != nil {
		return s, err
	}
	return s, json.Unmarshal([]byte(text), &s)
}

// steps reads rows first and opens them afterwards: a transaction does one thing at a time.
func steps(rows pgx.Rows, open func([]byte) (string, error)) ([]Step, error) {
	var sealed [][]byte
	all, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (step Step, err error) {
		var staff *uuid.UUID
		var words []byte
		err = row.Scan(&step.At, &staff, &step.What, &step.Mailed, &words)
		if staff != nil {
			step.Staff = *staff
		}
		sealed = append(sealed, words)
		return step, err
	})
	if err != nil {
		return nil, err
	}
	for i := range all {
		if sealed[i] == nil {
			continue
		}
		if all[i].Words, err = open(sealed[i]); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// Withdraw takes back a request of the person's own.
func (s *Service) Withdraw(ctx context.Context, owner, id uuid.UUID) error {
	return s.db.AsOwner(ctx, owner, func(tx pgx.Tx) error {
		r, err := find(ctx, tx, id)
		if err != nil {
			return err
		}
		ended, err := s.close(ctx, tx, r, Withdrawn)
		if err != nil {
			return err
		}
		if !ended {
			return fault.New(fault.Conflict, "That request has been answered already.")
		}
		return s.step(ctx, tx, r, Step{What: TakenBack})
	})
}

// OpenCount is how many requests of the person wait for an answer.
func (s *Service) OpenCount(ctx context.Context, owner uuid.UUID) (n int, err error) {
	err = s.db.AsOwner(ctx, owner, func(tx pgx.Tx) error {
		return tx.QueryRow(ctx, `select count(*) from easel.rights_request where subject = $1 and state = 'open'`, owner).Scan(&n)
	})
	return n, err
}

// Leave erases what requests say when their account goes, in its owner's transaction. What stays is which kind of request
// there was, and when; the keys that could open anything are the vault's to destroy.
func (s *Service) Leave(ctx context.Context, tx pgx.Tx, owner uuid.UUID) error {
	now := s.config.Now()
	rows, err := tx.Query(ctx, `update easel.rights_request set state = 'left', closed_at = $2, erase_at = $3
		where subject = $1 and state = 'open' returning `+requestColumns, owner, now, now.Add(s.config.Keep))
	if err != nil {
		return fmt.Errorf("end the requests of an account: %w", err)
	}
	open, err := pgx.CollectRows(rows, scanRequest)
	if err != nil {
		return fmt.Errorf("end the requests of an account: %w", err)
	}
	for _, r := range open {
		if err := s.step(ctx, tx, r, Step{What: Gone}); err != nil {
			return err
		}
	}
	for _, sql := range []string{`update easel.rights_step set sealed = null where subject = $1 and sealed is not null`,
		`update easel.rights_request set sealed = null where subject = $1`} {
		if _, err := tx.Exec(ctx, sql, owner); err != nil {
			return fmt.Errorf("erase what requests say: %w", err)
		}
	}
	return nil
}

// Erase deletes requests whose time to be kept is over, each as its subject, and what was never confirmed.
func (s *Service) Erase(ctx context.Context) error {
	if err := s.db.AsNobody(ctx, func(tx pgx.Tx) error {
		_, err := tx.Exec(ctx, `select easel.rights_expire()`)
		return err
	}); err != nil {
		return fmt.Errorf("remove requests that nobody confirmed: %w", err)
	}
	for {
		n, err := s.eraseSome(ctx, s.config.Now())
		if err != nil || n < atOnce {
			return err
		}
	}
}

// atOnce is how many rows are looked up at a time.
const atOnce = 200

func (s *Service) eraseSome(ctx context.Context, now time.Time) (n int, err error) {
	type due struct {
		ID, Subject uuid.UUID
		Account     bool
	}
	var all []due
	err = s.db.AsNobody(ctx, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, `select id, subject, account from easel.rights_erasable($1, $2)`, now, atOnce)
		if err != nil {
			return err
		}
		all, err = pgx.CollectRows(rows, pgx.RowToStructByPos[due])
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("find requests whose time is over: %w", err)
	}
	for _, r := range all {
		err := s.db.AsOwner(ctx, r.Subject, func(tx pgx.Tx) error {
			if _, err := tx.Exec(ctx, `delete from easel.rights_request where id = $1`, r.ID); err != nil || r.Account {
				return err
			}
			_, err := s.vault.DestroyOwner(ctx, tx, r.Subject) // the key was the request's own
			return err
		})
		if err != nil {
			return 0, fmt.Errorf("remove a request: %w", err)
		}
	}
	return len(all), nil
}
