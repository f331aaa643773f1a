package ingest

import (
	"path"
	"strings"
	"unicode"
)

// longestName bounds what is kept of a file's name, in characters.
const longestName = 80

// Name keeps of a file's name, as somebody's browser told it, what is safe in every file system: no folder, no ending, no
// control characters. It is "photo" where nothing is left.
func Name(told string) string {
	name := path.Base(strings.ReplaceAll(told, `\`, "/"))
	name = strings.TrimSuffix(name, path.Ext(name))
	name = strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) || strings.ContainsRune(`/:*?"<>|`, r) {
			return -1
		}
		return r
	}, name)
	name = strings.Trim(name, ". ")
	if letters := []rune(name); len(letters) > longestName {
		name = string(letters[:longestName])
	}
	if name == "" {
		return "photo"
	}
	return name
}
