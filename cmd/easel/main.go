// Command easel is the whole program: the server, the workers and the engines on the command line.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"easel/internal/cli"
	"easel/internal/sandbox"
)

func main() {
	sandbox.Main() // the process may have been started to decode one picture and nothing else
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := cli.Run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}
