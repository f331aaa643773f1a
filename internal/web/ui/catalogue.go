package ui

import (
	"fmt"
	"maps"
	"slices"
)

// Catalogue holds every text of the site in one language.
type Catalogue struct {
	Lang, Dir string // as in <html lang dir>
	texts     map[string]string
}

// English returns the first catalogue. A second language is another map with the same keys.
func English() Catalogue {
	all := map[string]string{}
	for _, part := range []map[string]string{englishFrame, englishHome, englishStudio, englishWork, englishFaults, englishChart, englishAPI, englishDoor, englishAccount, englishOperator, englishBuy, englishTokens, englishRights, englishFederation, englishCutout, englishPolicy, englishDeletion, englishCodes, englishOffice} {
		maps.Copy(all, part)
	}
	return Catalogue{Lang: "en", Dir: "ltr", texts: all}
}

// Say returns the text for key with args put in. A key that does not exist gives an error, so that a page fails in its
// test and not before a visitor.
func (c Catalogue) Say(key string, args ...any) (string, error) {
	text, ok := c.texts[key]
	if !ok {
		return "", fmt.Errorf("no text is called %q", key)
	}
	if len(args) == 0 {
		return text, nil
	}
	return fmt.Sprintf(text, args...), nil
}

// Text is Say for keys that are known to exist; what is missing shows its key.
func (c Catalogue) Text(key string, args ...any) string {
	text, err := c.Say(key, args...)
	if err != nil {
		return key
	}
	return text
}

// Count chooses between the texts for none, one and many.
func (c Catalogue) Count(key string, n int) string {
	switch n {
	case 0:
		return c.Text(key + ".0")
	case 1:
		return c.Text(key + ".1")
	}
	return c.Text(key+".n", n)
}

// Keys returns all keys, sorted.
func (c Catalogue) Keys() []string { return slices.Sorted(maps.Keys(c.texts)) }
