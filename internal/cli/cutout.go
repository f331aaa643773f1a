package cli

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"image"
	"strings"

	"github.com/spf13/cobra"

	"easel/engine/cutout"
	"easel/engine/inpaint"
	"easel/engine/matting"
	"easel/engine/provenance"
	"easel/internal/fault"
	"easel/internal/sandbox"
)

func newCutout(s streams) *cobra.Command {
	e := &edit{name: "cutout", made: provenance.Cut}
	var ground, box string
	var shadow bool
	cmd := &cobra.Command{
		Use:   "cutout PHOTO...",
		Short: "Cut the subject out of photos, with no server and no network",
		Long: `Finds the subject of each photo (a person, a pet, a thing) and puts it before
another ground, at the photo's own size. A folder stands for the photos in it.

--background is "transparent", "blur", a colour such as "#f4efe6", or a picture.
When Easel is not sure what the subject is, it says so; --box tells it.

Without -o, pictures are written beside you as PHOTO-cutout.png.

Exit codes:
` + exitCodes,
		Example: `  easel cutout photo.jpg -o out.png
  easel cutout photo.jpg --background "#ffffff" --shadow -o out.jpg
  easel cutout photos/ -o cutouts/`,
		Args: somePhotos,
		RunE: func(cmd *cobra.Command, args []string) error {
			e.decode = sandbox.New(sandbox.Config{})
			g, err := e.ground(cmd.Context(), s, ground)
			if err != nil {
				return err
			}
			g.Shadow = shadow
			hints, err := boxed(box)
			if err != nil {
				return err
			}
			e.do = e.cutter(g, hints)
			return e.run(cmd.Context(), s, args)
		},
	}
	e.flags(cmd)
	cmd.Flags().StringVarP(&ground, "background", "b", string(cutout.Transparent), "what to put behind the subject")
	cmd.Flags().BoolVar(&shadow, "shadow", false, "a soft shadow where the subject stands")
	cmd.Flags().StringVar(&box, "box", "", "the subject is inside this box of the photo: X0,Y0,X1,Y1 in pixels")
	return cmd
}

func (e *edit) cutter(g cutout.Ground, hints matting.Hints) func(context.Context, *image.NRGBA, func(string, float64)) (*image.NRGBA, string, error) {
	return func(ctx context.Context, src *image.NRGBA, tell func(string, float64)) (*image.NRGBA, string, error) {
		if box := hints.Box; !box.Empty() && box.Intersect(src.Rect).Empty() {
			return nil, "", outside("box", box, src.Rect)
		}
		tell("looking for the subject", 0.1)
		cut, err := cutout.Find(ctx, src, hints, e.seed)
		if err != nil {
			return nil, "", err
		}
		defer cut.Alpha.Free()
		tell("cutting", 0.6)
		out, err := cutout.Place(ctx, src, cut.Alpha, g)
		note := ""
		if cut.Confidence < cutout.Sure {
			note = "Easel is not sure what the subject is. Look at the result, or say where it is with --box."
		}
		return out, note, err
	}
}

func newUncrowd(s streams) *cobra.Command {
	e := &edit{name: "uncrowd", made: provenance.Filled}
	var marks []string
	cmd := &cobra.Command{
		Use:   "uncrowd PHOTO...",
		Short: "Take everybody but the main person out of photos, with no server and no network",
		Long: `Finds the people whose face shows, keeps the main one, takes the others out and fills
the ground behind them from the rest of the photo. A folder stands for the photos
in it. Whoever shows no face is told by --remove, as a line drawn over them.

Without -o, pictures are written beside you as PHOTO-uncrowd.png.

Exit codes:
` + exitCodes,
		Example: `  easel uncrowd beach.jpg -o alone.png
  easel uncrowd street.jpg --remove 410,220,415,380 -o street.png`,
		Args: somePhotos,
		RunE: func(cmd *cobra.Command, args []string) error {
			e.decode = sandbox.New(sandbox.Config{})
			lines, err := lined(marks)
			if err != nil {
				return err
			}
			e.do = e.clearer(lines)
			return e.run(cmd.Context(), s, args)
		},
	}
	e.flags(cmd)
	cmd.Flags().StringArrayVar(&marks, "remove", nil, "take out what lies under this line of the photo: X0,Y0,X1,Y1 in pixels; may be given again")
	return cmd
}

func (e *edit) clearer(marks []cutout.Mark) func(context.Context, *image.NRGBA, func(string, float64)) (*image.NRGBA, string, error) {
	return func(ctx context.Context, src *image.NRGBA, tell func(string, float64)) (*image.NRGBA, string, error) {
		for i := range marks {
			if from, to := marks[i].Points[0], marks[i].Points[1]; !from.In(src.Rect) || !to.In(src.Rect) {
				return nil, "", outside("line", image.Rectangle{Min: from, Max: to}, src.Rect)
			}
			marks[i].Radius = max(4, float32(max(src.Rect.Dx(), src.Rect.Dy()))/120)
		}
		tell("looking for people", 0.05)
		crowd, err := cutout.Crowded(ctx, src, marks, e.seed)
		if err != nil {
			return nil, "", err
		}
		if crowd.People == 0 && len(marks) == 0 {
			return nil, "", fault.New(fault.Refused, "Nobody but the main subject shows a face here. Draw a line over whom to take out with --remove X0,Y0,X1,Y1.")
		}
		out, err := crowd.Clear(ctx, src, inpaint.Options{Seed: e.seed, Progress: func(stage string, done float64) { tell(stage, 0.2+0.8*done) }})
		var refused *inpaint.Refusal
		if errors.As(err, &refused) {
			return nil, "", fault.Wrap(err, fault.Refused, refused.Say)
		}
		note := ""
		if crowd.Hidden(ctx) {
			note = "Much of what is behind them was hidden, so a good part of the picture is a guess. Look at it closely."
		}
		return out, note, err
	}
}

// ground reads what is to stand behind the subject.
func (e *edit) ground(ctx context.Context, s streams, text string) (cutout.Ground, error) {
	if kind := cutout.Kind(text); kind == cutout.Transparent || kind == cutout.Blurred {
		return cutout.Ground{Kind: kind}, nil
	}
	if rest, ok := strings.CutPrefix(text, "#"); ok {
		c, err := hex.DecodeString(rest)
		if err != nil || len(c) != 3 {
			return cutout.Ground{}, usagef("a colour is written like #f4efe6, not %q", text)
		}
		return cutout.Ground{Kind: cutout.Plain, Colour: [3]uint8(c)}, nil
	}
	picture, err := openPhoto(ctx, s, e.decode, text)
	if err != nil {
		return cutout.Ground{}, usagef("--background is \"transparent\", \"blur\", a colour such as #f4efe6, or a picture; %q is none of them: %v", text, err)
	}
	return cutout.Ground{Kind: cutout.Picture, Picture: picture.Image}, nil
}

// four reads four whole numbers.
func four(text string) (n [4]int, err error) {
	var rest string
	if got, _ := fmt.Sscanf(text, "%d,%d,%d,%d%s", &n[0], &n[1], &n[2], &n[3], &rest); got != 4 {
		return n, usagef("%q is not four numbers like 10,20,300,400", text)
	}
	return n, nil
}

// outside says that what was pointed at is not in the photo.
func outside(what string, at, photo image.Rectangle) error {
	return usagef("the %s %d,%d,%d,%d lies outside the photo, which has %d × %d pixels", what, at.Min.X, at.Min.Y, at.Max.X, at.Max.Y, photo.Dx(), photo.Dy())
}

func boxed(text string) (matting.Hints, error) {
	if text == "" {
		return matting.Hints{}, nil
	}
	n, err := four(text)
	if err == nil && (n[0] >= n[2] || n[1] >= n[3]) {
		err = usagef("the box %s is empty; give its left, top, right and bottom edges", text)
	}
	return matting.Hints{Box: image.Rect(n[0], n[1], n[2], n[3])}, err
}

func lined(marks []string) (lines []cutout.Mark, err error) {
	for _, text := range marks {
		n, err := four(text)
		if err != nil {
			return nil, err
		}
		lines = append(lines, cutout.Mark{Points: []image.Point{{n[0], n[1]}, {n[2], n[3]}}})
	}
	return lines, nil
}
