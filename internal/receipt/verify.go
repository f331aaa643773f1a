package receipt

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"easel/internal/postgres"
)

// Found is what VerifyLog saw.
type Found struct {
	Entries, Statements int
	Waiting             int      // statements that the next sweep puts into the log
	Wrong               []string // what is not as it was written; empty: nothing was altered
	Notes               []string // what an operator may want to know
}

// wrongMost bounds how much is told about a log that is wrong throughout.
const wrongMost = 20

// patience is how long a statement may wait for its tree before that is odd.
const patience = time.Hour

// VerifyLog reads the whole log and compares each entry with its signature and the one before, each tree with its root, and all
// of it with entries that were noted elsewhere. trusted is the id of the key that signs now: every other key has to lead to it
// through the log.
//
// What it cannot see without a noted entry is a tail that was cut off together with its statements, or written anew by whoever
// has the key: that is what anchors, published heads and people's receipts are for.
func VerifyLog(ctx context.Context, db *postgres.DB, trusted string, noted []Entry) (Found, error) {
	keys, err := published(ctx, db)
	if err != nil {
		return Found{}, err
	}
	v := verifier{keys: keys, hashes: map[int64]Digest{}, vouched: map[string]bool{}}
	for _, e := range noted {
		v.hashes[e.Number] = nil
	}
	err = db.AsNobody(ctx, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `set transaction isolation level repeatable read, read only`); err != nil {
			return err
		}
		entries, err := allEntries(ctx, tx)
		if err != nil {
			return err
		}
		for _, e := range entries {
			if err := v.entry(ctx, tx, e); err != nil {
				return err
			}
		}
		return v.strays(ctx, tx)
	})
	if err != nil {
		return Found{}, fmt.Errorf("verify the log of receipts: %w", err)
	}
	v.anchored(noted)
	if trusted != "" && len(v.vouched) > 0 && !v.vouched[trusted] {
		v.wrongf("nothing in the log leads to the key %s, which signs now", trusted)
	}
	return v.found, nil
}

type verifier struct {
	keys    Published
	found   Found
	last    *Entry
	hashes  map[int64]Digest // of the entries that were noted elsewhere, as they are in the log
	vouched map[string]bool  // keys that the log has begun with or announced
}

func (v *verifier) wrongf(format string, args ...any) {
	switch n := len(v.found.Wrong); {
	case n < wrongMost:
		v.found.Wrong = append(v.found.Wrong, fmt.Sprintf(format, args...))
	case n == wrongMost:
		v.found.Wrong = append(v.found.Wrong, "and more, which are not listed")
	}
}

func allEntries(ctx context.Context, tx pgx.Tx) ([]Entry, error) {
	rows, err := tx.Query(ctx, `select `+entryColumns+` from easel.receipt_entry e order by e.number`)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (e Entry, err error) {
		err = row.Scan(e.fields()...)
		return e, err
	})
}

// entry checks one entry against the one before and against its tree.
func (v *verifier) entry(ctx context.Context, tx pgx.Tx, e Entry) error {
	v.found.Entries++
	number, before := int64(1), make(Digest, sha256.Size)
	if v.last != nil {
		number, before = v.last.Number+1, v.last.Hash()
	}
	if e.Number != number {
		v.wrongf("entry %d follows where %d should be: entries are missing or out of order", e.Number, number)
	} else if !bytes.Equal(e.Before, before) {
		v.wrongf("entry %d does not hold the hash of the entry before: one of them was changed", e.Number)
	}
	if err := e.check(v.keys); err != nil {
		v.wrongf("%v", err)
	}
	v.vouch(e)
	if _, asked := v.hashes[e.Number]; asked {
		v.hashes[e.Number] = e.Hash()
	}
	v.last = &e
	if e.What == Rotation {
		return nil
	}
	return v.tree(ctx, tx, e)
}

// vouch follows which keys may sign: the first entry's, and those that an entry announces.
func (v *verifier) vouch(e Entry) {
	if e.What == Rotation {
		for _, k := range v.keys.Keys {
			if sum := sha256.Sum256(k.Public); bytes.Equal(sum[:], e.Root) {
				if k.ID == e.Key {
					v.found.Notes = append(v.found.Notes, fmt.Sprintf("entry %d begins with the key %s without the signature of the one before, which was lost", e.Number, k.ID))
				}
				v.vouched[k.ID] = true
			}
		}
	}
	if v.last == nil {
		v.vouched[e.Key] = true
	}
	if !v.vouched[e.Key] {
		v.wrongf("entry %d is signed with the key %s, which nothing before it announces", e.Number, e.Key)
	}
}

// tree checks that the statements of an entry are those that its root was made of.
func (v *verifier) tree(ctx context.Context, tx pgx.Tx, e Entry) error {
	rows, err := tx.Query(ctx, `select l.place, s.key, s.signature, `+columns+` from easel.receipt_leaf l
		join easel.receipt_statement s on s.number = l.statement where l.entry = $1 order by l.place`, e.Number)
	if err != nil {
		return err
	}
	defer rows.Close()
	var leaves []Digest
	for place := 0; rows.Next(); place++ {
		var at int
		var key *string
		var signature []byte
		var s Statement
		if err := rows.Scan(append([]any{&at, &key, &signature}, s.fields()...)...); err != nil {
			return err
		}
		if at != place {
			v.wrongf("a statement of entry %d is gone or out of order: place %d is missing", e.Number, place)
			return nil
		}
		if key != nil {
			public, known := v.keys.find(*key)
			if !known || !ed25519.Verify(public, s.signed(*key), signature) {
				v.wrongf("the statement about %s is not what was signed", s.Object)
			}
		}
		leaves = append(leaves, leaf(s.text()))
	}
	if err := rows.Err(); err != nil {
		return err
	}
	v.found.Statements += len(leaves)
	switch {
	case len(leaves) != e.Leaves:
		v.wrongf("entry %d was made of %d statements, and %d are left", e.Number, e.Leaves, len(leaves))
	case len(leaves) == 0 || !bytes.Equal(rootOf(leaves), e.Root):
		v.wrongf("the statements of entry %d are not those that its root was made of", e.Number)
	}
	return nil
}

// strays looks for what is in no tree, and for leaves of entries that are not there.
func (v *verifier) strays(ctx context.Context, tx pgx.Tx) error {
	var leaves, lost, late int
	err := tx.QueryRow(ctx, `select
		(select count(*) from easel.receipt_leaf l where not exists (select from easel.receipt_entry e where e.number = l.entry)),
		(select count(*) from easel.receipt_statement s where not exists (select from easel.receipt_leaf l where l.statement = s.number)
			and not exists (select from easel.receipt_waiting w where w.statement = s.number)),
		(select count(*) from easel.receipt_waiting),
		(select count(*) from easel.receipt_waiting w join easel.receipt_statement s on s.number = w.statement where s.deleted < now() - $1::interval)`, patience).
		Scan(&leaves, &lost, &v.found.Waiting, &late)
	if err != nil {
		return err
	}
	if leaves > 0 {
		v.wrongf("%d statements belong to entries that are gone", leaves)
	}
	if lost > 0 {
		v.wrongf("%d statements are in no tree: the entries that they belonged to are gone", lost)
	}
	if late > 0 {
		v.found.Notes = append(v.found.Notes, fmt.Sprintf("%d statements have waited for more than an hour to be put into the log; is a server running?", late))
	}
	return nil
}

// anchored compares the log with what was noted elsewhere.
func (v *verifier) anchored(noted []Entry) {
	for _, e := range noted {
		switch hash := v.hashes[e.Number]; {
		case hash == nil:
			v.wrongf("entry %d, which was noted elsewhere, is gone: the log was cut off", e.Number)
		case !bytes.Equal(hash, e.Hash()):
			v.wrongf("entry %d is not the one that was noted elsewhere: the log was written anew", e.Number)
		}
	}
}
