// Package studios holds the studios that come with Easel, each declared in one policy file.
package studios

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"easel/internal/policy"
)

//go:embed *.yaml
var files embed.FS

// Files returns the policy files that are part of the program.
func Files() fs.FS { return files }

// Portrait returns the portrait studio as the program carries it.
func Portrait() (*policy.Studio, error) { return find(files, "portrait") }

// Cutout returns the cutout studio as the program carries it.
func Cutout() (*policy.Studio, error) { return find(files, "cutout") }

func find(fsys fs.FS, name string) (*policy.Studio, error) {
	all, err := Load(fsys)
	if err != nil {
		return nil, err
	}
	if s := Named(all, name); s != nil {
		return s, nil
	}
	return nil, fmt.Errorf("studios: %s.yaml is not part of this program", name)
}

// Named returns the studio of that name, or nil.
func Named(all []*policy.Studio, name string) *policy.Studio {
	for _, s := range all {
		if s.Name == name {
			return s
		}
	}
	return nil
}

// Open decodes and checks the policy files of an operator's folder, or the built-in ones where folder is "". Errors name a
// file by its path.
func Open(folder string) ([]*policy.Studio, error) {
	if folder == "" {
		return load(files, "studios")
	}
	all, err := load(os.DirFS(folder), folder)
	if err == nil && len(all) == 0 {
		err = fmt.Errorf("%s has no policy file: no file in it ends with .yaml", folder)
	}
	return all, err
}

// Load decodes and checks every *.yaml file at the top of fsys, in the order of their names, and tells all that is wrong with
// any of them. Two files that declare the same studio are refused.
func Load(fsys fs.FS) ([]*policy.Studio, error) { return load(fsys, "") }

func load(fsys fs.FS, folder string) ([]*policy.Studio, error) {
	names, err := fs.Glob(fsys, "*.yaml")
	if err != nil {
		return nil, fmt.Errorf("list the policy files: %w", err)
	}
	slices.Sort(names)
	var all []*policy.Studio
	var wrong []error
	for _, name := range names {
		path := filepath.Join(folder, name)
		data, err := fs.ReadFile(fsys, name)
		if err != nil {
			return nil, fmt.Errorf("read the policy file %s: %w", path, err)
		}
		s, err := policy.Decode(path, data)
		switch {
		case err != nil:
			wrong = append(wrong, err)
		case Named(all, s.Name) != nil:
			wrong = append(wrong, fmt.Errorf("%s: the studio %q is declared in another file already; each studio has one policy file", s.At("name"), s.Name))
		default:
			all = append(all, s)
		}
	}
	if len(wrong) > 0 {
		return nil, errors.Join(wrong...)
	}
	return all, nil
}
