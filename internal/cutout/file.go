package cutout

import (
	"context"
	"fmt"
	"image"

	"easel/engine/cutout"
	"easel/engine/matting"
	"easel/engine/portrait"
	"easel/engine/provenance"
	"easel/internal/catalog"
	"easel/internal/fault"
)

// Stroke is a line that a person drew over the photo, in its pixels.
type Stroke = matting.Stroke

// Ground is what to put behind the subject, GroundKind of which kind it is.
type (
	Ground     = cutout.Ground
	GroundKind = cutout.Kind
)

// Plain is a ground of one colour, Picture one that somebody brought.
const (
	Plain   = cutout.Plain
	Picture = cutout.Picture
)

// File is a full picture as it is delivered. Data is the receiver's to clear.
type File struct {
	Name, Type string
	Data       []byte
}

var types = map[string]string{"png": "image/png", "jpeg": "image/jpeg", "webp": "image/webp"}

// File makes the full picture as a file: png (with what is transparent), jpeg (over white) or webp. Its name is the
// photo's own.
func (ss *Session) File(ctx context.Context, id, format string) (File, error) {
	if format == "" {
		format = "png"
	}
	kind, known := types[format]
	if !known {
		return File{}, fault.New(fault.Invalid, "Choose PNG, JPEG or WebP.")
	}
	var data []byte
	var p Photo
	err := ss.alone(ctx, id, func(img *image.NRGBA, made Photo) (err error) {
		defer clear(img.Pix)
		p = made
		data, err = portrait.Encode(img, portrait.Format(format), p.mark(), portrait.Paper{})
		if err != nil {
			return fmt.Errorf("encode %s: %w", format, err)
		}
		return nil
	})
	if err != nil {
		return File{}, err
	}
	return File{Name: p.Name + "-" + string(p.Kind) + portrait.Format(format).Ending(), Type: kind, Data: data}, nil
}

// mark says in the file what made it.
func (p Photo) mark() provenance.Mark {
	m := provenance.Mark{Studio: "cutout", Style: string(p.Kind), Engine: catalog.Builtin, Version: portrait.Version, Seed: seed, Made: provenance.Cut}
	if p.Engine != "" {
		m.Engine, m.Version, m.Seed = p.Engine, "", 0
	}
	if p.Kind == Crowd {
		m.Made = provenance.Filled
	}
	return m
}
