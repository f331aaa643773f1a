package receipt

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"easel/internal/fault"
	"easel/internal/postgres"
)

// Log writes statements and hands receipts out. A nil Log is for errands that have no key: what they state is signed by the next
// sweep of a server.
type Log struct {
	db     *postgres.DB
	key    *Key
	anchor string // a file with the newest entry that we wrote
}

// Open reads the key, or makes it when nothing was ever signed, and refuses one that the log does not know.
func Open(ctx context.Context, db *postgres.DB, path string) (*Log, error) {
	key, err := ReadKey(path)
	missing := errors.Is(err, fs.ErrNotExist)
	if err != nil && !missing {
		return nil, err
	}
	var known int
	err = db.AsNobody(ctx, func(tx pgx.Tx) error {
		if err := lock(ctx, tx); err != nil {
			return err
		}
		if err := tx.QueryRow(ctx, `select count(*) from easel.receipt_key`).Scan(&known); err != nil || known > 0 {
			return err
		}
		if missing {
			if key, err = makeKey(path); err != nil {
				return err
			}
		}
		return introduce(ctx, tx, key.Public())
	})
	if err != nil {
		return nil, fmt.Errorf("open the log of receipts: %w", err)
	}
	if key == nil {
		return nil, fmt.Errorf("the key of receipts %s is gone. Put it back; if it is lost, `easel receipts rotate --lost` begins with a new one, and says so in the log", path)
	}
	l := &Log{db, key, path + ".head"}
	all, err := l.Published(ctx)
	if err != nil {
		return nil, err
	}
	if _, known := all.find(key.id); !known {
		return nil, fmt.Errorf("the key of receipts %s is not one that the log knows; put the right one there, that of the other machines", path)
	}
	return l, nil
}

func introduce(ctx context.Context, tx pgx.Tx, p Public) error {
	_, err := tx.Exec(ctx, `insert into easel.receipt_key (id, public) values ($1, $2) on conflict do nothing`, p.ID, p.Public)
	return err
}

// lock lets one transaction at a time write entries. Nobody who states something waits for it.
func lock(ctx context.Context, tx pgx.Tx) error {
	_, err := tx.Exec(ctx, `select pg_advisory_xact_lock(7233190421)`)
	return err
}

// State writes statements down in the transaction that destroys the keys, signed where there is a key. They are the owner's, in
// the owner's transaction; the zero id keeps no note of whose they are.
func (l *Log) State(ctx context.Context, tx pgx.Tx, owner uuid.UUID, all ...Statement) error {
	var batch pgx.Batch
	for _, s := range all {
		var key *string
		var signature []byte
		if l != nil {
			key, signature = &l.key.id, l.key.sign(s.signed(l.key.id))
		}
		batch.Queue(`
			with said as (
				insert into easel.receipt_statement (object, kind, digest, studio, policy, deleted, key, signature)
				values ($1, $2, $3, $4, $5, $6, $7, $8) returning number
			), own as (
				insert into easel.receipt_own (owner, statement) select $9::uuid, number from said where $9::uuid <> $10::uuid
			)
			insert into easel.receipt_waiting select number from said`,
			s.Object, s.Kind, []byte(s.Digest), s.Studio, s.Version, s.Deleted.UTC().Truncate(time.Microsecond), key, signature, owner, uuid.Nil)
	}
	if batch.Len() == 0 {
		return nil
	}
	if err := tx.SendBatch(ctx, &batch).Close(); err != nil {
		return fmt.Errorf("state what was deleted: %w", err)
	}
	return nil
}

// Leave forgets which receipts were the owner's, whose account goes.
func (l *Log) Leave(ctx context.Context, tx pgx.Tx, owner uuid.UUID) error {
	if _, err := tx.Exec(ctx, `delete from easel.receipt_own where owner = $1`, owner); err != nil {
		return fmt.Errorf("forget whose receipts they were: %w", err)
	}
	return nil
}

// treeMost bounds what one tree takes, in memory as well.
const treeMost = 200_000

// Seal puts all statements that wait into the log, in the transaction, which is nobody's. It returns the newest entry, or nil
// when nothing waited. After the commit the caller hands it to Anchor.
func (l *Log) Seal(ctx context.Context, tx pgx.Tx, at time.Time) (*Entry, error) {
	if l == nil {
		return nil, nil //nolint:nilnil // nothing is signed here
	}
	var last *Entry
	for {
		if err := lock(ctx, tx); err != nil {
			return nil, err
		}
		numbers, leaves, err := waiting(ctx, tx)
		if err != nil || len(numbers) == 0 {
			return last, err
		}
		branches := branchesOf(leaves)
		last, err = l.append(ctx, tx, Entry{At: at, What: Sweep, Leaves: len(leaves), Root: rootOf(branches)}, branches)
		if err != nil {
			return nil, err
		}
		if _, err := tx.Exec(ctx, `
			with leaves as (
				insert into easel.receipt_leaf (entry, place, statement) select $1, i - 1, s from unnest($2::bigint[]) with ordinality all_of (s, i)
			)
			delete from easel.receipt_waiting where statement = any ($2)`, last.Number, numbers); err != nil {
			return nil, fmt.Errorf("put statements into the log: %w", err)
		}
		if len(numbers) < treeMost {
			return last, nil
		}
	}
}

// waiting returns the statements that are in no tree yet, and their leaves.
func waiting(ctx context.Context, tx pgx.Tx) (numbers []int64, leaves []Digest, err error) {
	rows, err := tx.Query(ctx, `select s.number, `+columns+` from easel.receipt_waiting w join easel.receipt_statement s on s.number = w.statement
		order by s.number limit $1`, treeMost)
	if err != nil {
		return nil, nil, fmt.Errorf("find statements that wait: %w", err)
	}
	var number int64
	var s Statement
	_, err = pgx.ForEachRow(rows, append([]any{&number}, s.fields()...), func() error {
		numbers, leaves = append(numbers, number), append(leaves, leaf(s.text()))
		return nil
	})
	if err != nil {
		return nil, nil, fmt.Errorf("find statements that wait: %w", err)
	}
	return numbers, leaves, nil
}

const columns = `s.object, s.kind, s.digest, s.studio, s.policy, s.deleted`

func (s *Statement) fields() []any {
	return []any{&s.Object, &s.Kind, (*[]byte)(&s.Digest), &s.Studio, &s.Version, &s.Deleted}
}

const entryColumns = `e.number, e.at, e.what, e.leaves, e.root, e.before, e.key, e.signature`

func (e *Entry) fields() []any {
	return []any{&e.Number, &e.At, &e.What, &e.Leaves, (*[]byte)(&e.Root), (*[]byte)(&e.Before), &e.Key, &e.Signature}
}

// head returns the newest entry, or nil.
func head(ctx context.Context, tx pgx.Tx) (*Entry, error) {
	var e Entry
	err := tx.QueryRow(ctx, `select `+entryColumns+` from easel.receipt_entry e order by e.number desc limit 1`).Scan(e.fields()...)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, nil //nolint:nilnil // the log is empty
	}
	if err != nil {
		return nil, fmt.Errorf("find the end of the log: %w", err)
	}
	return &e, nil
}

// append signs an entry and puts it at the end. The caller has the lock.
func (l *Log) append(ctx context.Context, tx pgx.Tx, e Entry, branches []Digest) (*Entry, error) {
	last, err := head(ctx, tx)
	if err != nil {
		return nil, err
	}
	e.Number, e.Before, e.Key = 1, make(Digest, sha256.Size), l.key.id
	e.At = e.At.UTC().Truncate(time.Microsecond)
	if last != nil {
		e.Number, e.Before = last.Number+1, last.Hash()
	}
	e.Signature = l.key.sign(e.signed())
	raw := make([][]byte, len(branches))
	for i := range branches {
		raw[i] = branches[i]
	}
	_, err = tx.Exec(ctx, `insert into easel.receipt_entry (number, at, what, leaves, root, before, key, signature, branches) values ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
		e.Number, e.At, e.What, e.Leaves, []byte(e.Root), []byte(e.Before), e.Key, e.Signature, raw)
	if err != nil {
		return nil, fmt.Errorf("add to the log: %w", err)
	}
	return &e, nil
}

// Anchor notes the newest entry in a file beside the key, so that a log that was cut off, or whose end was written anew, is
// noticed. A nil entry changes nothing.
func (l *Log) Anchor(e *Entry) error {
	if l == nil || e == nil {
		return nil
	}
	noted, err := ReadAnchor(l.anchor)
	if err == nil && noted.Number >= e.Number {
		return nil
	}
	if err := write(l.anchor, append(marshal(e), '\n'), os.Rename); err != nil {
		return fmt.Errorf("note the end of the log of receipts: %w", err)
	}
	return nil
}

// ReadAnchor reads an entry that was noted: Anchor's file, the published head, or a receipt that is in the log.
func ReadAnchor(path string) (e Entry, err error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return e, err
	}
	var any struct {
		Entry
		Head  *Entry `json:"head"`
		Proof *Proof `json:"proof"`
	}
	if err := json.Unmarshal(data, &any); err != nil {
		return e, fmt.Errorf("%s holds no entry of a log of receipts: %w", path, err)
	}
	switch {
	case any.Head != nil:
		return *any.Head, nil
	case any.Proof != nil:
		return any.Proof.Entry, nil
	case any.Number == 0:
		return e, fmt.Errorf("%s holds no entry of a log of receipts", path)
	}
	return any.Entry, nil
}

// Published returns the keys and the newest entry.
func (l *Log) Published(ctx context.Context) (p Published, err error) {
	return published(ctx, l.db)
}

func published(ctx context.Context, db *postgres.DB) (p Published, err error) {
	err = db.AsNobody(ctx, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, `select id, public, since from easel.receipt_key order by since, id`)
		if err != nil {
			return err
		}
		if p.Keys, err = pgx.CollectRows(rows, pgx.RowToStructByPos[Public]); err != nil {
			return err
		}
		p.Head, err = head(ctx, tx)
		return err
	})
	if err != nil {
		return p, fmt.Errorf("read the keys of receipts: %w", err)
	}
	return p, nil
}

// soon is when a statement that waits is in the log.
const soon = 30 * time.Second

var errNone = fault.New(fault.Missing, "There is no receipt for that. Receipts are for what was deleted, by its number.")
