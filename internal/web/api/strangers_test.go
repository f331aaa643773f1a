package api_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/google/uuid"

	"easel/internal/web/api"
)

// TestStrangers is made from the document: with a key that may do everything, B asks for each id of A's at every operation
// there is. The answer is the one that nobody's id gets, word for word, and A's things stay as they were.
func TestStrangers(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	a, b := h.program(), h.program()
	done := read[api.Photo](t, a.create(photo(t, 300), "statement", "yes", "styles", "rough-sketch", "frame", `{"x0":0,"y0":0,"x1":280,"y1":280}`), http.StatusCreated)
	h.draw()
	full := read[api.Portrait](t, a.ask("POST", list+"/"+done.Portraits[0].ID+"/full", nil), http.StatusAccepted)
	h.draw()
	waiting := read[api.Photo](t, a.create(photo(t, 200), "styles", "artistic,rough-sketch"), http.StatusCreated)
	cancelled := waiting.Portraits[1].ID
	read[api.Portrait](t, a.ask("POST", list+"/"+cancelled+"/cancel", nil), http.StatusOK)
	ids := map[string]string{"a photo": done.ID, "another photo": waiting.ID, "a finished portrait": done.Portraits[0].ID, "a full size": full.ID,
		"a waiting portrait": waiting.Portraits[0].ID, "a cancelled portrait": cancelled, "the account": a.owner.String(), "the key": a.id.String()}
	before := everything(a)
	asked := 0
	for _, o := range operations(t, h) {
		if !strings.Contains(o.path, "{id}") {
			w := b.ask(o.method, o.path, body(""), "Content-Type", o.body)
			for what, id := range ids {
				if strings.Contains(w.Body.String(), id) {
					t.Errorf("%s %s shows B the id of %s of A's: %s", o.method, o.path, what, w.Body)
				}
			}
			continue
		}
		nobodys := b.told(o, uuid.NewString())
		for _, odd := range []string{strings.ToUpper(done.ID), strings.ReplaceAll(done.ID, "-", ""), "everything", "%00", "..%2f"} {
			b.told(o, odd)
		}
		for what, id := range ids {
			asked++
			if got := b.told(o, id); got != nobodys {
				t.Errorf("%s %s with the id of %s: %+v, and with nobody's %+v", o.method, o.path, what, got, nobodys)
			}
		}
	}
	if asked < 60 {
		t.Errorf("only %d requests were tried", asked)
	}
	if after := everything(a); after != before {
		t.Errorf("A's things are now\n%s\nand were\n%s", after, before)
	}
	h.draw()
	if got := read[api.Portrait](t, a.ask("GET", list+"/"+waiting.Portraits[0].ID, nil), http.StatusOK); got.State != "done" {
		t.Errorf("what waited is %q", got.State)
	}
}

// told is what an operation says of an id.
type told struct {
	status       int
	kind, detail string
}

func (p *program) told(o op, id string) told {
	p.Helper()
	w := p.ask(o.method, o.at(id), body(`{"styles":["artistic"]}`), "Content-Type", "application/json", "Idempotency-Key", uuid.NewString())
	got := problem(p.T, w, http.StatusNotFound)
	return told{got.Status, got.Kind, got.Detail}
}

// everything is all that A has, as A sees it.
func everything(a *program) string {
	a.Helper()
	photos := read[map[string]any](a.T, a.ask("GET", "/api/v1/photos", nil), http.StatusOK)
	text, err := json.Marshal(photos)
	if err != nil {
		a.Fatal(err)
	}
	return string(text)
}
