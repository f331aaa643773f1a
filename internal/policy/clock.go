package policy

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	_ "time/tzdata" // a calendar holds on machines without the zones, too

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
)

// Clock is how long an answer may take: "10 days", "7 working days" or "24 hours on working days".
type Clock struct {
	Hours   int  // in all: a day is 24
	Days    bool // written in days
	Working bool // only working days count
}

// clockMost is far above what anybody promises.
const clockMost = 366

var written = regexp.MustCompile(`^([1-9][0-9]{0,3}) (hours?|days?|working days?)( on working days)?$`)

// ParseClock reads a clock as people write it.
func ParseClock(text string) (Clock, error) {
	m := written.FindStringSubmatch(text)
	if m == nil || m[3] != "" && !strings.HasPrefix(m[2], "hour") {
		return Clock{}, fmt.Errorf("%q is no clock; write 10 days, 7 working days or 24 hours on working days", text)
	}
	n, err := strconv.Atoi(m[1])
	if err != nil || n > clockMost {
		return Clock{}, fmt.Errorf("%q is more than %d", text, clockMost)
	}
	c := Clock{Hours: n, Days: !strings.HasPrefix(m[2], "hour"), Working: m[3] != "" || strings.HasPrefix(m[2], "working")}
	if c.Days {
		c.Hours *= 24
	}
	return c, nil
}

// UnmarshalYAML reads a clock where a policy file has one.
func (c *Clock) UnmarshalYAML(node ast.Node) error {
	read, err := ParseClock(scalar(node))
	if err != nil {
		return &yaml.SyntaxError{Message: err.Error(), Token: node.GetToken()}
	}
	*c = read
	return nil
}

func (c Clock) String() string {
	n, unit := c.Hours, "hour"
	if c.Days {
		n, unit = n/24, "day"
	}
	if n != 1 {
		unit += "s"
	}
	switch {
	case c.Working && c.Days:
		return fmt.Sprintf("%d working %s", n, unit)
	case c.Working:
		return fmt.Sprintf("%d %s on working days", n, unit)
	}
	return fmt.Sprintf("%d %s", n, unit)
}

// Calendar says which days are worked on. Days begin and end at midnight in its zone.
type Calendar struct {
	Zone     string    `yaml:"zone"` // such as Europe/Berlin
	Weekend  []Weekday `yaml:"weekend"`
	Holidays []Holiday `yaml:"holidays"`
}

// Weekday is a day of the week by its English name.
type Weekday time.Weekday

// UnmarshalYAML reads a day's name.
func (w *Weekday) UnmarshalYAML(node ast.Node) error {
	for d := time.Sunday; d <= time.Saturday; d++ {
		if strings.EqualFold(d.String(), scalar(node)) {
			*w = Weekday(d)
			return nil
		}
	}
	return &yaml.SyntaxError{Message: fmt.Sprintf("%q is no day of the week; write it as saturday", scalar(node)), Token: node.GetToken()}
}

func (w Weekday) String() string { return time.Weekday(w).String() }

// Holiday is one day (2026-04-03), or the same day of every year (12-25; then Year is 0).
type Holiday struct {
	Year  int
	Month time.Month
	Day   int
}

// UnmarshalYAML reads a holiday.
func (h *Holiday) UnmarshalYAML(node ast.Node) error {
	text := scalar(node)
	if t, err := time.Parse(time.DateOnly, text); err == nil {
		*h = Holiday{t.Year(), t.Month(), t.Day()}
		return nil
	}
	t, err := time.Parse(time.DateOnly, "2028-"+text) // a leap year
	if err != nil {
		return &yaml.SyntaxError{Message: fmt.Sprintf("%q is no holiday; write 2026-04-03, or 12-25 for every year", text), Token: node.GetToken()}
	}
	*h = Holiday{0, t.Month(), t.Day()}
	return nil
}

func (h Holiday) String() string {
	if h.Year == 0 {
		return fmt.Sprintf("%d %s", h.Day, h.Month)
	}
	return fmt.Sprintf("%d %s %d", h.Day, h.Month, h.Year)
}

// Works reports whether the calendar day of t, as t's own zone has it, is worked on.
func (c Calendar) Works(t time.Time) bool {
	if slices.Contains(c.Weekend, Weekday(t.Weekday())) {
		return false
	}
	return !slices.ContainsFunc(c.Holidays, func(h Holiday) bool {
		return h.Month == t.Month() && h.Day == t.Day() && (h.Year == 0 || h.Year == t.Year())
	})
}

// zone is the calendar's, or UTC where it names none.
func (c Calendar) zone() *time.Location {
	zone, err := time.LoadLocation(c.Zone)
	if err != nil {
		return time.UTC // Check has refused it
	}
	return zone
}

// Due returns when a request of the kind that was received at a moment has to be answered, at the latest, in the calendar's
// zone. Days last from midnight to midnight by the zone's clock. "10 days" end at the same time of day ten days later. Of
// working days only their own time counts: what comes in on another day begins with the next working day, and a clock that
// has run out at the end of a day does not wait for the next one. A kind without a clock is due at once.
func (s *Studio) Due(kind RequestKind, received time.Time) time.Time {
	return s.Calendar.after(received, s.Requests[kind])
}

// day is the length of a day by the clock on the wall, also where that clock is moved.
const day = 24 * time.Hour

func (c Calendar) after(received time.Time, clock Clock) time.Time {
	t := received.In(c.zone())
	date := time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, t.Location())
	left := time.Duration(t.Hour())*time.Hour + time.Duration(t.Minute())*time.Minute + time.Duration(t.Second())*time.Second + time.Duration(t.Nanosecond())
	if clock.Working && !c.Works(date) {
		date, left = c.next(date, true), 0
	}
	for left += time.Duration(clock.Hours) * time.Hour; left > day; left -= day {
		date = c.next(date, clock.Working)
	}
	seconds := left.Truncate(time.Second)
	return time.Date(date.Year(), date.Month(), date.Day(), 0, 0, int(seconds/time.Second), int(left-seconds), date.Location())
}

// next is the next day, or the next one that is worked on. Check has made sure that there is one.
func (c Calendar) next(date time.Time, working bool) time.Time {
	for range 2 * clockMost {
		date = date.AddDate(0, 0, 1)
		if !working || c.Works(date) {
			break
		}
	}
	return date
}
