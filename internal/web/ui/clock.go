package ui

import (
	"strings"
	"time"
)

// Clock is how much time something has left, as a line and a sentence, for the template of that name. Script puts it into the
// reader's zone and goes on from there.
type Clock struct {
	From, Until string // RFC 3339
	Share       int    // of the time, in percent, still to come
	Say         string // "Gone at 14:32 UTC tomorrow"
	Exact       string
	Left        string // "3 h 12 min"
	Spoken      string // the same in whole words
	Due         bool   // an answer is due then, and nothing ends
}

// Clock says how much is left, now, of the time from begun to end.
func (c Catalogue) Clock(now, begun, end time.Time) Clock {
	now, end = now.UTC(), end.UTC()
	out := Clock{From: begun.UTC().Format(time.RFC3339), Until: end.Format(time.RFC3339), Exact: end.Format("Monday 2 January 2006, 15:04:05 MST")}
	if whole := end.Sub(begun); whole > 0 {
		out.Share = int(min(100, max(0, 100*end.Sub(now)/whole)))
	}
	out.Left, out.Spoken = c.remaining(end.Sub(now))
	hour := end.Format("15:04")
	switch midnight := now.Truncate(24 * time.Hour); {
	case !end.After(now):
		out.Say = c.Text("clock.now")
	case end.Before(midnight.AddDate(0, 0, 1)):
		out.Say = c.Text("clock.utc.today", hour)
	case end.Before(midnight.AddDate(0, 0, 2)):
		out.Say = c.Text("clock.utc.tomorrow", hour)
	case end.Year() != now.Year() && end.Sub(now) > 300*24*time.Hour:
		out.Say = c.Text("clock.utc.later", hour, end.Format("2 January 2006"))
	default:
		out.Say = c.Text("clock.utc.later", hour, end.Format("2 January"))
	}
	return out
}

// daysAlone is from how many days on nobody counts the hours.
const daysAlone = 10

// remaining is how long it still is, short for the eye and in whole words for the ear: days and hours, hours and minutes, or
// minutes; "" when it is over.
func (c Catalogue) remaining(d time.Duration) (short, spoken string) {
	minutes := int((d + time.Minute - 1) / time.Minute)
	if minutes <= 0 {
		return "", ""
	}
	units := []struct {
		key string
		n   int
	}{{"left.day", minutes / (24 * 60)}, {"left.hour", minutes / 60 % 24}, {"left.minute", minutes % 60}}
	for len(units) > 1 && units[0].n == 0 {
		units = units[1:]
	}
	if len(units) == 3 && units[0].n >= daysAlone {
		units = units[:1]
	}
	var words, brief []string
	for _, u := range units[:min(2, len(units))] {
		if u.n > 0 {
			words, brief = append(words, c.Count(u.key, u.n)), append(brief, c.Text(u.key+".short", u.n))
		}
	}
	return strings.Join(brief, " "), strings.Join(words, " ")
}
