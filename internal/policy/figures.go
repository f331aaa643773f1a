package policy

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// Figures stand in the clauses that are enforced, and nowhere else. A text that wants one names it in braces: {age},
// {upload}, {result}, {model}. So a text cannot go on saying what is not true any more.

// figure is any digit: "a day" and "once" are words that a check cannot find, so they are for the author to avoid.
var figure = regexp.MustCompile(`[0-9]`)

// braces are what a text may name.
var braces = regexp.MustCompile(`\{[^}]*\}`)

// authored are the texts that say something in the author's own words, by clause.
func (s *Studio) authored() map[string]*string {
	all := map[string]*string{"tagline": &s.Tagline, "brings": &s.Brings, "makes": &s.Makes, "identity.why": &s.Identity.Why, "price.why": &s.Price.Why, "hold.why": &s.Hold.Why}
	for i := range s.Statements {
		all[fmt.Sprintf("statements[%d]", i)] = &s.Statements[i]
	}
	for i := range s.Prohibited {
		all[fmt.Sprintf("prohibited[%d]", i)] = &s.Prohibited[i]
	}
	for i := range s.Price.Products {
		all[fmt.Sprintf("price.products[%d].what", i)] = &s.Price.Products[i].What
	}
	return all
}

// value is what a brace stands for.
func (s *Studio) value(brace string) (string, bool) {
	switch name := strings.Trim(brace, "{}"); name {
	case "age":
		return strconv.Itoa(s.Age.Minimum), s.Age.Minimum > 0
	default:
		rule, declared := s.Retention[Kind(name)]
		return rule.Keep.String(), declared && rule.Keep > 0
	}
}

// figures finds texts, not yet filled, that repeat a figure in place of naming it, and braces that name none.
func (s *Studio) figures() []Problem {
	var c checker
	check := func(clause, text string) {
		c.add(figure.MatchString(text), clause, "has a figure in it; name the clause that it comes from, such as {age} or {upload}, or write the number as a word")
		for _, brace := range braces.FindAllString(text, -1) {
			_, known := s.value(brace)
			c.add(!known, clause, "names %s, which is {age} or a kind of data with a time of its own, such as {upload}", brace)
		}
	}
	authored := s.authored()
	for _, clause := range sorted(authored) {
		check(clause, *authored[clause])
	}
	for _, kind := range sortedKinds(s.Retention) {
		rule := s.Retention[kind]
		check("retention."+string(kind)+".what", rule.What)
		check("retention."+string(kind)+".why", rule.Why)
	}
	return c.found
}

// fill puts the figures into the texts.
func (s *Studio) fill() {
	filled := func(text string) string {
		return braces.ReplaceAllStringFunc(text, func(brace string) string {
			value, _ := s.value(brace)
			return value
		})
	}
	for _, text := range s.authored() {
		*text = filled(*text)
	}
	for kind, rule := range s.Retention {
		rule.What, rule.Why = filled(rule.What), filled(rule.Why)
		s.Retention[kind] = rule
	}
}
