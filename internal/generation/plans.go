package generation

import (
	"context"
	"image"
	"image/draw"
	"sync"
	"time"

	"github.com/google/uuid"

	"easel/engine/plan"
)

// sitting is a photo that has been looked at: the crop and its plan, shared by all styles that are drawn from it.
type sitting struct {
	photo *image.NRGBA // the crop
	plan  *plan.Plan
}

func newSitting(ctx context.Context, photo *image.NRGBA, crop image.Rectangle, o plan.Options) (*sitting, error) {
	cut := photo
	if crop != photo.Rect { // a copy, so that the rest of the photo does not stay in memory
		cut = image.NewNRGBA(image.Rect(0, 0, crop.Dx(), crop.Dy()))
		draw.Draw(cut, cut.Rect, photo, crop.Min, draw.Src)
	}
	p, err := plan.New(ctx, cut, o)
	if err != nil {
		return nil, err
	}
	return &sitting{cut, p}, nil
}

type planKey struct {
	upload uuid.UUID
	crop   image.Rectangle
}

// idle is how long a plan is kept in memory after its last use, for the next style of the same photo.
const idle = 20 * time.Second

// plans keeps the newest sitting, so that several styles of one photo look at it once. It holds one at most: a plan is
// over a hundred megabytes.
type plans struct {
	mu      sync.Mutex
	key     planKey
	sitting *sitting
	users   int
	over    bool // nobody comes for it any more
	timer   *time.Timer
}

// get returns the sitting for the key, made by make when it is not the one kept, and the function that gives it back.
func (p *plans) get(ctx context.Context, key planKey, make func(context.Context) (*sitting, error)) (*sitting, func(), error) {
	p.mu.Lock()
	if p.sitting != nil && p.key == key {
		p.users++
		p.timer.Stop()
		kept := p.sitting
		p.mu.Unlock()
		return kept, func() { p.release(kept) }, nil
	}
	p.mu.Unlock()
	made, err := make(ctx)
	if err != nil {
		return nil, nil, err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.users > 0 { // another drawing holds the kept one: this one is not shared
		return made, made.plan.Free, nil
	}
	p.drop()
	p.key, p.sitting, p.users, p.over = key, made, 1, false
	p.timer = time.AfterFunc(idle, p.expire)
	p.timer.Stop()
	return made, func() { p.release(made) }, nil
}

func (p *plans) release(s *sitting) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.users--
	switch {
	case p.users > 0 || p.sitting != s:
	case p.over:
		p.drop()
	default:
		p.timer.Reset(idle)
	}
}

// forget drops what is kept of an upload, as soon as nobody draws from it.
func (p *plans) forget(upload uuid.UUID) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.key.upload != upload {
		return
	}
	p.over = true
	if p.users == 0 {
		p.drop()
	}
}

func (p *plans) expire() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.users == 0 {
		p.drop()
	}
}

// drop frees the kept sitting; the caller holds the lock.
func (p *plans) drop() {
	if p.sitting == nil {
		return
	}
	p.timer.Stop()
	p.sitting.plan.Free()
	p.sitting = nil
}
