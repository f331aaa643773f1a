package account

import (
	"strings"
	"testing"
)

func TestThrowawayDomainsAreFoundWithWhatIsBelowThem(t *testing.T) {
	t.Parallel()
	d, err := ReadDomains(strings.NewReader("# of the operator\n\nminutes.example  # ten of them\n@Bücher.example\n"))
	if err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]bool{
		"a@minutes.example": true, "a@MINUTES.example": true, "a@x.y.minutes.example": true, "a@bücher.example": true,
		"a@notminutes.example": false, "a@example": false, "a@minutes.example.org": false, "minutes.example@other.example": false,
	} {
		a, err := parseAddress(text)
		if err == nil && d.has(a) != want {
			t.Errorf("%s: %v, want %v", text, !want, want)
		}
	}
	if (Domains)(nil).has(address{plain: "a@minutes.example"}) {
		t.Error("without a list nothing is thrown away")
	}
	for _, text := range []string{"no domain", "localhost", "a@b@c"} {
		if _, err := ReadDomains(strings.NewReader(text)); err == nil || !strings.Contains(err.Error(), "line 1") {
			t.Errorf("%q: %v", text, err)
		}
	}
}
