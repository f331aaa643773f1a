package watercolour

import "easel/engine/raster"

// lens reads rows of the plan's planes at the size of the sheet, interpolated.
type lens struct {
	w     int
	scale float32
	axes  map[int]axis // by how much smaller than the plan the plane is
}

// axis holds, for each sheet column, the sample to its left and how far it lies towards the next.
type axis struct {
	left []int32
	part []float32
}

func newLens(w, planW int, scale float32) *lens {
	l := &lens{w: w, scale: scale, axes: map[int]axis{}}
	for _, n := range []int{1, 2, 4} {
		size := (planW + n - 1) / n
		a := axis{make([]int32, w), make([]float32, w)}
		for x := range w {
			i, f := l.locate(x, n, size)
			a.left[x], a.part[x] = int32(i), f
		}
		l.axes[n] = a
	}
	return l
}

// locate returns the sample before sheet position i in a plane of the given size, and how far it lies to the next.
func (l *lens) locate(i, n, size int) (int, float32) {
	v := raster.Clamp((float32(i)+0.5)/(l.scale*float32(n))-0.5, 0, float32(size-1))
	at := min(int(v), max(0, size-2))
	return at, v - float32(at)
}

// row writes sheet row y of a plane that is 1/n of the plan's size. line is scratch of at least the plane's width.
func (l *lens) row(dst []float32, p *raster.Plane, n, y int, line []float32) {
	at, f := l.locate(y, n, p.H)
	line = line[:p.W]
	a, b := p.Row(at), p.Row(min(at+1, p.H-1))
	b = b[:len(a)]
	for x := range line {
		line[x] = a[x] + f*(b[x]-a[x])
	}
	if n == 1 && l.scale == 1 {
		copy(dst, line)
		return
	}
	ax := l.axes[n]
	left, part := ax.left[:len(dst)], ax.part[:len(dst)]
	for x := range dst {
		i := left[x]
		v := line[i]
		dst[x] = v + part[x]*(line[min(int(i)+1, len(line)-1)]-v)
	}
}

// plan returns the plan position of sheet position i.
func (l *lens) plan(i int) float32 { return (float32(i)+0.5)/l.scale - 0.5 }
