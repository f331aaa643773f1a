package app_test

import (
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"easel/internal/policy"
	"easel/internal/sitter"
)

// sortOut says what has to be shown of the live studios: kinds with a time of their own, the shortest first, others, and those
// for which there is no case.
func sortOut(all []*policy.Studio) (timed []*due, once []func(*world), missing []string) {
	for _, s := range all {
		if s.Status != policy.Live {
			continue // its cases come due with its code
		}
		for kind := range s.Retention {
			p, known := promises[s.Name][kind]
			name := s.Name + " " + string(kind)
			switch {
			case !known:
				missing = append(missing, name)
			case p.once != nil:
				once = append(once, p.once)
			default:
				timed = append(timed, &due{promise: p, name: name, keep: s.Keep(kind)})
			}
		}
	}
	slices.SortFunc(timed, func(a, b *due) int { return int(a.keep - b.keep) })
	return timed, once, missing
}

func (w *world) report(wrong []string) {
	w.t.Helper()
	for _, say := range wrong {
		w.t.Error(say)
	}
}

// early is checked a minute before the end: what is gone too early keeps no promise either.
func (w *world) early(d *due) (wrong []string) {
	w.t.Helper()
	if d.alive != nil && !d.alive(w) {
		wrong = append(wrong, d.name+": a minute before its end it is not to be had any more")
	}
	for _, mark := range d.marks {
		if len(w.found(mark)) == 0 {
			wrong = append(wrong, d.name+": a minute before its end nothing is there of "+mark)
		}
	}
	return wrong
}

// alive is checked a second after the end, before anything was swept.
func (w *world) alive(d *due) (wrong []string) {
	if d.alive != nil && d.alive(w) {
		wrong = append(wrong, d.name+": its time is over, and it is still to be had before anything was swept")
	}
	return wrong
}

// stays are places where the random number of something that is gone may be, and nothing else of it.
var stays = []string{
	" in easel.receipt_statement", // that it was deleted
	" in easel.ledger_entry",      // what a token was spent for, as long as tokens are known: the account's
	" in easel.audit_entry",       // what those did with it who run the place
	" in the log",
	" in river.river_job", // jobs that are over, until the queue forgets them
	"/demo-payments.json", // what the pretended payment company knows
}

// left looks everywhere for what is over.
func (w *world) left(d *due) (wrong []string) {
	w.t.Helper()
	for _, at := range w.found(d.marks...) {
		if !slices.ContainsFunc(stays, func(where string) bool { return strings.HasSuffix(at, where) }) {
			wrong = append(wrong, d.name+": its time is over, and there is "+at)
		}
	}
	return wrong
}

// unsealed looks everywhere for what must be nowhere at any time: a picture that is not sealed, and the name of its file.
func (w *world) unsealed() (wrong []string) {
	w.t.Helper()
	for _, at := range w.found(plain(sitter.Portrait(w.t))...) {
		wrong = append(wrong, fmt.Sprintf("in the clear: %q", at))
	}
	return wrong
}

// plain are what a photo can be known by that is not sealed: its file's name, how files of its kind begin, and a part of its own
// bytes, in all the forms in which bytes are written down.
func plain(photo []byte) []string {
	part := photo[len(photo)/2:][:24]
	quoted := strconv.Quote(string(part))
	all := []string{photoName, hex.EncodeToString([]byte(photoName)), "\x89PNG\r\n\x1a\n", "JFIF\x00", string(part), hex.EncodeToString(part), quoted[1 : len(quoted)-1]}
	for shift := range 3 { // of these one is whole groups of base64
		all = append(all, base64.StdEncoding.EncodeToString(part[shift:][:21]))
	}
	return all
}

// copied looks for what opens something that was deleted in the copy of the keys, and for what is not sealed in that of the data.
func (w *world) copied() (wrong []string) {
	w.t.Helper()
	for _, at := range inFolder(w.t, w.places.Keys, w.objects...) {
		wrong = append(wrong, "the backup of keys still has "+at)
	}
	for _, at := range inFolder(w.t, w.places.Data, plain(sitter.Portrait(w.t))...) {
		wrong = append(wrong, fmt.Sprintf("the backup of the data has in the clear: %q", at))
	}
	return wrong
}
