package face

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"sync"
)

// The folder is filled by a build step and holds nothing but a marker in the repository.
//
//go:embed all:cascade
var files embed.FS

// models are the cascades in use.
type models struct {
	face        *finder
	pupil       *locator
	nose, mouth *locator // mouth finds the corner on the right of the picture; mirrored, the other
}

var loaded = sync.OnceValues(func() (*models, error) { return load(files) })

// Ready says whether the face cascades were built in; without them nothing here works.
func Ready() error {
	_, err := loaded()
	return err
}

func load(from fs.FS) (*models, error) {
	var m models
	var err error
	if m.face, err = open(from, "facefinder", parseFinder); err != nil {
		return nil, err
	}
	for name, to := range map[string]**locator{"puploc": &m.pupil, "lp93": &m.nose, "lp84": &m.mouth} {
		if *to, err = open(from, name, parseLocator); err != nil {
			return nil, err
		}
	}
	return &m, nil
}

func open[T any](from fs.FS, name string, parse func([]byte) (T, error)) (T, error) {
	data, err := fs.ReadFile(from, "cascade/"+name)
	if err == nil {
		return parse(data)
	}
	var none T
	if errors.Is(err, fs.ErrNotExist) {
		return none, fmt.Errorf("the face cascades are not built in: run `make assets` and build again: %w", err)
	}
	return none, err
}
