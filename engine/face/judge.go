package face

import (
	"context"
	"fmt"
	"image"
	"math"

	"easel/engine/raster"
)

// Kind names something that a photo lacks for a good portrait.
type Kind string

// What Judge can find.
const (
	Small     Kind = "small"      // the short side has fewer than 512 pixels
	Tiny      Kind = "tiny"       // fewer than 256; said instead of Small
	Dark      Kind = "dark"       // the face, or else the photo, has no light parts
	Bright    Kind = "bright"     // the face, or else the photo, is mostly burnt out
	Blurred   Kind = "blurred"    // the face, or else the photo, has no sharp edge
	NoFace    Kind = "no-face"    // no face looks towards the camera; normal for pets and landscapes
	SmallFace Kind = "small-face" // the main face is too small to keep a likeness
)

const (
	smallSide  = 512
	tinySide   = 256
	smallFace  = 80   // side of a face in pixels of the original below which eyes are a few pixels wide
	darkSkin   = 0.33 // luma that the brightest tenth of a face must reach: on any skin light leaves a shine
	darkPhoto  = 0.45 // luma that the brightest twentieth of a photo must reach
	burnt      = 0.975
	burntFace  = 0.30 // share of a face that may be burnt out
	burntPhoto = 0.75 // share of a photo; a white ground is no fault
	judgeSide  = 1024 // photos are judged as people see them on a screen
	judgeFace  = 220  // side of a face at which its sharpness is judged
	softFace   = 2.3  // deviation of the blur, in pixels at that size, from which eyes have no edges
	softPhoto  = 2.3  // the same for a photo of judgeSide
	lensBlur   = 0.8  // blur of the sharpest photo, in its own pixels; a small photo is small, not blurred
)

// Issue is one such thing with a sentence for people: what is wrong and what to do.
type Issue struct {
	Kind Kind
	Say  string
}

// Quality is what Judge found, the most important first, and what it measured.
type Quality struct {
	Issues []Issue
	Blur   float32 // deviation of the blur on the sharpest edges, in 1/220 of the face or 1/1024 of the photo
	Light  float32 // luma of the light parts of the face or photo, 0…1
	Burnt  float32 // share of the face or photo that is burnt out
}

// Has says whether an issue of a kind was found.
func (q Quality) Has(kind Kind) bool {
	for _, i := range q.Issues {
		if i.Kind == kind {
			return true
		}
	}
	return false
}

// Judge says what a photo lacks for a good portrait. c is the photo or a smaller copy, gamma-encoded, the faces are in
// its pixels, and original is the size of the photo itself. Nothing found is a reason to refuse the photo.
func Judge(ctx context.Context, c raster.RGB, faces []Face, original image.Point) Quality {
	var q Quality
	say := func(kind Kind, text string) { q.Issues = append(q.Issues, Issue{kind, text}) }
	luma := raster.Luma(ctx, c)
	defer luma.Free()
	part := image.Rect(0, 0, luma.W, luma.H)
	dark, burntShare, soft, what := float32(darkPhoto), float32(burntPhoto), float32(softPhoto), "photo"
	unit := float32(max(luma.W, luma.H)) / judgeSide
	if len(faces) > 0 {
		part = inner(faces[0], luma.W, luma.H)
		dark, burntShare, soft, what = darkSkin, burntFace, softFace, "face"
		unit = faces[0].Size / judgeFace
	}
	region := luma.Crop(part)
	defer region.Free()
	q.Light = region.Percentile(0.95, nil)
	if what == "face" {
		q.Light = region.Percentile(0.90, nil)
	}
	q.Burnt = share(region, burnt)
	q.Blur = blur(ctx, region, max(1, unit)) / min(1, unit)

	if short := min(original.X, original.Y); short < tinySide {
		say(Tiny, fmt.Sprintf("This photo is very small: %d × %d pixels. The drawing will show few details. Please use the original from the camera if you have it.", original.X, original.Y))
	} else if short < smallSide {
		say(Small, fmt.Sprintf("This photo is small: %d × %d pixels. A larger copy would show more details in the drawing.", original.X, original.Y))
	}
	if len(faces) == 0 {
		say(NoFace, "No face was found. That is fine for pets and landscapes. For a portrait, please use a photo in which the person looks towards the camera.")
	} else if faces[0].Size*float32(original.X)/float32(luma.W) < smallFace {
		say(SmallFace, "The face is small in this photo, so the likeness may suffer. Please crop closer or use a photo taken from nearer.")
	}
	if q.Blur > soft {
		say(Blurred, "The "+what+" looks blurred. The lines of the drawing will be soft; a sharper photo gives a better likeness.")
	}
	if q.Light < dark {
		say(Dark, "The "+what+" is very dark. We brighten it, but a photo with more light shows more of the features.")
	} else if q.Burnt > burntShare {
		say(Bright, "Much of the "+what+" is pure white. Features that the light has wiped out cannot be drawn; a photo with softer light helps.")
	}
	return q
}

// inner is the part of the picture that a face surely covers.
func inner(f Face, w, h int) image.Rectangle {
	s := f.Size
	r := image.Rect(int(f.X-0.36*s), int(f.Y-0.32*s), int(f.X+0.36*s)+1, int(f.Y+0.45*s)+1)
	r = r.Intersect(image.Rect(0, 0, w, h))
	if r.Empty() {
		return image.Rect(0, 0, w, h)
	}
	return r
}

// share is the part of the samples above a value.
func share(p *raster.Plane, above float32) float32 {
	n := 0
	for _, v := range p.P {
		if v > above {
			n++
		}
	}
	return float32(n) / float32(len(p.P))
}

// blur estimates the deviation of the Gaussian that would blur ideal edges as much as the sharpest of the picture
// are, beyond that of a sharp lens, in pixels of a copy shrunk by the given number of times. On a step blurred by s the gradients at two scales a and b are as
// √(b²+s²) to √(a²+s²); only the strongest edges count, so that noise and plain parts say nothing.
func blur(ctx context.Context, p *raster.Plane, times float32) float32 {
	if times > 1 {
		w := max(1, int(float32(p.W)/times+0.5))
		h := max(1, int(float32(p.H)/times+0.5))
		p = raster.Resize(ctx, p, w, h)
		defer p.Free()
	}
	const fine, coarse = 0.8, 2.4
	a, b := slope(ctx, p, fine), slope(ctx, p, coarse)
	defer raster.Free(a, b)
	strong := b.Percentile(0.93, nil)
	if strong < 1e-4 {
		return 0 // nothing to judge by
	}
	edges := raster.New(p.W, p.H)
	defer edges.Free()
	for i, v := range b.P {
		if v >= strong {
			edges.P[i] = 1
			a.P[i] /= v
		}
	}
	r := float64(a.Percentile(0.8, edges))
	r = min(max(r*r, 1.005), coarse*coarse/(fine*fine))
	return float32(math.Sqrt(max(0, (coarse*coarse-r*fine*fine)/(r-1)-lensBlur*lensBlur)))
}

// slope is the length of the gradient after a blur.
func slope(ctx context.Context, p *raster.Plane, sigma float32) *raster.Plane {
	soft := raster.Gaussian(ctx, p, sigma)
	defer soft.Free()
	dst := raster.New(p.W, p.H)
	for y := range p.H {
		for x := range p.W {
			dx, dy := soft.At(x+1, y)-soft.At(x-1, y), soft.At(x, y+1)-soft.At(x, y-1)
			dst.P[y*p.W+x] = float32(math.Hypot(float64(dx), float64(dy)))
		}
	}
	return dst
}
