package postgres

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// oldest is the first major version with views that obey the reader's row-level security.
const oldest = 15

// programs are the PostgreSQL server programs of one major version.
type programs struct {
	dir   string
	major int
}

func (p programs) path(name string) string { return filepath.Join(p.dir, name) }

// MissingError says that the programs of PostgreSQL are not on this machine.
type MissingError struct{ Package string }

func (e *MissingError) Error() string {
	return fmt.Sprintf("PostgreSQL's programs are missing on this machine. Install the package %s (on Debian and Ubuntu: apt-get install %s), "+
		"or set DATABASE_URL to a database that runs elsewhere", e.Package, e.Package)
}

// findPrograms returns the programs for a cluster of the major version, or the newest usable ones when major is 0. dir
// names the only folder to look in, when it is set.
func findPrograms(ctx context.Context, dir string, major int) (programs, error) {
	var found []programs
	for _, d := range programDirs(dir) {
		if m, err := majorOf(ctx, d); err == nil && m >= oldest {
			found = append(found, programs{d, m})
		}
	}
	slices.SortStableFunc(found, func(a, b programs) int { return b.major - a.major })
	for _, p := range found {
		if major == 0 || p.major == major {
			return p, nil
		}
	}
	switch {
	case dir != "":
		return programs{}, fmt.Errorf("the folder %s has no PostgreSQL programs (initdb and postgres) of %s; correct the setting, or leave it out to search the usual places",
			dir, wanted(major))
	case major != 0:
		return programs{}, fmt.Errorf("the database in the data folder was made by PostgreSQL %d, which is not on this machine any more: %w",
			major, &MissingError{fmt.Sprintf("postgresql-%d", major)})
	}
	return programs{}, &MissingError{"postgresql"}
}

func wanted(major int) string {
	if major == 0 {
		return fmt.Sprintf("version %d or newer", oldest)
	}
	return fmt.Sprintf("version %d", major)
}

func programDirs(only string) []string {
	if only != "" {
		return []string{only}
	}
	var dirs []string
	for _, pattern := range []string{"/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin", "/usr/local/pgsql/bin", "/opt/homebrew/opt/postgresql@*/bin"} {
		matches, _ := filepath.Glob(pattern)
		dirs = append(dirs, matches...)
	}
	if path, err := exec.LookPath("postgres"); err == nil {
		if target, err := filepath.EvalSymlinks(path); err == nil {
			dirs = append(dirs, filepath.Dir(target))
		}
	}
	return dirs
}

var versionText = regexp.MustCompile(`^postgres \(PostgreSQL\) (\d+)`)

func majorOf(ctx context.Context, dir string) (int, error) {
	if _, err := os.Stat(filepath.Join(dir, "initdb")); err != nil {
		return 0, err
	}
	out, err := exec.CommandContext(ctx, filepath.Join(dir, "postgres"), "--version").Output()
	if err != nil {
		return 0, err
	}
	m := versionText.FindStringSubmatch(string(out))
	if m == nil {
		return 0, fmt.Errorf("%s/postgres is of an unknown version", dir)
	}
	return strconv.Atoi(m[1])
}

// clusterMajor reads which major version made the cluster in dir.
func clusterMajor(dir string) (int, error) {
	data, err := os.ReadFile(filepath.Join(dir, "PG_VERSION"))
	if err != nil {
		return 0, fmt.Errorf("the folder %s is not a PostgreSQL cluster; move it away, and Easel makes a new one: %w", dir, err)
	}
	major, err := strconv.Atoi(strings.TrimSpace(string(data)))
	if err != nil {
		return 0, fmt.Errorf("%s/PG_VERSION holds no version: %w", dir, err)
	}
	return major, nil
}
