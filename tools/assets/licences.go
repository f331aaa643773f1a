package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"sort"
	"strings"
)

// Licence is what the licence page says about one package that is shipped with the pages.
type Licence struct {
	Name    string `json:"name"`
	Version string `json:"version"`
	Licence string `json:"licence"` // SPDX
	Text    string `json:"text"`
}

// licences reads the licence of every package of which a file went into the bundle, and adds those of what the program is linked
// with. A package without a text is an error.
func licences(ui string, inputs []string, linked []Licence) ([]byte, error) {
	seen := map[string]bool{}
	all := linked
	for _, input := range inputs {
		name := packageOf(input)
		if name == "" || seen[name] {
			continue
		}
		seen[name] = true
		one, err := licence(filepath.Join(ui, "node_modules", filepath.FromSlash(name)))
		if err != nil {
			return nil, fmt.Errorf("package %s: %w", name, err)
		}
		all = append(all, one)
	}
	sort.Slice(all, func(i, j int) bool { return all[i].Name < all[j].Name })
	return json.MarshalIndent(all, "", "  ")
}

// packageOf returns "@scope/name" of node_modules/@scope/name/file, and "" for a file of our own.
func packageOf(input string) string {
	_, rest, ok := strings.Cut(input, "node_modules/")
	if !ok {
		return ""
	}
	parts := strings.Split(rest, "/")
	if strings.HasPrefix(rest, "@") && len(parts) > 1 {
		return parts[0] + "/" + parts[1]
	}
	return parts[0]
}

func licence(dir string) (Licence, error) {
	var info struct {
		Name    string `json:"name"`
		Version string `json:"version"`
		License string `json:"license"`
	}
	data, err := os.ReadFile(filepath.Join(dir, "package.json"))
	if err != nil {
		return Licence{}, err
	}
	if err := json.Unmarshal(data, &info); err != nil {
		return Licence{}, err
	}
	for _, name := range []string{"LICENSE", "LICENSE.md", "LICENSE.txt", "LICENCE"} {
		text, err := os.ReadFile(filepath.Join(dir, name))
		if err == nil {
			return Licence{Name: info.Name, Version: info.Version, Licence: info.License, Text: strings.TrimSpace(string(text))}, nil
		}
	}
	return Licence{}, fmt.Errorf("no licence text in %s", dir)
}
