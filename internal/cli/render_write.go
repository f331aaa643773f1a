package cli

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"easel/engine/plan"
	"easel/engine/portrait"
	"easel/engine/provenance"
	"easel/internal/fault"
)

// draw returns one portrait as the bytes of its file.
func (o renderOptions) draw(ctx context.Context, p *plan.Plan, j job, options portrait.Options) ([]byte, error) {
	mark := provenance.Mark{Studio: j.row.Studio, Style: string(j.row.ID), Engine: j.row.Engine, Version: portrait.Version, Seed: o.seed}
	if o.format == vectors {
		return portrait.Vectors(ctx, p, j.row.ID, options, mark)
	}
	img, err := portrait.Draw(ctx, p, j.row.ID, options)
	if err != nil {
		return nil, err
	}
	data, err := portrait.Encode(img, portrait.Format(o.format), mark, portrait.Paper{})
	if err != nil {
		return nil, fmt.Errorf("encode %s: %w", o.format, err)
	}
	return data, nil
}

func writePortrait(s streams, j job, data []byte) error {
	if j.path == stdio {
		_, err := s.out.Write(data)
		return err
	}
	return writeFile(j.path, data)
}

// writeFile writes beside the target and renames, so that a full disk or a crash never leaves half a picture.
func writeFile(path string, data []byte) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		return err
	}
	tmp, err := os.CreateTemp(filepath.Dir(path), ".easel-*")
	if err != nil {
		return err
	}
	defer os.Remove(tmp.Name())
	if err := tmp.Chmod(0o644); err != nil {
		return err
	}
	if _, err := tmp.Write(data); err != nil {
		tmp.Close()
		return err
	}
	if err := tmp.Close(); err != nil {
		return err
	}
	return os.Rename(tmp.Name(), path)
}

// mayWrite refuses to replace a photo, or any file that does not carry Easel's mark unless forced.
func mayWrite(path string, photos []string, force bool) error {
	if path == stdio {
		return nil
	}
	info, err := os.Stat(path)
	if err != nil {
		return nil //nolint:nilerr // nothing there, or writing will say what is wrong
	}
	if !info.Mode().IsRegular() { // a device would be replaced by a file, and a pipe read without end
		return fault.New(fault.Denied, path+" is not an ordinary file. Give the name of a file with -o, or - for standard output.")
	}
	for _, photo := range photos {
		if same, err := os.Stat(photo); err == nil && os.SameFile(info, same) {
			return fault.New(fault.Denied, fmt.Sprintf("%s is the photo itself. Give another name with -o.", path))
		}
	}
	if force {
		return nil
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	if _, err := provenance.Read(data); err != nil {
		return fault.New(fault.Denied, fmt.Sprintf("%s exists and was not made by Easel. Give another name with -o, or --force to replace it.", path))
	}
	return nil
}
