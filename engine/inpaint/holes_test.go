package inpaint_test

import (
	"context"
	"fmt"
	"image"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"easel/engine/inpaint"
	"easel/engine/raster"
	"easel/internal/sitter"
)

// site is where somebody is put into a photo who was never there: x of the middle and y of the feet in parts of the frame,
// and how high, in parts of its height. Constants are tuned on every other site only.
type site struct {
	photo      string
	behind     string
	x, y, high float64
}

var sites = []site{
	{"people/hikers-teide.jpg", "mountain and slope", 0.65, 0.62, 0.30},
	{"people/hikers-teide.jpg", "hills and sky", 0.50, 0.56, 0.25},
	{"people/hikers-teide.jpg", "bushes and soil", 0.40, 0.92, 0.35},
	{"people/hikers-teide.jpg", "sky", 0.75, 0.34, 0.28},
	{"pairs/pf-fudan58.png", "kerb, grass and road", 0.12, 0.72, 0.30},
	{"pairs/pf-fudan58.png", "road with joints", 0.86, 0.86, 0.40},
	{"pairs/pf-penn87.png", "wall, lawn and kerb", 0.90, 0.78, 0.50},
	{"pairs/pf-fudan58.png", "trees before a building", 0.20, 0.31, 0.28},
	{"pairs/dv-parkour.jpg", "railing before a house", 0.25, 0.68, 0.45},
	{"pairs/dv-parkour.jpg", "wall with handrails", 0.85, 0.76, 0.45},
	{"pairs/dv-goat.jpg", "hillside", 0.25, 0.60, 0.50},
	{"pairs/gc-llama.jpg", "terraces", 0.14, 0.75, 0.45},
	{"pets/dog-bike.jpg", "boards", 0.84, 0.97, 0.45},
	{"pairs/dv-dog.jpg", "dry grass", 0.75, 0.90, 0.50},
	{"pairs/bs69020.jpg", "grass and soil", 0.74, 0.97, 0.45},
	{"people/selfie-wide.jpg", "skyline and hillside", 0.30, 0.72, 0.55},
	{"pets/dog-bench.png", "trees, reed and grass", 0.88, 0.78, 0.60},
	{"pets/dog-bench.png", "reed and grass", 0.10, 0.88, 0.50},
}

// sitePixels is the long side of the photos: what a preview is made from.
const sitePixels = 500

// TestHolesReport takes people out who were never there, so that the truth is known, and writes a table of how sharp and seamless
// the fillings are, and pictures: EASEL_HOLES=folder. EASEL_HALF=tuned leaves out the half that nothing is tuned on.
func TestHolesReport(t *testing.T) {
	folder := os.Getenv("EASEL_HOLES")
	if folder == "" {
		t.Skip("set EASEL_HOLES to a folder to measure fillings against what was there")
	}
	walker := silhouette(t)
	var table strings.Builder
	table.WriteString("| behind | half | sharpness | smeared (truth) | seam (truth) | PSNR | SSIM | depth | s |\n| --- | --- | --- | --- | --- | --- | --- | --- | --- |\n")
	var all [2][]filled
	for n, at := range sites {
		if n%2 == 0 && os.Getenv("EASEL_HALF") == "held" || n%2 == 1 && os.Getenv("EASEL_HALF") == "tuned" {
			continue
		}
		src := shrunk(t, at.photo)
		p := walker.put(src.Rect, at, n%4 > 1)
		begun := time.Now()
		got, err := inpaint.Fill(t.Context(), painted(src, p), p, stays(t, at.photo, p), inpaint.Options{Seed: 1})
		if err != nil {
			t.Errorf("%s: %v", at.behind, err)
			continue
		}
		r := measure(t.Context(), src, got, p)
		r.took = time.Since(begun)
		all[n%2] = append(all[n%2], r)
		fmt.Fprintf(&table, "| %s | %s | %s |\n", at.behind, [2]string{"tuned", "held out"}[n%2], r)
		save(t, filepath.Join(folder, fmt.Sprintf("hole-%02d.png", n)), beside(painted(src, p), got))
	}
	for n, half := range all {
		if len(half) > 0 {
			fmt.Fprintf(&table, "| **median** | %s | %s |\n", [2]string{"tuned", "held out"}[n], median(half))
		}
	}
	t.Logf("\n%s", table.String())
	if err := os.WriteFile(filepath.Join(folder, "holes.md"), []byte(table.String()), 0o644); err != nil {
		t.Fatal(err)
	}
}

// stays is the photo's own subject where its outline is known; as in the studio nothing is copied from it. nil elsewhere.
func stays(t *testing.T, name string, hole *raster.Plane) *raster.Plane {
	stem, pair := strings.CutPrefix(name, "pairs/")
	if !pair {
		return nil
	}
	mask := sitter.Photo(t, "pairs/"+stem[:len(stem)-4]+"_mask.png")
	p := raster.New(hole.W, hole.H)
	for y := range p.H {
		for x := range p.W {
			if mask.NRGBAAt(x*mask.Rect.Dx()/p.W, y*mask.Rect.Dy()/p.H).R > 0 {
				p.P[y*p.W+x] = 1
			}
		}
	}
	p = grown(p, 3)
	for i, v := range hole.P {
		if v > 0.5 {
			p.P[i] = 0
		}
	}
	return p
}

func shrunk(t *testing.T, name string) *image.NRGBA {
	whole := sitter.Photo(t, name)
	k := min(1, sitePixels/float64(max(whole.Rect.Dx(), whole.Rect.Dy())))
	return raster.ResizeNRGBA(t.Context(), whole, int(k*float64(whole.Rect.Dx())), int(k*float64(whole.Rect.Dy())))
}

// figure is the outline of somebody walking.
type figure struct {
	ids *image.NRGBA
	box image.Rectangle
	id  uint8
}

func silhouette(t *testing.T) figure {
	f := figure{ids: sitter.Photo(t, "pairs/pf-penn87_ids.png")}
	boxes := map[uint8]image.Rectangle{}
	for y := range f.ids.Rect.Dy() {
		for x := range f.ids.Rect.Dx() {
			if id := f.ids.NRGBAAt(x, y).R; id != 0 {
				boxes[id] = boxes[id].Union(image.Rect(x, y, x+1, y+1))
			}
		}
	}
	for id, box := range boxes {
		if box.Dx()*box.Dy() > f.box.Dx()*f.box.Dy() {
			f.id, f.box = id, box
		}
	}
	return f
}

// put is the hole that somebody leaves, a little wider than they are.
func (f figure) put(frame image.Rectangle, at site, mirrored bool) *raster.Plane {
	w, h := frame.Dx(), frame.Dy()
	p := raster.New(w, h)
	k := float64(f.box.Dy()) / (at.high * float64(h))
	for y := range h {
		for x := range w {
			dx, dy := k*(float64(x)-at.x*float64(w)), k*(float64(y)-at.y*float64(h))
			if mirrored {
				dx = -dx
			}
			q := image.Pt(f.box.Min.X+f.box.Dx()/2+int(math.Round(dx)), f.box.Max.Y+int(math.Round(dy)))
			if q.In(f.box) && f.ids.NRGBAAt(q.X, q.Y).R == f.id {
				p.P[y*w+x] = 1
			}
		}
	}
	return grown(p, 3)
}

// filled is how a filling compares with what was there.
type filled struct {
	sharp      float64    // mean slope of light in the hole, in parts of the truth's
	smear      [2]float64 // share of the hole that is flat where the truth was not; and of the truth itself
	seam       [2]float64 // mean step over the hole's edge, in parts of the surroundings' steps; and of the truth
	psnr, ssim float64
	depth      float64 // of the hole's deepest point, in parts of the frame's short side
	took       time.Duration
}

func (f filled) String() string {
	return fmt.Sprintf("%.2f | %.2f (%.2f) | %.2f (%.2f) | %.1f | %.2f | %.3f | %.1f", f.sharp, f.smear[0], f.smear[1], f.seam[0], f.seam[1], f.psnr, f.ssim, f.depth, f.took.Seconds())
}

func median(all []filled) filled {
	mid := func(of func(f filled) float64) float64 {
		var v []float64
		for _, f := range all {
			v = append(v, of(f))
		}
		slices.Sort(v)
		return (v[len(v)/2] + v[(len(v)-1)/2]) / 2
	}
	return filled{
		sharp: mid(func(f filled) float64 { return f.sharp }),
		smear: [2]float64{mid(func(f filled) float64 { return f.smear[0] }), mid(func(f filled) float64 { return f.smear[1] })},
		seam:  [2]float64{mid(func(f filled) float64 { return f.seam[0] }), mid(func(f filled) float64 { return f.seam[1] })},
		psnr:  mid(func(f filled) float64 { return f.psnr }), ssim: mid(func(f filled) float64 { return f.ssim }),
		depth: mid(func(f filled) float64 { return f.depth }), took: time.Duration(mid(func(f filled) float64 { return float64(f.took) })),
	}
}

// measure compares a filling with the truth.
func measure(ctx context.Context, truth, got *image.NRGBA, hole *raster.Plane) (f filled) {
	known := raster.New(hole.W, hole.H)
	for i, v := range hole.P {
		known.P[i] = 1 - v
	}
	inside, outside := raster.Distance(ctx, known), raster.Distance(ctx, hole)
	lights := [2]*raster.Plane{light(ctx, got), light(ctx, truth)}
	var slope [2]float64
	slopes := [2]*raster.Plane{steepness(lights[0]), steepness(lights[1])}
	for k, l := range lights {
		for i, v := range hole.P {
			if v > 0.5 {
				slope[k] += float64(slopes[k].P[i])
			}
		}
		f.smear[k], f.seam[k] = smeared(ctx, slopes[k], slopes[1], inside), seams(l, inside, outside)
	}
	f.sharp = slope[0] / slope[1]
	var off, n float64
	var box image.Rectangle
	for i, v := range hole.P {
		if v > 0.5 {
			for c := range 3 {
				d := float64(truth.Pix[4*i+c]) - float64(got.Pix[4*i+c])
				off, n = off+d*d, n+1
			}
			box = box.Union(image.Rect(i%hole.W, i/hole.W, i%hole.W+1, i/hole.W+1))
			f.depth = max(f.depth, float64(inside.P[i])/float64(min(hole.W, hole.H)))
		}
	}
	f.psnr = 10 * math.Log10(255*255/max(off/n, 1e-9))
	f.ssim = float64(raster.SSIM(ctx, lights[0].Crop(box), lights[1].Crop(box), 0))
	return f
}

func light(ctx context.Context, img *image.NRGBA) *raster.Plane {
	c := raster.FromNRGBA(ctx, img)
	defer c.Free()
	return raster.Luma(ctx, c)
}

// steepness is how much light changes from each pixel to the next.
func steepness(l *raster.Plane) *raster.Plane {
	e := raster.New(l.W, l.H)
	for y := range l.H {
		for x := range l.W {
			dx, dy := l.At(min(x+1, l.W-1), y)-l.At(x, y), l.At(x, min(y+1, l.H-1))-l.At(x, y)
			e.P[y*l.W+x] = float32(math.Hypot(float64(dx), float64(dy)))
		}
	}
	return e
}

// smeared is the share of the hole in which light changes less than half as much as it truly did thereabouts.
func smeared(ctx context.Context, e, truth, inside *raster.Plane) float64 {
	const deep = 3
	local, about := raster.Box(ctx, e, 4), raster.Box(ctx, truth, 12)
	defer raster.Free(local, about)
	flat, n := 0.0, 0.0
	for i, d := range inside.P {
		if d > deep {
			n++
			if local.P[i] < 0.45*about.P[i] {
				flat++
			}
		}
	}
	return flat / max(n, 1)
}

// seams is the mean step of light over the hole's edge, in parts of that a few pixels outside.
func seams(l, inside, outside *raster.Plane) float64 {
	var sum, n [2]float64
	for y := range l.H - 1 {
		for x := range l.W - 1 {
			i := y*l.W + x
			for _, j := range [2]int{i + 1, i + l.W} {
				d := math.Abs(float64(l.P[i] - l.P[j]))
				switch {
				case inside.P[i] > 0 != (inside.P[j] > 0):
					sum[0], n[0] = sum[0]+d, n[0]+1
				case outside.P[i] > 2 && outside.P[i] < 12:
					sum[1], n[1] = sum[1]+d, n[1]+1
				}
			}
		}
	}
	return sum[0] / n[0] / (sum[1] / n[1])
}

// beside puts pictures of one size beside each other.
func beside(all ...*image.NRGBA) *image.NRGBA {
	w, h := all[0].Rect.Dx(), all[0].Rect.Dy()
	sheet := image.NewNRGBA(image.Rect(0, 0, w*len(all), h))
	for n, img := range all {
		for y := range h {
			copy(sheet.Pix[sheet.PixOffset(n*w, y):][:4*w], img.Pix[img.PixOffset(0, y):])
		}
	}
	return sheet
}
