package app

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"easel/internal/rounds"
)

// Serve runs the program until the context ends or a part fails, then stops everything in good order: no new requests,
// running ones to their end, drawings given back to the queue, then the database.
func (a *App) Serve(ctx context.Context) error {
	background, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	var group sync.WaitGroup
	for name, run := range map[string]func(context.Context) error{
		"notifications": a.generation.Run,
		"lost drawings": a.generation.Patrol,
		"payments":      a.payment.Patrol,
		"demo payments": a.pretend,
		"demo sign-ins": a.pretendSignIns,
		"the reaper":    a.reaper,
		"metrics":       a.metrics,
		"left accounts": a.leaveNowAndThen,
		"use of keys":   a.countUse,
		"purses":        a.sweepPurses,
		"new policies":  a.announce,
		"requests":      a.watchClocks,
		"backups":       a.watchCopies,
	} {
		group.Go(func() {
			if err := run(background); err != nil && background.Err() == nil {
				a.log.Error("a part of the server ended", slog.String("part", name), slog.Any("cause", err))
			}
		})
	}
	if err := a.queue.Start(background); err != nil {
		return errors.Join(err, a.stop(stop, &group))
	}
	failed := make(chan error, 1)
	go func() { failed <- a.server.Serve(a.listener) }()
	var err error
	select {
	case <-ctx.Done():
	case err = <-failed:
	case <-a.db.Lost():
		err = errors.New("the database has ended for good; see the log, then start again")
	}
	return errors.Join(err, a.stop(stop, &group))
}

func (a *App) stop(stop context.CancelFunc, group *sync.WaitGroup) error {
	patience, cancel := context.WithTimeout(context.Background(), stopping)
	defer cancel()
	var requests sync.WaitGroup
	requests.Go(func() { // which may take all the time there is; drawings are given back meanwhile
		if err := a.server.Shutdown(patience); errors.Is(err, context.DeadlineExceeded) {
			_ = a.server.Close() // connections that were too slow
		}
	})
	err := a.queue.Stop(patience)
	requests.Wait()
	stop()
	group.Wait()
	return errors.Join(err, a.Close())
}

// visits is how often accounts that nobody can reach any more are looked for.
const visits = 10 * time.Minute

func (a *App) leaveNowAndThen(ctx context.Context) error {
	return rounds.Every(ctx, visits, rounds.Logged(a.log, "deleting accounts that were left failed", func(ctx context.Context) error {
		return errors.Join(a.leave(ctx), a.over(ctx))
	}))
}

// Handler serves requests without a listener; for tests.
func (a *App) Handler() http.Handler { return a.server.Handler }
