package vault

import (
	"time"

	"golang.org/x/sys/unix"
)

// boot is the time since the machine was started. It counts while the machine sleeps as well, which Go's own monotonic clock
// does not.
func boot() time.Duration {
	var t unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_BOOTTIME, &t); err != nil {
		return time.Since(started) // a kernel without that clock
	}
	return time.Duration(t.Nano())
}

var started = time.Now()
