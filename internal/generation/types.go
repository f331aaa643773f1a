package generation

import (
	"image"
	"time"

	"github.com/google/uuid"

	"easel/engine/portrait"
)

// Upload is one photo that waits to be drawn.
type Upload struct {
	ID       uuid.UUID
	Name     string // the file's name without its ending, for downloads; sealed where it is stored
	W, H     int    // upright size in pixels
	HasFace  bool
	Crop     image.Rectangle // what we propose to draw; in upload pixels
	Warnings []string        // sentences about what the photo lacks
	Created  time.Time
	Deadline time.Time // unreadable from then on
}

// State is where a run stands. The row in the database is the only truth about it.
type State string

// A run's states. Done, Failed and Cancelled are final.
const (
	Queued    State = "queued"
	Drawing   State = "drawing"
	Done      State = "done"
	Failed    State = "failed"
	Cancelled State = "cancelled"
)

// Final reports whether a run in this state will never change again.
func (s State) Final() bool { return s == Done || s == Failed || s == Cancelled }

// Order is what to draw from a photo.
type Order struct {
	Styles []string        // each once
	Crop   image.Rectangle // in upload pixels; empty means the whole photo
	Seed   uint64          // which take; 0 means a new one of our choosing
	Ink    string          // for the styles that are drawn with it; empty means the styles' own

	Background string // what becomes of what is behind the subject, one of portrait.Backgrounds; empty leaves it to the styles
	Strength   int    // force of the hand in percent of the styles' own; 0 means 100
}

// The strengths that can be asked for, in percent.
const (
	WeakestPercent   = 100 * portrait.LeastStrength
	StrongestPercent = 100 * portrait.MostStrength
)

// SoftBackground is the background that does not hang on the subject's outline: what to try where that is in doubt.
const SoftBackground = string(portrait.Soft)

// LastTake is the largest seed that we choose: short enough to be read aloud.
const LastTake = 1 << 31

// Run is one portrait: a photo, a crop, a style and a seed, on its way from queued to a final state. Two are equal when
// nothing has changed.
type Run struct {
	ID, UploadID uuid.UUID
	Style        string
	Seed         uint64
	Crop         image.Rectangle // in upload pixels
	Ink          string          // empty: the style's own
	Background   string          // empty: the style's own
	Strength     int             // percent of the style's own

	State State
	Stage string        // what is being done, in plain words
	Done  float64       // 0…1
	Ahead int           // runs that are drawn before this one
	Left  time.Duration // our estimate until it is ready; 0 when there is none
	Say   string        // why it failed

	W, H     int    // of the result
	Lines    bool   // whether it can be had as SVG
	Note     string // what there is to say about it, in a sentence; mostly nothing
	Created  time.Time
	Deadline time.Time

	Of   uuid.UUID // of a run that draws the full size: the run that it belongs to; else zero
	Full Full
}

// Full is a portrait's full size: the same drawing at the photo's own resolution, which is drawn when it is asked for.
type Full struct {
	W, H int       // 0 when it would be no larger than the portrait
	Run  uuid.UUID // the run that draws it; zero until it is asked for

	State State // and the following as in Run
	Stage string
	Done  float64
	Ahead int
	Left  time.Duration
	Say   string
}

// Work is an upload with its runs, the oldest first. Runs that draw a full size are in the runs that they belong to.
type Work struct {
	Upload
	Runs []Run
}
