package ui

// englishAPI holds the texts of the interface for programs.
var englishAPI = map[string]string{
	"api.about": "Portraits made, polled, fetched and deleted by programs. Make a key on your account's page and send it with every request. " +
		"What a request makes is there when it is answered; portraits are drawn afterwards, so poll them until their state is final. " +
		"Everything has an end, as the studio's privacy page says. Errors are problem documents (RFC 9457) whose detail says what happened and what to do.",
	"api.key":          "An API key, from the account's page: Authorization: Bearer easel_…",
	"api.session":      "The secret of a cutout session, which only the answer that began it holds: Authorization: Bearer. No account and no key; everything lives in memory and is wiped with the session.",
	"api.open":         "Anybody may ask for this: no account and no key.",
	"api.cutout.none":  "There is no such picture of this photo yet. Wait until its state says so.",
	"api.cutout.hints": "Say something: strokes, a box, or both.",
	"api.scope":        "The key needs the scope “%s”.",
	"api.idempotency":  "A name of your choosing for this request, at most 200 characters. Sent again under the same name, it is carried out once; names are forgotten after a day.",
	"api.nokey":        "This address is for programs that come with a key. Make one on your account's page, and send it as “Authorization: Bearer” with the key.",
	"api.badkey":       "This key opens nothing here. It may have been revoked, or copied with a letter missing. Make another on your account's page.",
	"api.wrongkeys":    "Many keys that open nothing came from your network. Wait a little before the next one.",
	"api.unscoped":     "This key may not do that: it lacks the scope “%s”. Make one that has it on your account's page.",
	"api.often":        "This key asks more often than we answer. Wait as long as Retry-After says.",
	"api.missing":      "There is nothing here by that id, or it is not yours, or its time is over.",
	"api.wrong":        "The request is not as the interface describes it: %s.",
	"api.frame":        "The frame does not lie within the photo, which is %d × %d pixels. Change the frame, or leave it out.",
	"api.name":         "The Idempotency-Key is too long: at most %d characters.",
	"api.agree":        "Open the studio in a browser first: there is something about age or the policy that its owner has to say before programs may bring photos.",
	"api.statement":    "State that you have the right to use the photo and that everyone in it agrees: send a part “statement” with “yes” before the photo. It is needed once.",
	"api.form":         "Send the photo as a form of parts (multipart/form-data).",
	"api.photo":        "No photo arrived. Send it as the last part, called “photo”, with a file name.",
	"api.styles":       "Say which styles to draw, in parts called “styles” before the photo.",
	"api.field":        "We cannot use the part “%s”. Compare it with the interface's description.",
}
