package vault

import (
	"bytes"
	"context"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"easel/internal/receipt"
)

// TestReceiptsNameTheStudioThatKeptIt: in the version that was in force when a thing was stored, whoever deletes it and whatever is
// in force then. Accounts are under a policy of their own, and what is kept under none is not stated.
func TestReceiptsNameTheStudioThatKeptIt(t *testing.T) {
	t.Parallel()
	ctx, s, owner := t.Context(), newStudio(t), uuid.New()
	log, err := receipt.Open(ctx, s.db, filepath.Join(s.dir, "receipt.key"))
	if err != nil {
		t.Fatal(err)
	}
	s.receipts = log
	keep := func(under receipt.Policy) (id ID) {
		t.Helper()
		s.as(owner, func(tx pgx.Tx) (err error) {
			id, err = s.Reserve(ctx, tx, owner, under, "upload", s.clock.now().Add(24*time.Hour))
			return err
		})
		if err := s.Write(ctx, owner, id, bytes.NewReader(noise(10))); err != nil {
			t.Fatal(err)
		}
		s.as(owner, func(tx pgx.Tx) error { return s.Publish(ctx, tx, owner, id) })
		return id
	}
	says := func(object uuid.UUID, want receipt.Policy) {
		t.Helper()
		r, err := log.Find(ctx, object)
		if want == (receipt.Policy{}) {
			if err == nil {
				t.Errorf("of what is under no policy there is %+v", r.Statement)
			}
			return
		}
		if err != nil || r.Statement.Policy != want {
			t.Errorf("the receipt says %+v, %v; want %+v", r.Statement.Policy, err, want)
		}
	}
	portrait, pet, none := receipt.Policy{Studio: "portrait", Version: 1}, receipt.Policy{Studio: "pet", Version: 4}, receipt.Policy{}
	s.policy = portrait
	kept := map[ID]receipt.Policy{keep(portrait): portrait, keep(pet): pet, keep(none): none}
	portrait.Version, pet.Version = 2, 5 // the policies are raised, and the program starts again
	s.policy = portrait
	later := map[ID]receipt.Policy{keep(portrait): portrait, keep(pet): pet}
	first := true
	for id, under := range kept {
		if first { // one by hand, the others by the clock
			s.as(owner, func(tx pgx.Tx) error { return s.Delete(context.WithoutCancel(ctx), tx, owner, id) })
			says(uuid.UUID(id), under)
		}
		first = false
	}
	s.clock.add(25 * time.Hour)
	s.sweep()
	for _, all := range []map[ID]receipt.Policy{kept, later} {
		for id, under := range all {
			says(uuid.UUID(id), under)
		}
	}
	last := keep(pet)
	s.as(owner, func(tx pgx.Tx) error { _, err := s.DestroyOwner(context.WithoutCancel(ctx), tx, owner); return err })
	says(uuid.UUID(last), pet)
	says(owner, portrait)
}
