package account_test

import (
	"context"
	"errors"
	"sync"
	"testing"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"easel/internal/account"
	"easel/internal/account/accounttest"
	"easel/internal/mail"
	"easel/internal/postgres/pgtest"
)

// stamped counts letters by whom they are about, and can fail.
type stamped struct {
	mu    sync.Mutex
	wrote map[uuid.UUID]int
	fails bool
}

func (p *stamped) Write(_ context.Context, _ pgx.Tx, l mail.Letter) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if l.Kind != mail.PolicyChanged {
		return nil
	}
	if p.fails {
		return errors.New("the process was killed here")
	}
	p.wrote[l.Owner]++
	return nil
}

// TestANewVersionIsTold: once for each version, to those who agreed to an earlier one, also after a crash in between and with two
// servers that start at once.
func TestANewVersionIsTold(t *testing.T) {
	t.Parallel()
	ctx, db := t.Context(), pgtest.New(t)
	post := &stamped{wrote: map[uuid.UUID]int{}}
	s := accounttest.Service(t, db, accounttest.Vault(t, db), post)
	agreed := func(studio string, version int) uuid.UUID {
		_, owner := accounttest.SignIn(t, s)
		if err := s.Agree(ctx, owner, nil, account.Consent{Studio: studio, Version: version}); err != nil {
			t.Fatal(err)
		}
		return owner
	}
	early, current, elsewhere := agreed("portrait", 1), agreed("portrait", 2), agreed("pet", 1)
	both := agreed("portrait", 1)
	if err := s.Agree(ctx, both, nil, account.Consent{Studio: "portrait", Version: 2}); err != nil {
		t.Fatal(err)
	}
	_, never := accounttest.SignIn(t, s)

	announce := func(version int) (int, error) {
		return s.Announce(ctx, "portrait", version, map[string]string{"studio": "Portrait studio"})
	}
	post.fails = true
	if n, err := announce(2); err == nil || n != 0 {
		t.Errorf("interrupted before its letter: %d told, %v", n, err)
	}
	post.fails = false
	var group sync.WaitGroup
	for range 3 {
		group.Go(func() {
			if _, err := announce(2); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	if n, err := announce(2); n != 0 || err != nil {
		t.Errorf("once more: %d told, %v", n, err)
	}
	if n, err := announce(1); n != 0 || err != nil {
		t.Errorf("the first version: %d told, %v", n, err)
	}
	want := map[uuid.UUID]int{early: 1, current: 0, elsewhere: 0, both: 0, never: 0}
	for owner, letters := range want {
		if post.wrote[owner] != letters {
			t.Errorf("%d letters to one of them, want %d", post.wrote[owner], letters)
		}
	}
	if n, err := announce(3); n != 3 || err != nil {
		t.Errorf("the version after: %d told, %v; want everybody who agreed to one before", n, err)
	}
}
