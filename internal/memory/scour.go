package memory

import (
	"runtime"
	"runtime/metrics"
)

// The runtime keeps pieces of at most largest bytes together by their size, in runs of pages; larger ones have pages of
// their own, which debug.FreeOSMemory returns to the system.
const (
	smallest = 24
	largest  = 32 << 10
	atOnce   = 256 << 10 // bytes that are taken between two looks at the heap
)

// Scour overwrites the free pieces of the heap that share their pages with something alive, so that what was in them is gone: it
// takes pieces of each size, which the runtime zeroes when it hands them out, until the heap grows. It finds what was free after the
// last collection, apart from what other processors have put by for themselves, and from the ends of runs of pages that are too
// short for another piece.
func Scour() {
	for size := smallest; size <= largest; size++ {
		size = cap(append([]byte(nil), make([]byte, size)...)) // what the runtime rounds it up to
		scour(size)
	}
}

func scour(size int) {
	heap := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}, {Name: "/memory/classes/heap/unused:bytes"}}
	inUse := func() uint64 {
		metrics.Read(heap)
		return heap[0].Value.Uint64() + heap[1].Value.Uint64()
	}
	inUse()
	free := heap[1].Value.Uint64() // of all sizes; more cannot be of this one
	number := max(atOnce/size, 8)
	var taken [][][]byte // held, or they would be handed out again
	defer func() { runtime.KeepAlive(taken) }()
	for done := uint64(0); done < free+atOnce; done += uint64(number * size) {
		pieces := make([][]byte, number)
		taken = append(taken, pieces)
		before := inUse()
		for i := range pieces {
			pieces[i] = make([]byte, size)
		}
		if inUse() >= before+uint64(number*size) { // all of it was new
			return
		}
	}
}
