//go:build !linux

package vault

import "time"

// boot is the time since this program was started.
func boot() time.Duration { return time.Since(started) }

// machine is not known.
func machine() string { return "" }

// vouched cannot be asked here, and the clock is believed.
func vouched() bool { return true }

var started = time.Now()
