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
	pointsMost  = 2000
)

// Draw adds strokes, in pixels of the photo, and looks again with them. Later ones win.
func (ss *Session) Draw(id string, strokes []matting.Stroke) error {
	return ss.again(id, func(p *photo) error {
		if len(p.marks)+len(strokes) > strokesMost {
			return fault.New(fault.Invalid, fmt.Sprintf("That is more than %d strokes. Undo some first.", strokesMost))
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
			p.marks = append(p.marks, small)
		}
		return nil
	})
}

// Box says that the subject lies inside a box, in pixels of the photo, and looks again.
func (ss *Session) Box(id string, box image.Rectangle) error {
	return ss.again(id, func(p *photo) error {
		if box = box.Intersect(image.Rect(0, 0, p.W, p.H)); box.Dx() < 8 || box.Dy() < 8 {
			return fault.New(fault.Invalid, "The box is empty. Draw it around the subject.")
		}
		p.box = image.Rectangle{Min: scaled(box.Min, p.k), Max: scaled(box.Max, p.k)}
		return nil
	})
}

// Undo takes the last stroke back, or the box when there is none, and looks again.
func (ss *Session) Undo(id string) error {
	return ss.again(id, func(p *photo) error {
		switch {
		case len(p.marks) > 0:
			p.marks = p.marks[:len(p.marks)-1]
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

// again changes what a photo's search knows and lets it wait for another one.
func (ss *Session) again(id string, change func(p *photo) error) error {
	ss.room.mu.Lock()
	defer ss.room.mu.Unlock()
	p, err := ss.room.find(id)
	if err != nil {
		return err
	}
	marks, box := p.marks, p.box
	if err := change(p); err != nil {
		p.marks, p.box = marks, box
		return err
	}
	err = ss.enqueue(p, ss.first(p.Kind))
	if err != nil {
		p.marks, p.box = marks, box
	}
	return err
}

// Before puts the subject before another ground.
func (ss *Session) Before(id string, g cutout.Ground) error {
	if err := g.Check(); err != nil {
		return fault.Wrap(err, fault.Invalid, "Choose what stands behind the subject: nothing, a colour, the ground out of focus, or a picture.")
	}
	ss.room.mu.Lock()
	defer ss.room.mu.Unlock()
	p, err := ss.room.find(id)
	if err != nil {
		return err
	}
	if p.Kind != Background {
		return fault.New(fault.Invalid, "Only a photo whose background is taken out can have another one.")
	}
	old := p.Ground
	p.Ground = g
	if err := ss.enqueue(p, cut); err != nil {
		p.Ground = old
		return err
	}
	return nil
}

// Fill takes out what is marked, once somebody has looked at it.
func (ss *Session) Fill(id string) error {
	ss.room.mu.Lock()
	defer ss.room.mu.Unlock()
	p, err := ss.room.find(id)
	if err != nil {
		return err
	}
	if p.Kind != Crowd || p.alpha == "" {
		return fault.New(fault.Conflict, "There is nothing to fill yet. Wait until it is shown what goes.")
	}
	return ss.enqueue(p, fill)
}
