package ledger

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/google/uuid"
)

// of are an order's lots, those that end first before the others.
func (m *obvious) of(s *sale) (found []*heap) {
	for _, h := range m.heaps {
		if h.order == s {
			found = append(found, h)
		}
	}
	slices.SortStableFunc(found, func(a, b *heap) int { return a.life.Compare(b.life) })
	return found
}

// ask takes n of an order's tokens for what asks for them. All disputes thaw meanwhile; those that are not over freeze again.
func (m *obvious) ask(s *sale, by string, n int64) string {
	for _, h := range m.of(s) {
		for _, d := range h.disputes {
			m.restore(h, "frozen", d, all)
		}
		h.disputes = slices.DeleteFunc(h.disputes, func(d string) bool { return d == by })
	}
	lots := m.of(s)
	slices.SortStableFunc(lots, func(a, b *heap) int { return a.ends.Compare(b.ends) })
	var taken int64
	for _, h := range lots {
		if h.ends.After(m.now) {
			taken += h.move(n-taken, "free", "", coin{state: "taken"})
		}
	}
	s.taken += taken
	s.asked[by] += n
	for _, h := range m.of(s) {
		for _, d := range h.disputes {
			h.freeze(m.now, d)
		}
	}
	return fmt.Sprint(Claimed{taken, n - taken})
}

const byRefund = "refund"

func (m *obvious) refund(order uuid.UUID, total int64) string {
	s := m.sales[order]
	if s == nil {
		return "no order"
	}
	n := min(total-s.asked[byRefund], s.tokens-s.owedBack())
	if n <= 0 {
		return fmt.Sprint(Claimed{})
	}
	return m.ask(s, byRefund, n)
}

func (m *obvious) dispute(order uuid.UUID, dispute string, o Outcome, tokens int64) string {
	s := m.sales[order]
	if s == nil {
		return "no order"
	}
	_, lost := s.asked[dispute]
	switch {
	case s.won[dispute], o == Opened && (s.opened[dispute] || lost), o == Lost && lost:
		return fmt.Sprint(Claimed{})
	case o == Opened:
		s.opened[dispute] = true
		for _, h := range m.of(s) {
			h.disputes = append(h.disputes, dispute)
			h.freeze(m.now, dispute)
		}
		return fmt.Sprint(Claimed{})
	case o == Lost:
		s.asked[dispute] = 0
		return m.ask(s, dispute, min(tokens, s.tokens-s.owedBack()))
	}
	return m.won(s, dispute)
}

// won withdraws what a dispute asked for: what was taken beyond what others ask for comes back.
func (m *obvious) won(s *sale, dispute string) string {
	s.won[dispute] = true
	asked := s.asked[dispute]
	delete(s.asked, dispute)
	back := max(0, s.taken-s.owedBack())
	s.taken -= back
	say := fmt.Sprint(Claimed{-back, back - asked})
	for _, h := range m.of(s) {
		n := m.restore(h, "taken", "", back)
		back -= n
		n += m.restore(h, "frozen", dispute, all)
		h.disputes = slices.DeleteFunc(h.disputes, func(d string) bool { return d == dispute })
		m.back(h, n)
	}
	if back > 0 {
		h := m.mint(s.owner, "returned", s.id.String(), s, back, m.now.Add(7*24*time.Hour))
		for _, d := range slices.Sorted(maps.Keys(s.opened)) {
			if _, lost := s.asked[d]; !lost && !s.won[d] {
				h.disputes = append(h.disputes, d)
				h.freeze(m.now, d)
			}
		}
	}
	return say
}

// sweep ends what is over of an owner's, and forgets the lots in which nothing is left.
func (m *obvious) sweep(owner uuid.UUID) string {
	m.heaps = slices.DeleteFunc(m.heaps, func(h *heap) bool {
		if h.owner != owner || h.ends.After(m.now) {
			return false
		}
		h.move(all, "free", "", coin{state: "expired"})
		if h.count("held")+h.count("frozen") > 0 {
			return false
		}
		if h.order != nil {
			h.order.spent += h.count("spent")
			h.order.ended += h.count("expired")
		}
		return true
	})
	return "ok"
}

// picture is everything that can be seen of the ledger, in an order of its own.
func (m *obvious) picture() []string {
	var lines []string
	sum := map[string][6]int64{}
	for _, h := range m.heaps {
		key := fmt.Sprintf("%s %s %s until %s", h.owner, h.kind, h.from, h.ends.UTC().Format(time.RFC3339))
		s := sum[key]
		for i, state := range states {
			s[i] += h.count(state)
		}
		sum[key] = s
		for run, n := range h.runs {
			lines = append(lines, fmt.Sprintf("%s held %d of %s", run, n, h.from))
		}
		for i, d := range h.disputes {
			lines = append(lines, fmt.Sprintf("%s is the %d. dispute, since %s, and froze %d", d, i+1, h.kind, h.by(d)))
		}
	}
	for key, s := range sum {
		lines = append(lines, fmt.Sprint(key, " ", s))
	}
	for _, s := range m.sales {
		lines = append(lines, fmt.Sprintf("%s: %d taken, %d short, %d spent, %d expired", s.id, s.taken, s.short(), s.spent, s.ended))
	}
	slices.Sort(lines)
	return lines
}

func (h *heap) by(dispute string) (n int64) {
	for _, c := range h.coins {
		if c.state == "frozen" && c.by == dispute {
			n++
		}
	}
	return n
}

// states are those that a lot's coins are counted in.
var states = [6]string{"free", "held", "frozen", "taken", "spent", "expired"}
