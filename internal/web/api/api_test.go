package api_test

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"easel/internal/account"
	"easel/internal/web/api"
)

const list = "/api/v1/portraits"

// A program brings a photo, polls, fetches and deletes.
func TestAProgramHasAPortraitDrawn(t *testing.T) {
	t.Parallel()
	p := newHouse(t).program()
	w := p.create(photo(t, 200), "statement", "yes", "styles", "rough-sketch", "ink", "sanguine", "take", "7", "whole", "true")
	made := read[api.Photo](t, w, http.StatusCreated)
	if w.Header().Get("Location") != "/api/v1/photos/"+made.ID || made.Name != "Bella" || made.Width != 200 || len(made.Portraits) != 1 {
		t.Fatalf("made %+v at %q", made, w.Header().Get("Location"))
	}
	one := list + "/" + made.Portraits[0].ID
	if got := read[api.Portrait](t, p.ask("GET", one, nil), http.StatusOK); got.State != "queued" || got.Take != 7 || got.Ink != "sanguine" || len(got.Formats) != 0 {
		t.Errorf("at first it is %+v", got)
	}
	if w := p.ask("GET", one+"/file", nil); problem(t, w, http.StatusConflict).Kind != "conflict" {
		t.Errorf("before it is done the file is %d", w.Code)
	}
	p.draw()
	got := read[api.Portrait](t, p.ask("GET", one, nil), http.StatusOK)
	if got.State != "done" || got.Progress != 1 || got.Width != 200 || strings.Join(got.Formats, " ") != "png jpeg webp pdf svg" || got.Frame != (api.Frame{X1: 200, Y1: 200}) {
		t.Errorf("in the end it is %+v", got)
	}
	for format, start := range map[string]string{"": "\x89PNG", "jpeg": "\xff\xd8", "webp": "RIFF", "pdf": "%PDF", "svg": "<"} {
		w := p.ask("GET", one+"/file?format="+format, nil)
		if format == "" {
			w = p.ask("GET", one+"/file", nil)
		}
		if w.Code != 200 || !strings.HasPrefix(w.Body.String(), start) || !strings.Contains(w.Header().Get("Content-Disposition"), "Bella-rough-sketch.") {
			t.Errorf("as %q it is %d %v", format, w.Code, w.Header())
		}
	}
	if all := read[struct{ Portraits []api.Portrait }](t, p.ask("GET", list, nil), http.StatusOK); len(all.Portraits) != 1 || all.Portraits[0].ID != got.ID {
		t.Errorf("the list is %+v", all)
	}
	if w := p.ask("DELETE", one, nil); w.Code != http.StatusNoContent || w.Body.Len() != 0 {
		t.Errorf("deleting: %d %s", w.Code, w.Body)
	}
	problem(t, p.ask("GET", one, nil), http.StatusNotFound)
	if photos := read[struct{ Photos []api.Photo }](t, p.ask("GET", "/api/v1/photos", nil), http.StatusOK); len(photos.Photos) != 1 || len(photos.Photos[0].Portraits) != 0 {
		t.Errorf("the photos are %+v", photos)
	}
}

func TestMoreFromAPhoto(t *testing.T) {
	t.Parallel()
	p := newHouse(t).program()
	made := read[api.Photo](t, p.create(photo(t, 300), "statement", "yes", "styles", "rough-sketch", "frame", `{"x0":0,"y0":0,"x1":280,"y1":280}`), http.StatusCreated)
	at := "/api/v1/photos/" + made.ID
	more := read[api.Photo](t, p.ask("POST", at+"/portraits", body(`{"styles":["artistic","rough-sketch"],"frame":{"x0":10,"y0":10,"x1":200,"y1":210},"background":"soft"}`), "Content-Type", "application/json"), http.StatusCreated)
	if len(more.Portraits) != 2 || more.Portraits[0].Frame != (api.Frame{10, 10, 200, 210}) || more.Portraits[1].Background != "soft" {
		t.Errorf("more are %+v", more.Portraits)
	}
	cancelled := list + "/" + more.Portraits[0].ID + "/cancel"
	if got := read[api.Portrait](t, p.ask("POST", cancelled, nil), http.StatusOK); got.State != "cancelled" {
		t.Errorf("cancelled it is %q", got.State)
	}
	p.draw()
	first := list + "/" + made.Portraits[0].ID
	got := read[api.Portrait](t, p.ask("GET", first, nil), http.StatusOK)
	if got.FullSize == nil || got.FullSize.Width != 280 || got.FullSize.Portrait != "" {
		t.Fatalf("a full size is offered as %+v", got.FullSize)
	}
	full := read[api.Portrait](t, p.ask("POST", first+"/full", nil), http.StatusAccepted)
	p.draw()
	if full = read[api.Portrait](t, p.ask("GET", list+"/"+full.ID, nil), http.StatusOK); full.State != "done" || full.Width != 280 || full.FullSizeOf != got.ID {
		t.Errorf("the full size is %+v", full)
	}
	if w := p.ask("DELETE", at, nil); w.Code != http.StatusNoContent {
		t.Errorf("deleting the photo: %d %s", w.Code, w.Body)
	}
	for _, path := range []string{at, first, list + "/" + full.ID} {
		problem(t, p.ask("GET", path, nil), http.StatusNotFound)
	}
}

// What was sent twice, because an answer was lost, is carried out once.
func TestTheSameRequestAgain(t *testing.T) {
	t.Parallel()
	p := newHouse(t).program()
	send := func(data []byte, fields ...string) *httptest.ResponseRecorder {
		body, kind := form(t, data, append([]string{"statement", "yes"}, fields...)...)
		return p.ask("POST", list, body, "Content-Type", kind, "Idempotency-Key", "order 17")
	}
	first := send(photo(t, 200), "styles", "rough-sketch")
	made := read[api.Photo](t, first, http.StatusCreated)
	second := send(photo(t, 200), "styles", "rough-sketch")
	again := read[api.Photo](t, second, http.StatusCreated)
	if again.ID != made.ID || again.Portraits[0].ID != made.Portraits[0].ID || first.Header().Get("Idempotency-Replayed") != "" || second.Header().Get("Idempotency-Replayed") != "true" {
		t.Errorf("the second time made %s, the first %s; %v", again.ID, made.ID, second.Header())
	}
	for what, w := range map[string]*httptest.ResponseRecorder{
		"another style": send(photo(t, 200), "styles", "artistic"), "another photo": send(photo(t, 210), "styles", "rough-sketch"),
	} {
		if got := problem(t, w, http.StatusBadRequest); !strings.Contains(got.Detail, "Idempotency-Key") {
			t.Errorf("%s under the same name: %+v", what, got)
		}
	}
	more := func() *httptest.ResponseRecorder {
		return p.ask("POST", "/api/v1/photos/"+made.ID+"/portraits", body(`{"styles":["artistic"]}`), "Idempotency-Key", "more", "Content-Type", "application/json")
	}
	one, same := read[api.Photo](t, more(), http.StatusCreated), read[api.Photo](t, more(), http.StatusCreated)
	if one.Portraits[0].ID != same.Portraits[0].ID {
		t.Error("a JSON request was carried out twice")
	}
	if all := read[struct{ Portraits []api.Portrait }](t, p.ask("GET", list, nil), http.StatusOK); len(all.Portraits) != 2 {
		t.Errorf("there are %d portraits, want 2", len(all.Portraits))
	}
	if w := p.ask("DELETE", "/api/v1/photos/"+made.ID, nil); w.Code != http.StatusNoContent {
		t.Fatal(w.Body)
	}
	problem(t, send(photo(t, 200), "styles", "rough-sketch"), http.StatusNotFound) // it was carried out, and what it made is gone
}

func TestTheDoor(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	p := h.program()
	revoked := h.another(p.owner)
	if err := h.accounts.RevokeKey(t.Context(), p.owner, revoked.id); err != nil {
		t.Fatal(err)
	}
	for name, header := range map[string]string{"no key": "", "another scheme": "Basic " + p.secret, "no secret": "Bearer ", "a wrong one": "Bearer easel_abc", "revoked": "Bearer " + revoked.secret} {
		r := httptest.NewRequest(http.MethodGet, list, nil)
		r.Header.Set("Accept", "text/html")
		if header != "" {
			r.Header.Set("Authorization", header)
		}
		w := httptest.NewRecorder()
		h.handler.ServeHTTP(w, r)
		problem(t, w, http.StatusUnauthorized)
		if !strings.HasPrefix(w.Header().Get("WWW-Authenticate"), `Bearer realm="easel"`) {
			t.Errorf("%s: %v", name, w.Header())
		}
	}
	if w := p.ask("GET", list, nil, "Authorization", "bearer "+p.secret); w.Code != http.StatusOK {
		t.Errorf("the scheme in other letters: %d", w.Code)
	}
}

// Each scope opens its own operations and no other: a key that may delete may not look.
func TestScopes(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	owner := h.program().owner
	keys := map[account.Scope]*program{}
	for _, scope := range account.Scopes {
		keys[scope] = h.another(owner, scope)
	}
	for _, op := range operations(t, h) {
		for scope, p := range keys {
			w := p.ask(op.method, op.at(uuid.NewString()), body(`{"styles":["artistic"]}`), "Content-Type", "application/json")
			refused := w.Code == http.StatusForbidden
			if refused == (scope == op.scope) {
				t.Errorf("%s %s with the scope %s: %d %s", op.method, op.path, scope, w.Code, w.Body)
			}
			if refused && !strings.Contains(w.Header().Get("WWW-Authenticate"), `error="insufficient_scope", scope="`+string(op.scope)+`"`) {
				t.Errorf("%s %s: %v", op.method, op.path, w.Header())
			}
		}
	}
}

// A browser's session opens nothing here, so that no other site can act through it.
func TestCookiesAreNotHonoured(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	token, _ := accounttestSignIn(t, h)
	r := httptest.NewRequest(http.MethodGet, list, nil)
	r.AddCookie(&http.Cookie{Name: "__Host-easel", Value: token})
	w := httptest.NewRecorder()
	h.handler.ServeHTTP(w, r)
	problem(t, w, http.StatusUnauthorized)
	if w.Header().Get("Set-Cookie") != "" {
		t.Errorf("a cookie is set: %v", w.Header())
	}
}

func TestAKeyThatAsksTooOftenIsToldWhenToComeBack(t *testing.T) {
	t.Parallel()
	now := time.Now()
	h := newHouse(t, func(c *api.Config) { c.Now = func() time.Time { return now } })
	p, other := h.program(), h.program()
	w := p.ask("GET", "/api/v1/styles", nil)
	if w.Header().Get("Ratelimit-Policy") != `"requests";q=240;w=120` || w.Header().Get("Ratelimit") != `"requests";r=239;t=0` {
		t.Errorf("the first answer says %v", w.Header())
	}
	for range 239 {
		w = p.ask("GET", "/api/v1/account", nil)
	}
	if w.Code != http.StatusOK {
		t.Fatalf("the last of the burst: %d", w.Code)
	}
	w = p.ask("GET", "/api/v1/account", nil)
	problem(t, w, http.StatusTooManyRequests)
	if w.Header().Get("Retry-After") != "1" || w.Header().Get("Ratelimit") != `"requests";r=0;t=1` {
		t.Errorf("too many: %v", w.Header())
	}
	if w := other.ask("GET", "/api/v1/account", nil); w.Code != http.StatusOK {
		t.Errorf("another key: %d", w.Code)
	}
	now = now.Add(time.Second)
	if w := p.ask("GET", "/api/v1/account", nil); w.Code != http.StatusOK {
		t.Errorf("a second later: %d", w.Code)
	}
}

func TestGuessersAreSlowedDown(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	p := &program{house: h, secret: "easel_nothing"}
	last := 0
	for range 25 {
		last = p.ask("GET", list, nil).Code
	}
	if last != http.StatusTooManyRequests {
		t.Errorf("after many wrong keys the answer is %d", last)
	}
}

func TestWrongRequestsSayWhatIsWrong(t *testing.T) {
	t.Parallel()
	h := newHouse(t, func(c *api.Config) { c.Bytes = 200 << 10 })
	p := h.program()
	made := read[api.Photo](t, p.create(photo(t, 200), "statement", "yes", "styles", "artistic"), http.StatusCreated)
	draw := "/api/v1/photos/" + made.ID + "/portraits"
	json := func(text string) *httptest.ResponseRecorder {
		return p.ask("POST", draw, body(text), "Content-Type", "application/json")
	}
	small := photo(t, 200)
	for name, c := range map[string]struct {
		answer *httptest.ResponseRecorder
		status int
		says   string
	}{
		"no styles":           {json(`{"styles":[]}`), 400, "body.styles"},
		"broken JSON":         {json(`{"styles":`), 400, "not as the interface describes"},
		"an unknown field":    {json(`{"styles":["artistic"],"size":"big"}`), 400, "size"},
		"an unknown style":    {json(`{"styles":["cubist"]}`), 400, "styles"},
		"a style twice":       {json(`{"styles":["artistic","artistic"]}`), 400, "twice"},
		"an unknown ink":      {json(`{"styles":["rough-sketch"],"ink":"blood"}`), 400, "draw with"},
		"a frame outside":     {json(`{"styles":["artistic"],"frame":{"x0":0,"y0":0,"x1":999,"y1":50}}`), 400, "200 × 200"},
		"a take too large":    {json(`{"styles":["artistic"],"take":9999999999}`), 400, "take"},
		"a large body":        {json(`{"styles":["` + strings.Repeat("x", 80<<10) + `"]}`), 413, ""},
		"a format":            {p.ask("GET", list+"/"+made.Portraits[0].ID+"/file?format=gif", nil), 400, "query.format"},
		"no form":             {p.ask("POST", list, body("x"), "Content-Type", "application/json"), 400, "multipart"},
		"no photo":            {p.create(nil, "styles", "artistic"), 400, "photo"},
		"no style for it":     {p.create(small), 400, "styles"},
		"an unknown part":     {p.create(small, "colour", "red"), 400, "colour"},
		"a strength in words": {p.create(small, "strength", "much"), 400, "strength"},
		"no picture":          {p.create([]byte("not a picture"), "styles", "artistic"), 400, ""},
		"too large a photo":   {p.create(bytes.Repeat([]byte("x"), 400<<10), "styles", "artistic"), 413, ""},
		"a long name":         {p.ask("POST", draw, body(`{"styles":["artistic"]}`), "Idempotency-Key", strings.Repeat("x", 201)), 400, "Idempotency-Key"},
		"no such address":     {p.ask("GET", "/api/v2/portraits", nil), 404, ""},
		"no such method":      {p.ask("PUT", list, nil), 405, ""},
	} {
		if got := problem(t, c.answer, c.status); !strings.Contains(got.Detail, c.says) {
			t.Errorf("%s: %q does not say %q", name, got.Detail, c.says)
		}
	}
	if photos := read[struct{ Photos []api.Photo }](t, p.ask("GET", "/api/v1/photos", nil), http.StatusOK); len(photos.Photos) != 1 {
		t.Errorf("requests that failed left %d photos", len(photos.Photos)-1)
	}
}

// Whoever has not stated what the studio asks for brings no photo.
func TestWhatHasToBeSaidFirst(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	p := h.program()
	if got := problem(t, p.create(photo(t, 200), "styles", "artistic"), http.StatusBadRequest); !strings.Contains(got.Detail, "statement") {
		t.Errorf("without the statement: %q", got.Detail)
	}
	read[api.Photo](t, p.create(photo(t, 200), "styles", "artistic", "statement", "yes"), http.StatusCreated)
	read[api.Photo](t, p.create(photo(t, 200), "styles", "artistic"), http.StatusCreated)
	stranger := h.another(accounttestOpen(h))
	problem(t, stranger.create(photo(t, 200), "styles", "artistic", "statement", "yes"), http.StatusForbidden)
}

func TestWhatIsThereToKnow(t *testing.T) {
	t.Parallel()
	p := newHouse(t).program()
	about := read[struct {
		Tokens *api.Tokens
		Scopes []string
	}](t, p.ask("GET", "/api/v1/account", nil), http.StatusOK)
	if about.Tokens == nil || *about.Tokens != (api.Tokens{Settled: 7, InUse: 2, Free: 5}) || len(about.Scopes) != 3 {
		t.Errorf("the account is %+v", about)
	}
	if all := read[struct{ Styles []api.Style }](t, p.ask("GET", "/api/v1/styles", nil), http.StatusOK); len(all.Styles) != 2 || all.Styles[0].ID != "rough-sketch" {
		t.Errorf("the styles are %+v", all)
	}
}

// wrong is a key that was never made: the last letter is not that of the one given.
func wrong(secret string) string {
	last := len(secret) - 1
	if secret[last] == 'x' {
		return secret[:last] + "y"
	}
	return secret[:last] + "x"
}

// Neither keys nor ids are in the log; what was asked for is counted.
func TestWhatIsWrittenDown(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	p := h.program()
	made := read[api.Photo](t, p.create(photo(t, 200), "statement", "yes", "styles", "artistic, rough-sketch"), http.StatusCreated)
	p.ask("GET", list+"/"+made.Portraits[0].ID, nil)
	p.ask("GET", list+"/"+uuid.NewString(), nil)
	(&program{house: h, secret: wrong(p.secret)}).ask("GET", list, nil)
	log := h.log.String()
	for _, secret := range []string{p.secret[10:40], made.ID, made.Portraits[0].ID} {
		if strings.Contains(log, secret) {
			t.Errorf("the log holds %s: %s", secret, log)
		}
	}
	if !strings.Contains(log, "GET /api/v1/portraits/{id}") {
		t.Errorf("the log does not say what was asked: %s", log)
	}
	uses, err := h.accounts.Usage(t.Context(), p.owner, 1)
	if err != nil || len(uses) != 1 || uses[0].Days[0].Requests != 3 || uses[0].Days[0].Portraits != 2 {
		t.Errorf("counted were %+v, %v", uses, err)
	}
}
