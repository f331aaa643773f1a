package account

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/base32"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"easel/internal/bearer"
	"easel/internal/fault"
)

// Scope is what a key may be used for.
type Scope string

// The scopes. Each stands for itself: a key that may delete may not look.
const (
	Generate Scope = "generate" // bring photos and have them drawn, which spends tokens
	Read     Scope = "read"     // list, poll and fetch
	Delete   Scope = "delete"
)

// Scopes lists all scopes, in the order in which they are shown.
var Scopes = []Scope{Generate, Read, Delete}

// Key is one API key as its owner sees it. What it is made of was shown once and is not kept.
type Key struct {
	ID      uuid.UUID
	Name    string // what its owner calls it
	Hint    string // how it begins: "easel_abcd"
	Scopes  []Scope
	Created time.Time
	Used    time.Time // to ten minutes; zero: never
	Revoked time.Time // zero: it works
}

// Program is who asks with a key.
type Program struct {
	Owner  uuid.UUID
	Key    uuid.UUID
	Scopes []Scope
}

// May reports whether the key has the scope.
func (p Program) May(scope Scope) bool { return slices.Contains(p.Scopes, scope) }

const (
	keyPrefix  = "easel_" // by which scanners for leaked secrets know our keys
	keyRandom  = 21       // bytes
	keySum     = 4        // bytes: CRC-32 of the random ones, so that most typing mistakes cost no question to the database
	keyHint    = 4        // letters of it that are kept
	keysMax    = 20       // that work, for each account
	keyNameMax = 60       // characters
)

// keyLetters are lower case and digits, without those that look alike (RFC 4648).
var keyLetters = base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding)

// newKeySecret returns a key as it is shown: prefix, 168 random bits, checksum.
func newKeySecret() (string, error) {
	raw := make([]byte, keyRandom, keyRandom+keySum)
	if _, err := rand.Read(raw); err != nil {
		return "", err
	}
	raw = binary.BigEndian.AppendUint32(raw, crc32.ChecksumIEEE(raw))
	return keyPrefix + keyLetters.EncodeToString(raw), nil
}

// looksLikeKey reports whether the text has a key's form and its checksum holds.
func looksLikeKey(secret string) bool {
	letters, ok := strings.CutPrefix(secret, keyPrefix)
	if !ok || len(letters) != keyLetters.EncodedLen(keyRandom+keySum) {
		return false
	}
	raw, err := keyLetters.DecodeString(letters)
	return err == nil && binary.BigEndian.Uint32(raw[keyRandom:]) == crc32.ChecksumIEEE(raw[:keyRandom])
}

// MakeKey makes a key and returns what it is, which is kept nowhere and can be shown this once.
func (s *Service) MakeKey(ctx context.Context, owner uuid.UUID, name string, scopes []Scope) (secret string, made Key, err error) {
	if name, err = keyName(name); err != nil {
		return "", Key{}, err
	}
	if scopes, err = keyScopes(scopes); err != nil {
		return "", Key{}, err
	}
	if secret, err = newKeySecret(); err != nil {
		return "", Key{}, fmt.Errorf("make a key: %w", err)
	}
	made = Key{ID: uuid.New(), Name: name, Hint: secret[:len(keyPrefix)+keyHint], Scopes: scopes}
	err = s.db.AsOwner(ctx, owner, func(tx pgx.Tx) error {
		var n int
		if err := tx.QueryRow(ctx, `select count(*) from easel.account_key where revoked_at is null`).Scan(&n); err != nil {
			return err
		}
		if n >= keysMax {
			return fault.New(fault.Conflict, fmt.Sprintf("You have %d keys already, as many as one account can have. Revoke one that you no longer need.", n))
		}
		sealed, err := s.vault.SealText(ctx, tx, owner, name)
		if err != nil {
			return err
		}
		return tx.QueryRow(ctx, `insert into easel.account_key (id, account, digest, hint, name, scopes) values ($1, $2, $3, $4, $5, $6) returning created_at`,
			made.ID, owner, bearer.Digest(secret), secret[len(keyPrefix):][:keyHint], sealed, scopes).Scan(&made.Created)
	})
	if err != nil {
		return "", Key{}, err
	}
	return secret, made, nil
}

// keyName keeps what can be read of a name.
func keyName(name string) (string, error) {
	name = strings.TrimSpace(strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return -1
		}
		return r
	}, name))
	switch {
	case name == "":
		return "", fault.New(fault.Invalid, "Give the key a name, such as the program that will use it, so that you know it again.")
	case utf8.RuneCountInString(name) > keyNameMax:
		return "", fault.New(fault.Invalid, fmt.Sprintf("That name is too long: a key's name has at most %d characters.", keyNameMax))
	}
	return name, nil
}

// keyScopes returns the scopes in their usual order, each once.
func keyScopes(asked []Scope) ([]Scope, error) {
	for _, scope := range asked {
		if !slices.Contains(Scopes, scope) {
			return nil, fault.New(fault.Invalid, "A key can generate, read and delete; it can do nothing else. Choose from these.")
		}
	}
	scopes := slices.DeleteFunc(slices.Clone(Scopes), func(scope Scope) bool { return !slices.Contains(asked, scope) })
	if len(scopes) == 0 {
		return nil, fault.New(fault.Invalid, "Choose at least one thing that the key may do.")
	}
	return scopes, nil
}

// Keys returns the owner's keys: those that work first, then those that were revoked; the newest first.
func (s *Service) Keys(ctx context.Context, owner uuid.UUID) ([]Key, error) {
	var keys []Key
	err := s.db.AsOwner(ctx, owner, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, `select id, name, hint, scopes, created_at, used_at, revoked_at from easel.account_key
			order by revoked_at is not null, created_at desc, id`)
		if err != nil {
			return err
		}
		var sealed [][]byte
		keys, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (k Key, err error) {
			var name []byte
			var used, revoked *time.Time
			err = row.Scan(&k.ID, &name, &k.Hint, &k.Scopes, &k.Created, &used, &revoked)
			k.Used, k.Revoked = at(used), at(revoked)
			k.Hint = keyPrefix + k.Hint
			sealed = append(sealed, name)
			return k, err
		})
		for i := range keys {
			if err != nil {
				break
			}
			keys[i].Name, err = s.vault.OpenText(ctx, tx, owner, sealed[i])
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list keys: %w", err)
	}
	return keys, nil
}

// at is the zero time where there is none.
func at(t *time.Time) time.Time { return *cmp.Or(t, &time.Time{}) }

// RevokeKey makes a key useless at once. What it was used for stays on the chart. Revoking it again changes nothing; a key
// that is not the owner's is Missing.
func (s *Service) RevokeKey(ctx context.Context, owner, key uuid.UUID) error {
	return s.db.AsOwner(ctx, owner, func(tx pgx.Tx) error {
		var revoked bool
		err := tx.QueryRow(ctx, `select revoked_at is not null from easel.account_key where id = $1`, key).Scan(&revoked)
		if errors.Is(err, pgx.ErrNoRows) {
			return fault.New(fault.Missing, "There is no such key. It may have been forgotten some time after it was revoked.")
		}
		if err != nil || revoked {
			return err
		}
		_, err = tx.Exec(ctx, `update easel.account_key set digest = null, revoked_at = now() where id = $1 and revoked_at is null`, key)
		return err
	})
}

// FindKey returns who asks with the key. Keys that are malformed, unknown or revoked give ok = false.
func (s *Service) FindKey(ctx context.Context, secret string) (p Program, ok bool, err error) {
	if !looksLikeKey(secret) {
		return Program{}, false, nil
	}
	err = s.db.AsNobody(ctx, func(tx pgx.Tx) error {
		return tx.QueryRow(ctx, `select account, key, scopes from easel.account_key_find($1)`, bearer.Digest(secret)).Scan(&p.Owner, &p.Key, &p.Scopes)
	})
	if errors.Is(err, pgx.ErrNoRows) {
		return Program{}, false, nil
	}
	if err != nil {
		return Program{}, false, fmt.Errorf("find a key: %w", err)
	}
	return p, true, nil
}
