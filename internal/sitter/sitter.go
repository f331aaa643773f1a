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

var portrait = sync.OnceValues(func() ([]byte, error) {
	root, err := root()
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

// root is the folder of go.mod, above wherever the test runs.
func root() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir, nil
		}
		if dir == filepath.Dir(dir) {
			return "", os.ErrNotExist
		}
		dir = filepath.Dir(dir)
	}
}
