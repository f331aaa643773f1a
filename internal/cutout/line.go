package cutout

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
	"sync"
	"time"

	"easel/internal/fault"
)

// line is what waits to be worked on. Networks take turns: twenty photos of one wait while another's single photo is
// looked at, and what somebody changes goes before the photos that they brought and have not seen yet.
type line struct {
	most int // that may wait
	each int // of one network

	mu      sync.Mutex
	waiting []*job
	running []*job
	queued  map[netip.Prefix]int // the last turn that a network has queued for
	served  map[netip.Prefix]int // the last turn that was its own
	turn    int                  // that is being served
	count   int
	wake    chan struct{}
	took    time.Duration // what one takes: a moving mean
}

func newLine(most, each int) *line {
	return &line{most: most, each: each, queued: map[netip.Prefix]int{}, served: map[netip.Prefix]int{}, wake: make(chan struct{}, 1), took: time.Second}
}

// full says when to come again if there is no place for one more of a network.
func (l *line) full(of netip.Prefix) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.fullLocked(of)
}

func (l *line) fullLocked(of netip.Prefix) error {
	own := 0
	for _, j := range l.waiting {
		if j.network == of {
			own++
		}
	}
	switch {
	case own >= l.each:
		return again(time.Duration(own)*l.took/2, fmt.Sprintf("Your network has %d photos waiting, as many as one may.", own))
	case len(l.waiting) >= l.most:
		return again(time.Duration(len(l.waiting))*l.took/2, fmt.Sprintf("%d photos are waiting to be worked on, as many as may.", len(l.waiting)))
	}
	return nil
}

// The shortest and longest that a busy answer asks to wait: places come free before their time, and nobody should hammer.
const (
	retryLeast = 2 * time.Second
	retryMost  = time.Minute
)

func again(after time.Duration, say string) error {
	after = min(max(after, retryLeast), retryMost).Round(time.Second)
	return fault.TooOften(after, fmt.Sprintf("%s Try again in %d seconds.", say, int(after/time.Second)))
}

// add lets a job wait, in place of what waited for the same photo; what is being done for it stops. Soon is for what a
// person waits for with a hand on the photo.
func (l *line) add(j *job, soon bool) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	old := slices.IndexFunc(l.waiting, func(o *job) bool { return o.photo == j.photo })
	if old >= 0 {
		l.waiting = slices.Delete(l.waiting, old, old+1)
	} else if err := l.fullLocked(j.network); err != nil {
		return err
	}
	for _, o := range l.running {
		if o.photo == j.photo {
			o.stop()
		}
	}
	j.soon = soon
	if soon {
		j.turn = max(l.turn, l.served[j.network]) + 1
	} else {
		j.turn = max(l.turn, l.queued[j.network]) + 1
		l.queued[j.network] = j.turn
	}
	l.count++
	j.number = l.count
	at, _ := slices.BinarySearchFunc(l.waiting, j, inTurn)
	l.waiting = slices.Insert(l.waiting, at, j)
	l.ring()
	return nil
}

func inTurn(a, b *job) int {
	switch {
	case a.turn != b.turn:
		return a.turn - b.turn
	case a.soon != b.soon && a.soon:
		return -1
	case a.soon != b.soon:
		return 1
	}
	return a.number - b.number
}

func (l *line) ring() {
	select {
	case l.wake <- struct{}{}:
	default:
	}
}

// take returns the next job, or nil when the context has ended.
func (l *line) take(ctx context.Context) *job {
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-l.wake:
		}
		if j := l.next(); j != nil {
			return j
		}
	}
}

func (l *line) next() *job {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.waiting) == 0 {
		return nil
	}
	j := l.waiting[0]
	l.waiting = l.waiting[1:]
	l.turn = max(l.turn, j.turn)
	l.served[j.network] = j.turn
	for _, turns := range []map[netip.Prefix]int{l.queued, l.served} {
		for of, turn := range turns {
			if turn < l.turn {
				delete(turns, of) // it stands no better and no worse than somebody new
			}
		}
	}
	l.running = append(l.running, j)
	if len(l.waiting) > 0 {
		l.ring()
	}
	return j
}

// done takes note that a job has ended.
func (l *line) done(j *job, took time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.took = (7*l.took + took) / 8
	l.running = slices.DeleteFunc(l.running, func(o *job) bool { return o == j })
}

// drop forgets what waits for a photo, and stops what is done for it.
func (l *line) drop(p *photo) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.waiting = slices.DeleteFunc(l.waiting, func(j *job) bool { return j.photo == p })
	for _, j := range l.running {
		if j.photo == p {
			j.stop()
		}
	}
}

// leave forgets all that waits in a room.
func (l *line) leave(r *room) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.waiting = slices.DeleteFunc(l.waiting, func(j *job) bool { return j.session.room == r })
}

// ahead is how many photos are worked on before this one, and in about how long its turn comes.
func (l *line) ahead(p *photo) (n int, in time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for i, j := range l.waiting {
		if j.photo == p {
			n = i + len(l.running)
			return n, time.Duration(n) * l.took
		}
	}
	return 0, 0
}
