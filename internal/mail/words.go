package mail

import (
	"bytes"
	"embed"
	"errors"
	"fmt"
	html "html/template"
	"io/fs"
	"net/url"
	"path"
	"slices"
	"strings"
	text "text/template"
	"unicode"
)

// templates are the letters' words: a subject in the first line, then paragraphs. A paragraph of the form [Words] address is
// what the reader is asked to open. The text and the HTML part are made of the same words.
//
//go:embed templates
var templates embed.FS

// words are one letter's, as templates.
type words struct {
	subject string
	parts   []part
}

type part struct {
	text, link *text.Template // link: nil where there is nothing to open
}

// library is every letter by its kind, with the page around them.
type library struct {
	letters map[Kind]words
	layout  *html.Template
}

// readTemplates reads every letter, strictly: a value that nobody gives is an error when it is rendered.
func readTemplates() (*library, error) {
	layout, err := html.ParseFS(templates, "templates/layout.html")
	if err != nil {
		return nil, fmt.Errorf("read the letters' layout: %w", err)
	}
	names, err := fs.Glob(templates, "templates/*.txt")
	if err != nil {
		return nil, err
	}
	l := &library{map[Kind]words{}, layout}
	for _, name := range names {
		data, err := fs.ReadFile(templates, name)
		if err != nil {
			return nil, err
		}
		w, err := parseWords(string(data))
		if err != nil {
			return nil, fmt.Errorf("read the letter %s: %w", name, err)
		}
		l.letters[Kind(strings.TrimSuffix(path.Base(name), ".txt"))] = w
	}
	return l, nil
}

func parseWords(data string) (w words, err error) {
	paragraphs := strings.Split(strings.TrimSpace(data), "\n\n")
	w.subject = paragraphs[0]
	if len(paragraphs) < 2 || strings.ContainsAny(w.subject, "\n{") {
		return words{}, errors.New("it begins with a subject of one line, without values, and has at least a paragraph")
	}
	for _, p := range paragraphs[1:] {
		var this part
		if label, link, ok := strings.Cut(strings.TrimPrefix(p, "["), "] "); ok && strings.HasPrefix(p, "[") {
			if this.link, err = parseText(link); err != nil {
				return words{}, err
			}
			p = label
		}
		if this.text, err = parseText(p); err != nil {
			return words{}, err
		}
		w.parts = append(w.parts, this)
	}
	return w, nil
}

func parseText(s string) (*text.Template, error) {
	return text.New("").Option("missingkey=error").Parse(strings.Join(strings.Fields(s), " "))
}

// Message is a letter as it is read.
type Message struct {
	To, Subject string
	Text, HTML  string
}

// rendered is one paragraph with its values in it.
type rendered struct{ Text, Link string }

// render fills a letter's words. Values that are no text are refused; whatever they hold, they end up in the two bodies and
// never in a header.
func (l *library) render(kind Kind, to string, values map[string]string) (m Message, err error) {
	w, ok := l.letters[kind]
	if !ok {
		return Message{}, fmt.Errorf("mail: there is no letter %q", kind)
	}
	var parts []rendered
	for _, p := range w.parts {
		var r rendered
		if r.Text, err = fill(p.text, values); err == nil && p.link != nil {
			r.Link, err = fill(p.link, values)
		}
		if err != nil {
			return Message{}, fmt.Errorf("mail: write the letter %q: %w", kind, err)
		}
		if u, err := url.Parse(r.Link); err != nil || r.Link != "" && u.Scheme != "https" && u.Scheme != "http" {
			return Message{}, fmt.Errorf("mail: the letter %q has a link that is no web address", kind)
		}
		parts = append(parts, r)
	}
	var page bytes.Buffer
	if err := l.layout.Execute(&page, struct {
		Subject string
		Parts   []rendered
	}{w.subject, parts}); err != nil {
		return Message{}, fmt.Errorf("mail: write the letter %q: %w", kind, err)
	}
	return Message{To: to, Subject: w.subject, Text: plain(parts), HTML: page.String()}, nil
}

func fill(t *text.Template, values map[string]string) (string, error) {
	clean := map[string]string{}
	for name, value := range values {
		clean[name] = strings.Map(func(r rune) rune {
			if unicode.IsControl(r) {
				return ' '
			}
			return r
		}, value)
	}
	var b strings.Builder
	err := t.Execute(&b, clean)
	return b.String(), err
}

// plain is the text part: lines of at most 72 letters, addresses on lines of their own.
func plain(parts []rendered) string {
	var b strings.Builder
	for i, p := range parts {
		if i > 0 {
			b.WriteString("\n")
		}
		if p.Link != "" {
			fmt.Fprintf(&b, "%s:\n%s\n", p.Text, p.Link)
			continue
		}
		n := 0
		for word := range strings.FieldsSeq(p.Text) {
			switch {
			case n == 0:
			case n+1+len(word) > 72:
				b.WriteString("\n")
				n = 0
			default:
				b.WriteString(" ")
				n++
			}
			b.WriteString(word)
			n += len(word)
		}
		b.WriteString("\n")
	}
	return b.String()
}

// kinds lists the letters that there are, in order.
func (l *library) kinds() []Kind {
	var all []Kind
	for k := range l.letters {
		all = append(all, k)
	}
	slices.Sort(all)
	return all
}
