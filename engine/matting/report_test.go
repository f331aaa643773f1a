package matting

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"image"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"easel/engine/raster"
)

// grabcut cuts the jobs on standard input with OpenCV: a central rectangle or a box, five rounds.
const grabcut = `
import cv2, json, numpy, sys, time
cv2.setNumThreads(2)
for job in json.load(sys.stdin):
    img = cv2.imread(job["photo"])
    mask = numpy.zeros(img.shape[:2], numpy.uint8)
    cv2.setRNGSeed(1)
    begun = time.time()
    cv2.grabCut(img, mask, tuple(job["box"]), numpy.zeros((1, 65)), numpy.zeros((1, 65)), 5, cv2.GC_INIT_WITH_RECT)
    print(time.time() - begun, flush=True)
    cv2.imwrite(job["out"], numpy.where((mask == 1) | (mask == 3), 255, 0).astype(numpy.uint8))
`

type peerJob struct {
	Photo string `json:"photo"`
	Box   [4]int `json:"box"`
	Out   string `json:"out"`
}

// peers runs the other program over each pair with the boxes that box gives, and returns its masks and its seconds.
func peers(t *testing.T, all []*pair, folder, kind string, box func(p *pair) image.Rectangle) (masks []*raster.Plane, seconds []float64) {
	t.Helper()
	var jobs []peerJob
	for _, p := range all {
		b := box(p)
		jobs = append(jobs, peerJob{p.file, [4]int{b.Min.X, b.Min.Y, b.Dx(), b.Dy()}, filepath.Join(folder, p.name+"-grabcut-"+kind+".png")})
	}
	in, err := json.Marshal(jobs)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), "/usr/bin/python3", "-c", grabcut)
	cmd.Stdin, cmd.Stderr = bytes.NewReader(in), os.Stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("OpenCV's GrabCut did not run (Debian's python3-opencv has it): %v", err)
	}
	for k, line := range strings.Fields(string(out)) {
		var s float64
		fmt.Sscan(line, &s)
		seconds = append(seconds, s)
		masks = append(masks, readMask(t, jobs[k].Out))
	}
	return masks, seconds
}

// means are a half's figures; not-a-numbers do not count.
type means struct{ sum, n [4]float64 }

func (m *means) add(s score) {
	for k, v := range [4]float64{s.iou, s.outline, s.sad, s.gradient} {
		if !math.IsNaN(v) {
			m.sum[k], m.n[k] = m.sum[k]+v, m.n[k]+1
		}
	}
}

func (m *means) of(k int) float64 { return m.sum[k] / math.Max(m.n[k], 1) }

// way is one way of cutting all pairs.
type way struct {
	name   string
	scores []score
	mattes []*raster.Plane
	half   [2]means // held out, tuned on
}

// TestPairsReport measures cutouts against true outlines, beside OpenCV's GrabCut in one run, and writes a table and
// pictures: EASEL_PAIRS=folder. EASEL_HALF=tuned leaves out the half that nothing is tuned on. EASEL_DRAWN is a folder of further
// photos with outlines that somebody drew, which constants may be tuned on too.
func TestPairsReport(t *testing.T) {
	folder := os.Getenv("EASEL_PAIRS")
	if folder == "" {
		t.Skip("set EASEL_PAIRS to a folder to measure cutouts against true outlines")
	}
	all := pairs(t, func(_ string, tuned bool) bool { return tuned || os.Getenv("EASEL_HALF") == "" })
	var ways []*way
	sure := map[string]float32{}
	write := func() { // after each way, as the other program takes minutes
		if err := os.WriteFile(filepath.Join(folder, "pairs.md"), []byte(table(all, ways, sure)), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	add := func(name string, cut func(p *pair) *raster.Plane) {
		w := &way{name: name}
		begun := time.Now()
		for _, p := range all {
			w.take(t.Context(), p, cut(p))
		}
		t.Logf("%s: %.2f s a pair", name, time.Since(begun).Seconds()/float64(len(all)))
		ways = append(ways, w)
		write()
	}
	ctx := t.Context()
	inEveryWay(ctx, add, sure)
	reportSureness(t, all, folder)
	reportDrawn(t, folder)
	if os.Getenv("EASEL_PEER") != "no" {
		type rectangle struct {
			kind string
			box  func(p *pair) image.Rectangle
		}
		rectangles := []rectangle{{"central rectangle", (*pair).central}}
		for _, which := range boxes {
			rectangles = append(rectangles, rectangle{"same" + which, func(p *pair) image.Rectangle { return p.drawn(which) }})
		}
		for _, peer := range rectangles {
			masks, seconds := peers(t, all, t.TempDir(), strings.Fields(peer.kind)[0], peer.box)
			w, total, size := &way{name: "GrabCut, " + peer.kind}, 0.0, 0
			for k, p := range all {
				w.take(ctx, p, masks[k])
				total += seconds[k]
				size += len(p.truth.P)
			}
			t.Logf("%s: %.2f s a pair, %.1f s a megapixel", w.name, total/float64(len(all)), total/float64(size)*1e6)
			ways = append(ways, w)
			write()
		}
	}
	t.Log("\n" + table(all, ways, sure))
	for k, p := range all {
		for _, w := range ways[:3] {
			showOn(t, filepath.Join(folder, p.name+"-"+strings.ReplaceAll(strings.TrimPrefix(w.name, "Easel, "), " ", "-")+".png"), p, w.mattes[k])
		}
	}
}

// shown is the confidence from which the page shows an unaided cut; below it, it asks for a tap or a box.
const shown = 0.6

// inEveryWay cuts without help, as the page works, and with every kind of hint; sure gets the confidence.
func inEveryWay(ctx context.Context, add func(name string, cut func(p *pair) *raster.Plane), sure map[string]float32) {
	alone, boxed, tapped := map[string]*raster.Plane{}, map[string]*raster.Plane{}, map[string]*raster.Plane{}
	add("Easel, unaided", func(p *pair) *raster.Plane {
		alpha, c := Subject(ctx, p.photo, p.faces, 1)
		alone[p.name], sure[p.name] = alpha, c
		return alpha
	})
	add("Easel, one box", func(p *pair) *raster.Plane {
		boxed[p.name] = Segment(ctx, p.photo, Hints{Box: p.loose()}, 1)
		return boxed[p.name]
	})
	add("Easel, two strokes", func(p *pair) *raster.Plane {
		h := Hints{Faces: p.faces}
		if sure[p.name] >= shown { // else the page shows nothing yet, and a stroke goes over the subject
			h.Before = alone[p.name]
		}
		return p.stroked(ctx, h, h.Before)
	})
	add("Easel, a box and two strokes", func(p *pair) *raster.Plane {
		return p.stroked(ctx, Hints{Box: p.loose()}, boxed[p.name])
	})
	add("Easel, one tap", func(p *pair) *raster.Plane {
		tapped[p.name] = Segment(ctx, p.photo, Hints{Strokes: []Stroke{p.tap()}, Faces: p.faces}, 1)
		return tapped[p.name]
	})
	add("Easel, as the page works", func(p *pair) *raster.Plane {
		if sure[p.name] >= shown {
			return alone[p.name]
		}
		return tapped[p.name]
	})
	for _, which := range boxes[1:] {
		add("Easel, one"+which, func(p *pair) *raster.Plane { return Segment(ctx, p.photo, Hints{Box: p.drawn(which)}, 1) })
	}
}

// reportDrawn measures cuts of the photos whose outlines somebody drew, if there are any.
func reportDrawn(t *testing.T, folder string) {
	t.Helper()
	dir := os.Getenv("EASEL_DRAWN")
	if dir == "" {
		return
	}
	all := pairsIn(t, dir, func(string, bool) bool { return true })
	sure := map[string]float32{}
	var said [][]guess
	var ways []*way
	for _, p := range all {
		p.tuned = true
		said = append(said, p.guesses(t.Context()))
	}
	inEveryWay(t.Context(), func(name string, cut func(p *pair) *raster.Plane) {
		w := &way{name: name}
		for _, p := range all {
			w.take(t.Context(), p, cut(p))
		}
		ways = append(ways, w)
	}, sure)
	text := table(all, ways, sure) + reliability("drawn", said)
	t.Log("\n" + text)
	if err := os.WriteFile(filepath.Join(folder, "drawn.md"), []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// reportSureness measures the confidence of unaided cuts, of photos as they are and bent, and writes tables.
func reportSureness(t *testing.T, all []*pair, folder string) {
	t.Helper()
	said := map[bool][][]guess{}
	for _, p := range all {
		said[p.tuned] = append(said[p.tuned], p.guesses(t.Context()))
	}
	text := reliability("tuned", said[true])
	if len(said[false]) > 0 {
		text += reliability("held out", said[false]) + reliability("all", append(said[true], said[false]...))
	}
	t.Log(text)
	if err := os.WriteFile(filepath.Join(folder, "sure.md"), []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// stroked draws two strokes, each where the cut is most wrong.
func (p *pair) stroked(ctx context.Context, h Hints, alpha *raster.Plane) *raster.Plane {
	for range 2 {
		s, ok := p.stroke(alpha)
		if !ok {
			break
		}
		h.Strokes = append(h.Strokes, s)
		alpha = Segment(ctx, p.photo, h, 1)
	}
	return alpha
}

func (w *way) take(ctx context.Context, p *pair, alpha *raster.Plane) {
	s := p.against(ctx, alpha)
	w.scores, w.mattes = append(w.scores, s), append(w.mattes, alpha)
	half := 0
	if p.tuned {
		half = 1
	}
	w.half[half].add(s)
}

// table writes the figures as Markdown.
func table(all []*pair, ways []*way, sure map[string]float32) string {
	var b strings.Builder
	b.WriteString("| | half | IoU | outline F | SAD | gradient |\n|---|---|---|---|---|---|\n")
	for _, w := range ways {
		for half, name := range []string{"held out", "tuned"} {
			if m := &w.half[half]; m.n[0] > 0 {
				fmt.Fprintf(&b, "| %s | %s | %.3f | %.3f | %.2f | %.2f |\n", w.name, name, m.of(0), m.of(1), m.of(2), m.of(3))
			}
		}
	}
	b.WriteString("\n| pair | half | sure |")
	for _, w := range ways {
		b.WriteString(" " + w.name + " |")
	}
	b.WriteString("\n|---|---|---|" + strings.Repeat("---|", len(ways)) + "\n")
	for k, p := range all {
		half := "held out"
		if p.tuned {
			half = "tuned"
		}
		fmt.Fprintf(&b, "| %s | %s | %.2f |", p.name, half, sure[p.name])
		for _, w := range ways {
			fmt.Fprintf(&b, " %.3f |", w.scores[k].iou)
		}
		b.WriteString("\n")
	}
	return b.String()
}
