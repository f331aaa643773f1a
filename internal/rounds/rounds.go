// Package rounds does the same again and again while the program runs: what looks after things that are due.
package rounds

import (
	"context"
	"log/slog"
	"time"
)

// Every does something at once and then every so often, one after the other, until the context ends; it returns why that ended. A
// round that takes longer than the pace is followed by the next one.
func Every(ctx context.Context, pace time.Duration, do func(context.Context)) error {
	tick := time.NewTicker(pace)
	defer tick.Stop()
	for ctx.Err() == nil {
		do(ctx)
		select {
		case <-tick.C:
		case <-ctx.Done():
		}
	}
	return ctx.Err()
}

// Logged makes a round of something that may fail: the log says what failed, in those words, and the next round tries again. That
// the program stops is no failure.
func Logged(log *slog.Logger, failed string, do func(context.Context) error) func(context.Context) {
	return func(ctx context.Context) {
		if err := do(ctx); err != nil && ctx.Err() == nil {
			log.ErrorContext(ctx, failed, slog.Any("cause", err))
		}
	}
}
