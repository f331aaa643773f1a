package generation

import (
	"context"
	"time"

	"github.com/google/uuid"

	"easel/internal/fault"
)

// recheck is how often a watcher reads the rows unasked: places in the queue move, and a notification can be lost
// while the database connection is made anew.
const recheck = 3 * time.Second

// Watch calls tell with every run of the upload as it stands now, then with each run that changes, until the context
// ends, tell returns an error, or the photo is gone (a Missing fault). Progress is never told backwards within one
// attempt; what is told is always a row that was committed.
func (s *Service) Watch(ctx context.Context, owner, upload uuid.UUID, tell func(Run) error) error {
	changed, stop := s.hub.watch(upload)
	defer stop()
	told := map[uuid.UUID]Run{}
	tick := time.NewTicker(recheck)
	defer tick.Stop()
	for {
		w, err := s.Find(ctx, owner, upload)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil {
			return err
		}
		for _, r := range w.Runs {
			if before, ok := told[r.ID]; ok && before == r {
				continue
			}
			if err := tell(r); err != nil {
				return err
			}
			told[r.ID] = r
		}
		select {
		case <-changed:
		case <-tick.C:
		case <-ctx.Done():
			return ctx.Err()
		}
		if !time.Now().Before(w.Deadline) {
			return fault.New(fault.Missing, "The time of this photo is over. It has been deleted.")
		}
	}
}
