package matting

// blob is one connected piece of a mask.
type blob struct {
	area  int
	fixed bool // holds a pixel that surely belongs to the subject
	frame bool // touches the frame
	ink   int  // pixels' belief, in thousandths, summed
}

// blobs labels the 4-connected pieces of the pixels where in equals side; other pixels get -1.
func (v *view) blobs(in []bool, side bool, b *belief) ([]int32, []blob) {
	label := make([]int32, len(in))
	for i := range label {
		label[i] = -1
	}
	var found []blob
	var stack []int32
	for start := range in {
		if in[start] != side || label[start] >= 0 {
			continue
		}
		id := int32(len(found))
		found = append(found, blob{})
		p := &found[id]
		label[start] = id
		stack = append(stack[:0], int32(start))
		for len(stack) > 0 {
			i := int(stack[len(stack)-1])
			stack = stack[:len(stack)-1]
			p.area++
			p.fixed = p.fixed || b.fixed[i] > 0
			p.ink += int(1000 * b.likely[i])
			x, y := i%v.w, i/v.w
			p.frame = p.frame || x == 0 || y == 0 || x == v.w-1 || y == v.h-1
			for k, j := range [4]int{i - 1, i + 1, i - v.w, i + v.w} {
				inside := [4]bool{x > 0, x < v.w-1, y > 0, y < v.h-1}[k]
				if inside && in[j] == side && label[j] < 0 {
					label[j] = id
					stack = append(stack, int32(j))
				}
			}
		}
	}
	return label, found
}

// tidy keeps the pieces that are sure or at least a quarter of the largest, and fills small holes. It returns the
// share of the subject's area that larger holes take.
func (v *view) tidy(in []bool, b *belief) float32 {
	label, found := v.blobs(in, true, b)
	largest := 0
	for _, p := range found {
		largest = max(largest, p.ink)
	}
	area := 0
	for i, l := range label {
		if l < 0 {
			continue
		}
		if p := &found[l]; !p.fixed && p.ink*4 < largest {
			in[i] = false
		} else {
			area++
		}
	}
	label, found = v.blobs(in, false, b)
	open := 0
	for i, l := range label {
		if l < 0 || found[l].frame || b.fixed[i] < 0 {
			continue
		}
		if found[l].area*400 < len(in) {
			in[i] = true
		} else {
			open++
		}
	}
	return float32(open) / float32(max(area+open, 1))
}
