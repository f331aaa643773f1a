package pages

import (
	"time"
)

// clock is how much time something has left, as a line and a sentence. Script puts it into the reader's zone.
type clock struct {
	From, Until string // RFC 3339
	Share       int    // of the time, in percent, still to come
	Say         string // "Gone at 14:32 UTC tomorrow"
	Exact       string
}

func (s *site) clock(created, deadline time.Time) clock {
	now, end := s.Now().UTC(), deadline.UTC()
	c := clock{From: created.UTC().Format(time.RFC3339), Until: end.Format(time.RFC3339), Exact: end.Format("Monday 2 January 2006, 15:04:05 MST")}
	if whole := deadline.Sub(created); whole > 0 {
		c.Share = int(min(100, max(0, 100*deadline.Sub(now)/whole)))
	}
	hour := end.Format("15:04")
	switch midnight := now.Truncate(24 * time.Hour); {
	case !end.After(now):
		c.Say = s.texts.Text("clock.now")
	case end.Before(midnight.AddDate(0, 0, 1)):
		c.Say = s.texts.Text("clock.utc.today", hour)
	case end.Before(midnight.AddDate(0, 0, 2)):
		c.Say = s.texts.Text("clock.utc.tomorrow", hour)
	default:
		c.Say = s.texts.Text("clock.utc.later", hour, end.Format("2 January"))
	}
	return c
}
