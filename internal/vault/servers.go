package vault

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"sync"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"easel/internal/postgres"
)

// Keeper seals the server's key with a key that never leaves it: a key management service. gocloud's secrets.Keeper is one.
type Keeper interface {
	Encrypt(ctx context.Context, plain []byte) ([]byte, error)
	Decrypt(ctx context.Context, sealed []byte) ([]byte, error)
}

// servers are the server's keys by number: the newest, under which owners' keys are wrapped, and while it is being changed the
// one before. A key is in a file, or sealed by the keeper in the database, where its fingerprint is in any case.
type servers struct {
	path   string // of the file; beside it may be others, while the key is changed
	keeper Keeper // nil: keys are made in files

	mu    sync.Mutex
	known map[int16]key
}

// What the files beside the server's key are called while it is being changed, and afterwards.
const (
	nextKey = ".next"
	oldKey  = ".old"
)

// record is what the database knows of a server's key.
type record struct {
	number      int16
	fingerprint []byte
	sealed      []byte // by the keeper; nil: the key is in a file
}

// records returns all of them, the oldest first.
func records(ctx context.Context, tx pgx.Tx) ([]record, error) {
	rows, err := tx.Query(ctx, `select s.id, s.fingerprint, k.sealed from easel.vault_server s left join keys.vault_server_key k on k.id = s.id order by s.id`)
	if err != nil {
		return nil, fmt.Errorf("look for the server key's fingerprint: %w", err)
	}
	all, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (r record, err error) {
		err = row.Scan(&r.number, &r.fingerprint, &r.sealed)
		return r, err
	})
	if err != nil {
		return nil, fmt.Errorf("look for the server key's fingerprint: %w", err)
	}
	return all, nil
}

// openServers finds the server's keys, or makes the first one when nothing was ever sealed, and returns the root as well: the
// key that texts are found by and short texts sealed under, which stays the same when the server's key is changed.
func openServers(ctx context.Context, db *postgres.DB, path string, keeper Keeper) (s *servers, root key, err error) {
	s = &servers{path: path, keeper: keeper, known: map[int16]key{}}
	var all []record
	read := func(tx pgx.Tx) (err error) { all, err = records(ctx, tx); return err }
	if err := db.AsNobody(ctx, read); err != nil {
		return nil, key{}, err
	}
	if len(all) == 0 {
		if err := db.AsNobody(ctx, func(tx pgx.Tx) error { return s.first(ctx, tx) }); err != nil {
			return nil, key{}, err
		}
		if err := db.AsNobody(ctx, read); err != nil {
			return nil, key{}, err
		}
	}
	for _, r := range all {
		if s.known[r.number], err = s.load(ctx, r); err != nil {
			return nil, key{}, err
		}
	}
	err = db.AsNobody(ctx, func(tx pgx.Tx) error {
		root, err = s.root(ctx, tx)
		return err
	})
	return s, root, err
}

// first makes the very first key, or takes the one that is there. Of several programs that start together one is the first.
func (s *servers) first(ctx context.Context, tx pgx.Tx) error {
	k, sealed, err := s.make(ctx, s.path)
	if err != nil {
		return err
	}
	made, err := s.note(ctx, tx, record{0, k.fingerprint(), sealed})
	if err != nil || !made {
		return err
	}
	root := newKey()
	_, err = tx.Exec(ctx, `insert into keys.vault_root (server, wrapped) values (0, $1)`, wrap(k, 0, root, forRoot))
	if err != nil {
		return fmt.Errorf("keep the root of digests: %w", err)
	}
	return nil
}

// make makes a key in a file, unless it is there, or sealed by the keeper.
func (s *servers) make(ctx context.Context, path string) (k key, sealed []byte, err error) {
	if s.keeper == nil {
		if k, err = readKey(path); errors.Is(err, fs.ErrNotExist) {
			k, err = makeKey(path)
		}
		return k, nil, err
	}
	k = newKey()
	if sealed, err = s.keeper.Encrypt(ctx, k[:]); err != nil {
		return key{}, nil, fmt.Errorf("let the key management service seal the server's key: %w", err)
	}
	return k, sealed, nil
}

// note writes down a key that was made, unless its number is taken.
func (s *servers) note(ctx context.Context, tx pgx.Tx, r record) (made bool, err error) {
	tag, err := tx.Exec(ctx, `insert into easel.vault_server values ($1, $2) on conflict do nothing`, r.number, r.fingerprint)
	if err != nil {
		return false, fmt.Errorf("note the server key's fingerprint: %w", err)
	}
	if tag.RowsAffected() == 0 || r.sealed == nil {
		return tag.RowsAffected() == 1, nil
	}
	if _, err := tx.Exec(ctx, `insert into keys.vault_server_key values ($1, $2)`, r.number, r.sealed); err != nil {
		return false, fmt.Errorf("keep the server's sealed key: %w", err)
	}
	return true, nil
}

// load finds the key of a record: the keeper's, or in one of the files the one with that fingerprint.
func (s *servers) load(ctx context.Context, r record) (k key, err error) {
	if r.sealed != nil {
		return s.unseal(ctx, r)
	}
	missing := true
	for _, path := range []string{s.path, s.path + nextKey, s.path + oldKey} {
		k, err = readKey(path)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return key{}, err
		}
		if missing = false; bytes.Equal(k.fingerprint(), r.fingerprint) {
			return k, nil
		}
	}
	if missing {
		return key{}, fmt.Errorf("the server's key %s is gone, and what the database has sealed cannot be opened without it. Put it back; "+
			"only where nothing sealed is wanted any more, start with an empty data folder", s.path)
	}
	return key{}, fmt.Errorf("the server's key %s is not the one that this database was sealed with; put the right one there", s.path)
}

func (s *servers) unseal(ctx context.Context, r record) (k key, err error) {
	if s.keeper == nil {
		return key{}, errors.New("the server's key was sealed by a key management service, and none is set; set EASEL_SERVER_KEY_SERVICE as it was")
	}
	text, err := s.keeper.Decrypt(ctx, r.sealed)
	if err != nil {
		return key{}, fmt.Errorf("let the key management service open the server's key: %w", err)
	}
	defer clear(text)
	if copy(k[:], text) != len(k) || len(text) != len(k) || !bytes.Equal(k.fingerprint(), r.fingerprint) {
		return key{}, errors.New("the key management service gave another key than the one that this database was sealed with; set the right service")
	}
	return k, nil
}

// root returns the root of digests. Databases from before there was one take the first server's key, so that what is in
// them is found as before.
func (s *servers) root(ctx context.Context, tx pgx.Tx) (key, error) {
	var wrapped []byte
	find := func() error { return tx.QueryRow(ctx, `select wrapped from keys.vault_root`).Scan(&wrapped) }
	err := find()
	if errors.Is(err, pgx.ErrNoRows) {
		first := s.known[0]
		if _, err := tx.Exec(ctx, `insert into keys.vault_root (server, wrapped) values (0, $1) on conflict do nothing`, wrap(first, 0, first, forRoot)); err != nil {
			return key{}, fmt.Errorf("keep the root of digests: %w", err)
		}
		err = find()
	}
	if err != nil {
		return key{}, fmt.Errorf("find the root of digests: %w", err)
	}
	return s.open(ctx, tx, wrapped, forRoot)
}

const forRoot = "root"

// wrap seals a key under a server's key and says under which.
func wrap(server key, number int16, inner key, purpose string) []byte {
	sealed := server.seal(inner[:], purpose)
	sealed[1] = byte(number)
	return sealed
}

// open unwraps what a server's key has wrapped. A key that another process has made meanwhile is looked for.
func (s *servers) open(ctx context.Context, tx pgx.Tx, wrapped []byte, purpose string) (key, error) {
	if len(wrapped) < 2 {
		return key{}, errDamaged
	}
	server, err := s.find(ctx, tx, int16(wrapped[1]))
	if err != nil {
		return key{}, err
	}
	wrapped = bytes.Clone(wrapped)
	wrapped[1] = noNumber
	return server.openKey(wrapped, purpose)
}

// errRetired is about something that was wrapped under a key that the database does not know any more.
var errRetired = fmt.Errorf("its server's key is retired: %w", errDamaged)

// reopen reads what a server's key has wrapped and opens it; and reads it once more where that key was retired between the two, which
// is when everything under it had been wrapped again.
func (s *servers) reopen(ctx context.Context, tx pgx.Tx, purpose string, read func() (wrapped []byte, err error)) (k key, err error) {
	for range 2 {
		var wrapped []byte
		if wrapped, err = read(); err != nil {
			return key{}, err
		}
		if k, err = s.open(ctx, tx, wrapped, purpose); !errors.Is(err, errRetired) {
			return k, err
		}
	}
	return key{}, err
}

// find returns the server's key of a number.
func (s *servers) find(ctx context.Context, tx pgx.Tx, number int16) (key, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if k, ok := s.known[number]; ok {
		return k, nil
	}
	all, err := records(ctx, tx)
	if err != nil {
		return key{}, err
	}
	for _, r := range all {
		if r.number == number {
			k, err := s.load(ctx, r)
			if err == nil {
				s.known[number] = k
			}
			return k, err
		}
	}
	return key{}, errRetired
}

// retiring is the number of the lock that whoever wraps a key shares until their transaction ends, and whoever retires a key has
// alone: a key would otherwise be retired after it was chosen and before anything was wrapped under it.
const retiring = 7233190422

// newest returns the key that new owners' keys are wrapped under; it is not retired before the transaction ends. The database is
// asked: another process may have made one.
func (s *servers) newest(ctx context.Context, tx pgx.Tx) (number int16, k key, err error) {
	if _, err := tx.Exec(ctx, `select pg_advisory_xact_lock_shared($1)`, retiring); err != nil { // by itself: the next one sees what was done while it waited
		return 0, key{}, fmt.Errorf("keep the server's key from being retired: %w", err)
	}
	if err := tx.QueryRow(ctx, `select max(id) from easel.vault_server`).Scan(&number); err != nil {
		return 0, key{}, fmt.Errorf("find the number of the server's key: %w", err)
	}
	k, err = s.find(ctx, tx, number)
	return number, k, err
}

// keep wraps a new owner's key under the newest server's key and keeps it, unless the owner has one.
func (s *servers) keep(ctx context.Context, tx pgx.Tx, owner uuid.UUID, k key) error {
	number, server, err := s.newest(ctx, tx)
	if err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, `insert into keys.vault_owner (owner, server, wrapped) values ($1, $2, $3) on conflict do nothing`,
		owner, number, wrap(server, number, k, forOwner(owner))); err != nil {
		return fmt.Errorf("keep the owner's key: %w", err)
	}
	return nil
}
