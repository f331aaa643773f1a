package edge

import "strings"

// browsers and systems by what their name for themselves holds, the telling ones first: nearly all claim to be their elders.
var (
	browsers = []struct{ holds, name string }{
		{"Edg", "Edge"}, {"OPR/", "Opera"}, {"SamsungBrowser", "Samsung Internet"}, {"Vivaldi", "Vivaldi"}, {"Firefox", "Firefox"}, {"FxiOS", "Firefox"},
		{"CriOS", "Chrome"}, {"Chromium", "Chromium"}, {"Chrome", "Chrome"}, {"Safari", "Safari"}, {"curl/", "curl"}, {"Go-http-client", "a Go program"},
	}
	systems = []struct{ holds, name string }{
		{"iPhone", "iPhone"}, {"iPad", "iPad"}, {"Android", "Android"}, {"Windows", "Windows"}, {"CrOS", "ChromeOS"}, {"Mac OS X", "Mac"}, {"Linux", "Linux"},
	}
)

// family says in two words what somebody uses, so that they know their devices again. The header itself is kept nowhere: it
// tells strangers apart.
func family(agent string) string {
	var browser, system string
	for _, b := range browsers {
		if strings.Contains(agent, b.holds) {
			browser = b.name
			break
		}
	}
	for _, s := range systems {
		if strings.Contains(agent, s.holds) {
			system = s.name
			break
		}
	}
	switch {
	case browser != "" && system != "":
		return browser + " on " + system
	case browser != "":
		return browser
	}
	return system
}
