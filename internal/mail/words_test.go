package mail

import (
	"strings"
	"testing"

	"golang.org/x/net/html"
)

// all values that letters of accounts ask for.
var values = map[string]string{"site": "https://easel.test", "signin": "https://easel.test/sign-in",
	"link": "https://easel.test/link/reset/abc_DEF-123", "lasts": "24 hours", "tokens": "3 tokens", "ends": "22 May 2027", "use": "https://easel.test/portrait/",
	"way": "Your account at Google", "account": "https://easel.test/account",
	"studio": "Portrait studio", "version": "2", "effective": "1 December 2026", "read": "https://easel.test/portrait/terms", "versions": "https://easel.test/portrait/versions"}

func TestEveryLetterHasTwoPartsWithTheSameWords(t *testing.T) {
	t.Parallel()
	l, err := readTemplates()
	if err != nil {
		t.Fatal(err)
	}
	for _, kind := range []Kind{SignUp, Known, Reset, Unknown, NewAddress, AddressChanged, PasswordChanged, WayAdded, TokensEnding, PolicyChanged} {
		m, err := l.render(kind, "ada@example.com", values)
		if err != nil {
			t.Errorf("%s: %v", kind, err)
			continue
		}
		if m.Subject == "" || m.To != "ada@example.com" || strings.ContainsAny(m.Subject, "\r\n") {
			t.Errorf("%s: subject %q to %q", kind, m.Subject, m.To)
		}
		said := textOf(t, m.HTML)
		for _, word := range strings.Fields(strings.ReplaceAll(m.Text, ":\n", "\n")) {
			if !strings.Contains(said, word) {
				t.Errorf("%s: %q stands in the text and not in the page", kind, word)
			}
		}
		for _, line := range strings.Split(m.Text, "\n") {
			if len(line) > 72 && !strings.HasPrefix(line, "http") {
				t.Errorf("%s: a line of %d letters: %s", kind, len(line), line)
			}
		}
		if strings.ContainsAny(m.Subject+m.Text, "!") || strings.Contains(strings.ToLower(m.Text), "oops") {
			t.Errorf("%s shouts: %s", kind, m.Text)
		}
		for _, foreign := range []string{"<img", "<script", "<link", "src=", "{{", "<no value>"} {
			if strings.Contains(m.HTML, foreign) {
				t.Errorf("%s has %s in it", kind, foreign)
			}
		}
		opens := map[Kind]bool{SignUp: true, Reset: true, NewAddress: true}[kind]
		if strings.Contains(m.Text, values["link"]) != opens || strings.Contains(m.HTML, `href="`+values["link"]+`"`) != opens {
			t.Errorf("%s: whether it holds the link should be %v:\n%s", kind, opens, m.Text)
		}
	}
	if n := len(l.kinds()); n < 8 {
		t.Errorf("there are %d letters", n)
	}
}

// textOf is what a reader sees of a page.
func textOf(t *testing.T, page string) string {
	t.Helper()
	doc, err := html.Parse(strings.NewReader(page))
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for n := range doc.Descendants() {
		if n.Type == html.TextNode {
			b.WriteString(n.Data)
			b.WriteByte(' ')
		}
	}
	return b.String()
}

func TestValuesCannotBecomeAnythingElse(t *testing.T) {
	t.Parallel()
	l, err := readTemplates()
	if err != nil {
		t.Fatal(err)
	}
	bad := map[string]string{"site": "x\r\nBcc: all@example.com\r\n\r\n<script>alert(1)</script>", "signin": "https://easel.test", "lasts": "1 hour",
		"link": "https://easel.test/link"}
	m, err := l.render(Reset, "ada@example.com", bad)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(m.HTML, "<script>") || strings.Contains(m.Text, "\n\n<script>") || strings.Contains(m.Subject, "Bcc") {
		t.Errorf("a value broke out:\n%s\n%s", m.Text, m.HTML)
	}
	for name, change := range map[string]map[string]string{
		"a link that is a program": {"site": "s", "lasts": "l", "link": "javascript:alert(1)"},
		"a value that is missing":  {"site": "s", "link": "https://easel.test"},
	} {
		if m, err := l.render(Reset, "ada@example.com", change); err == nil {
			t.Errorf("%s was written: %+v", name, m)
		}
	}
	if _, err := l.render("no-such-letter", "ada@example.com", values); err == nil {
		t.Error("a letter without words was written")
	}
}

func TestWordsThatMakeNoLetter(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{"only a subject": "Subject", "two lines of subject": "One\ntwo\n\nHello.",
		"a value in the subject": "Hello {{.name}}\n\nHello.", "a broken value": "Subject\n\nHello {{.name."} {
		if _, err := parseWords(text); err == nil {
			t.Errorf("%s was read", name)
		}
	}
}
