package rights

import "time"

// Held is how much of one kind of data there is, and when the first and the last of it ends; the times are zero where there is
// no clock.
type Held struct {
	Count       int
	First, Last time.Time
}

// Span makes room for one more end.
func (h *Held) Span(end time.Time) {
	if h.First.IsZero() || end.Before(h.First) {
		h.First = end
	}
	if end.After(h.Last) {
		h.Last = end
	}
}
