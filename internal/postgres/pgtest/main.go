package pgtest

import (
	"testing"

	"go.uber.org/goleak"
)

// Main is the TestMain of a package whose tests use New and must leave no goroutine behind; those of the cluster stay.
func Main(m *testing.M) {
	goleak.VerifyTestMain(m,
		goleak.IgnoreAnyFunction("easel/internal/postgres.(*Cluster).watch"),
		goleak.IgnoreAnyFunction("easel/internal/postgres.onThread"),
		goleak.IgnoreAnyFunction("easel/internal/postgres.onThread.func1"),
		goleak.IgnoreAnyFunction("os/exec.(*Cmd).writerDescriptor.func1"), // the server's log
	)
}
