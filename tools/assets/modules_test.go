package main

import (
	"slices"
	"strings"
	"testing"
)

// What a program is linked with is what the go command says, and what its authors have taken from others is read with it.
func TestModules(t *testing.T) {
	t.Parallel()
	all, err := modules(t.Context(), "../..", "./cmd/easel", "nodynamic")
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, one := range all {
		names = append(names, one.Name)
		if one.Version == "" || one.Licence == "" || len(one.Text) < 200 {
			t.Errorf("of %s there is %q %q and %d bytes", one.Name, one.Version, one.Licence, len(one.Text))
		}
	}
	if !slices.Contains(names, "Go") || !slices.Contains(names, "github.com/jackc/pgx/v5") || !slices.Contains(names, cascades) {
		t.Errorf("there is %v", names)
	}
}

func TestTextsOfAModule(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	put(t, dir, "LICENSE", "MIT License\n\nPermission is hereby granted, free of\ncharge, to any person")
	put(t, dir, "lib/LICENSE.other", "GNU LESSER GENERAL PUBLIC LICENSE Version 3")
	put(t, dir, "lib/again/LICENSE", "GNU LESSER GENERAL PUBLIC LICENSE Version 3\n")
	put(t, dir, "testdata/LICENSE", "of a test")
	put(t, dir, "license.go", "package x")
	texts, err := textsOf(dir)
	if err != nil || len(texts) != 2 || known(texts) != "MIT, LGPL" {
		t.Errorf("%d texts, %s, %v", len(texts), known(texts), err)
	}
	if _, err := textsOf(t.TempDir()); err == nil || !strings.Contains(err.Error(), "no licence text") {
		t.Errorf("a module without terms: %v", err)
	}
	if known([]string{"Do what you want."}) != "own terms" {
		t.Error("other terms have a name")
	}
}

func TestTextsOfGo(t *testing.T) {
	t.Parallel()
	home, sys := t.TempDir(), t.TempDir()
	put(t, sys, "LICENSE", "of those who make Go")
	linked := []module{{Path: "example.org/x", Dir: home}, {Path: "golang.org/x/sys", Dir: sys}}
	if texts, err := textsOfGo(home, linked); err != nil || texts[0] != "of those who make Go" {
		t.Errorf("of a distribution: %v, %v", texts, err)
	}
	if _, err := textsOfGo(home, linked[:1]); err == nil {
		t.Error("Go has no terms")
	}
	put(t, home, "LICENSE", "of Go")
	if texts, err := textsOfGo(home, linked); err != nil || texts[0] != "of Go" {
		t.Errorf("of Go: %v, %v", texts, err)
	}
}
