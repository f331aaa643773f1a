// Package cutout runs the studio in which nobody signs in: backgrounds and crowds are taken out of photos that live in
// memory only, as sealed items of a session that is wiped when it ends.
//
// No job stands in a database and no file is written. What is worked on waits in this process, and is lost with it.
package cutout

import (
	"cmp"
	"context"
	"fmt"
	"image"
	"io"
	"net/netip"
	"sync"
	"time"

	"easel/engine/cutout"
	"easel/engine/matting"
	"easel/internal/fault"
	"easel/internal/memory"
	"easel/internal/sandbox"
)

// Config sets the studio's limits.
type Config struct {
	Workers int // photos that are worked on at a time
	Waiting int // photos that may wait for that, of all sessions
	Photos  int // of one session
	Opened  int // photos that are opened at a time: a large one takes hundreds of megabytes; 0 means DefaultOpened

	Hosting *Hosting // engines elsewhere; nil: all is done here
}

// Defaults of Config.
const (
	DefaultWorkers = 1
	DefaultWaiting = 64
	DefaultPhotos  = 20
	DefaultOpened  = 2
)

// How long somebody waits at most, about, until a photo is opened and until a full picture is made. Whoever would wait
// for longer is told when to come again.
const (
	openedWithin = 20 * time.Second
	madeWithin   = time.Minute
)

// Check reports what is wrong with the settings.
func (c Config) Check() error {
	if c.Workers < 1 || c.Waiting < 1 || c.Photos < 1 || c.Opened < 0 {
		return fmt.Errorf("cutout: there must be at least one worker, one place to wait and one photo, not %d, %d and %d", c.Workers, c.Waiting, c.Photos)
	}
	return c.Hosting.Check()
}

// Kind is what is taken out.
type Kind string

// The kinds.
const (
	Background Kind = "background"
	Crowd      Kind = "crowd"
)

// State is where a photo stands.
type State string

// The states. Asking means that we are not sure enough to show a result: the person points at the subject first.
const (
	Waiting State = "waiting"
	Working State = "working"
	Asking  State = "asking"
	Ready   State = "ready"
	Failed  State = "failed"
)

// Photo is one photo of a session, as far as a page shows it.
type Photo struct {
	ID         string
	Name       string // the file's name without its ending, for downloads
	Kind       Kind
	W, H       int // in pixels
	State      State
	Stage      string
	Done       float64
	Say        string // why it failed, or what to know about the result
	Confidence float32
	Ahead      int           // photos that are worked on before
	Left       time.Duration // until its turn comes, about
	View       string        // pass of a small copy of the photo
	Preview    string        // pass of the small marked result; "" until there is one
	Mask       string        // pass of what is taken out of a crowd; "" otherwise
	Marks      int           // strokes and boxes that were drawn
	Ground     cutout.Ground
	Engine     string // who made the result, where it was not this program
	Unlocked   bool
}

// Service runs the studio.
type Service struct {
	config   Config
	store    *memory.Store
	decoder  *sandbox.Decoder
	line     *line
	arriving *gate // photos that are being opened
	large    *gate // full pictures that are being made
	sweep    *sweeper
	away     *away
	over     context.Context //nolint:containedctx // it ends with the service
	ending   context.CancelFunc
	workers  sync.WaitGroup

	mu    sync.Mutex
	rooms map[string]*room
}

// New returns the service with its workers running; Close stops them.
func New(config Config, store *memory.Store, decoder *sandbox.Decoder) (*Service, error) {
	if err := config.Check(); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(context.Background())
	s := &Service{config: config, store: store, decoder: decoder, line: newLine(config.Waiting, max(config.Photos, config.Waiting/4)),
		arriving: newGate(cmp.Or(config.Opened, DefaultOpened), openedWithin, "Many photos are arriving."),
		large:    newGate(1, madeWithin, "Many full pictures are being made. No code was used up."),
		sweep:    newSweeper(), away: newAway(config.Hosting), over: ctx, ending: cancel, rooms: map[string]*room{}}
	for range config.Workers {
		s.workers.Go(func() { s.work(ctx) })
	}
	s.workers.Go(func() { s.sweep.run(ctx) })
	return s, nil
}

// Close wipes all sessions and stops what is being worked on.
func (s *Service) Close() error {
	err := s.store.Close()
	s.ending()
	s.workers.Wait()
	return err
}

// Begin opens a session for somebody of a network.
func (s *Service) Begin(from netip.Prefix) (memory.Ticket, error) { return s.store.Begin(from) }

// room is what the studio knows of a session beside its sealed bytes. It goes with the session.
type room struct {
	mu      sync.Mutex
	photos  []*photo
	changed chan struct{} // closed at the next change
	turn    uint64        // how many changes there were
}

// tell wakes whoever watches. mu is held.
func (r *room) tell() {
	close(r.changed)
	r.changed = make(chan struct{})
	r.turn++
}

// photo is one photo of a room, under the room's mu.
type photo struct {
	Photo

	file     string // the item that holds the file as it was brought
	small    string // a smaller copy, on which cuts are tried
	k        float64
	alone    string // the cut that was found without help and is sure; strokes mend it
	alpha    string // the cut, or the crowd's mask, of the small copy
	stays    string // of a crowd: what stays
	distant  string // what an engine elsewhere made: a matte, or a file of the photo without its crowd
	maker    string // of that
	declined string // what to say of engines elsewhere that made nothing
	behind   string // the picture that stands behind the subject, as it was brought
	backdrop string // a smaller copy of it
	show     [3]string
	marks    []matting.Stroke // in pixels of the small copy
	box      image.Rectangle  // as marks
	delivery chan struct{}    // one place
	rest     rest             // how it stood before what is done for it now
	round    int              // counts changes, so that an older answer does not overwrite a newer one
}

// Session is a session that was opened with its secret.
type Session struct {
	service *Service
	handle  *memory.Handle
	room    *room
}

// Enter opens a session with its secret, or returns a Missing fault.
func (s *Service) Enter(id, secret string) (*Session, error) {
	h, err := s.store.Enter(id, secret)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	r := s.rooms[id]
	if r == nil {
		r = &room{changed: make(chan struct{}), turn: 1}
		s.rooms[id] = r
		go func() {
			<-h.Context().Done()
			s.mu.Lock()
			defer s.mu.Unlock()
			delete(s.rooms, id)
			s.line.leave(r)
			s.sweep.ask()
		}()
	}
	return &Session{s, h, r}, nil
}

// Deadline is when the session ends.
func (ss *Session) Deadline() time.Time { return ss.handle.Deadline() }

// End wipes the session now.
func (ss *Session) End() { ss.handle.End() }

// Turn counts the session's changes. Ask for it first, then look.
func (ss *Session) Turn() uint64 {
	ss.room.mu.Lock()
	defer ss.room.mu.Unlock()
	return ss.room.turn
}

// News is closed when something has changed since the turn, be it before the call: who looked, and asks afterwards, misses
// nothing.
func (ss *Session) News(since uint64) <-chan struct{} {
	ss.room.mu.Lock()
	defer ss.room.mu.Unlock()
	if ss.room.turn != since {
		return passed
	}
	return ss.room.changed
}

// passed is a change that has been.
var passed = func() <-chan struct{} {
	c := make(chan struct{})
	close(c)
	return c
}()

// Context ends with the session.
func (ss *Session) Context() context.Context { return ss.handle.Context() }

// Photos lists the session's photos, the oldest first.
func (ss *Session) Photos() []Photo {
	ss.room.mu.Lock()
	defer ss.room.mu.Unlock()
	all := make([]Photo, 0, len(ss.room.photos))
	for _, p := range ss.room.photos {
		all = append(all, ss.shown(p))
	}
	return all
}

// Photo returns one photo, or a Missing fault.
func (ss *Session) Photo(id string) (Photo, error) {
	ss.room.mu.Lock()
	defer ss.room.mu.Unlock()
	p, err := ss.room.find(id)
	if err != nil {
		return Photo{}, err
	}
	return ss.shown(p), nil
}

// see returns a photo as a page shows it.
func (ss *Session) see(p *photo) Photo {
	ss.room.mu.Lock()
	defer ss.room.mu.Unlock()
	return ss.shown(p)
}

func (ss *Session) shown(p *photo) Photo {
	shown := p.Photo
	shown.Marks = len(p.marks)
	if !p.box.Empty() {
		shown.Marks++
	}
	shown.Ahead, shown.Left = ss.service.line.ahead(p)
	return shown
}

func (r *room) find(id string) (*photo, error) {
	for _, p := range r.photos {
		if p.ID == id {
			return p, nil
		}
	}
	return nil, errNoPhoto()
}

func errNoPhoto() error { return fault.New(fault.Missing, "There is no such photo in this session.") }

// Picture returns what a pass opens, with its kind of content.
func (s *Service) Picture(pass string) (io.ReadSeekCloser, error) { return s.store.OpenPass(pass) }
