package api

import (
	"context"
	"mime"
	"time"

	"github.com/google/uuid"

	"easel/internal/fault"
	"easel/internal/generation"
)

// Portrait is one run of one style, from queued to a final state.
type Portrait struct {
	ID          string    `json:"id" format:"uuid"`
	Photo       string    `json:"photo" format:"uuid" doc:"What it is drawn from"`
	Style       string    `json:"style" example:"rough-sketch"`
	Take        uint64    `json:"take" doc:"Ask for it again, with the same photo, style and frame, and the same portrait is drawn"`
	Ink         string    `json:"ink" doc:"What it is drawn with; empty is the style's own"`
	Background  string    `json:"background" doc:"What became of what is behind the subject; empty leaves it to the style"`
	Strength    int       `json:"strength" doc:"Force of the hand in percent of the style's own"`
	Frame       Frame     `json:"frame"`
	State       string    `json:"state" enum:"queued,drawing,done,failed,cancelled" doc:"The last three are final"`
	Stage       string    `json:"stage" doc:"What is being done, in plain words"`
	Progress    float64   `json:"progress" minimum:"0" maximum:"1"`
	Ahead       int       `json:"ahead" doc:"How many are drawn before it"`
	SecondsLeft int       `json:"seconds_left" doc:"An estimate; 0 where there is none"`
	Why         string    `json:"why" doc:"Why it failed, in whole sentences"`
	Note        string    `json:"note" doc:"What there is to say about it; mostly nothing"`
	Width       int       `json:"width" doc:"In pixels, once it is done"`
	Height      int       `json:"height"`
	Formats     []string  `json:"formats" nullable:"false" doc:"Files that it can be had as now"`
	FullSizeOf  string    `json:"full_size_of,omitempty" format:"uuid" doc:"The portrait that this is the full size of"`
	FullSize    *FullSize `json:"full_size,omitempty" doc:"The same drawing at the photo's own resolution, where that is larger"`
	Created     time.Time `json:"created"`
	DeletedAt   time.Time `json:"deleted_at" doc:"When its time is over: nobody can read it from then on"`
}

// Frame is the part of the photo that is drawn.
type Frame struct {
	X0 int `json:"x0" minimum:"0" doc:"In pixels of the upright photo"`
	Y0 int `json:"y0" minimum:"0"`
	X1 int `json:"x1" minimum:"1"`
	Y1 int `json:"y1" minimum:"1"`
}

// FullSize is a portrait's full size.
type FullSize struct {
	Width    int    `json:"width"`
	Height   int    `json:"height"`
	Portrait string `json:"portrait,omitempty" format:"uuid" doc:"Poll and fetch it like any other; absent until it is asked for"`
	State    string `json:"state,omitempty" enum:"queued,drawing,done,failed,cancelled"`
}

var files = []string{"png", "jpeg", "webp", "pdf"}

func portraitOf(r generation.Run) Portrait {
	p := Portrait{
		ID: r.ID.String(), Photo: r.UploadID.String(), Style: r.Style, Take: r.Seed, Ink: r.Ink, Background: r.Background, Strength: r.Strength,
		Frame: Frame{r.Crop.Min.X, r.Crop.Min.Y, r.Crop.Max.X, r.Crop.Max.Y},
		State: string(r.State), Stage: r.Stage, Progress: r.Done, Ahead: r.Ahead, SecondsLeft: int(r.Left.Seconds() + 0.5), Why: r.Say, Note: r.Note,
		Width: r.W, Height: r.H, Formats: []string{}, Created: r.Created.UTC(), DeletedAt: r.Deadline.UTC(),
	}
	if r.State == generation.Done {
		p.Formats = append(p.Formats, files...)
		if r.Lines {
			p.Formats = append(p.Formats, "svg")
		}
	}
	if r.Of != uuid.Nil {
		p.FullSizeOf = r.Of.String()
	}
	if r.Full.W > 0 {
		p.FullSize = &FullSize{Width: r.Full.W, Height: r.Full.H, State: string(r.Full.State)}
		if r.Full.Run != uuid.Nil {
			p.FullSize.Portrait = r.Full.Run.String()
		}
	}
	return p
}

func portraitsOf(runs []generation.Run) []Portrait {
	all := make([]Portrait, 0, len(runs))
	for _, r := range runs {
		all = append(all, portraitOf(r))
	}
	return all
}

// byID is a request for one thing.
type byID struct {
	ID string `path:"id" maxLength:"100" doc:"As it stood in an earlier answer"`
}

// id returns what is asked for; nothing has an id of another form.
func (a *API) id(text string) (uuid.UUID, error) {
	id, err := uuid.Parse(text)
	if err != nil || id.String() != text { // one spelling only
		return uuid.Nil, fault.New(fault.Missing, a.Texts.Text("api.missing"))
	}
	return id, nil
}

type onePortrait struct{ Body Portrait }

type manyPortraits struct {
	Body struct {
		Portraits []Portrait `json:"portraits" nullable:"false" doc:"The newest photo's first"`
	}
}

type nothing struct{}

func (a *API) listPortraits(ctx context.Context, _ *nothing) (*manyPortraits, error) {
	works, err := a.Studio.Works(ctx, from(ctx).Owner)
	if err != nil {
		return nil, err
	}
	out := &manyPortraits{}
	out.Body.Portraits = []Portrait{}
	for _, w := range works {
		out.Body.Portraits = append(out.Body.Portraits, portraitsOf(w.Runs)...)
	}
	return out, nil
}

func (a *API) getPortrait(ctx context.Context, in *byID) (*onePortrait, error) {
	id, err := a.id(in.ID)
	if err != nil {
		return nil, err
	}
	return a.portrait(ctx, id)
}

func (a *API) portrait(ctx context.Context, id uuid.UUID) (*onePortrait, error) {
	run, err := a.Studio.FindRun(ctx, from(ctx).Owner, id)
	if err != nil {
		return nil, err
	}
	return &onePortrait{portraitOf(run)}, nil
}

type fileRequest struct {
	ID string `path:"id" maxLength:"100" doc:"As it stood in an earlier answer"`

	Format string `query:"format" enum:"png,jpeg,webp,pdf,svg" default:"png" doc:"svg is for portraits that have it among their formats"`
	Paper  string `query:"paper" enum:"a4,letter" default:"a4" doc:"For pdf"`
}

type file struct {
	Type        string `header:"Content-Type"`
	Disposition string `header:"Content-Disposition" doc:"The original photo's name with the style's"`
	Body        []byte
}

// kinds are the media types of files.
var kinds = map[string]string{"png": "image/png", "jpeg": "image/jpeg", "webp": "image/webp", "pdf": "application/pdf", "svg": "image/svg+xml"}

// waitFor is how long a file waits for its turn.
const waitFor = 20 * time.Second

func (a *API) getFile(ctx context.Context, in *fileRequest) (*file, error) {
	id, err := a.id(in.ID)
	if err != nil {
		return nil, err
	}
	if _, err := a.Studio.FindRun(ctx, from(ctx).Owner, id); err != nil { // strangers wait for no turn
		return nil, err
	}
	turn, cancel := context.WithTimeout(ctx, waitFor)
	defer cancel()
	select {
	case a.leaving <- struct{}{}:
		defer func() { <-a.leaving }()
	case <-turn.Done():
		return nil, fault.Wrap(turn.Err(), fault.Busy, a.Texts.Text("download.busy"))
	}
	data, name, err := a.Studio.Download(ctx, from(ctx).Owner, id, in.Format, in.Paper)
	if err != nil {
		return nil, err
	}
	out := &file{Type: kinds[in.Format], Disposition: "attachment", Body: data}
	if named := mime.FormatMediaType("attachment", map[string]string{"filename": name}); named != "" {
		out.Disposition = named
	}
	return out, nil
}

func (a *API) enlarge(ctx context.Context, in *byID) (*onePortrait, error) {
	id, err := a.id(in.ID)
	if err != nil {
		return nil, err
	}
	run, err := a.Studio.Enlarge(ctx, from(ctx).Owner, id)
	if err != nil {
		return nil, err
	}
	return &onePortrait{portraitOf(run)}, nil
}

func (a *API) cancel(ctx context.Context, in *byID) (*onePortrait, error) {
	id, err := a.id(in.ID)
	if err != nil {
		return nil, err
	}
	if err := a.Studio.Cancel(ctx, from(ctx).Owner, id); err != nil {
		return nil, err
	}
	return a.portrait(ctx, id)
}

func (a *API) deletePortrait(ctx context.Context, in *byID) (*nothing, error) {
	id, err := a.id(in.ID)
	if err != nil {
		return nil, err
	}
	return &nothing{}, a.Studio.Delete(ctx, from(ctx).Owner, id)
}
