package ui

// englishPolicy holds the texts around the pages that are printed from a studio's declaration.
var englishPolicy = map[string]string{
	"promise.privacy":       "What we keep, and for how long",
	"promise.privacy.tab":   "Privacy",
	"promise.privacy.lead":  "This page is printed from the rules that the server enforces. It cannot promise one thing and do another.",
	"promise.terms":         "Terms of use",
	"promise.terms.tab":     "Terms",
	"promise.terms.lead":    "Who may use the studio and for what, what it costs, and whose the results are.",
	"promise.data":          "Where data lives, and how it ends",
	"promise.data.tab":      "Data",
	"promise.data.lead":     "For readers who want to check: deadlines, keys, backups and receipts.",
	"promise.company":       "Who runs this studio",
	"promise.company.tab":   "Company",
	"promise.company.lead":  "Who is behind it, who works for it, and how to reach them.",
	"promise.versions":      "All versions of the policy",
	"promise.versions.tab":  "Versions",
	"promise.versions.lead": "Every policy that was in force here, as it was shown.",
	"promise.pages":         "Pages about %s",
	"promise.version":       "Version %d",
	"promise.since":         "In force from %s, and replaced since.",
	"promise.now":           "In force since %s.",
	"promise.past":          "This is version %d, which was in force from %s. It has been replaced.",
	"promise.still":         "This is version %d, in force since %s.",
	"promise.current":       "The page as it is now",
	"promise.none":          "There is no such page, or there was no such version of it.",

	"signup.changed": "The policy has changed since you agreed to it. What it said before stays readable under",
}
