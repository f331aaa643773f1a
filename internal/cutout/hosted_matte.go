package cutout

import (
	"image"

	"easel/engine/raster"
	"easel/internal/provider"
)

// matte reads a service's picture as one: its gray, or what is transparent in it. Anything else is none.
func matte(img *image.NRGBA, who string) (*raster.Plane, error) {
	p := raster.New(img.Rect.Dx(), img.Rect.Dy())
	clearly, coloured := false, false
	for i := range p.P {
		px := img.Pix[4*i : 4*i+4]
		clearly = clearly || px[3] < 255
		coloured = coloured || px[0] != px[1] || px[1] != px[2]
	}
	sum := 0.0
	for i := range p.P {
		v := img.Pix[4*i]
		if clearly {
			v = img.Pix[4*i+3]
		}
		p.P[i] = float32(v) / 255
		sum += float64(p.P[i])
	}
	const little = 0.0005 // of the picture: nothing, or all of it
	switch share := sum / float64(len(p.P)); {
	case coloured && !clearly:
		p.Free()
		return nil, &provider.Error{Who: who, Kind: provider.Failed, Stage: "it sent the result", Why: "The picture that it sent says nothing of where the subject is.", Do: "Try again later."}
	case share < little || share > 1-little:
		p.Free()
		return nil, &provider.Error{Who: who, Kind: provider.Empty, Stage: "it looked for the subject", Why: "It found no subject.", Do: "Use a photo in which a person, an animal or a thing stands out clearly."}
	}
	return p, nil
}

// rawMatte is a matte that waits in memory for what comes of asking elsewhere.
type rawMatte struct {
	w, h int
	p    []float32
}

func raw(p *raster.Plane) *rawMatte {
	return &rawMatte{p.W, p.H, append([]float32(nil), p.P...)}
}

func (r *rawMatte) plane() *raster.Plane {
	p := raster.New(r.w, r.h)
	copy(p.P, r.p)
	return p
}
