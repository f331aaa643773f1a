package ui

// englishOperator holds the texts of the operator's pages.
var englishOperator = map[string]string{
	"letters.title":      "Letters",
	"letters.lead":       "What the server has written to people, and has not sent.",
	"letters.outbox":     "No mail server is set up, so letters wait here. Set EASEL_SMTP_URL and start again to have them sent; easel help config tells more.",
	"letters.sent":       "Letters go out by mail. Those that could not be sent stand here.",
	"letters.none":       "There is nothing here.",
	"letters.to":         "To",
	"letters.when":       "Written",
	"letters.state":      "State",
	"letters.waiting":    "in the outbox",
	"letters.failed":     "not sent",
	"letters.trying":     "will be tried again",
	"letters.open":       "Open “%s”",
	"letters.again":      "Try again",
	"letters.again.done": "The letter is on its way again.",
	"letters.why":        "Why it was not sent",
	"letters.back":       "All letters",
}
