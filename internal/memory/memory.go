// Package memory keeps pictures that must never touch a disk: sessions that live in locked memory, encrypted under a
// secret that only the browser's tab knows, and are wiped when they end.
//
// The store itself cannot read what it holds. Whoever brings a session's secret gets a handle, and with it readers; a
// pass opens one picture and dies with its session. Nothing of a session is logged, counted by name or written.
package memory

import (
	"fmt"
	"net/netip"
	"sync"
	"time"

	"easel/internal/fault"
)

// Config sets how much is held, and for how long.
type Config struct {
	Keep     time.Duration // from the beginning of a session to its end; no request puts it off
	Budget   int64         // bytes of all sessions together
	Each     int64         // bytes of one session, at most
	Sessions int           // of one network at a time
	Now      func() time.Time
}

// Check reports what is wrong with the settings.
func (c Config) Check() error {
	switch {
	case c.Keep <= 0:
		return fmt.Errorf("memory: a session needs a positive time, not %v", c.Keep)
	case c.Each < segmentSealed || c.Budget < c.Each:
		return fmt.Errorf("memory: %d bytes for all and %d for each session leave no room for a picture", c.Budget, c.Each)
	case c.Sessions < 1:
		return fmt.Errorf("memory: a network needs room for at least one session, not %d", c.Sessions)
	}
	return nil
}

// share is the part of the budget that one network may fill: a quarter, or what one session may, if that is more.
func (c Config) share() int64 { return max(c.Each, c.Budget/4) }

// Store holds the sessions of this process.
type Store struct {
	config Config
	locked bool

	mu       sync.Mutex
	used     int64
	sessions map[string]*session
	networks map[netip.Prefix]*share
	passes   map[[32]byte]pass
	closed   bool
}

// share is what one network has now. It is forgotten with its last session, and with the last byte of what that held.
type share struct {
	sessions int
	bytes    int64
}

// forget drops a network that has nothing any more. The caller holds mu.
func (s *Store) forget(network netip.Prefix) {
	if has := s.networks[network]; has != nil && *has == (share{}) {
		delete(s.networks, network)
	}
}

// New returns an empty store. It tries once whether this system lets memory be locked; see Locked.
func New(config Config) (*Store, error) {
	if err := config.Check(); err != nil {
		return nil, err
	}
	if config.Now == nil {
		config.Now = time.Now
	}
	probe, err := newRegion(1)
	if err != nil {
		return nil, fmt.Errorf("memory: %w", err)
	}
	defer probe.free()
	return &Store{config: config, locked: probe.locked, sessions: map[string]*session{}, networks: map[netip.Prefix]*share{}, passes: map[[32]byte]pass{}}, nil
}

// Locked reports whether the system keeps what is stored out of its swap space. It may still refuse later, when the
// process's limit is reached (RLIMIT_MEMLOCK); what is stored is encrypted in either case.
func (s *Store) Locked() bool { return s.locked }

// Used returns the bytes that all sessions hold together, and how many sessions there are.
func (s *Store) Used() (bytes int64, sessions int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.used, len(s.sessions)
}

// Close wipes every session and takes no more.
func (s *Store) Close() error {
	s.mu.Lock()
	s.closed = true
	all := make([]*session, 0, len(s.sessions))
	for _, one := range s.sessions {
		all = append(all, one)
	}
	s.mu.Unlock()
	for _, one := range all {
		s.end(one)
	}
	return nil
}

// The longest and shortest that a busy answer asks to wait: sessions often end before their time, and nobody should
// hammer.
const (
	retryLeast = 5 * time.Second
	retryMost  = 10 * time.Second
)

// busy says why there is no room and when some will be. The caller holds mu.
func (s *Store) busy(say string) error {
	after := retryMost
	for _, one := range s.sessions {
		after = min(after, one.deadline.Sub(s.config.Now()))
	}
	after = max(after, retryLeast).Round(time.Second)
	return fault.TooOften(after, fmt.Sprintf("%s Try again in %d seconds.", say, int(after/time.Second)))
}

// take books bytes of the budget for a session, or says why there are none.
func (s *Store) take(one *session, n int64) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.room(one, n); err != nil {
		return err
	}
	s.used, s.networks[one.network].bytes, one.bytes = s.used+n, s.networks[one.network].bytes+n, one.bytes+n
	return nil
}

// room says why a session may not have so many bytes more; nil when it may. The caller holds mu.
func (s *Store) room(one *session, n int64) error {
	network := s.networks[one.network]
	switch {
	case s.closed || network == nil || s.sessions[one.id] != one:
		return errEnded()
	case one.bytes+n > s.config.Each:
		return fault.New(fault.TooLarge, fmt.Sprintf("This is more than one session may hold: %d MB. Bring fewer or smaller pictures, or end the session and begin another.", s.config.Each>>20))
	case network.bytes+n > s.config.share():
		return s.busy("Your network holds as many pictures as one may at a time.")
	case s.used+n > s.config.Budget:
		return s.busy("All the memory for pictures is in use, and nothing is ever put on a disk.")
	}
	return nil
}

// give returns bytes that take has booked.
func (s *Store) give(one *session, n int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.used, one.bytes = s.used-n, one.bytes-n
	if network := s.networks[one.network]; network != nil {
		network.bytes -= n
	}
	s.forget(one.network)
}

func errEnded() error {
	return fault.New(fault.Missing, "There is no such session here. It may have ended, and its pictures with it. Begin again with the photo.")
}
