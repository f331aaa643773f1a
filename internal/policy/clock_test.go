package policy_test

import (
	"strings"
	"testing"
	"time"

	"easel/internal/policy"
)

func TestClocks(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]policy.Clock{
		"10 days": {Hours: 240, Days: true}, "1 day": {Hours: 24, Days: true}, "7 working days": {Hours: 168, Days: true, Working: true},
		"24 hours on working days": {Hours: 24, Working: true}, "48 hours": {Hours: 48},
	} {
		if got, err := policy.ParseClock(text); err != nil || got != want || got.String() != text {
			t.Errorf("%q is read as %+v, %q, %v", text, got, got, err)
		}
	}
	for _, text := range []string{"", "soon", "0 days", "-1 days", "10", "10  days", "7 days on working days", "working days", "400 days", "2 weeks", "99999999999999999999 days"} {
		if c, err := policy.ParseClock(text); err == nil {
			t.Errorf("%q is read as %+v, want a refusal", text, c)
		}
	}
}

// TestDue works out by hand when answers are due, over weekends, holidays, the end of a year and the change to summer time.
func TestDue(t *testing.T) {
	t.Parallel()
	text := strings.NewReplacer("zone: UTC", "zone: Europe/Berlin", "[01-01, 12-25, 12-26]", "[01-01, 12-25, 12-26, 2026-04-03, 2026-04-06]", "access: 10 days", "access: 30 hours on working days").Replace(portrait(t))
	s := decode(t, text)
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	at := func(text string) time.Time {
		t.Helper()
		moment, err := time.ParseInLocation("2006-01-02 15:04:05.999999999", text, berlin)
		if err != nil {
			t.Fatal(err)
		}
		return moment
	}
	for _, c := range []struct {
		name           string
		kind           policy.RequestKind
		received, want string
	}{
		{"days by the calendar", policy.AskStatus, "2026-11-18 09:30:00", "2026-11-28 09:30:00"},
		{"over the change to summer time, at the same time of day", policy.AskStatus, "2026-03-25 09:30:00", "2026-04-04 09:30:00"},
		{"24 hours within a week", policy.AskDeletion, "2026-11-18 09:30:00", "2026-11-19 09:30:00"},
		{"24 hours over a weekend", policy.AskDeletion, "2026-11-20 15:00:00", "2026-11-23 15:00:00"},
		{"24 hours from a Saturday run through Monday", policy.AskDeletion, "2026-11-21 10:00:00", "2026-11-24 00:00:00"},
		{"24 hours from midnight do not wait for the next day", policy.AskDeletion, "2026-11-20 00:00:00", "2026-11-21 00:00:00"},
		{"a nanosecond after midnight", policy.AskDeletion, "2026-11-20 00:00:00.000000001", "2026-11-23 00:00:00.000000001"},
		{"over Christmas and a weekend", policy.AskDeletion, "2026-12-24 16:00:00", "2026-12-28 16:00:00"},
		{"over the new year", policy.AskDeletion, "2026-12-31 08:00:00", "2027-01-04 08:00:00"},
		{"7 working days", policy.AskCorrection, "2026-11-18 09:30:00", "2026-11-27 09:30:00"},
		{"7 working days over Easter", policy.AskCorrection, "2026-04-01 12:00:00", "2026-04-14 12:00:00"},
		{"7 working days from a Sunday", policy.AskCorrection, "2026-11-22 12:00:00", "2026-12-02 00:00:00"},
		{"30 hours, into the weekend", policy.AskAccess, "2026-11-19 20:00:00", "2026-11-23 02:00:00"},
		{"a kind without a clock", "odd", "2026-11-18 09:30:00", "2026-11-18 09:30:00"},
	} {
		if got := s.Due(c.kind, at(c.received).UTC()); !got.Equal(at(c.want)) {
			t.Errorf("%s: received %s, due %s, want %s", c.name, c.received, got.In(berlin), c.want)
		}
	}
	if got := s.Due(policy.AskDeletion, at("2026-11-18 09:30:00")); got.Location().String() != "Europe/Berlin" {
		t.Errorf("due in %s, want the calendar's zone", got.Location())
	}
}

func TestHoldsAndCuresEnd(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	house := decode(t, studio(t, "likeness"))
	if by, ok := house.CureBy(now); !ok || !by.Equal(now.AddDate(0, 0, 14)) {
		t.Errorf("a breach can be cured until %v, %v; want 14 days", by, ok)
	}
	if _, ok := decode(t, portrait(t)).CureBy(now); ok {
		t.Error("a breach in the portrait studio ends a right that nobody was given")
	}
	if end := house.HoldEnd(now); !end.Equal(now.AddDate(0, 0, 90)) {
		t.Errorf("a hold ends %v, want 90 days later", end)
	}
	if end := decode(t, studio(t, "cutout")).HoldEnd(now); !end.Equal(now) {
		t.Errorf("the cutout studio holds until %v, and has nothing to hold", end)
	}
}

// TestNoPictureOutlivesTheLongest: whatever a rule says, and whoever forgot to check it.
func TestNoPictureOutlivesTheLongest(t *testing.T) {
	t.Parallel()
	s := decode(t, portrait(t))
	now := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	rule := s.Retention[policy.Upload]
	rule.Keep *= 10
	s.Retention[policy.Upload] = rule
	if got := s.Deadline(policy.Upload, now, time.Time{}); !got.Equal(s.Latest(now)) || got.Sub(now) != 24*time.Hour-2*time.Minute {
		t.Errorf("a photo ends %v after it came", got.Sub(now))
	}
}
