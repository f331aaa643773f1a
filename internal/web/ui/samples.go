package ui

import (
	"embed"
	"fmt"
	"image"
	_ "image/jpeg" // sizes of sample pictures
	"io/fs"
	"path"
	"sort"
	"strings"

	_ "golang.org/x/image/webp" // sizes of sample pictures
)

//go:embed all:samples
var samples embed.FS

// Sample is a picture that Easel drew of a photo that anyone may use. The file's name is its whole description:
// SUBJECT-STYLE.webp or .jpg for a portrait, SUBJECT.webp or .jpg for the photo itself.
type Sample struct {
	Subject string // "astronaut"
	Style   string // a style's id; empty for the photo
	Src     string // its address
	W, H    int    // pixels
}

// SampleList returns the samples that are embedded, sorted by subject; portraits of one subject in no special order.
func (u *UI) SampleList() []Sample { return u.samples }

// Sample returns the portrait of a subject in a style ("" = the photo), or false when there is none.
func (u *UI) Sample(subject, style string) (Sample, bool) {
	for _, s := range u.samples {
		if s.Subject == subject && s.Style == style {
			return s, true
		}
	}
	return Sample{}, false
}

func sampleFiles() fs.FS {
	files, err := fs.Sub(samples, "samples")
	if err != nil {
		panic(err) // the name is a constant
	}
	return files
}

func findSamples() ([]Sample, error) {
	files := sampleFiles()
	entries, err := fs.ReadDir(files, ".")
	if err != nil {
		return nil, fmt.Errorf("sample pictures: %w", err)
	}
	var all []Sample
	for _, e := range entries {
		ext := path.Ext(e.Name())
		if ext != ".webp" && ext != ".jpg" {
			continue
		}
		size, err := sampleSize(files, e.Name())
		if err != nil {
			return nil, err
		}
		subject, style, _ := strings.Cut(strings.TrimSuffix(e.Name(), ext), "-")
		all = append(all, Sample{Subject: subject, Style: style, Src: "/samples/" + e.Name(), W: size.Width, H: size.Height})
	}
	sort.Slice(all, func(i, j int) bool { return all[i].Subject < all[j].Subject })
	return all, nil
}

func sampleSize(files fs.FS, name string) (image.Config, error) {
	f, err := files.Open(name)
	if err != nil {
		return image.Config{}, fmt.Errorf("sample picture: %w", err)
	}
	size, _, err := image.DecodeConfig(f)
	if closing := f.Close(); err == nil {
		err = closing
	}
	if err != nil {
		return image.Config{}, fmt.Errorf("sample picture %s: %w", name, err)
	}
	return size, nil
}
