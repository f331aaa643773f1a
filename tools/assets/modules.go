package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
)

// module is where the go command keeps the source of one module that a program is linked with.
type module struct {
	Path    string  `json:"Path"`
	Version string  `json:"Version"`
	Dir     string  `json:"Dir"`
	Main    bool    `json:"Main"`
	Replace *module `json:"Replace"`
}

// cascades is the module whose data the program carries; ../cascades copies them out of it.
const cascades = "github.com/esimov/pigo"

// modules reads the licences of everything that the program in the main package is made of: Go itself, each module that it is linked
// with, and the face cascades, each with what its authors have taken from others. One without a text is an error.
func modules(ctx context.Context, root, program, tags string) (all []Licence, err error) {
	linked, err := linkedWith(ctx, root, program, tags)
	if err != nil {
		return nil, err
	}
	data, err := fetched(ctx, root, cascades)
	if err != nil {
		return nil, err
	}
	for _, m := range append(linked, data) {
		texts, err := textsOf(m.Dir)
		if m.Path == "Go" {
			texts, err = textsOfGo(m.Dir, linked)
		}
		if err != nil {
			return nil, fmt.Errorf("module %s: %w", m.Path, err)
		}
		all = append(all, Licence{Name: m.Path, Version: m.Version, Licence: known(texts), Text: strings.Join(texts, "\n\n")})
	}
	return all, nil
}

// fetched returns a module that only the tools know.
func fetched(ctx context.Context, root, path string) (m module, err error) {
	download := exec.CommandContext(ctx, "go", "mod", "download", "-json", path)
	download.Dir, download.Stderr = filepath.Join(root, "tools"), os.Stderr
	out, err := download.Output()
	if err == nil {
		err = json.Unmarshal(out, &m)
	}
	if err != nil {
		return m, fmt.Errorf("fetch %s: %w", path, err)
	}
	return m, nil
}

// linkedWith asks the go command, which fetches what it does not have yet.
func linkedWith(ctx context.Context, root, program, tags string) (all []module, err error) {
	list := exec.CommandContext(ctx, "go", "list", "-deps", "-e", "-tags", tags, "-json=Module,Standard", program)
	list.Dir, list.Stderr = root, os.Stderr
	out, err := list.Output()
	if err != nil {
		return nil, fmt.Errorf("ask what %s is linked with: %w", program, err)
	}
	seen := map[string]bool{}
	for packages := json.NewDecoder(bytes.NewReader(out)); ; {
		var one struct {
			Standard bool    `json:"Standard"`
			Module   *module `json:"Module"`
		}
		if err := packages.Decode(&one); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			return nil, fmt.Errorf("read what %s is linked with: %w", program, err)
		}
		switch m := one.Module; {
		case one.Standard && !seen["go"]:
			seen["go"] = true
			home, err := exec.CommandContext(ctx, "go", "env", "GOROOT").Output()
			if err != nil {
				return nil, fmt.Errorf("ask where Go is: %w", err)
			}
			all = append(all, module{Path: "Go", Version: runtime.Version(), Dir: strings.TrimSpace(string(home))})
		case m != nil && !m.Main && !seen[m.Path]:
			seen[m.Path] = true
			if m.Replace != nil {
				m.Dir = m.Replace.Dir
			}
			all = append(all, *m)
		}
	}
	return all, nil
}

// licenceFile is what files are called that hold terms or credits.
var licenceFile = regexp.MustCompile(`(?i)^(licen[cs]e|copying|notice)([.-].*)?$`)

// textsOf returns the terms that stand in a module, those of the whole first, each once.
func textsOf(dir string) (texts []string, err error) {
	err = filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			name := d.Name()
			if path != dir && (name == "testdata" || name == "node_modules" || strings.HasPrefix(name, "_") || strings.HasPrefix(name, ".")) {
				return filepath.SkipDir
			}
			return nil
		}
		if !licenceFile.MatchString(d.Name()) || strings.HasSuffix(d.Name(), ".go") {
			return nil
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		if text := strings.TrimSpace(strings.ToValidUTF8(string(data), "")); text != "" && !slices.Contains(texts, text) {
			texts = append(texts, text)
		}
		return nil
	})
	if err == nil && len(texts) == 0 {
		err = fmt.Errorf("no licence text in %s", dir)
	}
	return texts, err
}

// textsOfGo returns the terms of Go itself. Distributions leave the file out that has them; modules of the same authors, under
// golang.org/x, come with the same words.
func textsOfGo(home string, linked []module) ([]string, error) {
	data, err := os.ReadFile(filepath.Join(home, "LICENSE"))
	if err == nil {
		return []string{strings.TrimSpace(string(data))}, nil
	}
	for _, m := range linked {
		if strings.HasPrefix(m.Path, "golang.org/x/") {
			return textsOf(m.Dir)
		}
	}
	return nil, err
}

// terms are words by which a licence is known, and what it is called (SPDX). The first that fits counts.
var terms = []struct{ words, name string }{
	{"GNU LESSER GENERAL PUBLIC LICENSE", "LGPL"}, {"GNU GENERAL PUBLIC LICENSE", "GPL"}, {"Mozilla Public License", "MPL-2.0"},
	{"Apache License", "Apache-2.0"}, {"Permission is hereby granted, free of charge", "MIT"}, {"Permission to use, copy, modify, and/or distribute this software for any", "ISC"},
	{"Neither the name", "BSD-3-Clause"}, {"Redistribution and use in source and binary forms", "BSD-2-Clause"},
}

// known names the licences among texts, in their order.
func known(texts []string) string {
	var names []string
	for _, text := range texts {
		plain := strings.Join(strings.Fields(text), " ")
		for _, t := range terms {
			if strings.Contains(plain, t.words) {
				if !slices.Contains(names, t.name) {
					names = append(names, t.name)
				}
				break
			}
		}
	}
	if len(names) == 0 {
		return "own terms"
	}
	return strings.Join(names, ", ")
}
