//go:build race

package sandbox

const raceDetector = true

// environment is what a child sees: a raced one would sleep for a second before it ends.
func environment() []string { return []string{"GORACE=atexit_sleep_ms=0"} }
