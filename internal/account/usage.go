package account

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
)

// DayUse is what a key was used for on one day.
type DayUse struct {
	Day       time.Time // midnight UTC
	Requests  int
	Portraits int // that were asked for
}

// KeyUse is how one key was used, day by day without gaps, the oldest first.
type KeyUse struct {
	Key  Key
	Days []DayUse
}

// tally counts requests in memory between two writes, so that counting costs a request nothing. What a crash takes are
// the last seconds of a chart.
type tally struct {
	mu    sync.Mutex
	count map[tallied]DayUse
}

type tallied struct {
	key uuid.UUID
	day time.Time
}

func (t *tally) add(key uuid.UUID, u DayUse) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.count == nil {
		t.count = map[tallied]DayUse{}
	}
	at := tallied{key, u.Day}
	sum := t.count[at]
	sum.Day, sum.Requests, sum.Portraits = u.Day, sum.Requests+u.Requests, sum.Portraits+u.Portraits
	t.count[at] = sum
}

func (t *tally) take() map[tallied]DayUse {
	t.mu.Lock()
	defer t.mu.Unlock()
	count := t.count
	t.count = nil
	return count
}

// Used counts one request of a program, and how many portraits it asked for. It is written down within seconds.
func (s *Service) Used(p Program, portraits int) {
	s.tally.add(p.Key, DayUse{Day: today(time.Now()), Requests: 1, Portraits: portraits})
}

func today(now time.Time) time.Time { return now.UTC().Truncate(24 * time.Hour) }

// WriteUse writes down what was counted. What could not be written is kept for the next time.
func (s *Service) WriteUse(ctx context.Context) error {
	count := s.tally.take()
	if len(count) == 0 {
		return nil
	}
	var keys []uuid.UUID
	var days []time.Time
	var requests, portraits []int
	for at, u := range count {
		keys, days = append(keys, at.key), append(days, at.day)
		requests, portraits = append(requests, u.Requests), append(portraits, u.Portraits)
	}
	err := s.db.AsNobody(ctx, func(tx pgx.Tx) error {
		_, err := tx.Exec(ctx, `select easel.account_key_count($1, $2, $3, $4)`, keys, days, requests, portraits)
		return err
	})
	if err != nil {
		for at, u := range count {
			s.tally.add(at.key, u)
		}
		return fmt.Errorf("write down what keys were used for: %w", err)
	}
	return nil
}

// Times of CountUse.
const (
	useEvery  = 10 * time.Second
	useForget = 6 * time.Hour
)

// CountUse writes down every few seconds what keys were used for, forgets what is older than so many days, and writes
// once more when the context ends.
func (s *Service) CountUse(ctx context.Context, days int, log *slog.Logger) error {
	write, forget := time.NewTicker(useEvery), time.NewTicker(useForget)
	defer write.Stop()
	defer forget.Stop()
	for {
		var err error
		select {
		case <-ctx.Done():
			last, cancel := context.WithTimeout(context.WithoutCancel(ctx), useEvery)
			defer cancel()
			return s.WriteUse(last)
		case <-write.C:
			err = s.WriteUse(ctx)
		case <-forget.C:
			_, err = s.ForgetUse(ctx, days)
		}
		if err != nil && ctx.Err() == nil {
			log.WarnContext(ctx, "counting what keys were used for", slog.Any("cause", err))
		}
	}
}

// ForgetUse deletes counts, and keys that were revoked, from more than so many days ago. It returns how many rows went.
func (s *Service) ForgetUse(ctx context.Context, days int) (n int64, err error) {
	err = s.db.AsNobody(ctx, func(tx pgx.Tx) error {
		return tx.QueryRow(ctx, `select easel.account_key_forget($1)`, days).Scan(&n)
	})
	if err != nil {
		return 0, fmt.Errorf("forget what keys were used for: %w", err)
	}
	return n, nil
}

// Usage returns how each of the owner's keys was used in the last days, today included: first the keys in the order of
// Keys, each with all days. Keys that were revoked are in it only if they were used.
func (s *Service) Usage(ctx context.Context, owner uuid.UUID, days int) ([]KeyUse, error) {
	if err := s.WriteUse(ctx); err != nil { // what this process knows already
		return nil, err
	}
	keys, err := s.Keys(ctx, owner)
	if err != nil {
		return nil, err
	}
	first := today(time.Now()).AddDate(0, 0, 1-days)
	uses := make([]KeyUse, len(keys))
	place := map[uuid.UUID]*KeyUse{}
	for i, k := range keys {
		uses[i] = KeyUse{Key: k, Days: make([]DayUse, days)}
		for d := range days {
			uses[i].Days[d].Day = first.AddDate(0, 0, d)
		}
		place[k.ID] = &uses[i]
	}
	used := map[uuid.UUID]bool{}
	err = s.db.AsOwner(ctx, owner, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, `select key, day, requests, portraits from easel.account_key_use where day >= $1`, first)
		if err != nil {
			return err
		}
		var key uuid.UUID
		var u DayUse
		_, err = pgx.ForEachRow(rows, []any{&key, &u.Day, &u.Requests, &u.Portraits}, func() error {
			d := int(u.Day.Sub(first) / (24 * time.Hour))
			if use := place[key]; use != nil && d >= 0 && d < days {
				use.Days[d], used[key] = u, true
			}
			return nil
		})
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read what keys were used for: %w", err)
	}
	return slices.DeleteFunc(uses, func(u KeyUse) bool { return !u.Key.Revoked.IsZero() && !used[u.Key.ID] }), nil
}
