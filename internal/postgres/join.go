package postgres

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
)

// Join is Open for a short errand beside a server: when another process of this user has the data folder, it returns that
// one's database, which Close then leaves running.
func Join(ctx context.Context, config Config, log *slog.Logger) (*DB, error) {
	db, err := Open(ctx, config, log)
	var used *InUseError
	if !errors.As(err, &used) {
		return db, err
	}
	if config.DataDir, err = filepath.Abs(config.DataDir); err != nil {
		return nil, fmt.Errorf("find the data folder: %w", err)
	}
	dir, err := os.ReadFile(config.socketNote())
	if errors.Is(err, fs.ErrNotExist) {
		return nil, used
	}
	if err != nil {
		return nil, fmt.Errorf("find the socket of the database that runs: %w", err)
	}
	config.URL, config.OwnerURL = socketAddress(strings.TrimSpace(string(dir)), appRole, database), ""
	return Connect(ctx, config, log)
}
