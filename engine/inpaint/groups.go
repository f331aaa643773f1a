package inpaint

import "image"

// gap is how far holes lie from each other, in pixels, that are filled one by one; nearer ones are one hole.
const gap = 24

// groupsMost is how many are: letters all over a photo are one hole.
const groupsMost = 12

// groups are the boxes about the holes, in the order of their first rows. Each is filled from its own surroundings.
func (s *scene) groups() (boxes []image.Rectangle) {
	w := s.W()
	seen := make([]bool, len(s.hole))
	for i, hole := range s.hole {
		if !hole || seen[i] {
			continue
		}
		var box image.Rectangle
		stack := []int{i}
		seen[i] = true
		for len(stack) > 0 {
			j := stack[len(stack)-1]
			stack = stack[:len(stack)-1]
			x, y := j%w, j/w
			box = box.Union(image.Rect(x, y, x+1, y+1))
			for _, n := range [4]image.Point{{x - 1, y}, {x + 1, y}, {x, y - 1}, {x, y + 1}} {
				if k := n.Y*w + n.X; n.In(image.Rect(0, 0, w, s.H())) && s.hole[k] && !seen[k] {
					seen[k] = true
					stack = append(stack, k)
				}
			}
		}
		boxes = append(boxes, box)
	}
	if boxes = joined(boxes); len(boxes) > groupsMost {
		return []image.Rectangle{image.Rect(0, 0, w, s.H())}
	}
	return boxes
}

// joined puts boxes that lie near each other together.
func joined(boxes []image.Rectangle) []image.Rectangle {
	for again := true; again; {
		again = false
		for a := 0; a < len(boxes); a++ {
			for b := len(boxes) - 1; b > a; b-- {
				if boxes[a].Inset(-gap).Overlaps(boxes[b]) {
					boxes[a] = boxes[a].Union(boxes[b])
					boxes = append(boxes[:b], boxes[b+1:]...)
					again = true
				}
			}
		}
	}
	return boxes
}

// within is the scene with only what lies in the box as its hole; what lies elsewhere is neither filled nor copied.
func (s *scene) within(box image.Rectangle) *scene {
	part := &scene{img: s.img, hole: make([]bool, len(s.hole)), protected: make([]bool, len(s.hole))}
	for i, hole := range s.hole {
		part.protected[i] = s.protected[i]
		if !hole {
			continue
		}
		if image.Pt(i%s.W(), i/s.W()).In(box) {
			part.hole[i] = true
			part.holes++
		} else {
			part.protected[i] = true
		}
	}
	return part
}
