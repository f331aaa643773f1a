package policy_test

import (
	"strings"
	"testing"
	"time"

	"easel/internal/policy"
)

// What the server does for all studios at once they have to say alike: a page that says otherwise would be printed and not obeyed.
func TestStudiosSayTheSameOfWhatIsDoneTogether(t *testing.T) {
	t.Parallel()
	all := files(t)
	setup := policy.Setup{Now: time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC)}
	for name, c := range map[string]struct{ from, to, want string }{
		"as they are":        {"", "", ""},
		"a shorter clock":    {"  access: 10 days", "  access: 3 days", "cutout.yaml:86: requests.access cannot be enforced"},
		"a longer one":       {"  child: 24 hours on working days", "  child: 9 working days", "cutout.yaml:90: requests.child cannot be enforced"},
		"other days off":     {"  holidays: [01-01, 12-25, 12-26]", "  holidays: [01-01]", "calendar cannot be enforced"},
		"another time zone":  {"  zone: UTC", "  zone: Asia/Seoul", "calendar cannot be enforced"},
		"orders for longer":  {"    keep: 7 years", "    keep: 8 years", "retention.order.keep cannot be enforced"},
		"its own other time": {"    keep: 24 hours", "    keep: 23 hours", ""}, // of codes, which are the cutout studio's alone
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			text := all["cutout"]
			if !strings.Contains(text, c.from) {
				t.Fatalf("cutout.yaml has no %q", c.from)
			}
			var studios []*policy.Studio
			for file, text := range map[string]string{"portrait": all["portrait"], "cutout": strings.Replace(text, c.from, c.to, 1), "pet": all["pet"]} {
				s, err := policy.Decode(file+".yaml", []byte(text))
				if err != nil {
					t.Fatal(err)
				}
				studios = append(studios, s)
			}
			err := policy.Refuse(studios, setup)
			if (err == nil) != (c.want == "") || err != nil && (!strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), "portrait.yaml:")) {
				t.Errorf("it says %v, want %q", err, c.want)
			}
		})
	}
}
