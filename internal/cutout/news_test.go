package cutout

import "testing"

// Who looked before a change and asks after it is told at once.
func TestNoChangeIsMissed(t *testing.T) {
	t.Parallel()
	r := &room{changed: make(chan struct{}), turn: 1}
	ss := &Session{room: r}
	seen := ss.Turn()
	select {
	case <-ss.News(seen):
		t.Fatal("there is news before anything has changed")
	default:
	}
	waiting := ss.News(seen)
	r.mu.Lock()
	r.tell()
	r.mu.Unlock()
	for name, news := range map[string]<-chan struct{}{"who waits": waiting, "who asks late": ss.News(seen)} {
		select {
		case <-news:
		default:
			t.Errorf("%s is told nothing", name)
		}
	}
	select {
	case <-ss.News(ss.Turn()):
		t.Error("there is news for who has seen all")
	default:
	}
}
