package catalog

import (
	"easel/engine/plan"
	"easel/engine/portrait"
)

// sure is the plan's confidence from which a cut along its matte may be trusted.
const sure = 0.6

// Note says in a sentence what the plan's doubt about the subject's outline did to a drawing and what to choose
// instead, and nothing where it did nothing that shows. Sketches and washes leave the background out as far as the
// outline is certain. A painting always has its background, but broader; around faces that does not hang on the
// outline. Whoever asks for the subject alone gets what we found, and is told that it may be wrong; a soft background
// hangs on no outline.
func Note(p *plan.Plan, style portrait.Style, ground portrait.Background) string {
	switch {
	case p.MatteConfidence >= sure || ground == portrait.Soft:
		return ""
	case ground != "":
		return "We were not sure where the subject ends. If something is missing or too much, draw it with a soft background: that does not depend on the outline."
	case style != portrait.Artistic:
		return "We were not sure where the subject ends, so some of the background stays."
	case len(p.Faces) == 0:
		return "We were not sure where the subject ends, so the background is painted almost as finely."
	}
	return ""
}
