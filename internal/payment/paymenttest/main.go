package paymenttest

import (
	"testing"

	"go.uber.org/goleak"
)

// Main is the TestMain of a package whose tests use a shop and must leave no goroutine behind; those of the database and
// of Stripe's mock stay.
func Main(m *testing.M) {
	goleak.VerifyTestMain(m,
		goleak.IgnoreAnyFunction("easel/internal/postgres.(*Cluster).watch"),
		goleak.IgnoreAnyFunction("easel/internal/postgres.onThread"),
		goleak.IgnoreAnyFunction("easel/internal/postgres.onThread.func1"),
		goleak.IgnoreAnyFunction("os/exec.(*Cmd).writerDescriptor.func1"),
		goleak.IgnoreAnyFunction("easel/internal/payment/paymenttest.start.func1"),
		goleak.IgnoreAnyFunction("net/http.(*persistConn).readLoop"),
		goleak.IgnoreAnyFunction("net/http.(*persistConn).writeLoop"),
	)
}
