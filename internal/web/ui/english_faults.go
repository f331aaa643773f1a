package ui

var englishFaults = map[string]string{
	"fault.400":      "That did not work",
	"fault.402":      "Not enough tokens",
	"fault.403":      "Not allowed",
	"fault.404":      "Nothing here",
	"fault.405":      "Not that way",
	"fault.409":      "Too late",
	"fault.413":      "Too large",
	"fault.422":      "Refused",
	"fault.429":      "One moment",
	"fault.500":      "Our mistake",
	"fault.503":      "Busy",
	"fault.back":     "To the studio",
	"fault.request":  "If you write to us about it, give this number:",
	"fault.missing":  "There is no page at this address. A picture that was here may have reached its end: they last no longer than promised.",
	"fault.method":   "This address answers, but not to that kind of request.",
	"fault.forged":   "This request came from another site, so we did not carry it out. Go to the studio and try there.",
	"fault.large":    "That is more than we read at once. Send less.",
	"fault.windows":  "This page is open in too many windows. Close one of them and reload.",
	"fault.notready": "The server is starting. Try again in a few seconds.",
	"fault.notyours": "There is no such picture here. It may have reached its end, or this browser is not the one that brought it.",
}
