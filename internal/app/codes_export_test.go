package app

import (
	"context"
	"time"
)

// Mint makes unlock codes for a test that goes to the cutout studio.
func (a *App) Mint(ctx context.Context, n int) ([]string, error) {
	_, codes, err := a.codes.Mint(ctx, n, 1, time.Hour)
	return codes, err
}
