package app

import (
	"context"

	"easel/internal/sandbox"
)

// Smaller makes small pictures as the program does.
func Smaller() func(context.Context, []byte) ([]byte, error) {
	return smaller(sandbox.New(sandbox.Config{Concurrent: 1, Limits: smallLimits}))
}
