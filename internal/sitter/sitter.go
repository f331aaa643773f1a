// Package sitter gives tests somebody to draw: the portrait that the face cascades' module carries, fetched like them
// and not kept in this tree.
package sitter

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"

	"easel/internal/toolshed"
)

// Portrait returns a JPEG of 320×400 pixels: a man from the front, before a white wall. The test fails with what to do
// when the module cannot be had.
func Portrait(t testing.TB) []byte {
	t.Helper()
	data, err := portrait()
	if err != nil {
		t.Fatalf("the test portrait is missing (run `make assets` once): %v", err)
	}
	return data
}

// File writes the portrait to a file of that name, for browsers to pick, and returns its path.
func File(t testing.TB, name string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, Portrait(t), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

var portrait = sync.OnceValues(func() ([]byte, error) {
	root, err := toolshed.Root()
	if err != nil {
		return nil, err
	}
	cmd := exec.Command("go", "mod", "download", "-json", "github.com/esimov/pigo")
	cmd.Dir = filepath.Join(root, "tools")
	out, err := cmd.Output()
	if err != nil {
		return nil, err
	}
	var module struct {
		Dir string `json:"Dir"`
	}
	if err := json.Unmarshal(out, &module); err != nil {
		return nil, err
	}
	return os.ReadFile(filepath.Join(module.Dir, "testdata", "sample.jpg"))
})

// Pixels is the work size of a test that needs no more than so many pixels: a third of them in short runs, so that the race
// detector gets through in seconds.
func Pixels(most int) int {
	if testing.Short() {
		return most / 3
	}
	return most
}
