package matting

// blob is one connected piece of a mask.
type blob struct {
	area  int
	fixed bool // holds a pixel that surely belongs to the subject
	frame bool // touches the frame
	ink   int  // pixels' belief, in thousandths, summed
}

// run is a stretch of neighbours in a row, x0…x1−1, and the number of an earlier run of its piece, or its own.
type run struct {
	y, x0, x1 int
	first     int32
}

// runs finds the rows' stretches of pixels where in equals side, and joins those that touch across rows.
func (v *view) runs(in []bool, side bool) []run {
	var all []run
	root := func(k int32) int32 {
		for all[k].first != k {
			all[k].first = all[all[k].first].first
			k = all[k].first
		}
		return k
	}
	above, here := 0, 0 // where the runs of the row above and of this one begin
	for y := range v.h {
		row := in[y*v.w : (y+1)*v.w]
		for x := 0; x < len(row); x++ {
			if row[x] != side {
				continue
			}
			x0 := x
			for x < len(row) && row[x] == side {
				x++
			}
			k := int32(len(all))
			all = append(all, run{y, x0, x, k})
			for above < here && all[above].x1 <= x0 {
				above++
			}
			for a := above; a < here && all[a].x0 < x; a++ {
				p, q := root(int32(a)), root(k)
				all[max(p, q)].first = min(p, q)
			}
		}
		above, here = here, len(all)
	}
	for k := range all {
		all[k].first = root(int32(k))
	}
	return all
}

// blobs labels the 4-connected pieces of the pixels where in equals side; other pixels get -1.
func (v *view) blobs(in []bool, side bool, b *belief) ([]int32, []blob) {
	label := make([]int32, len(in))
	for i := range label {
		label[i] = -1
	}
	var found []blob
	all := v.runs(in, side)
	for k, r := range all {
		id := int32(len(found))
		if r.first == int32(k) {
			found = append(found, blob{})
			all[k].first = id
		} else {
			id = all[r.first].first // the piece, since its first run was met
		}
		p := &found[id]
		p.area += r.x1 - r.x0
		p.frame = p.frame || r.x0 == 0 || r.x1 == v.w || r.y == 0 || r.y == v.h-1
		for i := r.y*v.w + r.x0; i < r.y*v.w+r.x1; i++ {
			label[i] = id
			p.fixed = p.fixed || b.fixed[i] > 0
			p.ink += int(1000 * b.likely[i])
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
