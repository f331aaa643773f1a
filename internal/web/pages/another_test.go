package pages

import (
	"context"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"easel/internal/account"
	"easel/internal/fault"
	"easel/internal/generation"
	"easel/internal/payment"
	"easel/internal/policy"
	"easel/internal/rights"
)

// waysIn keeps one passkey and one connected sign-in of one person.
type waysIn struct {
	Passkeys
	Federation

	owner, id uuid.UUID
	changed   int
}

var errNoWay = fault.New(fault.Missing, "There is no such thing.")

func (w *waysIn) mine(owner, id uuid.UUID) error {
	if owner != w.owner || id != w.id {
		return errNoWay
	}
	w.changed++
	return nil
}

func (w *waysIn) List(_ context.Context, owner uuid.UUID) ([]account.PasskeyInfo, error) {
	if owner != w.owner {
		return nil, nil
	}
	return []account.PasskeyInfo{{ID: w.id, Name: "Phone", Created: noon}}, nil
}

func (w *waysIn) Identities(_ context.Context, owner uuid.UUID) ([]account.IdentityInfo, error) {
	if owner != w.owner {
		return nil, nil
	}
	return []account.IdentityInfo{{ID: w.id, Title: "Google", Mail: "ana@example.com", Created: noon}}, nil
}

func (w *waysIn) Rename(_ context.Context, owner, id uuid.UUID, _ string) error {
	return w.mine(owner, id)
}
func (w *waysIn) Remove(_ context.Context, owner, id uuid.UUID) error     { return w.mine(owner, id) }
func (w *waysIn) Disconnect(_ context.Context, owner, id uuid.UUID) error { return w.mine(owner, id) }

// ownTill pays on for the order's owner only, as the real one.
type ownTill struct{ *till }

func (t ownTill) Resume(ctx context.Context, owner, id uuid.UUID) (string, error) {
	if _, _, err := t.Look(ctx, owner, id); err != nil {
		return "", err
	}
	return t.till.Resume(ctx, owner, id)
}

// TestAnotherFindsNothing plays somebody who knows every id of somebody else, at every address of the site that takes one.
// The addresses are read from the table of routes: one that is added is tried as well.
func TestAnotherFindsNothing(t *testing.T) {
	t.Parallel()
	ways := &waysIn{id: uuid.New()}
	shop := &till{open: true}
	claimed := newClaims()
	h := newHouse(t, withTill(shop), withRights(claimed), func(c *Config) { c.Passkeys, c.Federation, c.Till = ways, ways, ownTill{shop} })
	ana, ben := h.guest(t), h.guest(t)
	shop.orders = []payment.Order{{ID: uuid.New(), Owner: ana.owner, State: payment.Awaited, Created: noon}}
	ways.owner = ana.owner
	asked, err := claimed.Ask(t.Context(), ana.owner, policy.AskAccess, "a word")
	must(t, err)
	claimed.permissions = []rights.Permission{{ID: uuid.New(), Owner: ana.owner, Answer: rights.Yes, Asked: noon, Deadline: noon.Add(time.Hour)}}
	photo := ana.seated()
	run := h.runs(ana, photo, "artistic", "rough-sketch")
	h.finish(run[0].ID)
	h.change(run[0].ID, func(r *generation.Run) { r.Full.Run, r.Full.State = uuid.New(), generation.Done })
	_, key, err := h.people.MakeKey(t.Context(), ana.owner, "Frame", account.Scopes)
	must(t, err)
	caller, _, err := h.people.Find(t.Context(), ana.cookie.Value)
	must(t, err)
	h.post.letters = []Letter{{ID: uuid.New(), Subject: "a letter"}}
	ids := []string{strings.TrimPrefix(photo, photoURL(uuid.Nil)[:len(photoURL(uuid.Nil))-36]), run[0].ID.String(), run[1].ID.String(), h.all()[0].Full.Run.String(),
		key.ID.String(), caller.SessionID.String(), ways.id.String(), h.post.letters[0].ID.String(), ana.owner.String(), shop.orders[0].ID.String(), asked.ID.String(), claimed.permissions[0].ID.String(), uuid.NewString()}
	tried := 0
	for _, pattern := range slices.Sorted(maps.Keys(h.plain.patterns())) {
		method, path, _ := strings.Cut(pattern, " ")
		if !strings.Contains(path, "{id}") {
			if strings.Contains(path, "{") && !slices.Contains([]string{"/{$}", "/portrait/{$}", "/link/{purpose}/{token}", "/sign-in/with/{provider}", "/request/confirm/{token}", "/permission/{token}"}, path) {
				t.Errorf("%s: call what is somebody's {id}, so that this test finds it", pattern)
			}
			continue
		}
		for _, id := range ids {
			at := strings.ReplaceAll(path, "{id}", id)
			for _, accept := range []string{"text/html", "*/*"} {
				r := httptest.NewRequest(method, at+"?style=artistic&format=png", strings.NewReader(url.Values{"style": {"artistic"}, "name": {"x"}, "sure": {"yes"}}.Encode()))
				r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
				r.Header.Set("Accept", accept)
				if res := ben.do(r); res.StatusCode != http.StatusNotFound {
					t.Errorf("%s %s as another: %d", method, at, res.StatusCode)
				}
				tried++
			}
		}
	}
	if tried < 300 {
		t.Errorf("only %d addresses were tried", tried)
	}
	if now := h.all(); len(now) != 2 || now[0].State != generation.Done || now[1].State != generation.Queued || ways.changed != 0 || claimed.files[0].State != rights.Open || claimed.permissions[0].Answer != rights.Yes || len(claimed.acts) != 0 || slices.Contains(shop.asked, "resume") || len(h.post.again) != 0 || !h.people.keys[ana.owner][0].Revoked.IsZero() {
		t.Errorf("another has changed something: %+v, %+v", now, ways)
	}
	if _, ok, _ := h.people.Find(t.Context(), ana.cookie.Value); !ok {
		t.Error("another has signed somebody out")
	}
}
