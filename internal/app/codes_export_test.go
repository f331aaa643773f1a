package app

import (
	"context"
	"time"

	"easel/internal/unlock"
)

// Mint makes unlock codes for a test that goes to the cutout studio.
func (a *App) Mint(ctx context.Context, n int) ([]string, error) {
	_, codes, err := a.codes.Mint(ctx, unlock.By{}, n, 1, time.Hour)
	return codes, err
}
