package vault

import (
	"os"
	"strings"
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

// machine is which start of which machine boot counts from: the kernel's random number for it.
func machine() string {
	id, err := os.ReadFile("/proc/sys/kernel/random/boot_id")
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(id))
}

// vouched is whether a time server keeps the system's clock, as the kernel knows. Where it does not say, the clock is believed.
func vouched() bool {
	state, err := unix.Adjtimex(&unix.Timex{})
	return err != nil || state != unix.TIME_ERROR
}

var started = time.Now()
