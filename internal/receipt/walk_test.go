package receipt

import (
	"encoding/json"
	"testing"

	"github.com/google/uuid"
)

// Somebody's receipts are told once each, in order, whether one by one deleted or swept; each stands by itself, and nobody else's
// is among them.
func TestReceiptsAreTakenAlong(t *testing.T) {
	t.Parallel()
	h, owner := newHouse(t), uuid.New()
	want := append(h.delete(owner, 2*walkAtOnce+7, true), h.delete(owner, 1, false)...)
	h.delete(uuid.New(), 3, true)
	keys, err := h.Published(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	err = h.Walk(t.Context(), owner, func(r Receipt) error {
		text, err := json.Marshal(r)
		if err == nil {
			r, err = Decode(text)
		}
		if err != nil {
			t.Fatal(err)
		}
		if _, err := r.Check(keys); err != nil {
			t.Fatalf("number %d: %v", n, err)
		}
		if n < len(want) && r.Statement.Object != want[n].Object {
			t.Fatalf("number %d is about %s, want %s", n, r.Statement.Object, want[n].Object)
		}
		n++
		return nil
	})
	if err != nil || n != len(want) {
		t.Errorf("%d receipts were told, %v; want %d", n, err, len(want))
	}
	if err := h.Walk(t.Context(), uuid.New(), func(r Receipt) error { t.Errorf("somebody else is told of %s", r.Statement.Object); return nil }); err != nil {
		t.Error(err)
	}
}
