package policy

import "fmt"

// Ownership says whose the results are, and what a breach of the rules about use costs.
type Ownership struct {
	Of   Owner  `yaml:"of"`
	Cure Period `yaml:"cure"` // from a written notice of a breach; zero: a breach costs nothing that was theirs
}

// Owner is whose results are.
type Owner string

// Personal: the person may use results, not for money. User: they are the person's own. House: the studio's, and the person
// alone may show and reproduce them.
const (
	Personal Owner = "personal"
	User     Owner = "user"
	House    Owner = "studio"
)

var owners = map[Owner]string{
	Personal: "You may use your %[1]s for yourself: keep them, print them, show them, give them away. Selling them or " +
		"advertising with them is not covered. The photo stays yours; the studio gets no right to it beyond making from it what you ask for.",
	User: "What the studio makes for you is yours. The photo stays yours as well; the studio gets no right to it beyond making " +
		"what you ask for.",
	House: "The %[1]s belong to the studio. You alone may show and reproduce them, and nobody else is given that right, the studio " +
		"itself included, as long as you keep to the rules about use below. Your photos stay yours; the studio gets no right to them beyond " +
		"making from them what you ask for.",
}

// ownership says it in English.
func (s *Studio) ownership() []string {
	said := []string{s.UseOfResults()}
	if cure := s.Ownership.Cure; cure > 0 {
		said = append(said, fmt.Sprintf("Whoever breaks the rules about use gets a written notice that says which rule and which picture. What is made good "+
			"within %s of that notice costs nothing. What is not ends the right to the pictures concerned. Where something is clearly illegal, "+
			"or abuses somebody, the right ends at once.", cure))
	}
	return said
}

// UseOfResults says whose the results are.
func (s *Studio) UseOfResults() string {
	text := owners[s.Ownership.Of]
	if s.Ownership.Of == User || text == "" {
		return text
	}
	return fmt.Sprintf(text, s.Makes)
}
