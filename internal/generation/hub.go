package generation

import (
	"context"
	"strings"
	"sync"

	"github.com/google/uuid"
)

// hub hands the database's notifications to the watchers of this process. A signal means "read the row again": it
// carries nothing, and several may melt into one.
type hub struct {
	mu       *sync.Mutex
	watchers map[uuid.UUID]map[chan struct{}]struct{}
}

func newHub() hub {
	return hub{mu: new(sync.Mutex), watchers: map[uuid.UUID]map[chan struct{}]struct{}{}}
}

// watch returns a channel that is signalled when the upload's runs change, and the function that ends it.
func (h hub) watch(upload uuid.UUID) (changed <-chan struct{}, stop func()) {
	c := make(chan struct{}, 1)
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.watchers[upload] == nil {
		h.watchers[upload] = map[chan struct{}]struct{}{}
	}
	h.watchers[upload][c] = struct{}{}
	return c, func() {
		h.mu.Lock()
		defer h.mu.Unlock()
		delete(h.watchers[upload], c)
		if len(h.watchers[upload]) == 0 {
			delete(h.watchers, upload)
		}
	}
}

func (h hub) signal(upload uuid.UUID) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for c := range h.watchers[upload] {
		select {
		case c <- struct{}{}:
		default:
		}
	}
}

// Run listens to the database until the context ends. Without it, watchers see changes only at their own slow pace, and
// what is in memory of a photo that another process deleted lives a few minutes longer.
func (s *Service) Run(ctx context.Context) error {
	return s.db.Listen(ctx, channel, s.hear)
}

// hear takes one notification. It must not wait.
func (s *Service) hear(payload string) {
	text, gone := strings.CutPrefix(payload, deleted)
	upload, err := uuid.Parse(text)
	if err != nil {
		return
	}
	if gone {
		go s.forget(upload)
	}
	s.hub.signal(upload)
}

// forget takes what is left of a deleted photo out of this process's memory.
func (s *Service) forget(upload uuid.UUID) {
	s.plans.forget(upload)
	s.previews.forget(upload)
}
