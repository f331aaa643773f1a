package policy

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
)

// Period is a length of time as people write it: "30 minutes", "24 hours", "30 days", "as long as the account" or "for good". A day
// has 24 hours, and a year 366 days.
type Period time.Duration

// WithAccount is the period of what ends when its owner deletes the account, and not before.
const WithAccount Period = -1

// ForGood is the period of what never ends, and therefore says nothing about anybody.
const ForGood Period = -2

const (
	withAccount = "as long as the account"
	forGood     = "for good"
)

var units = []struct {
	name string
	size time.Duration
}{{"minute", time.Minute}, {"hour", time.Hour}, {"day", 24 * time.Hour}, {"year", 366 * 24 * time.Hour}}

// longest keeps every period far from overflow; nothing a studio promises is longer than ten years.
const longest = 3660 * 24 * time.Hour

// UnmarshalYAML reads a period where a policy file has one.
func (p *Period) UnmarshalYAML(node ast.Node) error {
	read, err := ParsePeriod(scalar(node))
	if err != nil {
		return &yaml.SyntaxError{Message: err.Error(), Token: node.GetToken()}
	}
	*p = read
	return nil
}

// ParsePeriod reads a whole number from 1 and a unit (minute, hour, day; singular or plural), with one space between.
func ParsePeriod(text string) (Period, error) {
	switch text {
	case withAccount:
		return WithAccount, nil
	case forGood:
		return ForGood, nil
	}
	count, unit, found := strings.Cut(text, " ")
	n, err := strconv.ParseInt(count, 10, 32)
	if !found || err != nil || n < 1 {
		return 0, fmt.Errorf("%q is no length of time; write a number and minutes, hours or days, such as 24 hours", text)
	}
	for _, u := range units {
		if unit == u.name || unit == u.name+"s" {
			if n > int64(longest/u.size) {
				return 0, fmt.Errorf("%q is longer than ten years", text)
			}
			return Period(time.Duration(n) * u.size), nil
		}
	}
	return 0, fmt.Errorf("%q is no length of time; the unit is minutes, hours or days", text)
}

// String writes the period in the largest unit that holds it exactly, a day or two still in hours: "24 hours", "30 days".
func (p Period) String() string {
	switch p {
	case WithAccount:
		return withAccount
	case ForGood:
		return forGood
	}
	d := time.Duration(p)
	unit := units[0]
	for _, u := range units[1:] {
		if d%u.size == 0 && (u.size < 24*time.Hour || d > 48*time.Hour) && d != 0 {
			unit = u
		}
	}
	n := int64(d / unit.size)
	if n == 1 {
		return "1 " + unit.name
	}
	return strconv.FormatInt(n, 10) + " " + unit.name + "s"
}

// Date is a calendar day.
type Date struct{ time.Time }

// UnmarshalYAML reads a day as 2026-11-22.
func (d *Date) UnmarshalYAML(node ast.Node) error {
	t, err := time.Parse(time.DateOnly, scalar(node))
	if err != nil {
		return &yaml.SyntaxError{Message: fmt.Sprintf("%q is no day; write it as 2026-11-22", scalar(node)), Token: node.GetToken()}
	}
	d.Time = t
	return nil
}

// String writes the day as people read it: "22 November 2026".
func (d Date) String() string { return d.Format("2 January 2006") }

// scalar returns the text of a node that has one; a list or a map gives its sign, which is no period and no day.
func scalar(node ast.Node) string {
	if s, ok := node.(*ast.StringNode); ok {
		return s.Value
	}
	return node.GetToken().Value
}
