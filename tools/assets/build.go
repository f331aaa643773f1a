package main

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/evanw/esbuild/pkg/api"
)

// Build bundles ui/src into ui/dist and returns the number of files written. What an earlier run left there goes. Linked are the
// licences of the program itself.
func Build(ui string, linked []Licence) (int, error) {
	ui, err := filepath.Abs(ui)
	if err != nil {
		return 0, err
	}
	if _, err := os.Stat(filepath.Join(ui, "node_modules")); err != nil {
		return 0, fmt.Errorf("no typefaces in %s/node_modules: run npm ci in %s first", ui, ui)
	}
	files, inputs, err := bundle(ui)
	if err != nil {
		return 0, err
	}
	texts, err := licences(ui, inputs, linked)
	if err != nil {
		return 0, err
	}
	files["licences.json"] = texts
	if files["manifest.json"], err = manifest(files); err != nil {
		return 0, err
	}
	return len(files), write(filepath.Join(ui, "dist"), files)
}

// bundle runs esbuild and returns the files it made by name, and the source files that went in.
func bundle(ui string) (files map[string][]byte, inputs []string, err error) {
	out := filepath.Join(ui, "dist")
	result := api.Build(api.BuildOptions{
		AbsWorkingDir: ui,
		EntryPoints:   []string{"src/app.ts", "src/app.css", "src/mark.svg"},
		Outdir:        out,
		Bundle:        true,
		Format:        api.FormatESModule,
		Target:        api.ES2022,
		Engines: []api.Engine{
			{Name: api.EngineChrome, Version: "111"}, {Name: api.EngineSafari, Version: "16.4"}, {Name: api.EngineFirefox, Version: "115"},
		},
		MinifyWhitespace: true, MinifyIdentifiers: true, MinifySyntax: true,
		LegalComments: api.LegalCommentsNone, // the licence page carries them
		EntryNames:    "[name]-[hash]",
		AssetNames:    "[name]-[hash]",
		Loader:        map[string]api.Loader{".woff2": api.LoaderFile, ".svg": api.LoaderCopy},
		Metafile:      true,
		LogLevel:      api.LogLevelSilent,
	})
	if len(result.Errors) > 0 || len(result.Warnings) > 0 {
		lines := api.FormatMessages(append(result.Errors, result.Warnings...), api.FormatMessagesOptions{Kind: api.ErrorMessage})
		return nil, nil, errors.New(strings.Join(lines, "\n"))
	}
	var meta struct {
		Inputs map[string]any `json:"inputs"`
	}
	if err := json.Unmarshal([]byte(result.Metafile), &meta); err != nil {
		return nil, nil, fmt.Errorf("read esbuild's report: %w", err)
	}
	for name := range meta.Inputs {
		inputs = append(inputs, name)
	}
	files = map[string][]byte{}
	for _, f := range result.OutputFiles {
		files[filepath.Base(f.Path)] = f.Contents
	}
	return files, inputs, nil
}

// manifest maps "app.js" to "app-HASH.js" for every file whose name carries a hash.
func manifest(files map[string][]byte) ([]byte, error) {
	names := map[string]string{}
	for name := range files {
		ext := filepath.Ext(name)
		if plain, _, ok := cutLast(strings.TrimSuffix(name, ext), "-"); ok {
			names[plain+ext] = name
		}
	}
	return json.MarshalIndent(names, "", "  ")
}

func cutLast(s, sep string) (before, after string, found bool) {
	if i := strings.LastIndex(s, sep); i >= 0 {
		return s[:i], s[i+len(sep):], true
	}
	return s, "", false
}

// write replaces what is in dir, with a packed copy beside each file that gets smaller by it.
func write(dir string, files map[string][]byte) error {
	old, err := os.ReadDir(dir)
	if err != nil && !os.IsNotExist(err) {
		return err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	for _, entry := range old {
		if entry.Name() == ".gitkeep" {
			continue
		}
		if err := os.Remove(filepath.Join(dir, entry.Name())); err != nil {
			return err
		}
	}
	for name, data := range files {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o644); err != nil {
			return err
		}
		packed, err := pack(data)
		if err != nil {
			return err
		}
		if strings.HasSuffix(name, ".json") || len(packed) > len(data)*9/10 {
			continue
		}
		if err := os.WriteFile(filepath.Join(dir, name+".gz"), packed, 0o644); err != nil {
			return err
		}
	}
	return nil
}

func pack(data []byte) ([]byte, error) {
	var b bytes.Buffer
	z, err := gzip.NewWriterLevel(&b, gzip.BestCompression)
	if err != nil {
		return nil, err
	}
	if _, err := z.Write(data); err != nil {
		return nil, err
	}
	if err := z.Close(); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}
