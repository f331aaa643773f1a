package policy

import (
	"fmt"
	"slices"
	"time"
)

// terms say who may use the studio for what, what it costs, and whose the results are.
func (s *Studio) terms() []Section {
	about := s.about()
	changed := "When these terms change, the version is counted up, the text before stays readable, and nothing of yours is used under the new ones before you have seen them."
	if s.Identity.Class == Account {
		changed = "When these terms or the privacy policy change, the version is counted up, whoever agreed to the one before gets a letter, and is asked again before " +
			"the next photo. The text before stays readable."
	}
	about.Paragraphs = append(about.Paragraphs, changed)
	return []Section{
		{ID: "the-studio", Title: "The studio", Paragraphs: []string{fmt.Sprintf("%s: %s You bring %s, and the studio makes %s from it.", s.Title, s.Tagline, s.Brings, s.Makes)}},
		{ID: "who", Title: "Who may use it", Paragraphs: []string{s.Identity.String(), s.Age.String()}},
		s.cost(),
		{ID: "results", Title: "Whose the results are", Paragraphs: s.ownership()},
		{ID: "statements", Title: "What you state", Paragraphs: []string{"Before the first photo you state:"}, Points: slices.Clone(s.Statements)},
		{ID: "use", Title: "What it must not be used for", Points: slices.Clone(s.Prohibited)},
		about,
	}
}

func (s *Studio) cost() Section {
	p := Section{ID: "price", Title: "What it costs", Paragraphs: []string{s.Price.String()}}
	if order := s.Retention[Order]; s.Keeps(Order) {
		p.Paragraphs = append(p.Paragraphs, fmt.Sprintf("What you bought is on record for %s, because of the rules about bookkeeping. Cards and bank accounts never reach this server.", order.Keep))
	}
	return p
}

// data says where everything lives and how it ends, for readers who want to check.
func (s *Studio) data() []Section {
	all := []Section{s.deadlines(), s.stored()}
	if backup := s.Retention[Backup]; s.Keeps(Backup) {
		all = append(all, Section{ID: "backups", Title: "Backups", Paragraphs: []string{fmt.Sprintf("A backup of the data holds no keys, so it opens nothing by itself. The keys are "+
			"copied to a place of their own, where only the newest copy stays. Until that copy has been replaced, which takes at most %s, what was deleted could "+
			"still be brought back by whoever has both. After that nobody can.", backup.Keep)}})
	}
	if s.Keeps(Receipt) {
		all = append(all, Section{ID: "receipts", Title: "Receipts", Paragraphs: []string{"For each deletion a signed statement is written into a log that is only ever added to. It has the " +
			"number of the thing, a fingerprint of its encrypted bytes, the policy and the time, and nothing about you. You can download it and check it without us."}})
	}
	return append(all, s.received(), s.about())
}

func (s *Studio) deadlines() Section {
	p := Section{ID: "deadlines", Title: "Deadlines", Head: []string{"Kind", "Where", "Promised", "Set by the server"}, Paragraphs: []string{
		fmt.Sprintf("Each thing gets its deadline when it is made: %s earlier than promised, so that the promise is kept when it is carried out. No picture gets a deadline later than %s.",
			Period(spare), s.Longest),
	}}
	for _, kind := range sortedKinds(s.Retention) {
		rule, set := s.Retention[kind], "none: it ends with the account"
		switch {
		case rule.Keep == ForGood:
			set = "none: it says nothing about you"
		case rule.Keep > 0:
			set = exact(s.Keep(kind))
		}
		p.Rows = append(p.Rows, []string{capital(kind.String()), s.place(rule.Where), capital(rule.long()), set})
	}
	return p
}

// exact says a length of time to the minute: "23 hours 58 minutes".
func exact(d time.Duration) string {
	var said []string
	for _, u := range []struct {
		name string
		size time.Duration
	}{{"day", day}, {"hour", time.Hour}, {"minute", time.Minute}} {
		if n := d / u.size; n > 0 {
			name := u.name
			if n > 1 {
				name += "s"
			}
			said = append(said, fmt.Sprintf("%d %s", n, name))
			d %= u.size
		}
	}
	return list(said)
}

// company says who is behind the studio.
func (s *Studio) company() []Section {
	p := Section{ID: "who-runs-it", Title: "Who runs this studio"}
	for _, line := range [][2]string{
		{"Name", s.Contact.Name}, {"Register", s.Contact.Company}, {"Address", s.Contact.Address}, {"Phone", s.Contact.Phone}, {"Mail", s.Contact.Mail},
		{"Data protection officer", s.Officer},
	} {
		if line[1] != "" {
			p.Points = append(p.Points, line[0]+": "+line[1])
		}
	}
	if s.Contact.Mail == "" {
		p.Paragraphs = []string{"Whoever runs this copy of the program has not written down yet how to be reached. It serves nobody but the machine that it runs on."}
	}
	partners := Section{ID: "partners", Title: "Who works for it", Paragraphs: []string{"Nobody else has a part in it."}}
	if len(s.Recipients) > 0 {
		partners.Paragraphs = nil
		for _, r := range s.Recipients {
			partners.Points = append(partners.Points, r.Name+" "+roles[r.Role])
		}
	}
	return []Section{p, partners, s.about()}
}
