//go:build !race

package sandbox

const raceDetector = false

// environment is what a child sees: nothing.
func environment() []string { return []string{} }
