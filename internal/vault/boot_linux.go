package vault

import (
	"syscall"
	"time"
	"unsafe"
)

// clockBoottime counts while the machine sleeps as well, which Go's own monotonic clock does not.
const clockBoottime = 7

// boot is the time since the machine was started.
func boot() time.Duration {
	var t syscall.Timespec
	if _, _, err := syscall.RawSyscall(syscall.SYS_CLOCK_GETTIME, clockBoottime, uintptr(unsafe.Pointer(&t)), 0); err != 0 {
		return time.Since(started)
	}
	return time.Duration(t.Nano())
}

// started is for kernels without that clock.
var started = time.Now()
