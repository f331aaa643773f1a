package policy

import (
	"fmt"
	"slices"
	"strings"
)

// Section is one part of the privacy page: paragraphs, then points, then a table, each possibly empty.
type Section struct {
	ID         string // an anchor
	Title      string
	Paragraphs []string
	Points     []string
	Head       []string   // the table's columns
	Rows       [][]string // as long as Head
}

// Privacy says the policy in English. Every sentence that carries a figure or a name takes it from the declaration.
func (s *Studio) Privacy() []Section {
	all := []Section{s.short(), s.kept(), s.stored(), s.received(), s.people()}
	all = append(all, s.use(), s.asked(), s.about())
	return all
}

func (s *Studio) short() Section {
	p := Section{ID: "in-short", Title: "In short"}
	upload, result := s.Retention[Upload], s.Retention[Result]
	brought := fmt.Sprintf("You bring a photo, and the studio makes portraits from it. The photo is gone within %s, the portraits %s. You can delete either at any time before.",
		upload.Keep, within(result))
	if s.Storage == Memory {
		brought = fmt.Sprintf("You bring a photo, and the studio works on it in memory. All of it is wiped when you leave the page, when you say so, and at the latest %s after you came.", upload.Keep)
	}
	p.Paragraphs = append(p.Paragraphs, brought)
	if len(s.Recipients) == 0 {
		p.Paragraphs = append(p.Paragraphs, "Nothing leaves this server: it does the work itself, and nobody else receives anything.")
	}
	p.Paragraphs = append(p.Paragraphs, "There is no advertising, no tracking, and nothing on these pages comes from another site. "+
		"Your photos are not used to train or improve anything.")
	return p
}

// place says where pictures are: on this server, or with the recipient that keeps the bucket.
func (s *Studio) place() string {
	for _, r := range s.Recipients {
		if r.Role == Bucket {
			return "encrypted, with " + r.Name
		}
	}
	return places[s.Storage]
}

func within(r Rule) string {
	if r.EndsWith != "" {
		return fmt.Sprintf("no later than the %s they were made from", r.EndsWith)
	}
	return "within " + r.Keep.String()
}

func (s *Studio) kept() Section {
	p := Section{ID: "what-is-kept", Title: "What is kept, why, and for how long", Head: []string{"What", "Why", "Where", "How long"}}
	for _, kind := range sortedKinds(s.Retention) {
		rule := s.Retention[kind]
		where := s.place()
		long := capital(rule.String())
		switch kind {
		case Visit:
			where, long = "in the database", capital(rule.Keep.String())+" after the last visit"
		case Usage:
			where = "in the database, encrypted"
		case Person:
			where = "in the database; address and name encrypted"
		case Order:
			where, long = "in the database", long+", also when the account is gone"
		}
		p.Rows = append(p.Rows, []string{rule.What, capital(rule.Why), where, long})
	}
	p.Paragraphs = []string{"This is everything. Whatever else a photo file carries, such as the place where it was taken, " +
		"is left out of every result."}
	return p
}

func (s *Studio) stored() Section {
	p := Section{ID: "how-it-is-kept", Title: "How it is kept", Paragraphs: []string{s.Storage.String()}}
	if s.Storage == Sealed {
		p.Paragraphs = append(p.Paragraphs,
			"The end of its time is checked whenever a picture is read: from that moment it is not shown, to you or to anybody. "+
				"The key is destroyed within a minute, and after a pause of the server before it serves anything again.",
			"Whoever runs this server can copy its disk with the keys on it. Such a copy is outside what the program can promise.")
	}
	if s.Storage == Memory {
		p.Paragraphs = append(p.Paragraphs,
			"While they wait, they are locked with a secret that only your page has; the server keeps no copy of it. Where the system allows, "+
				"that memory is kept out of the swap space and of crash reports. While a picture is being worked on, it is in the program's "+
				"ordinary memory, unlocked.")
	}
	return p
}

func (s *Studio) received() Section {
	p := Section{ID: "who-receives-it", Title: "Who else receives it"}
	if len(s.Recipients) == 0 {
		p.Paragraphs = []string{"Nobody. Nothing is sent to another company or another machine."}
		return p
	}
	p.Head = []string{"Who", "What for", "What it receives", "How long it keeps it"}
	for _, r := range s.Recipients {
		keeps := r.Keeps
		if keeps == "" {
			keeps = "as long as this studio does"
		}
		p.Rows = append(p.Rows, []string{r.Name + " (" + strings.Join(r.Hosts, ", ") + ")", capital(roles[r.Role]) + ", " + r.Why, r.Receives, keeps})
	}
	return p
}

func (s *Studio) people() Section {
	p := Section{ID: "who-you-are", Title: "Who you are to the studio", Paragraphs: []string{s.Identity.String()}}
	if s.Identity.Class == Account {
		p.Paragraphs = append(p.Paragraphs, "Your address and your name are encrypted with a key that is yours alone. One cookie with a random value "+
			"recognises a browser that you signed in on, and a second one, which opens nothing, keeps strangers' failed tries from slowing you down.",
			"You can delete your account on its page. It is gone at once, with everything that is kept for you here, and the key to it.")
	}
	p.Paragraphs = append(p.Paragraphs, s.Age.String(), s.Price.String())
	return p
}

func (s *Studio) use() Section {
	p := Section{ID: "use", Title: "What you may do, and what not", Paragraphs: []string{
		s.Ownership.String(),
		"Before the first photo you state: " + "“" + strings.Join(s.Statements, "” “") + "”",
		"The studio must not be used for:",
	}}
	p.Points = slices.Clone(s.Prohibited)
	return p
}

func (s *Studio) asked() Section {
	p := Section{ID: "your-rights", Title: "Your rights"}
	phrases := func(rights []Right) []string {
		said := make([]string, len(rights))
		for i, r := range rights {
			said[i] = r.String()
		}
		return said
	}
	p.Paragraphs = append(p.Paragraphs, "On the pages of the studio, at once, you can "+list(phrases(s.Rights.AtOnce))+".")
	if len(s.Rights.OnRequest) > 0 {
		p.Paragraphs = append(p.Paragraphs, fmt.Sprintf("You can also %s. Write to %s; an answer takes at most %s.",
			list(phrases(s.Rights.OnRequest)), s.Contact, s.Rights.AnsweredWithin))
	}
	return p
}

func (s *Studio) about() Section {
	who := "Questions go to " + s.Contact.String() + "."
	if s.Officer != "" {
		who += " The data protection officer is " + s.Officer + "."
	}
	return Section{ID: "about", Title: "About this page", Paragraphs: []string{
		who,
		fmt.Sprintf("This is version %d, in force from %s. The page is printed from the same declaration that the server obeys, "+
			"so the two cannot differ.", s.Version, s.Effective),
	}}
}

// capital makes the first letter of an English phrase large.
func capital(s string) string {
	if s == "" {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:]
}
