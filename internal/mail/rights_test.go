package mail

import (
	"strings"
	"testing"
)

func TestLettersAboutRights(t *testing.T) {
	t.Parallel()
	l, err := readTemplates()
	if err != nil {
		t.Fatal(err)
	}
	told := map[string]string{"site": "https://easel.test", "number": "7KQ2-9XWD", "kind": "to know what is held about you", "due": "3 December 2026, 12:00 UTC",
		"what": "is late", "words": "We looked, and you are right.", "link": "https://easel.test/link", "lasts": "24 hours", "style": "Artistic",
		"reason": "our shop window", "ends": "23 November 2026, 12:00 UTC", "account": "https://easel.test/your-data"}
	for kind, wants := range map[Kind][]string{
		RequestConfirm:  {told["link"], told["kind"], told["lasts"]},
		RequestReceived: {told["number"], told["kind"], told["due"]},
		RequestStep:     {told["number"], told["words"]},
		RequestStaff:    {told["number"], told["what"], told["due"], told["link"]},
		PermissionAsked: {told["reason"], told["style"], told["ends"], told["link"]},
		UseSuspended:    {told["account"]},
		UseResumed:      {told["account"]},
		DataTaken:       {told["account"]},
	} {
		m, err := l.render(kind, "ada@example.com", told)
		if err != nil {
			t.Errorf("%s: %v", kind, err)
			continue
		}
		said := strings.Join(strings.Fields(m.Text), " ")
		for _, want := range wants {
			if !strings.Contains(said, want) {
				t.Errorf("%s does not say %q:\n%s", kind, want, m.Text)
			}
		}
		if strings.ContainsAny(m.Subject+m.Text, "!") {
			t.Errorf("%s shouts", kind)
		}
		for name := range told { // each value that a letter asks for has to be there: nothing is left out unseen
			less := map[string]string{}
			for n, v := range told {
				if n != name {
					less[n] = v
				}
			}
			if _, err := l.render(kind, "ada@example.com", less); err == nil && strings.Contains(said, told[name]) {
				t.Errorf("%s is written without its %s", kind, name)
			}
		}
	}
}
