// Package receipt says, signed, that something was deleted, so that whoever it belonged to can show it and nobody can take it
// back.
//
// A statement names an object, the digest of its sealed bytes, the policy that it was kept under, its kind and when its key
// was destroyed; it says nothing about a person. It is written in the transaction that destroys the key. Each sweep puts all
// new statements into one Merkle tree (RFC 6962) and its root into a log whose entries are signed with Ed25519 and hold the
// hash of the one before. The tables are only ever added to.
package receipt

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"
)

// Account is the kind of a statement about a whole account; its object is the account, its digest that of the account's sealed
// key. Other kinds are the vault's.
const Account = "account"

// Policy is what a thing was kept under.
type Policy struct {
	Studio  string `json:"studio"`
	Version int    `json:"policy"`
}

// Digest is a SHA-256, written as sha256: and hexadecimal digits.
type Digest []byte

// MarshalText writes the digest.
func (d Digest) MarshalText() ([]byte, error) {
	if len(d) != sha256.Size {
		return nil, errors.New("receipt: a digest has 32 bytes")
	}
	return []byte("sha256:" + hex.EncodeToString(d)), nil
}

// UnmarshalText reads what MarshalText writes.
func (d *Digest) UnmarshalText(text []byte) error {
	digits, found := strings.CutPrefix(string(text), "sha256:")
	raw, err := hex.DecodeString(digits)
	if err != nil || !found || len(raw) != sha256.Size {
		return errors.New("a digest is sha256: and 64 hexadecimal digits")
	}
	*d = raw
	return nil
}

// Statement says that one object was deleted.
type Statement struct {
	Object uuid.UUID `json:"object"`
	Kind   string    `json:"kind"`
	Digest Digest    `json:"digest"` // of the sealed bytes
	Policy
	Deleted time.Time `json:"deleted"` // when its key was destroyed, to the microsecond
}

// text is the one form of the statement that is hashed and signed.
func (s Statement) text() []byte {
	s.Deleted = s.Deleted.UTC().Truncate(time.Microsecond)
	return marshal(s)
}

// Entry is one line of the log: the root of a tree of statements, or the public half of a new key.
type Entry struct {
	Number    int64     `json:"number"` // counted from 1
	At        time.Time `json:"at"`
	What      string    `json:"what"`   // Sweep or Rotation
	Leaves    int       `json:"leaves"` // how many statements the tree has
	Root      Digest    `json:"root"`   // of the tree, or the digest of the new public key
	Before    Digest    `json:"before"` // the hash of the entry before; zeros for the first
	Key       string    `json:"key"`    // whose signature follows
	Signature []byte    `json:"signature,omitempty"`
}

// What an entry is about.
const (
	Sweep    = "sweep"
	Rotation = "key"
)

// text is the one form of the entry that is hashed and signed.
func (e Entry) text() []byte {
	e.Signature, e.At = nil, e.At.UTC().Truncate(time.Microsecond)
	return marshal(e)
}

// Hash is what the next entry holds of this one.
func (e Entry) Hash() Digest {
	sum := sha256.Sum256(e.text())
	return sum[:]
}

func marshal(v any) []byte {
	text, err := json.Marshal(v)
	if err != nil {
		panic(err) // digests of another length: they are checked where they come in
	}
	return text
}

// Proof shows that a statement is in the tree of an entry.
type Proof struct {
	Place int      `json:"place"` // of the statement among the leaves, from 0
	Path  []Digest `json:"path"`  // of RFC 6962, from the leaf up
	Entry Entry    `json:"entry"`
}

// Receipt is what a person takes home: the statement with its own signature, with its place in the log, or both.
type Receipt struct {
	Statement Statement `json:"statement"`
	Key       string    `json:"key,omitempty"`
	Signature []byte    `json:"signature,omitempty"`
	Proof     *Proof    `json:"proof,omitempty"`
}

// Public is the public half of a key, as it is published.
type Public struct {
	ID     string    `json:"id"` // the first 8 bytes of its SHA-256, hexadecimal
	Public []byte    `json:"public"`
	Since  time.Time `json:"since,omitzero"`
}

// Published is what everybody may have: the keys that receipts are checked with, and the newest entry of the log.
type Published struct {
	Keys []Public `json:"keys"`
	Head *Entry   `json:"head,omitempty"`
}

// find returns the key with an id. One whose id is not that of its bytes is not found.
func (p Published) find(id string) (ed25519.PublicKey, bool) {
	for _, k := range p.Keys {
		if k.ID == id && len(k.Public) == ed25519.PublicKeySize && identify(k.Public) == id {
			return k.Public, true
		}
	}
	return nil, false
}

// What the two things that are signed begin with, so that one can never pass for the other.
const (
	statementPrefix = "easel receipt 1\n"
	entryPrefix     = "easel receipt log 1\n"
)

func (s Statement) signed(key string) []byte {
	return append([]byte(statementPrefix+key+"\n"), s.text()...)
}

func (e Entry) signed() []byte { return append([]byte(entryPrefix), e.text()...) }

// Check verifies a receipt with published keys and nothing else. It returns what was shown, in a sentence for each, or an
// error that says what is wrong.
func (r Receipt) Check(keys Published) (shown []string, err error) {
	if len(r.Statement.Digest) != sha256.Size {
		return nil, errors.New("the statement has no digest")
	}
	if r.Key != "" || len(r.Signature) > 0 {
		key, known := keys.find(r.Key)
		if !known {
			return nil, fmt.Errorf("the statement was signed with the key %q, which is not among the published ones", r.Key)
		}
		if !ed25519.Verify(key, r.Statement.signed(r.Key), r.Signature) {
			return nil, errors.New("the statement is not what was signed: its signature does not fit")
		}
		shown = append(shown, "The statement is signed with the published key "+r.Key+".")
	}
	if r.Proof != nil {
		if err := r.Proof.check(r.Statement, keys); err != nil {
			return nil, err
		}
		shown = append(shown, fmt.Sprintf("It is number %d of the %d statements of entry %d of the log, which is signed with the published key %s.",
			r.Proof.Place+1, r.Proof.Entry.Leaves, r.Proof.Entry.Number, r.Proof.Entry.Key))
	}
	if len(shown) == 0 {
		return nil, errors.New("the receipt is neither signed nor in the log")
	}
	return shown, nil
}

func (p Proof) check(s Statement, keys Published) error {
	if err := p.Entry.check(keys); err != nil {
		return err
	}
	if p.Entry.What != Sweep || !climbs(leaf(s.text()), p.Place, p.Entry.Leaves, p.Path, p.Entry.Root) {
		return fmt.Errorf("the statement is not in the tree of entry %d of the log", p.Entry.Number)
	}
	return nil
}

// check verifies an entry's signature.
func (e Entry) check(keys Published) error {
	if len(e.Root) != sha256.Size || len(e.Before) != sha256.Size {
		return fmt.Errorf("entry %d of the log has no digests", e.Number)
	}
	key, known := keys.find(e.Key)
	if !known {
		return fmt.Errorf("entry %d of the log was signed with the key %q, which is not among the published ones", e.Number, e.Key)
	}
	if !ed25519.Verify(key, e.signed(), e.Signature) {
		return fmt.Errorf("entry %d of the log is not what was signed: its signature does not fit", e.Number)
	}
	return nil
}

// Decode reads a receipt as it is handed out, and refuses anything else.
func Decode(data []byte) (r Receipt, err error) {
	return r, strictly(data, &r)
}

// DecodePublished reads the published keys.
func DecodePublished(data []byte) (p Published, err error) {
	return p, strictly(data, &p)
}

func strictly(data []byte, v any) error {
	d := json.NewDecoder(strings.NewReader(string(data)))
	d.DisallowUnknownFields()
	if err := d.Decode(v); err != nil {
		return fmt.Errorf("this is no such file: %w", err)
	}
	if d.More() {
		return errors.New("something follows the end of the file")
	}
	return nil
}
