package ui

var englishHome = map[string]string{
	"home.title1":      "Your photo, drawn.",
	"home.title2":      "Then forgotten.",
	"home.lead":        "Easel makes a sketch, a pencil drawing, a watercolour or a painting of a person or a pet, stroke by stroke.",
	"home.start":       "Choose a photo",
	"home.styles":      "Four ways to see a face",
	"home.styles.lead": "Every picture here was drawn by Easel from one photo.",
	"home.style.alt":   "%s of the sample photo",
	"home.photo.alt":   "The sample photo",
	"home.others":      "Pets sit for it too",
	"home.clock":       "A picture here has an end",
	"home.step1":       "You drop a photo",
	"home.step1.text":  "The place, the camera and the date inside the file are thrown away first. Only you can see it: that is what your account is for.",
	"home.step2":       "It is drawn here",
	"home.step2.text":  "Lines, washes and strokes are worked out on this server, and you watch. Take away a PNG, a JPEG, a WebP or a page to print.",
	"home.step3":       "It is gone",
	"home.step3.text":  "Each picture shows a line of ink that grows shorter. When it ends, the key is destroyed, and the picture with it. You can end it sooner.",
	"home.caption":     "%s, drawn from the photo beneath it. Drag the line to compare.",
}
