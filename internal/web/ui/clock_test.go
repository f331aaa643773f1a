package ui

import (
	"testing"
	"time"
)

func TestClock(t *testing.T) {
	t.Parallel()
	noon := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		begun, end time.Duration // from noon
		share      int
		say        string
	}{
		{-time.Hour, 3 * time.Hour, 75, "Gone at 15:00 UTC today"},
		{0, 24 * time.Hour, 100, "Gone at 12:00 UTC tomorrow"},
		{-23 * time.Hour, time.Hour, 4, "Gone at 13:00 UTC today"},
		{0, 12 * time.Hour, 100, "Gone at 00:00 UTC tomorrow"},
		{0, 49 * time.Hour, 100, "Gone at 13:00 UTC on 24 November"},
		{-25 * time.Hour, -time.Hour, 0, "Gone"},
		{0, 0, 0, "Gone"},
	} {
		got := English().Clock(noon, noon.Add(c.begun), noon.Add(c.end))
		if got.Share != c.share || got.Say != c.say {
			t.Errorf("%v…%v: %d %q", c.begun, c.end, got.Share, got.Say)
		}
	}
}

func TestTheTimeLeft(t *testing.T) {
	t.Parallel()
	for d, want := range map[time.Duration][2]string{
		3*time.Hour + 12*time.Minute:     {"3 h 12 min", "3 hours 12 minutes"},
		3*time.Hour + 11*time.Minute + 1: {"3 h 12 min", "3 hours 12 minutes"},
		time.Minute:                      {"1 min", "1 minute"}, time.Second: {"1 min", "1 minute"}, time.Hour: {"1 h", "1 hour"},
		25 * time.Hour: {"1 d 1 h", "1 day 1 hour"}, 48*time.Hour + 5*time.Minute: {"2 d", "2 days"}, 250 * time.Hour: {"10 d", "10 days"}, 0: {"", ""}, -time.Hour: {"", ""},
	} {
		if short, spoken := English().remaining(d); short != want[0] || spoken != want[1] {
			t.Errorf("%v is %q and %q, want %q", d, short, spoken, want)
		}
	}
}
