package memory

import "golang.org/x/sys/unix"

// private keeps memory out of core dumps and of forked children.
func private(data []byte) error {
	if err := unix.Madvise(data, unix.MADV_DONTDUMP); err != nil {
		return err
	}
	return unix.Madvise(data, unix.MADV_DONTFORK)
}
