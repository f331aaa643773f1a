package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
)

// put writes a file into the small source tree that a test builds.
func put(t *testing.T, dir, name, text string) {
	t.Helper()
	path := filepath.Join(dir, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

func tree(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	put(t, dir, "src/app.ts", `const a: number = 1; document.title = "x".repeat(a);`)
	put(t, dir, "src/app.css", `@font-face{font-family:f;src:url(@type/face/f.woff2)} body{font-family:f}`)
	put(t, dir, "src/mark.svg", `<svg xmlns="http://www.w3.org/2000/svg"/>`)
	put(t, dir, "node_modules/@type/face/f.woff2", "font")
	put(t, dir, "node_modules/@type/face/package.json", `{"name":"@type/face","version":"1.2.3","license":"OFL-1.1"}`)
	put(t, dir, "node_modules/@type/face/LICENSE", "You may.\n")
	put(t, dir, "dist/old-AAAA.js", "old")
	put(t, dir, "dist/.gitkeep", "")
	return dir
}

func TestBuild(t *testing.T) {
	t.Parallel()
	dir := tree(t)
	if _, err := Build(dir, []Licence{{"Go", "1", "BSD-3-Clause", "You may as well."}}); err != nil {
		t.Fatal(err)
	}
	var names map[string]string
	read(t, dir, "manifest.json", &names)
	for _, plain := range []string{"app.js", "app.css", "mark.svg", "f.woff2"} {
		if _, err := os.Stat(filepath.Join(dir, "dist", names[plain])); names[plain] == "" || err != nil {
			t.Errorf("%s: manifest says %q: %v", plain, names[plain], err)
		}
	}
	var texts []Licence
	read(t, dir, "licences.json", &texts)
	if len(texts) != 2 || texts[0] != (Licence{"@type/face", "1.2.3", "OFL-1.1", "You may."}) || texts[1].Name != "Go" {
		t.Errorf("licences: %+v", texts)
	}
	if _, err := os.Stat(filepath.Join(dir, "dist", "old-AAAA.js")); !os.IsNotExist(err) {
		t.Errorf("an old file was left: %v", err)
	}
	if _, err := os.Stat(filepath.Join(dir, "dist", ".gitkeep")); err != nil {
		t.Errorf("the kept file is gone: %v", err)
	}
}

func read(t *testing.T, dir, name string, into any) {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(dir, "dist", name))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(data, into); err != nil {
		t.Fatal(err)
	}
}

func TestBuildSaysWhatIsMissing(t *testing.T) {
	t.Parallel()
	dir := tree(t)
	if err := os.Remove(filepath.Join(dir, "node_modules/@type/face/LICENSE")); err != nil {
		t.Fatal(err)
	}
	if _, err := Build(dir, nil); err == nil {
		t.Error("a package without a licence text was shipped")
	}
	put(t, dir, "src/app.ts", "const a = ;")
	if _, err := Build(dir, nil); err == nil {
		t.Error("a script that cannot be read was shipped")
	}
	if _, err := Build(t.TempDir(), nil); err == nil {
		t.Error("built without node_modules")
	}
}
