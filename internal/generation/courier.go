package generation

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
)

// deliveries is how often progress is written: often enough to look alive, rarely enough to cost nothing.
const deliveries = 250 * time.Millisecond

// planShare is the part of the whole that looking at the photo takes, for the progress shown.
const planShare = 0.15

// courier carries a drawing's progress into its row and renews the lease. When the row is no longer this attempt's, it
// stops the work with errLost.
type courier struct {
	s    *Service
	args DrawArgs
	stop context.CancelCauseFunc
	done chan struct{}

	mu     sync.Mutex
	stage  string
	share  float64
	change bool
}

func newCourier(s *Service, args DrawArgs, stop context.CancelCauseFunc) *courier {
	return &courier{s: s, args: args, stop: stop, done: make(chan struct{})}
}

func (c *courier) tell(stage string, share float64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	share = min(max(share, c.share), 1) // never backwards
	if stage != c.stage || share-c.share >= 0.005 {
		c.stage, c.share, c.change = stage, share, true
	}
}

func (c *courier) planning(stage string, done float64) { c.tell(stage, planShare*done) }

func (c *courier) drawing(stage string, done float64) {
	c.tell(stage, planShare+(0.97-planShare)*done)
}

// run delivers until the context ends.
func (c *courier) run(ctx context.Context) {
	defer close(c.done)
	tick := time.NewTicker(deliveries)
	defer tick.Stop()
	renewed := time.Now()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		c.mu.Lock()
		stage, share, change := c.stage, c.share, c.change
		c.change = false
		c.mu.Unlock()
		if !change && time.Since(renewed) < leaseRenew {
			continue
		}
		ours, err := c.deliver(ctx, stage, share)
		switch {
		case err == nil && ours:
			renewed = time.Now()
		case err == nil, time.Since(renewed) > leaseLost:
			c.stop(errLost)
			return
		}
	}
}

// deliver writes progress and lease in one statement and says whether the run is still this attempt's.
func (c *courier) deliver(ctx context.Context, stage string, share float64) (ours bool, err error) {
	err = c.s.db.AsOwner(ctx, c.args.Owner, func(tx pgx.Tx) error {
		var upload uuid.UUID
		err := tx.QueryRow(ctx, `update easel.generation_run set stage = $3, done = $4, lease_until = now() + $5
			where id = $1 and attempt = $2 and state = 'drawing' and deadline > now() returning upload`,
			c.args.Run, c.args.Attempt, stage, share, leaseLost).Scan(&upload)
		if err != nil {
			return missing(err, errLost)
		}
		ours = true
		return notify(ctx, tx, upload)
	})
	if errors.Is(err, errLost) {
		return false, nil
	}
	return ours, err
}
