package policy

import (
	"fmt"
	"strings"
)

// Page is one of the pages that are printed from a declaration.
type Page string

// The pages.
const (
	PrivacyPage Page = "privacy"
	TermsPage   Page = "terms"
	DataPage    Page = "data"
	CompanyPage Page = "company"
)

// Pages lists every page in the order in which they are linked.
var Pages = []Page{PrivacyPage, TermsPage, DataPage, CompanyPage}

// Section is one part of a page: paragraphs, then points, then a table, each possibly empty.
type Section struct {
	ID         string     `json:"id"` // an anchor
	Title      string     `json:"title"`
	Paragraphs []string   `json:"paragraphs,omitempty"`
	Points     []string   `json:"points,omitempty"`
	Head       []string   `json:"head,omitempty"` // the table's columns
	Rows       [][]string `json:"rows,omitempty"` // as long as Head
}

// Print says a page in English; a page that there is not is empty. Every sentence that carries a figure or a name takes it
// from the declaration.
func (s *Studio) Print(page Page) []Section {
	switch page {
	case PrivacyPage:
		return s.Privacy()
	case TermsPage:
		return s.terms()
	case DataPage:
		return s.data()
	case CompanyPage:
		return s.company()
	}
	return nil
}

// Privacy says what is kept, why, where, how long, who else receives it, and what a person can do about it.
func (s *Studio) Privacy() []Section {
	all := []Section{s.short(), s.kept(), s.stored(), s.received(), s.people()}
	if len(s.Choices) > 0 {
		all = append(all, s.chosen())
	}
	return append(all, s.asked(), s.about())
}

func (s *Studio) short() Section {
	p := Section{ID: "in-short", Title: "In short"}
	upload, result := s.Retention[Upload], s.Retention[Result]
	brought := fmt.Sprintf("You bring %s, and the studio makes %s from it. What you bring is gone %s, what is made %s. You can delete either at any time before.",
		s.Brings, s.Makes, within(upload), within(result))
	if s.Storage == Memory {
		brought = fmt.Sprintf("You bring %s, and the studio makes %s from it, in memory. All of it is wiped when you leave the page, when you say so, "+
			"and at the latest %s after you came.", s.Brings, s.Makes, upload.Keep)
	}
	p.Paragraphs = append(p.Paragraphs, brought)
	longest := fmt.Sprintf("No picture stays here for longer than %s", s.Longest)
	if s.Keeps(Saved) {
		longest += ", unless you save it: what you save stays " + s.Retention[Saved].Keep.String() + ", and goes when you say so"
	}
	p.Paragraphs = append(p.Paragraphs, longest+".")
	if len(s.Recipients) == 0 {
		p.Paragraphs = append(p.Paragraphs, "Nothing leaves this server: it does the work itself, and nobody else receives anything.")
	}
	improved := "Your photos are not used to train or improve anything."
	if s.Keeps(Model) {
		improved = fmt.Sprintf("A model is trained on your photos for you alone, and is gone %s. They are used to train or improve nothing else.", within(s.Retention[Model]))
	}
	p.Paragraphs = append(p.Paragraphs, "There is no advertising, no tracking, and nothing on these pages comes from another site. "+improved)
	return p
}

// place says where data is: on this server, or with the recipient that keeps it.
func (s *Studio) place(p Place) string {
	keeper := map[Place]Role{InStore: Bucket, InRows: Database, InSealed: Database, InNames: Database}[p]
	for _, r := range s.Recipients {
		if r.Role == keeper {
			return strings.Replace(places[p], ", on this server", "", 1) + ", with " + r.Name
		}
	}
	return places[p]
}

func within(r Rule) string {
	switch {
	case r.EndsWith == Job:
		return fmt.Sprintf("as soon as the %s is done, and within %s", r.EndsWith, r.Keep)
	case r.EndsWith != "":
		return fmt.Sprintf("within %s, and no later than the %s it was made from", r.Keep, r.EndsWith)
	}
	return "within " + r.Keep.String()
}

func (s *Studio) kept() Section {
	p := Section{ID: "what-is-kept", Title: "What is kept, why, and for how long", Head: []string{"What", "Why", "Where", "How long"}}
	if len(s.Recipients) > 0 {
		p.Head = append(p.Head, "Who else receives it")
	}
	for _, kind := range sortedKinds(s.Retention) {
		rule := s.Retention[kind]
		long := capital(rule.long())
		switch kind {
		case Visit:
			long = capital(rule.Keep.String()) + " after the last visit"
		case Order:
			if s.Identity.Class == Account {
				long += ", also when the account is gone"
			}
		case Request:
			long += " from the answer; of a deleted account only the kind and the dates stay"
		}
		row := []string{rule.What, capital(rule.Why), s.place(rule.Where), long}
		if len(s.Recipients) > 0 {
			row = append(row, s.reached(kind))
		}
		p.Rows = append(p.Rows, row)
	}
	p.Paragraphs = []string{"This is everything. Whatever else a photo file carries, such as the place where it was taken, " +
		"is left out of every result."}
	return p
}

// reached names who receives a kind of data.
func (s *Studio) reached(kind Kind) string {
	var names []string
	for _, r := range s.Recipients {
		for _, k := range r.Data {
			if k == kind {
				names = append(names, r.Name)
			}
		}
	}
	if len(names) == 0 {
		return "nobody"
	}
	return list(names)
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
	if held := s.held(); held != "" {
		p.Paragraphs = append(p.Paragraphs, held)
	}
	return p
}

// held says what may stop a deletion.
func (s *Studio) held() string {
	if s.Hold.Longest <= 0 {
		return ""
	}
	return fmt.Sprintf("There is one exception. Where %s, whoever runs the place can keep one account or one picture from being deleted, "+
		"for at most %s at a time, with a reason that is written down. What was noted about such a picture is kept with it; everything else "+
		"goes when its time is over. Nobody can read it for longer than without that.", s.Hold.Why, s.Hold.Longest)
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
		who := r.Name + " (" + strings.Join(r.Hosts, ", ") + ")"
		if r.Country != "" {
			who = r.Name + ", " + r.Country + " (" + strings.Join(r.Hosts, ", ") + ")"
		}
		does := capital(roles[r.Role])
		if r.Adapter != "" {
			does += " (the adapter " + r.Adapter + ")"
		}
		p.Rows = append(p.Rows, []string{who, does + ", " + r.Why, r.Receives, keeps})
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
	p.Paragraphs = append(p.Paragraphs, s.Age.String())
	return p
}

func (s *Studio) chosen() Section {
	p := Section{ID: "choices", Title: "What you decide", Head: []string{"What", "How it stands"}}
	for _, c := range Choices {
		if standing, shown := s.Choices[c]; shown {
			p.Rows = append(p.Rows, []string{capital(c.String()), capital(standing.String())})
		}
	}
	return p
}

func (s *Studio) asked() Section {
	p := Section{ID: "your-rights", Title: "Your rights", Head: []string{"What you can ask for", "Answered within"}}
	var said []string
	for _, r := range AllRights {
		if s.Offers(r) {
			said = append(said, r.String())
		}
	}
	p.Paragraphs = append(p.Paragraphs, "On the pages of the studio, at once, you can "+list(said)+".",
		fmt.Sprintf("For whatever else you want, write to %s, on paper or by phone as well. How long an answer takes at most is in the table.", s.Contact))
	for _, kind := range RequestKinds {
		p.Rows = append(p.Rows, []string{kind.String(), s.Requests[kind].String()})
	}
	p.Paragraphs = append(p.Paragraphs, s.Calendar.String())
	return p
}

// String says which days are worked on.
func (c Calendar) String() string {
	off := make([]string, 0, len(c.Weekend)+len(c.Holidays))
	for _, d := range c.Weekend {
		off = append(off, d.String()+"s")
	}
	for _, h := range c.Holidays {
		off = append(off, h.String())
	}
	if len(off) == 0 {
		return "Every day is a working day, from midnight to midnight in the time zone " + c.Zone + "."
	}
	return "Working days are all days but " + list(off) + ", from midnight to midnight in the time zone " + c.Zone + "."
}

func (s *Studio) about() Section {
	who := "Questions go to " + s.Contact.String() + "."
	if s.Officer != "" {
		who += " The data protection officer is " + s.Officer + "."
	}
	if s.Status == Planned {
		who = "This studio is planned, and not open yet. " + who
	}
	return Section{ID: "about", Title: "About this page", Paragraphs: []string{
		who,
		fmt.Sprintf("This is version %d, in force from %s. The page is printed from the same declaration that the server obeys, "+
			"so the two cannot differ.", s.Version, s.Effective),
	}}
}
