package main

import (
	"os"
	"path/filepath"
	"testing"
)

func TestInstallChecksDigestsBeforeWriting(t *testing.T) {
	t.Parallel()
	source, target := t.TempDir(), filepath.Join(t.TempDir(), "new")
	if err := os.WriteFile(filepath.Join(source, "a"), []byte("abc"), 0o600); err != nil {
		t.Fatal(err)
	}
	const abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
	if err := install(source, target, []file{{"a", "one", abc}, {"a", "two", "00"}}); err == nil {
		t.Fatal("a changed file was taken")
	}
	if _, err := os.Stat(target); err == nil {
		t.Error("something was written although a file had changed")
	}
	if err := install(source, target, []file{{"a", "one", abc}}); err != nil {
		t.Fatal(err)
	}
	if got, err := os.ReadFile(filepath.Join(target, "one")); err != nil || string(got) != "abc" {
		t.Errorf("copied %q, %v", got, err)
	}
}
