package raster

import (
	"context"
	"math/rand/v2"
	"runtime"
	"sync"
	"sync/atomic"
)

// band is the number of rows dealt at a time: small enough to level uneven rows and to stop soon after a cancel,
// large enough that dealing costs nothing beside a kernel.
const band = 16

type workersKey struct{}

// WithWorkers limits the kernels that run under the context to n goroutines; without it they use GOMAXPROCS.
func WithWorkers(ctx context.Context, n int) context.Context {
	return context.WithValue(ctx, workersKey{}, max(1, n))
}

// Workers is the number of goroutines that kernels under this context use.
func Workers(ctx context.Context) int {
	if n, ok := ctx.Value(workersKey{}).(int); ok {
		return n
	}
	return runtime.GOMAXPROCS(0)
}

// Rows calls work for bands [y0, y1) that together cover 0…h, on all cores, and returns when all are done or the
// context has ended. Bands are dealt by a counter, so which goroutine works which band is not determined.
func Rows(ctx context.Context, h int, work func(y0, y1 int)) {
	RowsWith(ctx, h, func() struct{} { return struct{}{} }, func(_ struct{}, y0, y1 int) { work(y0, y1) })
}

// RowsWith is Rows with one scratch value for each goroutine.
func RowsWith[S any](ctx context.Context, h int, scratch func() S, work func(s S, y0, y1 int)) {
	Each(ctx, (h+band-1)/band, scratch, func(s S, i int) { work(s, i*band, min(h, (i+1)*band)) })
}

// Each calls work for every i in 0…n-1 on all cores, with one scratch value for each goroutine, until done or the
// context has ended. A panic in work stops the others and goes on in the caller, who can recover from it; in a goroutine
// of its own it would end the whole program.
func Each[S any](ctx context.Context, n int, scratch func() S, work func(s S, i int)) {
	workers := min(Workers(ctx), n)
	var next atomic.Int64
	var panicked atomic.Pointer[any]
	run := func() {
		defer func() {
			if p := recover(); p != nil {
				panicked.CompareAndSwap(nil, &p)
			}
		}()
		s := scratch()
		for ctx.Err() == nil && panicked.Load() == nil {
			i := int(next.Add(1)) - 1
			if i >= n {
				return
			}
			work(s, i)
		}
	}
	var group sync.WaitGroup
	for range workers - 1 {
		group.Go(run)
	}
	run()
	group.Wait()
	if p := panicked.Load(); p != nil {
		panic(*p)
	}
}

// Rand returns the source for one stage and tile of a drawing, so that what one tile draws does not depend on when
// another one drew.
func Rand(seed uint64, stage string, tile int) *rand.Rand {
	const prime = 1099511628211 // FNV-1a, 64 bit
	h := uint64(14695981039346656037)
	for i := range len(stage) {
		h = (h ^ uint64(stage[i])) * prime
	}
	return rand.New(rand.NewPCG(seed, h^uint64(tile)*0x9e3779b97f4a7c15))
}

// Hash mixes a seed and a lattice point into 64 well-spread bits; it is the noise of every texture.
func Hash(seed uint64, x, y int) uint64 {
	z := seed + uint64(x)*0x9e3779b97f4a7c15 + uint64(y)*0xc2b2ae3d27d4eb4f
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}
