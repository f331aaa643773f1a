package ledger

import (
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"
)

// The obvious ledger: every token is a thing of its own that is in one state. It is slow, and so simple that one can see
// that it is right.

// coin is one token.
type coin struct {
	state string // free, held, frozen, taken, spent, expired
	by    string // the run that holds it, the dispute that froze it
	at    int    // of one that is held: after how many others
}

// heap is a lot.
type heap struct {
	owner         uuid.UUID
	kind, from    string // from is the order's id or the grant's key
	order         *sale
	created, life time.Time // when it came, when its time was over at first
	ends          time.Time
	coins         []coin
	disputes      []string            // open ones, by when they froze it
	runs          map[uuid.UUID]int64 // how much it ever held for which
}

// sale is an order.
type sale struct {
	id     uuid.UUID
	owner  uuid.UUID
	tokens int64
	asked  map[string]int64 // by refunds, and by each dispute that was lost
	taken  int64            // in total
	won    map[string]bool
	opened map[string]bool
	spent  int64 // of heaps that are gone
	ended  int64
}

// obvious is everything.
type obvious struct {
	now   time.Time
	heaps []*heap
	sales map[uuid.UUID]*sale
	gifts map[string]bool
	runs  map[uuid.UUID]string // held, captured, released
	holds int
}

func newObvious(now time.Time) *obvious {
	return &obvious{now: now, sales: map[uuid.UUID]*sale{}, gifts: map[string]bool{}, runs: map[uuid.UUID]string{}}
}

// clone copies everything, so that something can be tried.
func (m *obvious) clone() *obvious {
	c := newObvious(m.now)
	for id, s := range m.sales {
		n := *s
		n.asked, n.won, n.opened = copied(s.asked), copied(s.won), copied(s.opened)
		c.sales[id] = &n
	}
	for _, h := range m.heaps {
		n := *h
		n.coins, n.disputes, n.runs = slices.Clone(h.coins), slices.Clone(h.disputes), copied(h.runs)
		if h.order != nil {
			n.order = c.sales[h.order.id]
		}
		c.heaps = append(c.heaps, &n)
	}
	c.gifts, c.runs, c.holds = copied(m.gifts), copied(m.runs), m.holds
	return c
}

func copied[K comparable, V any](from map[K]V) map[K]V {
	to := make(map[K]V, len(from))
	for k, v := range from {
		to[k] = v
	}
	return to
}

func (h *heap) count(state string) (n int64) {
	for _, c := range h.coins {
		if c.state == state {
			n++
		}
	}
	return n
}

// move puts up to n coins from one state into another, those by the same, and returns how many.
func (h *heap) move(n int64, from, by string, to coin) (moved int64) {
	for i := range h.coins {
		if moved < n && h.coins[i].state == from && (by == "" || h.coins[i].by == by) {
			h.coins[i] = to
			moved++
		}
	}
	return moved
}

const all = 1 << 40

func (m *obvious) mint(owner uuid.UUID, kind, from string, order *sale, tokens int64, ends time.Time) *heap {
	h := &heap{owner: owner, kind: kind, from: from, order: order, created: m.now, life: ends, ends: ends, runs: map[uuid.UUID]int64{}}
	for range tokens {
		h.coins = append(h.coins, coin{state: "free"})
	}
	m.heaps = append(m.heaps, h)
	return h
}

func sixMonths(t time.Time) time.Time {
	end := t.AddDate(0, 6, 0)
	for end.Day() != t.Day() && end.Day() < 4 { // Go spills over into the next month
		end = end.AddDate(0, 0, -1)
	}
	return end
}

func (m *obvious) buy(owner, order uuid.UUID, tokens int64) string {
	if m.sales[order] != nil {
		return "again"
	}
	s := &sale{id: order, owner: owner, tokens: tokens, asked: map[string]int64{}, won: map[string]bool{}, opened: map[string]bool{}}
	m.sales[order] = s
	m.mint(owner, "bought", order.String(), s, tokens, sixMonths(m.now))
	return "ok"
}

func (m *obvious) grant(owner uuid.UUID, key string, tokens int64) string {
	if m.gifts[key] {
		return "again"
	}
	m.gifts[key] = true
	m.mint(owner, "granted", key, nil, tokens, sixMonths(m.now))
	return "ok"
}

// usable are the owner's lots with something to spend, in the order in which they are spent.
func (m *obvious) usable(owner uuid.UUID) (found []*heap) {
	for _, h := range m.heaps {
		if h.owner == owner && h.ends.After(m.now) && h.count("free") > 0 {
			found = append(found, h)
		}
	}
	slices.SortStableFunc(found, func(a, b *heap) int {
		if c := a.ends.Compare(b.ends); c != 0 {
			return c
		}
		return a.created.Compare(b.created)
	})
	return found
}

func (m *obvious) hold(owner uuid.UUID, runs []uuid.UUID, tokens int64) string {
	var fresh []uuid.UUID
	for _, run := range runs {
		if m.known(run) == "" {
			fresh = append(fresh, run)
		}
	}
	var have int64
	for _, h := range m.usable(owner) {
		have += h.count("free")
	}
	if need := tokens * int64(len(fresh)); need > have {
		return tooFew(need, have)
	}
	for _, run := range fresh {
		left := tokens
		for _, h := range m.usable(owner) {
			m.holds++
			if n := h.move(left, "free", "", coin{"held", run.String(), m.holds}); n > 0 {
				left -= n
				h.runs[run] += n
			}
		}
		m.runs[run] = "held"
	}
	return "ok"
}

// known is what is known of a run, which is nothing once the lots that held for it have gone.
func (m *obvious) known(run uuid.UUID) string {
	if slices.ContainsFunc(m.heaps, func(h *heap) bool { return h.runs[run] > 0 }) {
		return m.runs[run]
	}
	return ""
}

func (m *obvious) capture(run uuid.UUID) string {
	if state := m.known(run); state == "" || state == "released" {
		return "not held"
	}
	for _, h := range m.heaps {
		h.move(all, "held", run.String(), coin{state: "spent"})
	}
	m.runs[run] = "captured"
	return "ok"
}

func (m *obvious) release(run uuid.UUID) string {
	if m.known(run) != "held" {
		return "ok"
	}
	m.runs[run] = "released"
	for _, h := range m.holders(run) {
		n := m.restore(h, "held", run.String(), all)
		m.back(h, n)
	}
	return "ok"
}

// holders are the lots that hold for a run, in the order in which they were used.
func (m *obvious) holders(run uuid.UUID) (found []*heap) {
	for _, h := range m.heaps {
		if slices.ContainsFunc(h.coins, func(c coin) bool { return c.state == "held" && c.by == run.String() }) {
			found = append(found, h)
		}
	}
	slices.SortStableFunc(found, func(a, b *heap) int { return a.heldAt(run) - b.heldAt(run) })
	return found
}

func (h *heap) heldAt(run uuid.UUID) int {
	return h.coins[slices.IndexFunc(h.coins, func(c coin) bool { return c.state == "held" && c.by == run.String() })].at
}

// restore brings coins back; into a lot whose time is over, for a week, and what was still in it has expired.
func (m *obvious) restore(h *heap, state, by string, most int64) int64 {
	var n int64
	for _, c := range h.coins {
		if c.state == state && (by == "" || c.by == by) {
			n++
		}
	}
	if n = min(n, most); n == 0 {
		return 0
	}
	if !h.ends.After(m.now) {
		h.move(all, "free", "", coin{state: "expired"})
		h.ends = m.now.Add(7 * 24 * time.Hour)
	}
	return h.move(n, state, by, coin{state: "free"})
}

// back is what happens to coins that came back: what an order owes goes, and what is disputed freezes.
func (m *obvious) back(h *heap, n int64) {
	if h.order == nil || n == 0 {
		return
	}
	late := min(h.order.short(), n)
	h.move(late, "free", "", coin{state: "taken"})
	h.order.taken += late
	if late < n && len(h.disputes) > 0 {
		h.freeze(m.now, h.disputes[0])
	}
}

func (h *heap) freeze(now time.Time, dispute string) {
	if h.ends.After(now) {
		h.move(all, "free", "", coin{state: "frozen", by: dispute})
	}
}

func (s *sale) owedBack() (sum int64) {
	for _, n := range s.asked {
		sum += n
	}
	return sum
}

func (s *sale) short() int64 { return s.owedBack() - s.taken }

func (s *sale) String() string {
	return fmt.Sprintf("%d tokens, asked %v, taken %d, gone: %d spent and %d ended", s.tokens, s.asked, s.taken, s.spent, s.ended)
}
