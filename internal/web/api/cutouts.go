package api

import (
	"context"
	"io"
	"net/http"
	"net/netip"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"easel/internal/cutout"
	"easel/internal/fault"
	"easel/internal/memory"
	"easel/internal/web/edge"
)

// Cutouts is what the interface asks of the studio in which nobody signs in.
type Cutouts interface {
	Begin(from netip.Prefix) (memory.Ticket, error)
	Enter(id, secret string) (*cutout.Session, error)
	Picture(pass string) (io.ReadSeekCloser, error)
}

// Booth is that studio, for programs.
type Booth struct {
	Studio Cutouts
	Codes  cutout.Codes
	Form   int64 // largest form with several photos; 0 means as many bytes as four photos
}

// Cutout is a photo of a session, with what was made of it.
type Cutout struct {
	ID         string  `json:"id"`
	Name       string  `json:"name" doc:"The file's name without its ending"`
	Kind       string  `json:"kind" enum:"background,crowd" doc:"What is taken out"`
	Width      int     `json:"width" doc:"Of the photo, in pixels"`
	Height     int     `json:"height"`
	State      string  `json:"state" enum:"waiting,working,asking,ready,failed" doc:"asking: draw hints, or (crowd) look at the mask and have it filled"`
	Stage      string  `json:"stage" doc:"What is being done, in plain words"`
	Progress   float64 `json:"progress" minimum:"0" maximum:"1"`
	Ahead      int     `json:"ahead" doc:"How many are worked on before it"`
	Seconds    int     `json:"seconds_left" doc:"Until its turn comes; an estimate"`
	Say        string  `json:"say" doc:"Why it failed, or what to know about the result, in whole sentences"`
	Confidence float64 `json:"confidence" doc:"How sure we are of the subject, 0 to 1; below 0.6 we ask"`
	Hints      int     `json:"hints" doc:"Strokes and boxes that were drawn"`
	Ground     string  `json:"ground" enum:"transparent,plain,blur,picture" doc:"What stands behind the subject"`
	Preview    bool    `json:"preview" doc:"There is a small marked result"`
	Mask       bool    `json:"mask" doc:"There is a picture of what goes, in red"`
	Unlocked   bool    `json:"unlocked" doc:"The full picture was delivered for a code: getting it again is free"`
}

func cutoutOf(p cutout.Photo) Cutout {
	return Cutout{ID: p.ID, Name: p.Name, Kind: string(p.Kind), Width: p.W, Height: p.H, State: string(p.State), Stage: p.Stage, Progress: p.Done, Ahead: p.Ahead,
		Seconds: int(p.Left.Seconds() + 0.5), Say: p.Say, Confidence: float64(p.Confidence), Hints: p.Marks, Ground: string(p.Ground.Kind), Preview: p.Preview != "", Mask: p.Mask != "", Unlocked: p.Unlocked}
}

// CutoutSession is everything of a session.
type CutoutSession struct {
	ID     string    `json:"id"`
	Secret string    `json:"secret,omitempty" doc:"Only in the answer that begins the session: send it as Authorization: Bearer. Nobody can tell it again"`
	EndsAt time.Time `json:"ends_at" doc:"Everything is wiped then, or when the session is ended"`
	Turn   uint64    `json:"turn,omitempty" doc:"Counts the changes; give it back to wait for what is newer"`
	Photos []Cutout  `json:"photos" nullable:"false"`
}

func sessionOf(id string, ss *cutout.Session) CutoutSession {
	s := CutoutSession{ID: id, EndsAt: ss.Deadline().UTC(), Turn: ss.Turn(), Photos: []Cutout{}}
	for _, p := range ss.Photos() {
		s.Photos = append(s.Photos, cutoutOf(p))
	}
	return s
}

// cutouts adds the studio's operations. They are opened by a session's secret and know nothing of accounts and keys.
func (a *API) cutouts() {
	if a.Booth == nil {
		return
	}
	photo := func(method, path, id, summary string, status int) operation {
		return operation{method: method, path: "/cutouts/{id}/photos/{photo}" + path, id: id, summary: summary, status: status, session: true}
	}
	register(a, operation{method: http.MethodPost, path: "/cutouts", id: "begin-cutouts", summary: "Begin a session, which lives in memory only", status: http.StatusCreated, open: true}, a.beginCutouts)
	register(a, operation{method: http.MethodGet, path: "/cutouts/{id}", id: "get-cutouts", summary: "See the session with its photos", session: true}, a.getCutouts)
	register(a, operation{method: http.MethodDelete, path: "/cutouts/{id}", id: "end-cutouts", summary: "Wipe the session now", status: http.StatusNoContent, session: true}, a.endCutouts)
	a.bringCutouts()
	register(a, photo(http.MethodGet, "", "get-cutout", "See how a photo stands", 0), a.getCutout)
	register(a, photo(http.MethodDelete, "", "remove-cutout", "Wipe a photo and what was made of it", http.StatusNoContent), a.removeCutout)
	register(a, photo(http.MethodPost, "/hints", "hint-cutout", "Say what belongs to the subject and what does not, and look again", http.StatusAccepted), a.hintCutout)
	register(a, photo(http.MethodPost, "/undo", "undo-cutout", "Take the last stroke back, or the box, and look again", http.StatusAccepted), a.onPhoto((*cutout.Session).Undo))
	register(a, photo(http.MethodPost, "/again", "retry-cutout", "Look again at a photo that failed or was stopped", http.StatusAccepted), a.onPhoto((*cutout.Session).Again))
	register(a, photo(http.MethodPost, "/cancel", "cancel-cutout", "Stop what is being done and go back to how it stood", http.StatusAccepted), a.onPhoto((*cutout.Session).Stop))
	register(a, photo(http.MethodPost, "/fill", "fill-cutout", "Take out the crowd that the mask shows", http.StatusAccepted), a.onPhoto((*cutout.Session).Fill))
	register(a, photo(http.MethodPut, "/ground", "ground-cutout", "Put the subject before another ground", http.StatusAccepted), a.groundCutout)
	a.behindCutout()
	pictures := map[string]string{"png": "image/png", "jpeg": "image/jpeg"}
	for _, one := range []struct {
		name, summary string
		pass          func(cutout.Photo) string
	}{
		{"view", "Fetch a small copy of the photo", func(p cutout.Photo) string { return p.View }},
		{"preview", "Fetch the small marked result", func(p cutout.Photo) string { return p.Preview }},
		{"mask", "Fetch what goes of a crowd, in red", func(p cutout.Photo) string { return p.Mask }},
	} {
		o := photo(http.MethodGet, "/"+one.name, "get-cutout-"+one.name, one.summary, 0)
		o.answers, o.files = pictures, true
		register(a, o, a.pictureOf(one.pass))
	}
	a.deliverCutouts()
}

// beginning is the word that has to be given before anything is brought.
type beginning struct {
	Body struct {
		Statement string `json:"statement" enum:"yes" doc:"yes, you may use these photos, and nobody is deceived or harmed with the results"`
	}
}

type oneSession struct{ Body CutoutSession }

func (a *API) beginCutouts(ctx context.Context, _ *beginning) (*oneSession, error) {
	ticket, err := a.Booth.Studio.Begin(edge.Network(from(ctx).address))
	if err != nil {
		return nil, err
	}
	return &oneSession{CutoutSession{ID: ticket.ID, Secret: ticket.Secret, EndsAt: ticket.Deadline.UTC(), Photos: []Cutout{}}}, nil
}

type sessionRequest struct {
	ID string `path:"id" maxLength:"100" doc:"The session"`
}

type watchRequest struct {
	ID   string `path:"id" maxLength:"100" doc:"The session"`
	Wait int    `query:"wait" minimum:"0" maximum:"20" doc:"Seconds to wait for a change, if nothing has changed yet"`
	Turn int64  `query:"turn" minimum:"0" doc:"The turn of the answer that you have: what has changed since is no longer waited for. Without one the next change is"`
}

func (a *API) getCutouts(ctx context.Context, in *watchRequest) (*oneSession, error) {
	ss := from(ctx).session
	if in.Wait > 0 {
		ctx, cancel := context.WithTimeout(ctx, time.Duration(in.Wait)*time.Second)
		defer cancel()
		seen := uint64(in.Turn)
		if in.Turn == 0 {
			seen = ss.Turn()
		}
		select {
		case <-ss.News(seen):
		case <-ss.Context().Done():
		case <-ctx.Done():
		}
	}
	return &oneSession{sessionOf(in.ID, ss)}, nil
}

func (a *API) endCutouts(ctx context.Context, _ *sessionRequest) (*nothing, error) {
	from(ctx).session.End()
	return &nothing{}, nil
}

type photoRequest struct {
	ID    string `path:"id" maxLength:"100" doc:"The session"`
	Photo string `path:"photo" maxLength:"100" doc:"The photo"`
}

type oneCutout struct{ Body Cutout }

func (a *API) cutout(ctx context.Context, id string) (*oneCutout, error) {
	p, err := from(ctx).session.Photo(id)
	if err != nil {
		return nil, err
	}
	return &oneCutout{cutoutOf(p)}, nil
}

func (a *API) getCutout(ctx context.Context, in *photoRequest) (*oneCutout, error) {
	return a.cutout(ctx, in.Photo)
}

func (a *API) removeCutout(ctx context.Context, in *photoRequest) (*nothing, error) {
	return &nothing{}, from(ctx).session.Remove(in.Photo)
}

// onPhoto is an operation that does one thing with a photo.
func (a *API) onPhoto(do func(*cutout.Session, string) error) func(context.Context, *photoRequest) (*oneCutout, error) {
	return func(ctx context.Context, in *photoRequest) (*oneCutout, error) {
		if err := do(from(ctx).session, in.Photo); err != nil {
			return nil, err
		}
		return a.cutout(ctx, in.Photo)
	}
}

// pictureOf is an operation that sends a small picture.
func (a *API) pictureOf(pass func(cutout.Photo) string) func(context.Context, *photoRequest) (*huma.StreamResponse, error) {
	return func(ctx context.Context, in *photoRequest) (*huma.StreamResponse, error) {
		p, err := from(ctx).session.Photo(in.Photo)
		if err != nil {
			return nil, err
		}
		if pass(p) == "" {
			return nil, fault.New(fault.Missing, a.Texts.Text("api.cutout.none"))
		}
		content, err := a.Booth.Studio.Picture(pass(p))
		if err != nil {
			return nil, err
		}
		c := from(ctx)
		return &huma.StreamResponse{Body: func(huma.Context) {
			c.err = edge.SendPicture(c.w, c.r, content)
			_ = content.Close() // it wipes a buffer and cannot fail
		}}, nil
	}
}
