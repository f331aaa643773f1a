// Package plan looks at a photo once, as a portraitist does before the first stroke: where the faces are, what
// belongs to the subject, what matters most, which way forms run, how light or dark each part should be drawn. All
// styles draw from the same plan.
package plan

import (
	"image"

	"easel/engine/face"
	"easel/engine/raster"
)

// Plan is the shared analysis of one photo. It is read-only once made; several styles may draw from it at the same
// time.
type Plan struct {
	W, H int         // work size in pixels
	K    float32     // the unit of every length in the styles: long side / 1400
	Out  image.Point // size of a result at scale 1: the photo's own size, or the work size when the photo is larger

	Colour raster.RGB    // the photo at work size, gamma-encoded sRGB
	Luma   *raster.Plane // Rec. 709 weights on the gamma-encoded channels, stretched from percentiles 0.5…99.5 to 0…1

	Faces           []face.Face   // in work pixels, the main one first; empty for pets and landscapes
	Eyes            []Eye         // of animals, where they can be told for certain; empty where there are faces
	Matte           *raster.Plane // 1 on the subject, 0 behind it
	MatteConfidence float32       // 0…1; below 0.6 a cut along the matte should not be trusted
	Importance      *raster.Plane // 0…1: where the eye goes (face, eyes, nose)
	Flow            *raster.Flow  // direction of forms, filled in where the photo has none

	LightSubject bool         // the subject is light: the ground behind it must be darker than the paper
	FillsFrame   bool         // the subject touches most borders (or the matte is doubtful): no cut-out vignette
	Palette      []raster.Lab // up to 8 colours of the photo in OKLab, the most common first
	Noise        float32      // standard deviation of the photo's noise, 0…1

	light float32 // by how much the photo's values are too small because too little light was let in; 1 mostly
}
