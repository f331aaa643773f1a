// Package vault keeps sealed objects: each encrypted with a key of its own, readable until its deadline, and by its owner
// only.
//
// An object's key is wrapped by its owner's key, and that by the server's, which is in a file or sealed by a
// key management service. To delete is to destroy a
// key; the bytes, unreadable by then, follow. The order of storing is row, key and deadline (Reserve), bytes (Write),
// visibility (Publish), so that a crash between any two of them leaves something that the sweep finds.
package vault

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"path/filepath"
	"strings"
	"time"

	"github.com/google/uuid"

	"easel/internal/bucket"
	"easel/internal/fault"
	"easel/internal/postgres"
	"easel/internal/receipt"
)

// ID names an object. It says nothing about it.
type ID uuid.UUID

func (id ID) String() string { return uuid.UUID(id).String() }

// Config says where bytes and the server's key are.
type Config struct {
	DataDir string           // where the key and, without a bucket, the bytes are kept
	Bucket  string           // address of the bucket (bucket.Config); "" = the folder objects in DataDir
	KeyFile string           // the server's key; "" = vault.key in DataDir
	Now     func() time.Time // the system's clock; nil = time.Now

	ID, Secret string       // access key of a bucket on an S3 server
	Client     *http.Client // reaches that; from egress
	Keeper     Keeper       // seals the server's key, where that is in no file; nil: it is in one

	Boot     func() time.Duration // time that has passed; nil = the machine's, or Now's own where that is given
	Machine  func() string        // which start of which machine Boot counts from; nil = this one's
	Vouched  func() bool          // whether a time server keeps the system's clock; nil = ask the system
	Receipts *receipt.Log         // where deletions are stated; nil: a server's next sweep signs
	Policy   receipt.Policy       // what accounts are kept under; none: nothing is stated about them
	HoldMost time.Duration        // how long a hold lasts at most; 0: nothing can be held
}

// Check reports what is wrong with the settings.
func (c Config) Check() error {
	if c.DataDir == "" && (c.Bucket == "" || c.KeyFile == "") {
		return errors.New("the vault needs a data folder, or an address of a bucket and the name of a key file")
	}
	if c.Bucket == "" {
		return nil
	}
	return c.bucket().Check()
}

// bucket is where bytes are.
func (c Config) bucket() bucket.Config {
	b := bucket.Config{Address: c.Bucket, ID: c.ID, Secret: c.Secret, Client: c.Client}
	if b.Address != "" {
		return b
	}
	dir := filepath.Join(c.DataDir, "objects")
	if whole, err := filepath.Abs(dir); err == nil {
		dir = whole
	}
	b.Address = bucket.Folder(dir)
	return b
}

// Vault seals, opens and destroys.
type Vault struct {
	db     *postgres.DB
	bucket *bucket.Bucket
	server *servers
	root   key // of digests
	clock  *watch
	log    *slog.Logger

	receipts *receipt.Log
	policy   receipt.Policy
	holdMost time.Duration
	trouble  trouble
	step     func(step string) error // where tests end the program; nil outside of them
}

// New opens the bucket and the server's key, which it makes when nothing was ever sealed. It refuses a key that is not
// the one that the database was sealed with.
func New(ctx context.Context, config Config, db *postgres.DB, log *slog.Logger) (*Vault, error) {
	if err := config.Check(); err != nil {
		return nil, err
	}
	path := config.KeyFile
	if path == "" {
		path = filepath.Join(config.DataDir, "vault.key")
	}
	server, root, err := openServers(ctx, db, path, config.Keeper)
	if err != nil {
		return nil, err
	}
	bucket, err := bucket.Open(ctx, config.bucket())
	if err != nil {
		return nil, fmt.Errorf("open the bucket of sealed objects: %w", err)
	}
	v := &Vault{db: db, bucket: bucket, server: server, root: root, clock: config.watch(), log: log, receipts: config.Receipts, policy: config.Policy, holdMost: config.HoldMost}
	if err := v.remember(ctx); err != nil {
		return nil, errors.Join(err, bucket.Close())
	}
	return v, nil
}

// Close lets go of the bucket. Readers are closed by whoever opened them.
func (v *Vault) Close() error { return v.bucket.Close() }

// Ping reports whether the bucket answers.
func (v *Vault) Ping(ctx context.Context) error {
	if ok, err := v.bucket.IsAccessible(ctx); err != nil || !ok {
		return fmt.Errorf("the bucket of sealed objects does not answer: %w", errors.Join(err, ctx.Err()))
	}
	return nil
}

// place is where an object's bytes are in the bucket. Two characters in front keep folders small.
func place(id ID) string { s := id.String(); return s[:2] + "/" + s }

// placed returns the object that a name in the bucket belongs to, and whether it holds the object's bytes; otherwise it
// is what an interrupted writer left.
func placed(name string) (id ID, whole, ok bool) {
	_, base, _ := strings.Cut(name, "/")
	if len(base) < 36 {
		return ID{}, false, false
	}
	u, err := uuid.Parse(base[:36])
	if err != nil || len(base) > 36 && base[36] != '.' {
		return ID{}, false, false
	}
	return ID(u), len(base) == 36, true
}

var errMissing = fault.New(fault.Missing, "That picture is not here. It may have been deleted, or its time is over.")
