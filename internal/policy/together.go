package policy

import (
	"errors"
	"fmt"
)

// together finds what live studios declare differently although the server does it for all of them at once: orders are in one
// table, and requests come in at one door, where nobody says which studio they are about. The studio with accounts is obeyed.
func together(all []*Studio) error {
	var first *Studio
	for _, s := range all {
		if first == nil && s.Status == Live && s.Identity.Class == Account {
			first = s
		}
	}
	if first == nil {
		return nil
	}
	var wrong []error
	differ := func(s *Studio, clause string, here, there any) {
		wrong = append(wrong, fmt.Errorf("%s: %s cannot be enforced: it is %q, but the server has one clock for all studios, which is %q at %s. Write the same",
			s.At(clause), clause, fmt.Sprint(here), fmt.Sprint(there), first.At(clause)))
	}
	for _, s := range all {
		if s == first || s.Status != Live {
			continue
		}
		for _, kind := range RequestKinds {
			if here, there := s.Requests[kind], first.Requests[kind]; here != there {
				differ(s, "requests."+string(kind), here, there)
			}
		}
		if here, there := s.Calendar.String(), first.Calendar.String(); here != there {
			differ(s, "calendar", here, there)
		}
		if here, there := s.Retention[Order].Keep, first.Retention[Order].Keep; s.Keeps(Order) && first.Keeps(Order) && here != there {
			differ(s, "retention.order.keep", here, there)
		}
	}
	return errors.Join(wrong...)
}
