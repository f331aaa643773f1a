package ui

var englishFrame = map[string]string{
	"frame.name":     "Easel",
	"frame.skip":     "Skip to the page",
	"frame.home":     "Easel, home",
	"frame.nav":      "Site",
	"frame.portrait": "Portrait studio",
	"frame.privacy":  "What we keep",
	"frame.licences": "Licences",
	"frame.promise":  "Drawn on this server. Nothing is sent elsewhere.",
	"frame.credit":   "Sample photos: Eileen Collins by NASA, public domain. Chelsea the cat by Stéfan van der Walt, CC0.",
	"frame.bare":     "The styles of this page were not made yet. The operator can run make assets and build again.",

	"licences.title": "Licences",
	"licences.lead":  "What these pages take from other people, and the terms they give it under.",
	"licences.none":  "This build carries nothing from elsewhere.",
	"licences.typed": "%s %s",

	"privacy.title": "What we keep, and for how long",
	"privacy.lead":  "This page is printed from the rules that the server enforces. It cannot promise one thing and do another.",
}
