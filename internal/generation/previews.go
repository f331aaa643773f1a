package generation

import (
	"bytes"
	"sync"
	"time"

	"github.com/google/uuid"

	"easel/engine/plan"
)

// previewLife is how long a preview is kept in memory at most.
const previewLife = 5 * time.Minute

type previewKey struct {
	upload uuid.UUID
	style  string
}

// previews keeps what was drawn lately, in memory only and never longer than its photo; the owner's right to it is
// checked at every look. One preview is drawn at a time: they are quick, and portraits need the cores.
type previews struct {
	seat  places // of whoever draws one
	photo struct {
		upload uuid.UUID
		plan   *plan.Plan // of the newest photo, which the next style needs too; its user has the seat
	}
	idle *time.Timer

	mu   sync.Mutex
	kept map[previewKey]kept
}

type kept struct {
	data []byte
	end  *time.Timer
}

func newPreviews() previews {
	return previews{seat: make(places, 1), kept: map[previewKey]kept{}}
}

func (p *previews) find(key previewKey) []byte {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.kept[key].data
}

func (p *previews) keep(key previewKey, data []byte, deadline time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	end := time.AfterFunc(min(previewLife, time.Until(deadline)), func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		delete(p.kept, key)
	})
	p.kept[key] = kept{bytes.Clone(data), end}
}

// drop forgets the previews of a photo.
func (p *previews) drop(upload uuid.UUID) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for key, k := range p.kept {
		if key.upload == upload {
			k.end.Stop()
			delete(p.kept, key)
		}
	}
}

// forget drops a photo's previews and its plan. It waits for the preview that is being drawn.
func (p *previews) forget(upload uuid.UUID) {
	p.drop(upload)
	p.seat <- struct{}{}
	defer func() { <-p.seat }()
	if p.photo.upload == upload {
		p.forgetPlan()
	}
}

// rest forgets the plan soon, unless another preview is drawn from it; the caller has the seat.
func (p *previews) rest() {
	if p.idle == nil {
		p.idle = time.AfterFunc(idle, func() {
			p.seat <- struct{}{}
			defer func() { <-p.seat }()
			p.forgetPlan()
		})
	}
	p.idle.Reset(idle)
}

// forgetPlan frees the newest photo's plan; the caller has the seat.
func (p *previews) forgetPlan() {
	if p.photo.plan != nil {
		p.photo.plan.Free()
		p.photo.plan = nil
	}
}
