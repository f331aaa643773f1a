package api

import (
	"context"
	"encoding/hex"
	"image"
	"strings"

	"easel/internal/cutout"
	"easel/internal/fault"
)

// Stroke is a line that was drawn over a photo.
type Stroke struct {
	Keep   bool     `json:"keep" doc:"What it covers is the subject, or stays; otherwise it is not, or goes"`
	Radius float32  `json:"radius" exclusiveMinimum:"0" maximum:"50000" doc:"Of the brush, in pixels of the photo"`
	Points [][2]int `json:"points" minItems:"1" maxItems:"2000" nullable:"false" doc:"x and y, in pixels of the photo"`
}

type hints struct {
	ID    string `path:"id" maxLength:"100" doc:"The session"`
	Photo string `path:"photo" maxLength:"100" doc:"The photo"`

	Body struct {
		Strokes []Stroke `json:"strokes,omitempty" maxItems:"200" doc:"Later ones win"`
		Box     *Frame   `json:"box,omitempty" doc:"The subject is inside"`
	}
}

func (a *API) hintCutout(ctx context.Context, in *hints) (*oneCutout, error) {
	ss := from(ctx).session
	if in.Body.Box == nil && len(in.Body.Strokes) == 0 {
		return nil, fault.New(fault.Invalid, a.Texts.Text("api.cutout.hints"))
	}
	strokes := make([]cutout.Stroke, len(in.Body.Strokes))
	for i, s := range in.Body.Strokes {
		strokes[i] = cutout.Stroke{Keep: s.Keep, Radius: s.Radius}
		for _, at := range s.Points {
			strokes[i].Points = append(strokes[i].Points, image.Pt(at[0], at[1]))
		}
	}
	var err error
	if b := in.Body.Box; b != nil {
		err = ss.Point(in.Photo, image.Rect(b.X0, b.Y0, b.X1, b.Y1), strokes)
	} else {
		err = ss.Draw(in.Photo, strokes)
	}
	if err != nil {
		return nil, err
	}
	return a.cutout(ctx, in.Photo)
}

type ground struct {
	ID    string `path:"id" maxLength:"100" doc:"The session"`
	Photo string `path:"photo" maxLength:"100" doc:"The photo"`

	Body struct {
		Kind   string `json:"kind" enum:"transparent,plain,blur,picture" doc:"picture is the one that was brought before"`
		Colour string `json:"colour,omitempty" pattern:"^#[0-9a-fA-F]{6}$" doc:"For plain" example:"#f4efe6"`
		Shadow bool   `json:"shadow,omitempty" doc:"A soft shadow where the subject stands"`
	}
}

func (a *API) groundCutout(ctx context.Context, in *ground) (*oneCutout, error) {
	g := cutout.Ground{Kind: cutout.GroundKind(in.Body.Kind), Shadow: in.Body.Shadow}
	if g.Kind == cutout.Plain {
		c, err := hex.DecodeString(strings.TrimPrefix(in.Body.Colour, "#"))
		if err != nil || len(c) != 3 {
			return nil, fault.New(fault.Invalid, a.Texts.Text("cutout.colour.wrong"))
		}
		g.Colour = [3]uint8(c)
	}
	if err := from(ctx).session.Before(in.Photo, g); err != nil {
		return nil, err
	}
	return a.cutout(ctx, in.Photo)
}
