package memory

import (
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// region is memory outside the heap, so that the garbage collector never copies it: in whole pages, locked out of swap
// where the system allows, left out of core dumps and of forked children.
type region struct {
	data   []byte
	locked bool
}

// pages rounds up to whole pages.
func pages(n int) int {
	page := os.Getpagesize()
	return (n + page - 1) / page * page
}

// newRegion returns at least n zeroed bytes.
func newRegion(n int) (*region, error) {
	data, err := unix.Mmap(-1, 0, pages(n), unix.PROT_READ|unix.PROT_WRITE, unix.MAP_PRIVATE|unix.MAP_ANON)
	if err != nil {
		return nil, fmt.Errorf("map %d bytes: %w", n, err)
	}
	if err := private(data); err != nil {
		_ = unix.Munmap(data) // nothing is in it yet
		return nil, fmt.Errorf("keep memory out of core dumps: %w", err)
	}
	return &region{data: data, locked: unix.Mlock(data) == nil}, nil
}

// free wipes the region and returns it to the system.
func (r *region) free() {
	if r == nil || r.data == nil {
		return
	}
	clear(r.data)
	if r.locked {
		_ = unix.Munlock(r.data) // unmapping unlocks as well
	}
	_ = unix.Munmap(r.data) // it was mapped by us, with this length
	r.data = nil
}
