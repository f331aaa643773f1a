package postgres

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
)

// Listen calls hear with every notification on the channel until the context ends or the database is closed, then
// returns nil. hear must not block: all listeners of a process share one connection. An empty payload says that
// notifications may have been missed, so that what they are about has to be read again: it comes when listening begins
// and after every interruption.
func (db *DB) Listen(ctx context.Context, channel string, hear func(payload string)) error {
	if channel == "" {
		return errors.New("postgres: listening needs a channel")
	}
	e := db.ears
	ear := &ear{channel: channel, hear: hear}
	if !e.add(ear) {
		return nil
	}
	select {
	case <-ctx.Done():
	case <-e.closed.Done():
	}
	e.remove(ear)
	return nil
}

// ears is the one connection that hears for the whole process. It exists while somebody listens.
type ears struct {
	config *pgx.ConnConfig
	log    *slog.Logger
	closed context.Context
	shut   context.CancelFunc
	done   sync.WaitGroup

	mu      sync.Mutex
	all     map[*ear]bool      // true once its channel is being heard
	changed context.CancelFunc // interrupts waiting, to look at all again; nil while nobody waits
	running bool
}

type ear struct {
	channel string
	hear    func(string)
	mu      sync.Mutex // held during a call, so that none comes after Listen has returned
	gone    bool
}

func newEars(config *pgx.ConnConfig, log *slog.Logger) *ears {
	e := &ears{config: config.Copy(), log: log, all: map[*ear]bool{}}
	e.closed, e.shut = context.WithCancel(context.Background())
	return e
}

func (e *ears) close() {
	e.shut()
	e.done.Wait()
}

func (e *ears) add(x *ear) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.closed.Err() != nil {
		return false
	}
	e.all[x] = false
	if !e.running {
		e.running = true
		e.done.Go(e.run)
	}
	e.nudge()
	return true
}

func (e *ears) remove(x *ear) {
	e.mu.Lock()
	delete(e.all, x)
	e.nudge()
	e.mu.Unlock()
	x.mu.Lock()
	x.gone = true
	x.mu.Unlock()
}

// nudge makes the connection look at who listens. e.mu is held.
func (e *ears) nudge() {
	if e.changed != nil {
		e.changed()
	}
}

// run connects again whenever the connection is lost, until nobody listens any more.
func (e *ears) run() {
	for wait := 50 * time.Millisecond; ; wait = min(2*wait, 5*time.Second) {
		began := time.Now()
		err := e.session()
		e.mu.Lock()
		if e.closed.Err() != nil || err == nil && len(e.all) == 0 {
			e.running = false
			e.mu.Unlock()
			return
		}
		for x := range e.all {
			e.all[x] = false
		}
		e.mu.Unlock()
		if err != nil {
			e.log.Warn("database notifications interrupted", "error", err)
		}
		if time.Since(began) > time.Minute || err == nil {
			wait = 50 * time.Millisecond
		}
		if sleep(e.closed, wait) != nil {
			wait = 0
		}
	}
}

// session hears on one connection until it breaks, or returns nil when nobody listens.
func (e *ears) session() error {
	conn, err := pgx.ConnectConfig(e.closed, e.config)
	if err != nil {
		return err
	}
	defer conn.Close(context.Background())
	heard := map[string]bool{}
	for {
		waiting, stop := context.WithCancel(e.closed)
		e.mu.Lock()
		e.changed = stop
		fresh, listeners := e.fresh(), len(e.all)
		e.mu.Unlock()
		if listeners == 0 {
			stop()
			return nil
		}
		if err := listenTo(e.closed, conn, fresh, heard); err != nil {
			stop()
			return err
		}
		n, err := conn.WaitForNotification(waiting)
		interrupted := waiting.Err() != nil
		stop()
		switch {
		case err == nil:
			e.tell(n.Channel, n.Payload)
		case !interrupted || e.closed.Err() != nil || conn.IsClosed():
			return err
		}
	}
}

// fresh returns those whose channel is not known to be heard yet, and takes them as heard. e.mu is held.
func (e *ears) fresh() []*ear {
	var fresh []*ear
	for x, known := range e.all {
		if !known {
			e.all[x] = true
			fresh = append(fresh, x)
		}
	}
	return fresh
}

func listenTo(ctx context.Context, conn *pgx.Conn, fresh []*ear, heard map[string]bool) error {
	for _, x := range fresh {
		if !heard[x.channel] {
			if _, err := conn.Exec(ctx, "listen "+pgx.Identifier{x.channel}.Sanitize()); err != nil {
				return err
			}
			heard[x.channel] = true
		}
		x.call("")
	}
	return nil
}

func (e *ears) tell(channel, payload string) {
	e.mu.Lock()
	var to []*ear
	for x := range e.all {
		if x.channel == channel {
			to = append(to, x)
		}
	}
	e.mu.Unlock()
	for _, x := range to {
		x.call(payload)
	}
}

func (x *ear) call(payload string) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if !x.gone {
		x.hear(payload)
	}
}
