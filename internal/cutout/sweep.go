package cutout

import (
	"context"
	"runtime/debug"
	"time"

	"easel/internal/memory"
)

// sweepEvery is how often memory that pictures were worked on in is given back, at most.
const sweepEvery = 2 * time.Second

// sweeper gives memory back to the system, which hands out none that was not zeroed. What a session kept is sealed and
// wiped at its end; planes, files and pixels that were worked on are ordinary heap, which the runtime frees without
// clearing it. So after a session's end that heap is collected, twice, because pools keep what was freed for one
// collection more, its small pieces are overwritten, and its pages are returned.
type sweeper struct{ asked chan struct{} }

func newSweeper() *sweeper { return &sweeper{make(chan struct{}, 1)} }

// ask has memory given back soon. It does not wait for that.
func (s *sweeper) ask() {
	select {
	case s.asked <- struct{}{}:
	default:
	}
}

// run gives memory back when it was asked for, until the context ends.
func (s *sweeper) run(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-s.asked:
		}
		for range 2 { // the second time for what somebody still held: a connection, a pool
			debug.FreeOSMemory()
			memory.Scour()
			debug.FreeOSMemory()
			select {
			case <-ctx.Done():
				return
			case <-time.After(sweepEvery):
			}
		}
	}
}
