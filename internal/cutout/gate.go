package cutout

import (
	"context"
	"net/netip"
	"sync"
	"time"
)

// gate lets few in at a time, because what they do takes much memory, and tells others when to come again instead of
// letting them wait for long. The order of arrival is kept.
type gate struct {
	places chan struct{}
	most   time.Duration // nobody begins to wait for longer than about this
	say    string

	mu      sync.Mutex
	waiting map[netip.Prefix]int
	all     int
	took    time.Duration // what one takes: a moving mean
}

func newGate(places int, most time.Duration, say string) *gate {
	return &gate{places: make(chan struct{}, places), most: most, say: say, waiting: map[netip.Prefix]int{}, took: time.Second / 2}
}

// full says when to come again if somebody of a network would have to wait for too long, or has a quarter of all who may
// wait already.
func (g *gate) full(of netip.Prefix) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.fullLocked(of)
}

func (g *gate) fullLocked(of netip.Prefix) error {
	wait := time.Duration(g.all) * g.took / time.Duration(cap(g.places))
	own := time.Duration(g.waiting[of]) * g.took / time.Duration(cap(g.places))
	if wait > g.most || own > g.most/4 && g.waiting[of] > 1 {
		return again(wait/2, g.say)
	}
	return nil
}

// enter waits for a place and returns what gives it back.
func (g *gate) enter(ctx context.Context, of netip.Prefix) (leave func(), err error) {
	g.mu.Lock()
	if err := g.fullLocked(of); err != nil {
		g.mu.Unlock()
		return nil, err
	}
	g.waiting[of]++
	g.all++
	g.mu.Unlock()
	defer func() {
		g.mu.Lock()
		defer g.mu.Unlock()
		if g.all--; g.waiting[of] == 1 {
			delete(g.waiting, of)
		} else {
			g.waiting[of]--
		}
	}()
	select {
	case g.places <- struct{}{}:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	begun := time.Now()
	return func() {
		g.mu.Lock()
		g.took = (7*g.took + time.Since(begun)) / 8
		g.mu.Unlock()
		<-g.places
	}, nil
}
