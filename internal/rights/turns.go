package rights

import (
	"sync"
	"time"

	"github.com/google/uuid"

	"easel/internal/fault"
)

// Turns bounds how often everything that is held is written out: it reads all of somebody's pictures.
type Turns struct {
	mu   sync.Mutex
	seen map[uuid.UUID]*turn
	busy int
}

// turn is what is remembered of one person for an hour.
type turn struct {
	begun []time.Time
	now   bool // one is under way
}

// The bounds of exports.
const (
	turnsMost  = 4 // of one person in turnsWhile
	turnsWhile = time.Hour
	turnsBusy  = 4 // of all people at a time
)

// NewTurns returns bounds that nobody has reached.
func NewTurns() *Turns { return &Turns{seen: map[uuid.UUID]*turn{}} }

// Begin takes a turn and returns the function that ends it, or a Busy fault.
func (t *Turns) Begin(owner uuid.UUID, now time.Time) (end func(), err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.forget(now)
	one := t.seen[owner]
	if one == nil {
		one = &turn{}
	}
	switch {
	case one.now:
		return nil, fault.TooOften(time.Minute, "Your data is being written out already. Wait until that download has ended, or call it off.")
	case len(one.begun) >= turnsMost:
		return nil, fault.TooOften(turnsWhile-now.Sub(one.begun[0]), "You have downloaded everything several times within the last hour. Please wait a while.")
	case t.busy >= turnsBusy:
		return nil, fault.TooOften(time.Minute, "Several people are downloading their data at this moment. Please try again in a minute.")
	}
	t.seen[owner] = one
	one.begun, one.now = append(one.begun, now), true
	t.busy++
	return sync.OnceFunc(func() {
		t.mu.Lock()
		defer t.mu.Unlock()
		one.now = false
		t.busy--
	}), nil
}

// forget drops what is too long ago.
func (t *Turns) forget(now time.Time) {
	for owner, one := range t.seen {
		for len(one.begun) > 0 && now.Sub(one.begun[0]) >= turnsWhile {
			one.begun = one.begun[1:]
		}
		if len(one.begun) == 0 && !one.now {
			delete(t.seen, owner)
		}
	}
}
