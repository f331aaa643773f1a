package cutout

import (
	"fmt"
	"image"

	"easel/engine/cutout"
	"easel/engine/matting"
	"easel/internal/fault"
)

// Limits of what a person may draw: beyond any hand, and a bound for the work.
const (
	strokesMost = 200
	pointsMost  = 2000   // of one stroke
	pointsAll   = 20_000 // of all strokes over a photo
	bendsAll    = 1000   // of what is left of them: each is held against every pixel
)

// Draw adds strokes, in pixels of the photo, and looks again with them. Later ones win.
func (ss *Session) Draw(id string, strokes []matting.Stroke) error {
	return ss.again(id, func(p *photo) error { return p.draw(strokes) })
}

// Box says that the subject lies inside a box, in pixels of the photo, and looks again.
func (ss *Session) Box(id string, box image.Rectangle) error {
	return ss.again(id, func(p *photo) error { return p.enclose(box) })
}

// Point does both at once: when one of them is wrong, neither is done.
func (ss *Session) Point(id string, box image.Rectangle, strokes []matting.Stroke) error {
	return ss.again(id, func(p *photo) error {
		if err := p.enclose(box); err != nil {
			return err
		}
		return p.draw(strokes)
	})
}

func (p *photo) draw(strokes []matting.Stroke) error {
	if len(p.marks)+len(strokes) > strokesMost {
		return fault.New(fault.Invalid, fmt.Sprintf("That is more than %d strokes. Undo some first.", strokesMost))
	}
	points := 0
	for _, s := range append(p.marks[:len(p.marks):len(p.marks)], strokes...) {
		points += len(s.Points)
	}
	if points > pointsAll {
		return errMuch()
	}
	for _, s := range strokes {
		if len(s.Points) == 0 || len(s.Points) > pointsMost || !(s.Radius > 0 && s.Radius <= float32(max(p.W, p.H))) {
			return fault.New(fault.Invalid, "A stroke needs points and a width. Draw it again.")
		}
		small := matting.Stroke{Radius: s.Radius * float32(p.k), Keep: s.Keep}
		for _, at := range s.Points {
			if !at.In(image.Rect(0, 0, p.W, p.H)) {
				return fault.New(fault.Invalid, "A stroke lies outside the photo. Draw it again.")
			}
			small.Points = append(small.Points, scaled(at, p.k))
		}
		small.Points = thinned(small.Points, max(1, float64(small.Radius)/8))
		p.marks = append(p.marks[:len(p.marks):len(p.marks)], small)
	}
	bends := 0
	for _, s := range p.marks {
		bends += len(s.Points)
	}
	if bends > bendsAll {
		return errMuch()
	}
	return nil
}

func errMuch() error {
	return fault.New(fault.Invalid, "That is more than can be drawn over one photo. Undo some strokes first.")
}

func (p *photo) enclose(box image.Rectangle) error {
	if p.Kind != Background {
		return fault.New(fault.Invalid, "A box is for a photo whose background is taken out. Draw over whom to take out.")
	}
	if box = box.Intersect(image.Rect(0, 0, p.W, p.H)); box.Dx() < 8 || box.Dy() < 8 {
		return fault.New(fault.Invalid, "The box is empty. Draw it around the subject.")
	}
	p.box = image.Rectangle{Min: scaled(box.Min, p.k), Max: scaled(box.Max, p.k)}
	return nil
}

// Undo takes the last stroke back, or the box when there is none, and looks again.
func (ss *Session) Undo(id string) error {
	return ss.again(id, func(p *photo) error {
		switch {
		case len(p.marks) > 0:
			n := len(p.marks) - 1
			p.marks = p.marks[:n:n] // what is appended goes elsewhere
		case !p.box.Empty():
			p.box = image.Rectangle{}
		default:
			return fault.New(fault.Invalid, "There is nothing to undo.")
		}
		return nil
	})
}

func scaled(p image.Point, k float64) image.Point {
	return image.Pt(int(float64(p.X)*k), int(float64(p.Y)*k))
}

// Again looks once more at a photo with what is known of it, for one that was stopped or that failed.
func (ss *Session) Again(id string) error {
	return ss.again(id, func(*photo) error { return nil })
}

// again changes what a photo's search knows and lets it wait for another one.
func (ss *Session) again(id string, change func(p *photo) error) error {
	ss.room.mu.Lock()
	defer ss.room.mu.Unlock()
	p, err := ss.room.find(id)
	if err != nil {
		return err
	}
	return ss.changed(p, first(p.Kind), func() error { return change(p) })
}

// changed changes a photo and lets it wait for a task. Nothing is changed when that cannot be. The room's mu is held.
func (ss *Session) changed(p *photo, do task, change func() error) error {
	before := p.resting()
	err := change()
	if err == nil {
		err = ss.enqueue(p, before, do, true)
	}
	if err != nil {
		p.restore(before)
	}
	return err
}

// Stop ends what is being done for a photo, or what waits to be done, and puts it back as it stood before.
func (ss *Session) Stop(id string) error {
	ss.room.mu.Lock()
	defer ss.room.mu.Unlock()
	p, err := ss.room.find(id)
	if err != nil {
		return err
	}
	if !p.live() {
		return fault.New(fault.Conflict, "Nothing is being done for this photo that could be stopped.")
	}
	p.round++ // whatever is under way finds nothing to change
	ss.service.line.drop(p)
	p.restore(p.rest)
	p.Stage, p.Done = "", 1
	ss.room.tell()
	return nil
}

// rest is how a photo stands while nothing is done for it.
type rest struct {
	State  State
	Say    string
	marks  []matting.Stroke
	box    image.Rectangle
	ground cutout.Ground
}

func (p *photo) resting() rest { return rest{p.State, p.Say, p.marks, p.box, p.Ground} }

func (p *photo) restore(r rest) {
	p.State, p.Say, p.marks, p.box = r.State, r.Say, r.marks, r.box
	if r.ground.Kind != "" {
		p.Ground = r.ground
	}
}

// live reports whether something is done for the photo, or waits to be.
func (p *photo) live() bool { return p.State == Waiting || p.State == Working }

// Fill takes out what is marked, once somebody has looked at it.
func (ss *Session) Fill(id string) error {
	ss.room.mu.Lock()
	defer ss.room.mu.Unlock()
	p, err := ss.room.find(id)
	if err != nil {
		return err
	}
	if p.Kind != Crowd || p.alpha == "" || p.live() {
		return fault.New(fault.Conflict, "There is nothing to fill yet. Wait until it is shown what goes.")
	}
	if p.State == Ready {
		return fault.New(fault.Conflict, "What was marked is taken out already. Draw over what else should go, or over what should stay.")
	}
	return ss.changed(p, fill, func() error { return nil })
}
