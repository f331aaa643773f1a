package account

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"

	"golang.org/x/crypto/argon2"
)

// Hashing is what one hash of a password costs: Argon2id (RFC 9106).
type Hashing struct {
	KiB     uint32 // memory
	Passes  uint32 // over it
	Threads uint8
}

// DefaultHashing takes about 60 ms of one core.
var DefaultHashing = Hashing{KiB: 46 << 10, Passes: 1, Threads: 1}

// hashesAtOnce bounds the memory of this process; others wait.
const hashesAtOnce = 2

const (
	saltBytes = 16
	hashBytes = 32
)

func (h Hashing) check() error {
	if h.KiB < 8 || h.KiB > 1<<20 || h.Passes < 1 || h.Passes > 64 || h.Threads < 1 || h.Threads > 16 {
		return errors.New("account: a password's hash needs 8 KiB to 1 GiB, 1 to 64 passes and 1 to 16 threads")
	}
	return nil
}

// String is the hash's head in the PHC form.
func (h Hashing) String() string {
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$", argon2.Version, h.KiB, h.Passes, h.Threads)
}

// stored is a parsed hash.
type stored struct {
	cost       Hashing
	salt, hash []byte
}

var errHash = errors.New("account: a stored hash of a password cannot be read")

// parseHash reads the PHC form.
func parseHash(text string) (h stored, err error) {
	parts := strings.Split(text, "$")
	if len(parts) != 6 || parts[0] != "" || parts[1] != "argon2id" {
		return stored{}, errHash
	}
	var version int
	if n, err := fmt.Sscanf(parts[2]+" "+parts[3], "v=%d m=%d,t=%d,p=%d", &version, &h.cost.KiB, &h.cost.Passes, &h.cost.Threads); err != nil ||
		n != 4 || version != argon2.Version || h.cost.check() != nil {
		return stored{}, errHash
	}
	if h.salt, err = base64.RawStdEncoding.Strict().DecodeString(parts[4]); err != nil || len(h.salt) < 8 {
		return stored{}, errHash
	}
	if h.hash, err = base64.RawStdEncoding.Strict().DecodeString(parts[5]); err != nil || len(h.hash) < 16 || len(h.hash) > 64 {
		return stored{}, errHash
	}
	return h, nil
}

// hash returns a new hash of the password in the PHC form.
func (s *Service) hash(ctx context.Context, password string) (string, error) {
	salt := make([]byte, saltBytes)
	_, _ = rand.Read(salt) // never fails: the program ends instead
	cost := s.config.Hashing
	sum, err := s.argon(ctx, password, salt, cost, hashBytes)
	if err != nil {
		return "", err
	}
	enc := base64.RawStdEncoding
	return cost.String() + enc.EncodeToString(salt) + "$" + enc.EncodeToString(sum), nil
}

// verify reports whether the password has the hash, and whether that should be made anew because the cost has changed. An
// empty hash, of somebody who is not there or has no password, costs the same and is never right.
func (s *Service) verify(ctx context.Context, password, hash string) (right, again bool, err error) {
	known := stored{cost: s.config.Hashing, salt: make([]byte, saltBytes), hash: make([]byte, hashBytes)}
	if hash != "" {
		if known, err = parseHash(hash); err != nil {
			return false, false, err
		}
	}
	sum, err := s.argon(ctx, password, known.salt, known.cost, uint32(len(known.hash)))
	if err != nil {
		return false, false, err
	}
	right = subtle.ConstantTimeCompare(sum, known.hash) == 1 && hash != ""
	return right, right && known.cost != s.config.Hashing, nil
}

// argon is the one place that hashes, few at a time.
func (s *Service) argon(ctx context.Context, password string, salt []byte, cost Hashing, length uint32) ([]byte, error) {
	select {
	case s.hashing <- struct{}{}:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	defer func() { <-s.hashing }()
	s.hashes.Add(1)
	return argon2.IDKey([]byte(password), salt, cost.Passes, cost.KiB, cost.Threads, length), nil
}
