package cutouts

import (
	"image"
	"net/http"
	"strconv"
	"strings"

	"easel/internal/cutout"
	"easel/internal/fault"
)

// do changes one photo: another look with what was drawn or said, another ground, the crowd filled, the photo removed.
func (b *booth) do(w http.ResponseWriter, r *http.Request) error {
	ss, err := b.enter(r)
	if err != nil {
		return err
	}
	id := r.PostForm.Get("photo")
	switch r.PostForm.Get("do") {
	case "draw":
		err = b.draw(ss, id, r.PostForm.Get("strokes"))
	case "box":
		err = b.box(ss, id, r)
	case "line":
		err = b.line(ss, id, r)
	case "undo":
		err = ss.Undo(id)
	case "ground":
		err = b.stand(ss, id, r.PostForm.Get)
	case "stop":
		err = ss.Stop(id)
	case "again":
		err = ss.Again(id)
	case "fill":
		err = ss.Fill(id)
	case "remove":
		err = ss.Remove(id)
	default: // an image that was pressed: browsers send where, and nothing else
		err = b.tap(ss, id, r)
	}
	if err == nil && !wantsPart(r) {
		b.settle(r, ss)
	}
	return b.showSession(w, r, ss, err)
}

// strokesLength bounds the text of what was drawn at once.
const strokesLength = 60_000

// draw reads strokes as our script writes them, one a line: "keep" or "remove", the brush's radius, then points, all in
// pixels of the photo: "keep 12 100,200 104,203".
func (b *booth) draw(ss *cutout.Session, id, text string) error {
	wrong := fault.New(fault.Invalid, b.texts.Text("cutout.strokes"))
	if len(text) > strokesLength {
		return wrong
	}
	var strokes []cutout.Stroke
	for line := range strings.Lines(text) {
		words := strings.Fields(line)
		if len(words) < 3 {
			return wrong
		}
		radius, err := strconv.ParseFloat(words[1], 32)
		if err != nil || words[0] != "keep" && words[0] != "remove" {
			return wrong
		}
		s := cutout.Stroke{Radius: float32(radius), Keep: words[0] == "keep"}
		for _, word := range words[2:] {
			x, y, found := strings.Cut(word, ",")
			px, err := strconv.Atoi(x)
			py, err2 := strconv.Atoi(y)
			if !found || err != nil || err2 != nil {
				return wrong
			}
			s.Points = append(s.Points, image.Pt(px, py))
		}
		strokes = append(strokes, s)
	}
	if len(strokes) == 0 {
		return wrong
	}
	return ss.Draw(id, strokes)
}

// box reads the box around the subject.
func (b *booth) box(ss *cutout.Session, id string, r *http.Request) error {
	at, err := ends(r)
	if err != nil {
		return fault.Wrap(err, fault.Invalid, b.texts.Text("cutout.box.wrong"))
	}
	return ss.Box(id, at.Canon())
}

// line reads a stroke that was said with numbers, as wide as one that is drawn with the script's brush.
func (b *booth) line(ss *cutout.Session, id string, r *http.Request) error {
	at, err := ends(r)
	if err != nil {
		return fault.Wrap(err, fault.Invalid, b.texts.Text("cutout.line.wrong"))
	}
	p, err := ss.Photo(id)
	if err != nil {
		return err
	}
	if all := image.Rect(0, 0, p.W, p.H); !at.Min.In(all) || !at.Max.In(all) {
		return fault.New(fault.Invalid, b.texts.Text("cutout.line.wrong"))
	}
	radius := float32(max(p.W, p.H)) * brushRadius
	return ss.Draw(id, []cutout.Stroke{{Points: []image.Point{at.Min, at.Max}, Radius: radius, Keep: r.PostForm.Get("brush") == "keep"}})
}

// brushRadius is that of the script's brush, of the photo's longer side.
const brushRadius = 0.018

// ends reads two points, as they were written.
func ends(r *http.Request) (image.Rectangle, error) {
	var at [4]int
	for i, name := range [4]string{"x0", "y0", "x1", "y1"} {
		n, err := strconv.Atoi(r.PostForm.Get(name))
		if err != nil {
			return image.Rectangle{}, err
		}
		at[i] = n
	}
	return image.Rectangle{Min: image.Pt(at[0], at[1]), Max: image.Pt(at[2], at[3])}, nil
}

// tapRadius is the size of a tap, of the photo's longer side.
const tapRadius = 0.02

// tap is a press on the photo where no script runs: the browser sends where it was pressed, in pixels of the picture as it
// is shown, which is given with it.
func (b *booth) tap(ss *cutout.Session, id string, r *http.Request) error {
	p, err := ss.Photo(id)
	if err != nil {
		return err
	}
	x, errX := strconv.Atoi(r.PostForm.Get("tap.x"))
	y, errY := strconv.Atoi(r.PostForm.Get("tap.y"))
	wide, errW := strconv.Atoi(r.PostForm.Get("wide"))
	if errX != nil || errY != nil || errW != nil || wide < 1 {
		return fault.New(fault.Invalid, b.texts.Text("cutout.strokes"))
	}
	if x == 0 && y == 0 { // what browsers send for a key
		return fault.New(fault.Invalid, b.texts.Text("cutout.press.key"))
	}
	k := float64(p.W) / float64(wide)
	at := image.Pt(min(int(float64(x)*k), p.W-1), min(int(float64(y)*k), p.H-1))
	keep := p.Kind == cutout.Background
	return ss.Draw(id, []cutout.Stroke{{Points: []image.Point{at}, Radius: float32(max(p.W, p.H)) * tapRadius, Keep: keep}})
}
