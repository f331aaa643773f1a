package memory

import (
	"context"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"net/netip"
	"sync"
	"time"
)

// session is what the store knows of one: how to recognise its secret, and sealed items.
type session struct {
	id       string
	check    [keySize]byte // derived from the secret; the secret and its keys are with the browser
	network  netip.Prefix
	begun    time.Time
	deadline time.Time
	bytes    int64 // under the store's mu
	ended    context.Context
	cancel   context.CancelFunc
	timer    *time.Timer

	mu    sync.RWMutex // readers of items hold it while they decrypt; wiping waits for them
	items map[string]*item
	dead  bool
}

const keySize = 32

// sessionsMax bounds what the store remembers of sessions that hold nothing.
const sessionsMax = 20_000

// key is derived from a session's secret for one purpose.
type key [keySize]byte

func derive(secret []byte, purpose string) (k key) {
	out, err := hkdf.Key(sha256.New, secret, nil, "easel memory "+purpose, keySize)
	if err != nil {
		panic(err) // lengths are fixed
	}
	copy(k[:], out)
	clear(out)
	return k
}

// Ticket is how a browser's tab reaches its session. ID may stand in an address, Secret must not.
type Ticket struct {
	ID       string
	Secret   string
	Deadline time.Time
}

// Begin opens a session for somebody of a network. It fails with a fault that says when to come again when the network, or everybody together,
// has as many as there may be.
func (s *Store) Begin(from netip.Prefix) (Ticket, error) {
	secret := make([]byte, keySize)
	_, _ = rand.Read(secret) // never fails
	defer clear(secret)
	now := s.config.Now()
	one := &session{id: rand.Text(), network: from, begun: now, deadline: now.Add(s.config.Keep), items: map[string]*item{}, check: derive(secret, "check")}
	one.ended, one.cancel = context.WithCancel(context.Background())
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		one.cancel()
		return Ticket{}, errEnded()
	}
	if len(s.sessions) >= sessionsMax {
		one.cancel()
		return Ticket{}, s.busy("There are as many sessions as there may be.")
	}
	network := s.networks[from]
	if network == nil {
		network = &share{}
		s.networks[from] = network
	}
	if network.sessions >= s.config.Sessions {
		one.cancel()
		return Ticket{}, s.busy(fmt.Sprintf("Your network has %d sessions already, as many as one may.", network.sessions))
	}
	network.sessions++
	s.sessions[one.id] = one
	one.timer = time.AfterFunc(s.config.Keep, func() { s.end(one) })
	return Ticket{ID: one.id, Secret: base64.RawURLEncoding.EncodeToString(secret), Deadline: one.deadline}, nil
}

// Handle is a session that was opened with its secret. It is safe for concurrent use and holds no picture itself.
type Handle struct {
	store   *Store
	session *session
	root    key
}

// Enter opens the session with its secret. An unknown session, a wrong secret and a session that is over give the same
// Missing fault.
func (s *Store) Enter(id, secret string) (*Handle, error) {
	raw, err := base64.RawURLEncoding.DecodeString(secret)
	if err != nil || len(raw) != keySize {
		return nil, errEnded() // a secret that is none opens nothing
	}
	defer clear(raw)
	check := derive(raw, "check")
	s.mu.Lock()
	one := s.sessions[id]
	s.mu.Unlock()
	if one == nil || !one.knows(check) || s.over(one) {
		return nil, errEnded()
	}
	return &Handle{store: s, session: one, root: derive(raw, "items")}, nil
}

// knows reports whether a secret that gives this check is the session's.
func (one *session) knows(check key) bool {
	one.mu.RLock()
	defer one.mu.RUnlock()
	return !one.dead && subtle.ConstantTimeCompare(check[:], one.check[:]) == 1
}

// over ends a session whose time has passed: by the clock that runs with the process, or by the wall clock, which goes
// on while a machine sleeps.
func (s *Store) over(one *session) bool {
	now := s.config.Now()
	if now.Sub(one.begun) < s.config.Keep && now.Round(0).Before(one.deadline.Round(0)) {
		return false
	}
	s.end(one)
	return true
}

// Network is where the session was begun from, so that work can be shared out fairly. It is kept nowhere else.
func (h *Handle) Network() netip.Prefix { return h.session.network }

// Deadline is when the session ends.
func (h *Handle) Deadline() time.Time { return h.session.deadline }

// Context ends with the session: whatever is being made for it should stop then.
func (h *Handle) Context() context.Context { return h.session.ended }

// End wipes the session now.
func (h *Handle) End() { h.store.end(h.session) }

// end wipes a session, once: its items are zeroed and unmapped, its passes open nothing any more.
func (s *Store) end(one *session) {
	s.mu.Lock()
	if s.sessions[one.id] != one {
		s.mu.Unlock()
		return
	}
	delete(s.sessions, one.id)
	for digest, p := range s.passes {
		if p.session == one {
			delete(s.passes, digest)
		}
	}
	if network := s.networks[one.network]; network != nil {
		network.sessions--
	}
	s.forget(one.network)
	s.mu.Unlock()
	one.timer.Stop()
	one.cancel()
	one.mu.Lock()
	defer one.mu.Unlock()
	one.dead = true
	for _, it := range one.items {
		s.give(one, it.free())
	}
	clear(one.items)
	clear(one.check[:])
}
