package painting

import (
	"context"
	"image"
	"math"

	"easel/engine/raster"
)

const (
	relief      = 1.12 // slope of the normal for one unit of paint height in one plan pixel
	broadRelief = .35  // weight of the broad swellings
	calmFaces   = .50  // of the relief is taken away where the eye goes: a face must not look embossed
	diffuse     = .62  // how much light a slope gains or loses
	sheen       = .045 // light that even black paint reflects from a slope
	gloss       = .16  // strength of the highlights on wet ridges
	weavePitch  = 2.9  // k pixels from thread to thread
	weaveHeight = .075
	weaveHidden = .42 // paint height that hides the weave
)

// lamp is the direction to the light, from upper left, of unit length.
var lamp = unit(-.45, -.55, .70)

// halfway lies between the lamp and the eye.
var halfway = unit(-.45, -.55, .70+1)

func unit(x, y, z float64) [3]float32 {
	n := math.Sqrt(x*x + y*y + z*z)
	return [3]float32{float32(x / n), float32(y / n), float32(z / n)}
}

// light shows the painted canvas under the lamp; nothing can be painted on it afterwards. care is newScope's, at plan
// size; k is the plan's unit of length, strength how thick the paint lies.
func (c *canvas) light(ctx context.Context, care *raster.Plane, k, strength float32, seed uint64) *image.NRGBA {
	c.weave(ctx, k, seed)
	soft := raster.Gaussian(ctx, c.height, .6*sqrt(c.scale))
	small := raster.Shrink(ctx, c.height, 4)
	swell := raster.Gaussian(ctx, small, max(1, 1.5*k*c.scale))
	small.Free()
	out := image.NewNRGBA(image.Rect(0, 0, c.w, c.h))
	raster.Rows(ctx, c.h, func(y0, y1 int) {
		for y := y0; y < y1; y++ {
			c.lightRow(out.Pix[y*out.Stride:], y, soft, swell, care, strength)
		}
	})
	raster.Free(soft, swell)
	return out
}

// lightRow lights one row of the canvas into NRGBA bytes.
func (c *canvas) lightRow(dst []uint8, y int, soft, swell, care *raster.Plane, strength float32) {
	above, row, below := soft.Row(max(y-1, 0)), soft.Row(y), soft.Row(min(y+1, c.h-1))
	// an enlarged slope is as much flatter; a little of that stays, because finer bristles are steeper
	slope := strength * relief * float32(math.Pow(float64(c.scale), .85)) / 2
	planRow := care.Row(min(int(float32(y)/c.scale), care.H-1))
	sy := min(y/4, swell.H-1)
	swellAbove, swellRow, swellBelow := swell.Row(max(sy-1, 0)), swell.Row(sy), swell.Row(min(sy+1, swell.H-1))
	broad := strength * broadRelief * c.scale / 8
	at := y * c.w
	for x := range c.w {
		calm := 1 - calmFaces*planRow[min(int(float32(x)/c.scale), len(planRow)-1)]
		sx := min(x/4, swell.W-1)
		zx := slope*(row[min(x+1, c.w-1)]-row[max(x-1, 0)]) + broad*(swellRow[min(sx+1, swell.W-1)]-swellRow[max(sx-1, 0)])
		zy := slope*(below[x]-above[x]) + broad*(swellBelow[sx]-swellAbove[sx])
		gain, add := shine(calm*zx, calm*zy)
		for j, plane := range c.colour {
			v := plane.P[at+x]*gain + add
			dst[4*x+j] = uint8(raster.Clamp(v, 0, 1)*255 + .5)
		}
		dst[4*x+3] = 255
	}
}

// shine returns by how much light on a slope multiplies a colour and what it adds to it; a level surface is unchanged.
func shine(zx, zy float32) (gain, add float32) {
	n := 1 / sqrt(1+zx*zx+zy*zy)
	lit := n*(-zx*lamp[0]-zy*lamp[1]+lamp[2]) - lamp[2]
	mirror := n * (-zx*halfway[0] - zy*halfway[1] + halfway[2])
	return 1 + diffuse*lit, sheen*lit + gloss*max(0, power64(mirror)-power64(halfway[2]))
}

// power64 is v to the 64th: the width of a highlight on wet oil.
func power64(v float32) float32 {
	v = max(v, 0)
	for range 6 {
		v *= v
	}
	return v
}

// weave adds the canvas's threads to the height where the paint is thin.
func (c *canvas) weave(ctx context.Context, k float32, seed uint64) {
	pitch := float64(weavePitch * k)
	across := make([]float32, c.w)
	for x := range across {
		across[x] = float32(math.Cos(math.Pi * (float64(x) + .5) / float64(c.scale) / pitch))
	}
	raster.Rows(ctx, c.h, func(y0, y1 int) {
		for y := y0; y < y1; y++ {
			down := float32(math.Cos(math.Pi * (float64(y) + .5) / float64(c.scale) / pitch))
			row := c.height.Row(y)
			for x, z := range row {
				thread := .5 + .5*across[x]*down + .3*(raster.White(seed, int(float32(x)/c.scale), int(float32(y)/c.scale))-.5)
				row[x] = z + weaveHeight*thread*(1-raster.Smoothstep(.05, weaveHidden, z))
			}
		}
	})
}
