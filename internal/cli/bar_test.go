package cli

import (
	"testing"
	"unicode/utf8"
)

// A line that is longer than the terminal is wide breaks into two, of which only the second is drawn over.
func TestAProgressLineStaysInItsRow(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name    string
		columns int
		want    string
	}{
		{"me.jpg", 40, "me.jpg [████░░]  66 %  hatching"},
		{"holidays/2024/beach/me.jpg", 40, "…/beach/me.jpg [████░░]  66 %  hatching"},
		{"holidays/2024/beach/me.jpg", 20, "…each/me.jpg [████░"},
		{"Zwölf Boxkämpfer jagen.jpg", 38, "…r jagen.jpg [████░░]  66 %  hatching"},
		{"me.jpg", 0, ""},
	} {
		got := fitted(c.name, " [████░░]  66 %  hatching", c.columns)
		if got != c.want || utf8.RuneCountInString(got) >= max(c.columns, 1) {
			t.Errorf("%s in %d columns is %q, want %q", c.name, c.columns, got, c.want)
		}
	}
}
