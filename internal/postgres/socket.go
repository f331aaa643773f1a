package postgres

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
)

// longestSocketDir is what remains of a socket's longest path (107 bytes) for the folder.
const longestSocketDir = 107 - len("/.s.PGSQL.5432") - 5

// socketDir makes and returns the folder of the socket: below the data folder, or, when that path is too long for a
// socket, a short one in the system's folder for temporary files, noted in the data folder for other programs.
func (c Config) socketDir(w way) (string, error) {
	dir := c.ownSocketDir()
	if len(dir) > longestSocketDir {
		sum := sha256.Sum256([]byte(c.DataDir))
		dir = filepath.Join(os.TempDir(), "easel-"+hex.EncodeToString(sum[:8]))
		if len(dir) > longestSocketDir {
			return "", fmt.Errorf("the path %s is too long for a socket, and so is the one of the data folder; set TMPDIR to a shorter one", dir)
		}
	}
	if err := os.Mkdir(dir, 0o700); err != nil && !os.IsExist(err) {
		return "", fmt.Errorf("make the folder of the database socket: %w", err)
	}
	info, err := os.Lstat(dir)
	if err != nil {
		return "", fmt.Errorf("look at the folder of the database socket: %w", err)
	}
	if !info.IsDir() || !ownedBy(info, os.Geteuid(), w.uid) {
		return "", fmt.Errorf("%s belongs to somebody else; remove it, or set TMPDIR to a folder of your own", dir)
	}
	if err := w.give(dir); err != nil {
		return "", fmt.Errorf("give the folder of the database socket away: %w", err)
	}
	if err := os.Chmod(dir, 0o700); err != nil {
		return "", fmt.Errorf("close the folder of the database socket: %w", err)
	}
	for _, name := range []string{".s.PGSQL.5432", ".s.PGSQL.5432.lock"} { // of a server that was killed
		if err := os.Remove(filepath.Join(dir, name)); err != nil && !os.IsNotExist(err) {
			return "", fmt.Errorf("remove the socket of an earlier PostgreSQL: %w", err)
		}
	}
	if err := os.WriteFile(c.socketNote(), []byte(dir+"\n"), 0o600); err != nil {
		return "", fmt.Errorf("note the folder of the database socket: %w", err)
	}
	return dir, nil
}
