package receipt

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"easel/internal/fault"
)

// Find returns the receipt of an object, to whoever knows its id: a receipt says nothing about a person. One that is neither
// signed by itself nor in the log yet is Busy for some seconds.
func (l *Log) Find(ctx context.Context, object uuid.UUID) (r Receipt, err error) {
	err = l.db.AsNobody(ctx, func(tx pgx.Tx) error {
		r, err = find(ctx, tx, object)
		return err
	})
	return r, err
}

func find(ctx context.Context, tx pgx.Tx, object uuid.UUID) (r Receipt, err error) {
	var number int64
	var key *string
	err = tx.QueryRow(ctx, `select s.number, s.key, s.signature, `+columns+` from easel.receipt_statement s where s.object = $1 order by s.number limit 1`, object).
		Scan(append([]any{&number, &key, &r.Signature}, r.Statement.fields()...)...)
	if errors.Is(err, pgx.ErrNoRows) {
		return r, errNone
	}
	if err != nil {
		return r, fmt.Errorf("find a receipt: %w", err)
	}
	r.Statement.Deleted = r.Statement.Deleted.UTC()
	if key != nil {
		r.Key = *key
	}
	if r.Proof, err = prove(ctx, tx, number); err != nil {
		return r, err
	}
	if r.Proof == nil && r.Key == "" {
		return r, fault.TooOften(soon, "The receipt is being signed. Please come back in half a minute.")
	}
	return r, nil
}

// prove builds the path from a statement to the root of its tree; nil when it waits.
func prove(ctx context.Context, tx pgx.Tx, number int64) (*Proof, error) {
	var p Proof
	var raw [][]byte
	err := tx.QueryRow(ctx, `select l.place, e.branches, `+entryColumns+` from easel.receipt_leaf l join easel.receipt_entry e on e.number = l.entry where l.statement = $1`, number).
		Scan(append([]any{&p.Place, &raw}, p.Entry.fields()...)...)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, nil //nolint:nilnil // it waits
	}
	if err != nil {
		return nil, fmt.Errorf("find a statement in the log: %w", err)
	}
	p.Entry.At = p.Entry.At.UTC()
	branch, place := p.Place/branchSize, p.Place%branchSize
	leaves, err := leavesOf(ctx, tx, p.Entry.Number, branch*branchSize, (branch+1)*branchSize)
	if err != nil {
		return nil, err
	}
	if place >= len(leaves) || branch >= len(raw) {
		return nil, fmt.Errorf("entry %d of the log of receipts has lost leaves", p.Entry.Number)
	}
	branches := make([]Digest, len(raw))
	for i := range raw {
		branches[i] = raw[i]
	}
	p.Path = append(pathTo(leaves, place), pathTo(branches, branch)...)
	return &p, nil
}

func leavesOf(ctx context.Context, tx pgx.Tx, entry int64, from, to int) (leaves []Digest, err error) {
	rows, err := tx.Query(ctx, `select `+columns+` from easel.receipt_leaf l join easel.receipt_statement s on s.number = l.statement
		where l.entry = $1 and l.place >= $2 and l.place < $3 order by l.place`, entry, from, to)
	if err != nil {
		return nil, fmt.Errorf("read a tree of the log: %w", err)
	}
	var s Statement
	_, err = pgx.ForEachRow(rows, s.fields(), func() error {
		leaves = append(leaves, leaf(s.text()))
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read a tree of the log: %w", err)
	}
	return leaves, nil
}

// Own is a receipt in somebody's list.
type Own struct {
	Number  int64 // for the next page
	Object  uuid.UUID
	Kind    string
	Policy  Policy
	Deleted time.Time
}

// Own lists what of the owner's was deleted, the newest first, before a number; zero begins at the end.
func (l *Log) Own(ctx context.Context, owner uuid.UUID, before int64, most int) (all []Own, err error) {
	if before == 0 {
		before = 1 << 62
	}
	err = l.db.AsOwner(ctx, owner, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, `select s.number, s.object, s.kind, s.studio, s.policy, s.deleted
			from easel.receipt_own o join easel.receipt_statement s on s.number = o.statement
			where o.owner = $1 and o.statement < $2 order by o.statement desc limit $3`, owner, before, most)
		if err != nil {
			return err
		}
		all, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (o Own, err error) {
			err = row.Scan(&o.Number, &o.Object, &o.Kind, &o.Policy.Studio, &o.Policy.Version, &o.Deleted)
			return o, err
		})
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list receipts: %w", err)
	}
	return all, nil
}
