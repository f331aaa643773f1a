package cli

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/term"

	"easel/engine/plan"
	"easel/engine/portrait"
	"easel/engine/provenance"
	"easel/internal/catalog"
	"easel/internal/fault"
)

// shown refuses to write pictures to a terminal, which would take their bytes for letters.
func (s streams) shown(output string) error {
	if file, ok := s.out.(*os.File); ok && output == stdio && term.IsTerminal(int(file.Fd())) {
		return usagef("a terminal cannot show a picture; name a file with -o, or lead the output into one")
	}
	return nil
}

// planOutput says where each photo's portraits go, before any work is done, and refuses what would lose a file.
func planOutput(o renderOptions, photos []string, rows []catalog.Row) ([][]job, error) {
	many := len(photos)*len(rows) > 1 || o.folder && o.output != stdio && filepath.Ext(o.output) == ""
	folder := o.output
	if !many && o.output != "" && !isFolder(o.output) {
		folder = ""
	}
	if many && (o.output == stdio || (o.output != "" && filepath.Ext(o.output) != "" && !isFolder(o.output))) {
		return nil, usagef("%d portraits do not fit into the one file %s; give a folder with -o", len(photos)*len(rows), o.output)
	}
	plans := make([][]job, len(photos))
	taken := map[string]string{}
	for i, photo := range photos {
		for _, row := range rows {
			path := o.output
			if folder != "" || o.output == "" {
				path = filepath.Join(folder, outputName(photo, row, o.format))
			}
			if other, ok := taken[path]; ok && path != stdio {
				return nil, usagef("%s and %s would both become %s; draw them one by one", other, photo, path)
			}
			taken[path] = photo
			if err := mayWrite(path, photos, o.force); err != nil {
				return nil, err
			}
			plans[i] = append(plans[i], job{row, path})
		}
	}
	return plans, nil
}

func isFolder(path string) bool {
	info, err := os.Stat(path)
	return strings.HasSuffix(path, "/") || err == nil && info.IsDir()
}

func outputName(photo string, row catalog.Row, format string) string {
	base := "photo"
	if photo != stdio {
		base = strings.TrimSuffix(filepath.Base(photo), filepath.Ext(photo))
	}
	return base + "-" + string(row.ID) + portrait.Format(format).Ending()
}

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
	tmp, err := os.OpenFile(filepath.Join(filepath.Dir(path), ".easel-"+rand.Text()), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666) // whoever may read it: the umask
	if err != nil {
		return &os.PathError{Op: "write", Path: path, Err: errors.Unwrap(err)} // its own name, and not that of what goes before it
	}
	defer os.Remove(tmp.Name())
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
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fault.Wrap(err, fault.Denied, path+" cannot be written.")
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
		return fault.Wrap(err, fault.Denied, path+" exists and cannot be read. Give another name with -o, or --force to replace it.")
	}
	if _, err := provenance.Read(data); err != nil {
		return fault.New(fault.Denied, fmt.Sprintf("%s exists and was not made by Easel. Give another name with -o, or --force to replace it.", path))
	}
	return nil
}
