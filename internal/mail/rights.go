package mail

// The letters about what people ask for. Values of all about a request are: site; number, by which people speak of it; kind,
// what it asks, after "a request"; due, when an answer is.
const (
	RequestConfirm  Kind = "request-confirm"  // open the link to hand it in; values: site, kind, link, lasts
	RequestReceived Kind = "request-received" // it has arrived
	RequestStep     Kind = "request-step"     // further values: what was done, and words about it
	RequestStaff    Kind = "request-staff"    // to those who run the place; further values: what (is new, is due soon, is late) and link
)

// Further letters about rights.
const (
	PermissionAsked Kind = "permission-asked" // whether a picture may be shown; values: style, reason, ends, link
	UseSuspended    Kind = "use-suspended"    // nothing new is made; value: account, the page where it is lifted
	UseResumed      Kind = "use-resumed"      // the same, lifted
	DataTaken       Kind = "data-taken"       // everything that is held was downloaded; value: account, the page about sign-ins
)
