package ui

// englishFederation holds the texts about passkeys at work and about coming by somebody else's word.
var englishFederation = map[string]string{
	"onward.title": "Going on",
	"onward.lead":  "You are going on to %s to sign in.",
	"onward.link":  "Go on to %s",

	"passkey.cancelled": "Nothing was signed. You can try again, or sign in another way.",
	"passkey.known":     "This device has a passkey for your account already.",
	"passkey.failed":    "That did not work. Please try again, or use another way.",

	"account.picture":      "Your picture",
	"account.picture.drop": "Remove the picture",

	"fault.often": "Too many sign-ins were begun from your network. Please wait a moment.",
}
