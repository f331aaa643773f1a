package portrait

import (
	"bytes"
	"context"
	"fmt"

	"easel/engine/plan"
	"easel/engine/provenance"
	"easel/engine/sketch"
)

// Vectors returns the rough sketch as SVG: the same drawing as lines, for paper of any size, with its mark as metadata.
// Other styles have none.
func Vectors(ctx context.Context, p *plan.Plan, style Style, o Options, m provenance.Mark) ([]byte, error) {
	if style != RoughSketch {
		return nil, fmt.Errorf("%s cannot be drawn as lines", style)
	}
	if err := o.Check(style); err != nil {
		return nil, err
	}
	var b bytes.Buffer
	if err := sketch.SVG(ctx, p, o.pencil(1), &b); err != nil {
		return nil, err
	}
	return provenance.SVG(b.Bytes(), m)
}
