package api

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"image"
	"time"

	"github.com/google/uuid"

	"easel/internal/fault"
	"easel/internal/generation"
)

// Photo is what portraits are drawn from.
type Photo struct {
	ID        string     `json:"id" format:"uuid"`
	Name      string     `json:"name" doc:"The file's name without its ending"`
	Width     int        `json:"width" doc:"Upright, in pixels"`
	Height    int        `json:"height"`
	HasFace   bool       `json:"has_face"`
	Frame     Frame      `json:"frame" doc:"The part that we propose to draw"`
	Warnings  []string   `json:"warnings" nullable:"false" doc:"What the photo lacks, in whole sentences"`
	Portraits []Portrait `json:"portraits" nullable:"false" doc:"The oldest first"`
	Created   time.Time  `json:"created"`
	DeletedAt time.Time  `json:"deleted_at" doc:"When its time is over, and that of its portraits"`
}

func photoOf(w generation.Work) Photo {
	return Photo{
		ID: w.ID.String(), Name: w.Name, Width: w.W, Height: w.H, HasFace: w.HasFace, Frame: Frame{w.Crop.Min.X, w.Crop.Min.Y, w.Crop.Max.X, w.Crop.Max.Y},
		Warnings: append([]string{}, w.Warnings...), Portraits: portraitsOf(w.Runs), Created: w.Created.UTC(), DeletedAt: w.Deadline.UTC(),
	}
}

type onePhoto struct{ Body Photo }

type manyPhotos struct {
	Body struct {
		Photos []Photo `json:"photos" nullable:"false" doc:"The newest first"`
	}
}

func (a *API) listPhotos(ctx context.Context, _ *nothing) (*manyPhotos, error) {
	works, err := a.Studio.Works(ctx, from(ctx).Owner)
	if err != nil {
		return nil, err
	}
	out := &manyPhotos{}
	out.Body.Photos = []Photo{}
	for _, w := range works {
		out.Body.Photos = append(out.Body.Photos, photoOf(w))
	}
	return out, nil
}

func (a *API) getPhoto(ctx context.Context, in *byID) (*onePhoto, error) {
	id, err := a.id(in.ID)
	if err != nil {
		return nil, err
	}
	w, err := a.Studio.Find(ctx, from(ctx).Owner, id)
	if err != nil {
		return nil, err
	}
	return &onePhoto{photoOf(w)}, nil
}

func (a *API) deletePhoto(ctx context.Context, in *byID) (*nothing, error) {
	id, err := a.id(in.ID)
	if err != nil {
		return nil, err
	}
	return &nothing{}, a.Studio.DeleteUpload(ctx, from(ctx).Owner, id)
}

// Order is what to draw.
type Order struct {
	Styles     []string `json:"styles" nullable:"false" minItems:"1" maxItems:"20" doc:"Ids of styles, each once: one portrait is drawn for each"`
	Ink        string   `json:"ink,omitempty" maxLength:"40" doc:"For the styles that are drawn with it; absent is the styles' own"`
	Background string   `json:"background,omitempty" maxLength:"40" doc:"What becomes of what is behind the subject; absent leaves it to the styles"`
	Strength   int      `json:"strength,omitempty" minimum:"0" maximum:"1000" doc:"Force of the hand in percent of the styles' own; absent is 100"`
	Take       uint64   `json:"take,omitempty" doc:"Which take to draw again; absent is a new one"`
	Frame      *Frame   `json:"frame,omitempty" doc:"The part of the photo to draw; absent is the part that we propose"`
	Whole      bool     `json:"whole,omitempty" doc:"Draw all of the photo"`
}

type orderRequest struct {
	ID string `path:"id" maxLength:"100" doc:"As it stood in an earlier answer"`

	Idempotency string `header:"Idempotency-Key" maxLength:"200" doc:"A name of your choosing for this request. Sent again under the same name, it is carried out once"`
	Body        Order
}

type drawn struct {
	Location string `header:"Location"`
	Replayed string `header:"Idempotency-Replayed" doc:"true when this is the answer to an earlier request of that name"`
	Body     Photo
}

// drawPhoto has more portraits drawn from a photo that is here.
func (a *API) drawPhoto(ctx context.Context, in *orderRequest) (*drawn, error) {
	id, err := a.id(in.ID)
	if err != nil {
		return nil, err
	}
	owner := from(ctx).Owner
	print := func() ([]byte, error) { return in.Body.fingerprint(id.String(), nil) }
	made, again, err := a.Studio.Once(ctx, owner, in.Idempotency, func() (generation.Made, []byte, error) {
		w, err := a.Studio.Find(ctx, owner, id)
		if err != nil {
			return generation.Made{}, nil, err
		}
		runs, err := a.start(ctx, w.Upload, in.Body)
		if err != nil {
			return generation.Made{}, nil, err
		}
		asked, err := print()
		return generation.Made{Upload: id, Runs: runs}, asked, err
	}, print)
	if err != nil {
		return nil, err
	}
	return a.show(ctx, made, again)
}

// fingerprint tells requests apart: what is asked, of what, with which bytes (their digest).
func (o Order) fingerprint(of string, photo []byte) ([]byte, error) {
	text, err := json.Marshal(o)
	if err != nil {
		return nil, fmt.Errorf("read an order: %w", err)
	}
	sum := sha256.Sum256(fmt.Appendf(nil, "%s\n%s\n%x", of, text, photo))
	return sum[:], nil
}

// start queues an order.
func (a *API) start(ctx context.Context, u generation.Upload, o Order) (ids []uuid.UUID, err error) {
	order := generation.Order{Styles: o.Styles, Ink: o.Ink, Background: o.Background, Strength: o.Strength, Seed: o.Take, Crop: u.Crop}
	switch {
	case o.Take > generation.LastTake:
		return nil, fault.New(fault.Invalid, a.Texts.Text("start.take", generation.LastTake))
	case o.Whole:
		order.Crop = image.Rectangle{}
	case o.Frame != nil:
		f := image.Rectangle{Min: image.Pt(o.Frame.X0, o.Frame.Y0), Max: image.Pt(o.Frame.X1, o.Frame.Y1)}
		if f.Empty() || !f.In(image.Rect(0, 0, u.W, u.H)) {
			return nil, fault.New(fault.Invalid, a.Texts.Text("api.frame", u.W, u.H))
		}
		order.Crop = f
	}
	runs, err := a.Studio.Start(ctx, from(ctx).Owner, u.ID, order)
	if err != nil {
		return nil, err
	}
	for _, r := range runs {
		ids = append(ids, r.ID)
	}
	return ids, nil
}

// show answers with the photo and those of its portraits that the request made. What has been deleted since is Missing.
func (a *API) show(ctx context.Context, made generation.Made, again bool) (*drawn, error) {
	w, err := a.Studio.Find(ctx, from(ctx).Owner, made.Upload)
	if err != nil {
		return nil, err
	}
	var runs []generation.Run
	for _, r := range w.Runs {
		for _, id := range made.Runs {
			if r.ID == id {
				runs = append(runs, r)
			}
		}
	}
	w.Runs = runs
	out := &drawn{Location: v1 + "/photos/" + made.Upload.String(), Body: photoOf(w)}
	if again {
		out.Replayed = "true"
	} else {
		from(ctx).portraits = len(made.Runs)
	}
	return out, nil
}
