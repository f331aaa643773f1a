package account

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/trustelem/zxcvbn"
	"github.com/trustelem/zxcvbn/match"
	"golang.org/x/text/unicode/norm"

	"easel/internal/fault"
)

// Limits of a password. There is no rule about which signs must be in it.
const (
	PasswordLeast = 10  // letters
	passwordMost  = 256 // letters; what is beyond makes no password stronger
	judged        = 40  // letters of which the strength is judged: the judging grows with the square
	enough        = 3   // on zxcvbn's scale of 0 to 4: more than 10⁸ guesses
)

// CheckPassword refuses a password that is too short, that stands on the list of common ones, or that is easily guessed by
// somebody who knows the person's address and name. The sentence says which.
func CheckPassword(password, mail, name string) error {
	password = plainPassword(password)
	switch n := utf8.RuneCountInString(password); {
	case !utf8.ValidString(password):
		return fault.New(fault.Invalid, "That password has signs in it that are no text. Type it again.")
	case n < PasswordLeast:
		return fault.New(fault.Invalid, fmt.Sprintf("That password is too short. Take at least %d letters; a few words that do not belong together are good.", PasswordLeast))
	case n > passwordMost:
		return fault.New(fault.Invalid, fmt.Sprintf("That password is longer than %d letters. Take a shorter one.", passwordMost))
	}
	judgement := zxcvbn.PasswordStrength(judgeable(password), knownAbout(mail, name))
	if judgement.Score >= enough {
		return nil
	}
	return fault.New(fault.Invalid, "That password is too easy to guess: "+why(judgement.Sequence)+" Take a few words that do not belong together.")
}

// disguises are signs that people write for letters. To judge a password, every combination of what they may stand for is
// tried, so that a machine's password with many of them would keep the server busy for a second.
const (
	disguises     = "@({[<!|$+%"
	disguisesMost = 3 // kinds in one password; people who disguise a word use no more
)

// judgeable is as much of a password as is judged: its beginning, in small letters, with few kinds of disguises.
func judgeable(password string) string {
	r := []rune(strings.ToLower(password))
	seen := ""
	for i, c := range r[:min(len(r), judged)] {
		switch {
		case !strings.ContainsRune(disguises, c) || strings.ContainsRune(seen, c):
		case len(seen) < disguisesMost:
			seen += string(c)
		default:
			r[i] = '#'
		}
	}
	return string(r[:min(len(r), judged)])
}

// plainPassword is the form in which a password is hashed: however a keyboard composes its letters, it is the same one.
func plainPassword(password string) string { return norm.NFC.String(password) }

// knownAbout are the words that somebody tries who knows the person.
func knownAbout(mail, name string) []string {
	words := []string{"easel"}
	mail, name = strings.ToLower(mail), strings.ToLower(name)
	local, domain, _ := cutLast(mail, "@")
	for _, w := range append(append([]string{mail, local, domain, name, strings.ReplaceAll(name, " ", "")}, strings.Fields(name)...),
		strings.FieldsFunc(mail, func(r rune) bool { return strings.ContainsRune(".@_+-", r) })...) {
		if utf8.RuneCountInString(w) >= 3 {
			words = append(words, w)
		}
	}
	return words
}

// why says what makes a password guessable, by the longest part of it that somebody would try.
func why(parts []*match.Match) string {
	var longest *match.Match
	for _, m := range parts {
		if m.Pattern != "bruteforce" && (longest == nil || m.J-m.I > longest.J-longest.I) {
			longest = m
		}
	}
	if longest == nil {
		return "it is too short for the few kinds of letters in it."
	}
	switch longest.Pattern {
	case "dictionary":
		switch longest.DictionaryName {
		case "user_inputs":
			return "it is made of your own name or address."
		case "passwords":
			return "it is one of the passwords that are tried first, or nearly one."
		case "male_names", "female_names", "surnames":
			return "it is little more than a name."
		}
		return "it is little more than a common word."
	case "spatial":
		return "its letters lie beside each other on the keyboard."
	case "repeat":
		return "it repeats the same letters."
	case "sequence":
		return "its letters follow each other, as abc or 123 do."
	}
	return "it is little more than a date or a year."
}
