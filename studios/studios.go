// Package studios holds the studios that come with Easel, each declared in one policy file.
package studios

import (
	"embed"
	"fmt"
	"io/fs"
	"slices"

	"easel/internal/policy"
)

//go:embed *.yaml
var files embed.FS

// Files returns the policy files that are part of the program.
func Files() fs.FS { return files }

// Portrait returns the portrait studio as the program carries it.
func Portrait() (*policy.Studio, error) {
	all, err := Load(files)
	if err != nil {
		return nil, err
	}
	for _, s := range all {
		if s.Name == "portrait" {
			return s, nil
		}
	}
	return nil, fmt.Errorf("studios: portrait.yaml is not part of this program")
}

// Load decodes and checks every *.yaml file at the top of fsys, in the order of their names. An operator's folder is
// given as os.DirFS. Two files that declare the same studio are refused.
func Load(fsys fs.FS) ([]*policy.Studio, error) {
	names, err := fs.Glob(fsys, "*.yaml")
	if err != nil {
		return nil, fmt.Errorf("list the policy files: %w", err)
	}
	slices.Sort(names)
	var all []*policy.Studio
	for _, name := range names {
		data, err := fs.ReadFile(fsys, name)
		if err != nil {
			return nil, fmt.Errorf("read the policy file: %w", err)
		}
		s, err := policy.Decode(name, data)
		if err != nil {
			return nil, err
		}
		if slices.ContainsFunc(all, func(o *policy.Studio) bool { return o.Name == s.Name }) {
			return nil, fmt.Errorf("%s: the studio %q is declared in another file already; each studio has one policy file", name, s.Name)
		}
		all = append(all, s)
	}
	return all, nil
}
