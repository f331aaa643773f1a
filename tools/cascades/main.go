// Command cascades copies the trained face cascades out of the module that publishes them into the folder given:
//
//	go run ./cascades ../engine/face/cascade
//
// They are data of another project (pigo, MIT), 2.9 MB that no one edits, so they are fetched by a pinned version and
// checked by their digests instead of being kept in this repository.
package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

const module = "github.com/esimov/pigo"

// file is one file to copy and the SHA-256 digest it must have.
type file struct{ from, to, digest string }

var files = []file{
	{"cascade/facefinder", "facefinder", "d8014993e7298c7b1865d1f8b855d6dbf4ec5c808bf879e2091ab6837abf90cd"},
	{"cascade/puploc", "puploc", "aa01adf34e5af6ed333be75e934275fc39fba2b63790cb340353b2d459c96ccc"},
	{"cascade/lps/lp93", "lp93", "7e7ad437cb7488a3c37f2cbcadb0a5ee9ee4561fd17085de5eb5ec62b66480bd"},
	{"cascade/lps/lp84", "lp84", "2389ac114b9e18a2f6036fe9728be47baca012d42993167b8146a7cfe96b334f"},
	{"LICENSE", "LICENSE", "b33c6f418a5c2407c24250ea0ce13af06b9050c695bdeae81badcbbfe688a8c5"},
}

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: go run ./cascades FOLDER")
		os.Exit(2)
	}
	source, err := locate(context.Background())
	if err == nil {
		err = install(source, os.Args[1], files)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "cascades:", err)
		os.Exit(1)
	}
}

// locate downloads the pinned module where needed and returns its folder.
func locate(ctx context.Context) (string, error) {
	out, err := exec.CommandContext(ctx, "go", "mod", "download", "-json", module).Output()
	var answer struct {
		Dir   string `json:"Dir"`
		Error string `json:"Error"`
	}
	if failed := json.Unmarshal(out, &answer); failed != nil && err == nil {
		err = failed
	}
	if answer.Error != "" {
		err = errors.New(answer.Error)
	}
	if err != nil {
		return "", fmt.Errorf("fetch %s: %w", module, err)
	}
	return answer.Dir, nil
}

// install checks every file before it writes the first.
func install(source, target string, files []file) error {
	contents := make([][]byte, len(files))
	for i, f := range files {
		data, err := os.ReadFile(filepath.Join(source, filepath.FromSlash(f.from)))
		if err != nil {
			return err
		}
		sum := sha256.Sum256(data)
		if got := hex.EncodeToString(sum[:]); got != f.digest {
			return fmt.Errorf("%s has digest %s, want %s: the published file changed", f.from, got, f.digest)
		}
		contents[i] = data
	}
	if err := os.MkdirAll(target, 0o755); err != nil {
		return err
	}
	for i, f := range files {
		if err := os.WriteFile(filepath.Join(target, f.to), contents[i], 0o644); err != nil {
			return err
		}
	}
	return nil
}
