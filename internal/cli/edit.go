package cli

import (
	"context"
	"fmt"
	"image"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"easel/engine/face"
	"easel/engine/portrait"
	"easel/engine/provenance"
	"easel/internal/catalog"
	"easel/internal/fault"
	"easel/internal/sandbox"
)

// edit is a verb that makes one picture of each photo, at the photo's own size.
type edit struct {
	name   string // ends the names of its files
	made   provenance.Making
	output string
	force  bool
	quiet  bool
	seed   uint64
	decode *sandbox.Decoder

	// do makes the picture, and says what a person should know about it, if anything.
	do func(ctx context.Context, src *image.NRGBA, tell func(string, float64)) (*image.NRGBA, string, error)
}

func (e *edit) flags(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVarP(&e.output, "output", "o", "", `file or folder to write to; "-" is standard output`)
	f.BoolVar(&e.force, "force", false, "replace files that Easel did not make")
	f.BoolVarP(&e.quiet, "quiet", "q", false, "no progress and no hints")
	f.Uint64Var(&e.seed, "seed", 1, "another seed is another try")
}

// run makes the picture of each photo. One that fails does not stop the others.
func (e *edit) run(ctx context.Context, s streams, args []string) error {
	if err := face.Ready(); err != nil {
		return fault.Wrap(err, fault.Busy, "The face cascades are not built in. Run `make assets`, then build again.")
	}
	photos, folder, err := expanded(args)
	if err != nil {
		return err
	}
	row := catalog.Row{ID: portrait.Style(e.name), Studio: "cutout", Title: e.name, Engine: catalog.Builtin}
	o := renderOptions{output: e.output, force: e.force, format: formatOf(e.output), folder: folder}
	if !slices.Contains([]portrait.Format{portrait.PNG, portrait.JPEG, portrait.WebP}, portrait.Format(o.format)) {
		return usagef("easel %s writes png, jpeg and webp, not %q", e.name, o.format)
	}
	if err := s.shown(o.output); err != nil {
		return err
	}
	jobs, err := planOutput(o, photos, []catalog.Row{row})
	if err != nil {
		return err
	}
	return s.each(ctx, photos, func(i int, photo string) error {
		err := e.one(ctx, s, photo, jobs[i][0], portrait.Format(o.format))
		if err != nil && len(photos) > 1 && fault.Is(err, fault.Refused) {
			return fault.New(fault.Refused, photo+": "+fault.Of(err).Say) // which of them it was
		}
		return err
	})
}

func (e *edit) one(ctx context.Context, s streams, photo string, j job, format portrait.Format) error {
	picture, err := openPhoto(ctx, s, e.decode, photo)
	if err != nil {
		return err
	}
	bar := newBar(s.err, e.quiet, photo, 1)
	defer bar.clear()
	out, note, err := e.do(ctx, picture.Image, func(stage string, done float64) { bar.draw(done, stage) })
	if err != nil {
		return err
	}
	mark := provenance.Mark{Studio: j.row.Studio, Style: e.name, Engine: j.row.Engine, Version: portrait.Version, Seed: e.seed, Made: e.made}
	data, err := portrait.Encode(out, format, mark, portrait.Paper{})
	if err != nil {
		return fmt.Errorf("encode %s: %w", format, err)
	}
	if err := writePortrait(s, j, data); err != nil {
		return err
	}
	bar.clear()
	if !e.quiet && note != "" {
		fmt.Fprintf(s.err, "easel: %s: %s\n", photo, note)
	}
	if !e.quiet && j.path != stdio {
		fmt.Fprintln(s.err, j.path)
	}
	return nil
}

// expanded replaces folders by the pictures in them, and says whether there are any.
func expanded(args []string) (photos []string, folder bool, err error) {
	for _, arg := range args {
		info, err := os.Stat(arg)
		if arg == stdio || err != nil || !info.IsDir() {
			photos = append(photos, arg)
			continue
		}
		folder = true
		entries, err := os.ReadDir(arg)
		if err != nil {
			return nil, false, err
		}
		for _, entry := range entries {
			if slices.Contains(endings, strings.ToLower(filepath.Ext(entry.Name()))) {
				photos = append(photos, filepath.Join(arg, entry.Name()))
			}
		}
	}
	if len(photos) == 0 {
		return nil, false, usagef("there is no photo in %s", strings.Join(args, ", "))
	}
	return photos, folder, nil
}

// endings are those of files that are taken for photos in a folder.
var endings = []string{".jpg", ".jpeg", ".png", ".webp", ".avif", ".heic", ".heif"}
