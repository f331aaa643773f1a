package cutout

import (
	"fmt"
	"net/netip"
	"sync"
	"time"

	"easel/internal/provider"
)

// budget is what one hosted engine may cost, and whether it is worth asking. It lives in this process only: networks are
// forgotten with the day, and a start begins anew.
type budget struct {
	day, each float64 // for everybody, and for one network, in a day
	now       func() time.Time

	mu       sync.Mutex
	begun    time.Time // of the day that is counted
	spent    float64
	networks map[netip.Prefix]float64
	failures int       // one after the other
	until    time.Time // it rests
}

func newBudget(day, each float64, now func() time.Time) *budget {
	return &budget{day: day, each: each, now: now, networks: map[netip.Prefix]float64{}}
}

// How an engine rests: after so many failures for a minute, then twice as long each time, and at once where asking is no use.
const (
	failuresMost = 3
	restLeast    = time.Minute
	restMost     = time.Hour
	restLong     = 30 * time.Minute // without credits, or with a key that it does not take
)

// take books for a network what one call may cost at most, or says why it is not made.
func (b *budget) take(of netip.Prefix, cost float64, who string) (why string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	now := b.now()
	if now.Sub(b.begun) >= 24*time.Hour {
		b.begun, b.spent = now, 0
		clear(b.networks)
	}
	switch {
	case now.Before(b.until):
		return fmt.Sprintf("%s is not asked at this moment, since it failed a short while ago.", who)
	case b.spent+cost > b.day:
		return fmt.Sprintf("What this server spends on %s in a day is used up.", who)
	case b.networks[of]+cost > b.each:
		return fmt.Sprintf("What this server spends on %s for your network in a day is used up.", who)
	}
	b.spent += cost
	b.networks[of] += cost
	if b.failures >= failuresMost {
		b.until = now.Add(restLeast) // one call finds out how it is; the others wait for what it says
	}
	return ""
}

// settle corrects what was booked to what a call did cost, and draws the conclusion from how it ended. A call that was called
// off says nothing.
func (b *budget) settle(of netip.Prefix, booked, cost float64, err error, calledOff bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.spent = max(0, b.spent-booked+cost)
	if b.networks[of] += cost - booked; b.networks[of] <= 0 {
		delete(b.networks, of)
	}
	if calledOff {
		return
	}
	failed := provider.Of(err)
	switch {
	case err == nil || failed != nil && (failed.Kind == provider.Unfit || failed.Kind == provider.Empty || failed.Kind == provider.Refused):
		b.failures, b.until = 0, time.Time{}
	case failed != nil && (failed.Kind == provider.Spent || failed.Kind == provider.Barred):
		b.until = b.now().Add(restLong)
	case failed != nil && failed.Kind == provider.Busy:
		b.until = b.now().Add(min(max(failed.After, restLeast), restMost))
	default:
		if b.failures++; b.failures >= failuresMost {
			b.until = b.now().Add(min(restLeast<<min(b.failures-failuresMost, 10), restMost))
		}
	}
}

// Spent is what was spent today, for the log.
func (b *budget) today() float64 { b.mu.Lock(); defer b.mu.Unlock(); return b.spent }
