package postgres

import "runtime"

// onThread runs f, which starts a child and waits for it, on a thread that lives as long: the signal that a child gets
// when its parent dies is sent when the *thread* that started it ends.
func onThread(f func() error) error {
	done := make(chan error, 1)
	go func() {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		done <- f()
	}()
	return <-done
}
