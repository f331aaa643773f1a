package cutout

import (
	"context"
	"errors"
	"fmt"
	"image"
	"log/slog"
	"time"

	"easel/engine/raster"
	"easel/internal/fault"
	"easel/internal/provider"
)

// Engine does a part of the work elsewhere, for money.
type Engine interface {
	// Name is the service as people know it.
	Name() string
	// Most is what one call may cost, in what the service counts: so much is booked before it is made.
	Most() float64
	// Do sends a photo, a JPEG of w × h pixels, and for a crowd a PNG of what goes, white, as large. It returns a file
	// that nobody has opened yet, and what the call cost, also where it came to nothing.
	Do(ctx context.Context, photo, mask []byte, w, h int) (result []byte, cost float64, err error)
}

// Hosted is an engine elsewhere with its limits.
type Hosted struct {
	Engine    Engine
	Pixels    int     // of the photo that is sent, at most; larger ones are made smaller
	SideMost  int     // the same of a side; 0 means any
	SideLeast int     // photos with a shorter side are not sent
	Bytes     int     // of the photo's file, at most
	Day       float64 // spent in a day for everybody, at most, in what the service counts
	Each      float64 // the same for one network
}

// Hosting is what is done elsewhere, tried in order before the engine of this program does it.
type Hosting struct {
	Background, Crowd []Hosted
	Log               *slog.Logger
	Now               func() time.Time // nil means time.Now
}

// Check reports what is wrong with the engines.
func (h *Hosting) Check() error {
	if h == nil {
		return nil
	}
	for _, one := range append(append([]Hosted(nil), h.Background...), h.Crowd...) {
		if one.Engine == nil || one.Pixels < 1 || one.Bytes < 1 || !(one.Engine.Most() > 0) || !(one.Day >= 0) || !(one.Each >= 0) || h.Log == nil {
			return errors.New("cutout: an engine elsewhere needs sizes, a cost, what may be spent, and a log")
		}
	}
	return nil
}

// away is the studio's way to engines elsewhere.
type away struct {
	engines map[Kind][]distant
	places  chan struct{} // calls at a time
	log     *slog.Logger
}

type distant struct {
	Hosted
	*budget
}

// callsMost is how many calls are made at a time. Whoever finds no place gets what this program's own engine makes.
const callsMost = 4

func newAway(h *Hosting) *away {
	a := &away{engines: map[Kind][]distant{}, places: make(chan struct{}, callsMost)}
	if h == nil {
		return a
	}
	now := h.Now
	if now == nil {
		now = time.Now
	}
	a.log = h.Log
	for kind, all := range map[Kind][]Hosted{Background: h.Background, Crowd: h.Crowd} {
		for _, one := range all {
			a.engines[kind] = append(a.engines[kind], distant{one, newBudget(one.Day, one.Each, now)})
		}
	}
	return a
}

// outcome is what came of asking elsewhere.
type outcome struct {
	img  *image.NRGBA  // of a crowd: opened in a child, as large as the service made it; the receiver clears it
	full *raster.Plane // of a background: the subject, the same; the receiver frees it
	data []byte        // the file that it was opened from; the receiver clears it
	who  string
	note string // what to tell the person about services that made nothing
}

// hand gives a job's work to the engines elsewhere, off the line, and reports whether there are any and a place is free. Then
// receives what came of it; with no picture in it, it is for this program to do the work. It ends with the session, and when
// something newer is asked for.
func (j *job) hand(receive func(ctx context.Context, k *job, o outcome) error) bool {
	s := j.session.service
	if len(s.away.engines[j.photo.Kind]) == 0 {
		return false
	}
	select {
	case s.away.places <- struct{}{}:
	default:
		return false
	}
	k := &job{session: j.session, photo: j.photo, round: j.round, network: j.network}
	k.ctx, k.stop = context.WithCancel(j.session.handle.Context())
	s.workers.Go(func() {
		defer func() { <-s.away.places }()
		defer k.stop()
		defer context.AfterFunc(s.over, k.stop)()
		go k.follow()
		err := k.guarded(func() error { return receive(k.ctx, k, k.elsewhere(k.ctx)) })
		if err != nil && k.ctx.Err() == nil {
			k.failed(err)
		}
		s.sweep.ask()
	})
	return true
}

// follow stops a job as soon as something newer is asked for.
func (j *job) follow() {
	for {
		j.session.room.mu.Lock()
		changed, newer := j.session.room.changed, j.photo.round != j.round
		j.session.room.mu.Unlock()
		if newer {
			j.stop()
			return
		}
		select {
		case <-changed:
		case <-j.ctx.Done():
			return
		}
	}
}

// elsewhere asks the engines in order until one gives a picture.
func (j *job) elsewhere(ctx context.Context) (o outcome) {
	s := j.session.service
	for _, d := range s.away.engines[j.photo.Kind] {
		name := d.Engine.Name()
		photo, err := j.prepare(ctx, d.Hosted)
		if err != nil {
			o.note = j.declined(o.note, name, err)
			continue
		}
		if !j.fits(photo) {
			photo.clear()
			o.note = unkept(name)
			continue
		}
		most := d.Engine.Most()
		if why := d.take(j.network, most, name); why != "" {
			photo.clear()
			o.note = why + ours
			continue
		}
		j.tell("asking "+name, 0.7)
		data, cost, err := d.Engine.Do(ctx, photo.data, photo.mask, photo.w, photo.h)
		photo.clear()
		got := outcome{data: data, who: name}
		if err == nil {
			err = j.open(ctx, &got)
		}
		d.settle(j.network, most, cost, err, ctx.Err() != nil)
		s.away.log.LogAttrs(ctx, level(err), "asked an engine elsewhere", slog.String("engine", name), slog.Float64("cost", cost),
			slog.Float64("today", d.today()), slog.Any("cause", err))
		if err == nil {
			return got
		}
		clear(data)
		if ctx.Err() != nil {
			return o
		}
		o.note = j.declined(o.note, name, err)
	}
	return o
}

// level is how loudly a failure is told: what only the operator can mend is a warning, what a photo is to blame for is not.
func level(err error) slog.Level {
	failed := provider.Of(err)
	if err == nil || failed != nil && (failed.Kind == provider.Empty || failed.Kind == provider.Unfit || failed.Kind == provider.Refused) {
		return slog.LevelDebug
	}
	return slog.LevelWarn
}

const ours = " This server's own engine made the result."

// declined says why a service made nothing: in full where the person can do something about it.
func (j *job) declined(before, name string, err error) string {
	failed := provider.Of(err)
	switch {
	case failed == nil:
		return before
	case failed.Kind == provider.Empty || failed.Kind == provider.Unfit || failed.Kind == provider.Refused:
		return failed.Say() + ours
	}
	return fmt.Sprintf("%s did not make a result this time.", name) + ours
}

// open opens what a service sent, in a child, as any untrusted picture.
func (j *job) open(ctx context.Context, o *outcome) error {
	picture, err := j.session.service.decoder.Decode(ctx, o.data)
	switch {
	case err == nil && j.photo.Kind == Crowd:
		o.img = picture.Image
		return nil
	case err == nil:
		defer clear(picture.Image.Pix)
		o.full, err = matte(picture.Image, o.who)
		return err
	case ctx.Err() != nil:
		return ctx.Err()
	}
	return &provider.Error{Who: o.who, Kind: provider.Failed, Stage: "it sent the result", Why: "The picture that it sent does not open.", Do: "Try again later.", Cause: err}
}

// failed says that nothing came of a job.
func (j *job) failed(err error) {
	j.change(func(p *photo) { p.State, p.Say = Failed, fault.Of(err).Say })
}
