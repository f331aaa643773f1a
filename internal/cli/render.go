package cli

import (
	"context"
	"errors"
	"fmt"
	"image"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"easel/engine/face"
	"easel/engine/ingest"
	"easel/engine/plan"
	"easel/engine/portrait"
	"easel/engine/raster"
	"easel/internal/catalog"
	"easel/internal/fault"
	"easel/internal/sandbox"
)

// stdio is the file name that stands for standard input or output.
const stdio = "-"

type renderOptions struct {
	styles []string
	output string
	format string
	seed   uint64
	size   string
	crop   string
	ink    string
	force  bool
	quiet  bool
	folder bool // what is given is a folder, so that -o is one as well, where it names no kind of file

	background string
	strength   float32
}

func newRender(s streams) *cobra.Command {
	o := renderOptions{}
	cmd := &cobra.Command{
		Use:   "render PHOTO...",
		Short: "Draw photos as portraits, with no server and no network",
		Long: `Draws each photo in each style. Needs no server, no database and no settings.

The picture is drawn at the photo's own size, or at about 2 megapixels when the
photo is larger; --size full draws the same picture at the photo's size, up to
4096 pixels a side. The same photo, style and seed give the same picture, here
and in the studio, where the seed is called the number of the take.

Without -o, portraits are written beside you as PHOTO-STYLE.png. With several
photos or styles, -o is a folder. "-" is standard input or output.

Photos may be JPEG, PNG, WebP, AVIF or HEIC; portraits are PNG, JPEG, WebP or PDF
by their ending, and the rough sketch is SVG as well. A file that was not made by Easel is only replaced with --force.

Exit codes:
` + exitCodes,
		Example: `  easel render photo.jpg --style light-colouring -o portrait.png
  easel render *.jpg --style all -o portraits/
  easel render - --style rough-sketch -o - < photo.jpg > sketch.png`,
		Args: somePhotos,
		RunE: func(cmd *cobra.Command, args []string) error {
			return runRender(cmd.Context(), s, o, args)
		},
	}
	f := cmd.Flags()
	f.StringSliceVarP(&o.styles, "style", "s", []string{string(portrait.LightColouring)}, "style: "+strings.Join(styleNames(), ", ")+"; or all")
	f.StringVarP(&o.output, "output", "o", "", `file or folder to write to; "-" is standard output`)
	f.StringVarP(&o.format, "format", "f", "", "png, jpeg, webp, pdf or svg (default: by the ending of -o, else png)")
	f.Uint64Var(&o.seed, "seed", 1, "another seed is another take of the same drawing")
	f.StringVar(&o.size, "size", "shown", `"shown" (about 2 megapixels at most) or "full" (the photo's size)`)
	f.StringVar(&o.crop, "crop", "none", `"none" (the whole photo) or "face" (head and shoulders)`)
	f.StringVar(&o.ink, "ink", "", "for the sketches: graphite, sanguine, blue-pencil, or pen (rough sketch only)")
	f.StringVar(&o.background, "background", "", "what becomes of what is behind the subject: none, soft, edge (a painted edge) or plain (one colour); empty leaves it to the style")
	f.Float32Var(&o.strength, "strength", 1, "force of the hand, 0.5 (delicate) to 1.5 (bold)")
	f.BoolVar(&o.force, "force", false, "replace files that Easel did not make")
	f.BoolVarP(&o.quiet, "quiet", "q", false, "no progress and no hints")
	return cmd
}

func styleNames() []string {
	var names []string
	for _, row := range catalog.Portraits {
		names = append(names, string(row.ID))
	}
	return names
}

// vectors is the one format that is drawn and not encoded.
const vectors = "svg"

// job is one portrait to make.
type job struct {
	row  catalog.Row
	path string // or stdio
}

func runRender(ctx context.Context, s streams, o renderOptions, photos []string) error {
	rows, err := o.check()
	if err != nil {
		return err
	}
	if err := face.Ready(); err != nil {
		return fault.Wrap(err, fault.Busy, "The face cascades are not built in. Run `make assets`, then build again.")
	}
	if err := s.shown(o.output); err != nil {
		return err
	}
	out, err := planOutput(o, photos, rows)
	if err != nil {
		return err
	}
	collectOften()
	decoder := sandbox.New(sandbox.Config{})
	return s.each(ctx, photos, func(i int, photo string) error {
		return renderPhoto(ctx, s, o, decoder, photo, out[i])
	})
}

// collectOften lets the heap grow by a seventh only before what is unused in it is collected, unless less is set. A drawing's
// memory is a few large planes: to look through them costs nothing, and each that lies idle is megabytes.
func collectOften() {
	const percent = 15
	if set := debug.SetGCPercent(percent); set < percent {
		debug.SetGCPercent(set)
	}
}

// each does something with each photo. One that fails does not stop the others; the exit code is that of the worst.
func (s streams) each(ctx context.Context, photos []string, do func(i int, photo string) error) error {
	worst := exitOK
	for i, photo := range photos {
		err := do(i, photo)
		if err == nil {
			continue
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if photo != stdio || len(photos) > 1 {
			err = fmt.Errorf("%s: %w", photo, err)
		}
		worst = max(worst, s.reportPhoto(ctx, photo, err))
	}
	if worst != exitOK {
		return exit(worst)
	}
	return nil
}

// formatOf returns the format that a file's ending asks for; png where it asks for none.
func formatOf(path string) string {
	switch ending := strings.TrimPrefix(strings.ToLower(filepath.Ext(path)), "."); ending {
	case "":
		return "png"
	case "jpg":
		return "jpeg"
	default:
		return ending
	}
}

// reportPhoto tells what is wrong with one photo of several; the others go on.
func (s streams) reportPhoto(ctx context.Context, photo string, err error) int {
	var refusal *ingest.Refusal
	var path *os.PathError
	switch {
	case errors.As(err, &refusal):
		fmt.Fprintf(s.err, "easel: %s: %s\n", photo, refusal.Say)
		return exitPicture
	case errors.As(err, &path):
		fmt.Fprintf(s.err, "easel: %v\n", path)
		return exitFile
	}
	return s.report(ctx, err)
}

// check validates the options and returns the rows that the styles name.
func (o *renderOptions) check() ([]catalog.Row, error) {
	var rows []catalog.Row
	for _, name := range o.styles {
		if name == "all" {
			rows = append(rows, catalog.Portraits...)
			continue
		}
		row, ok := catalog.Find(name)
		if !ok {
			return nil, usagef("there is no style %q; the styles are %s, or all", name, strings.Join(styleNames(), ", "))
		}
		rows = append(rows, row)
	}
	slices.SortStableFunc(rows, func(a, b catalog.Row) int { return strings.Compare(string(a.ID), string(b.ID)) })
	rows = slices.CompactFunc(rows, func(a, b catalog.Row) bool { return a.ID == b.ID })
	if !slices.Contains([]string{"shown", "full"}, o.size) {
		return nil, usagef("--size is \"shown\" or \"full\", not %q", o.size)
	}
	if !slices.Contains([]string{"none", "face"}, o.crop) {
		return nil, usagef("--crop is \"none\" or \"face\", not %q", o.crop)
	}
	if o.format == "" {
		o.format = formatOf(o.output)
	}
	if o.format == "jpg" {
		o.format = "jpeg"
	}
	if o.background != "" && !slices.Contains(portrait.Backgrounds, portrait.Background(o.background)) {
		return nil, usagef("there is no background %q; the backgrounds are %v", o.background, portrait.Backgrounds)
	}
	if !(o.strength >= portrait.LeastStrength && o.strength <= portrait.MostStrength) {
		return nil, usagef("--strength is %v to %v, not %v", portrait.LeastStrength, portrait.MostStrength, o.strength)
	}
	for _, row := range rows {
		if o.ink != "" && !slices.Contains(row.ID.Inks(), portrait.Ink(o.ink)) {
			return nil, usagef("%s is not drawn with %q; its inks are %v", row.ID, o.ink, row.ID.Inks())
		}
		if o.format == vectors && row.ID != portrait.RoughSketch {
			return nil, usagef("only the rough sketch is written as svg, not %s", row.ID)
		}
	}
	if o.format != vectors && !slices.Contains(portrait.Formats, portrait.Format(o.format)) {
		return nil, usagef("easel writes png, jpeg, webp, pdf and svg, not %q", o.format)
	}
	return rows, nil
}

func renderPhoto(ctx context.Context, s streams, o renderOptions, decoder *sandbox.Decoder, photo string, jobs []job) error {
	picture, err := openPhoto(ctx, s, decoder, photo)
	if err != nil {
		return err
	}
	bar := newBar(s.err, o.quiet, photo, len(jobs))
	defer bar.clear()
	crop := picture.Image.Rect
	if o.crop == "face" {
		crop = faceCrop(ctx, picture.Image)
	}
	p, err := plan.New(ctx, picture.Image, plan.Options{Crop: crop, Progress: bar.planning})
	if err != nil {
		return err
	}
	defer p.Free()
	var full image.Point
	if o.size == "full" {
		full = portrait.FullSize(crop.Size())
	}
	for i, j := range jobs {
		data, err := o.draw(ctx, p, j, portrait.Options{
			Seed: o.seed, Ink: portrait.Ink(o.ink), Background: portrait.Background(o.background), Strength: o.strength,
			Full: full, Progress: bar.drawing(i, j.row.Title),
		})
		if err != nil {
			return err
		}
		if err := writePortrait(s, j, data); err != nil {
			return err
		}
		bar.clear()
		if note := catalog.Note(p, j.row.ID, portrait.Background(o.background)); note != "" && !o.quiet {
			fmt.Fprintf(s.err, "easel: %s, %s: %s\n", photo, j.row.Title, note)
		}
		if j.path != stdio && !o.quiet {
			fmt.Fprintln(s.err, j.path)
		}
	}
	return nil
}

func openPhoto(ctx context.Context, s streams, decoder *sandbox.Decoder, photo string) (*ingest.Picture, error) {
	in := s.in
	if photo != stdio {
		file, err := os.Open(photo)
		if err != nil {
			return nil, err
		}
		defer file.Close()
		if info, err := file.Stat(); err == nil && info.IsDir() {
			return nil, usagef("%s is a folder; name the photos in it, as in %s", photo, filepath.Join(photo, "*.jpg"))
		}
		in = file
	}
	return decoder.DecodeReader(ctx, in)
}

// faceCrop is head and shoulders of the main face, or the whole picture when there is none.
func faceCrop(ctx context.Context, img *image.NRGBA) image.Rectangle {
	colour := raster.FromNRGBA(ctx, img)
	defer colour.Free()
	luma := raster.Luma(ctx, colour)
	defer luma.Free()
	return face.Crop(img.Rect.Dx(), img.Rect.Dy(), face.Find(ctx, luma), 4.0/5)
}
