package raster

import (
	"context"
	"testing"
)

func TestAPanicReachesTheCaller(t *testing.T) {
	t.Parallel()
	for _, workers := range []int{1, 4} {
		got := func() (p any) {
			defer func() { p = recover() }()
			Rows(WithWorkers(t.Context(), workers), 1000, func(y0, _ int) {
				if y0 == 512 {
					panic("row 512")
				}
			})
			return nil
		}()
		if got != "row 512" {
			t.Errorf("with %d workers the caller recovers %v, want the panic of the row", workers, got)
		}
	}
}

func TestEveryRowIsDealtOnce(t *testing.T) {
	t.Parallel()
	for _, workers := range []int{1, 2, 16} {
		for _, h := range []int{0, 1, band, band + 1, 1000} {
			seen := make([]int32, h)
			Rows(WithWorkers(t.Context(), workers), h, func(y0, y1 int) {
				for y := y0; y < y1; y++ {
					seen[y]++
				}
			})
			for y, n := range seen {
				if n != 1 {
					t.Fatalf("with %d workers row %d of %d was dealt %d times", workers, y, h, n)
				}
			}
		}
	}
}

func TestACancelledContextStopsTheDealing(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	dealt := 0
	Rows(WithWorkers(ctx, 1), 1000, func(int, int) { dealt++; cancel() })
	if dealt != 1 {
		t.Errorf("%d bands were dealt after the context had ended, want the one that ended it", dealt)
	}
}
