//go:build !linux

package vault

import "time"

// boot is the time since this program was started.
func boot() time.Duration { return time.Since(started) }

var started = time.Now()
