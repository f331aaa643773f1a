package toolshed

import (
	"fmt"
	"net"
	"os"
	"sync/atomic"
)

var addresses atomic.Uint32

// Address returns an address of this machine, host and port, that nobody else gets, so that a server can be stopped there and
// started again. A free port of 127.0.0.1 may be somebody else's a moment later: another test's, or a client's. Where every
// address of 127.0.0.0/8 is the machine itself, each caller gets one of them; elsewhere it is 127.0.0.1 with its risk.
func Address() (string, error) {
	pid, n := os.Getpid(), addresses.Add(1)
	l, err := net.Listen("tcp", fmt.Sprintf("127.%d.%d.%d:0", 1+pid>>8%254, pid&255, 1+n%254)) //nolint:noctx // it only binds
	if err != nil {
		l, err = net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // it only binds
	}
	if err != nil {
		return "", err
	}
	return l.Addr().String(), l.Close()
}
