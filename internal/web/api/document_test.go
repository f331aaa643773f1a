package api_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"

	"github.com/google/uuid"

	"easel/internal/account"
	"easel/internal/account/accounttest"
)

var update = flag.Bool("update", false, "write openapi.json anew")

// op is an operation as the document describes it.
type op struct {
	method, path string
	scope        account.Scope
	body         string // the content type of its body
}

// at is the operation's address with an id put in.
func (o op) at(id string) string { return strings.ReplaceAll(o.path, "{id}", id) }

// operations reads the document as a program would.
func operations(t *testing.T, h *house) (all []op) {
	t.Helper()
	var doc struct {
		OpenAPI string
		Paths   map[string]map[string]struct {
			Security    []map[string][]string
			RequestBody struct{ Content map[string]any }
		}
	}
	if err := json.Unmarshal(h.api.Document(), &doc); err != nil || doc.OpenAPI != "3.1.0" {
		t.Fatalf("the document is of version %q, %v", doc.OpenAPI, err)
	}
	for path, methods := range doc.Paths {
		if strings.HasPrefix(path, sessions) {
			continue // no key opens them: cutouts_test.go
		}
		for method, o := range methods {
			one := op{method: strings.ToUpper(method), path: path}
			if len(o.Security) != 1 || len(o.Security[0]["key"]) != 1 {
				t.Fatalf("%s %s does not say which scope it needs", method, path)
			}
			one.scope = account.Scope(o.Security[0]["key"][0])
			for kind := range o.RequestBody.Content {
				one.body = kind
			}
			all = append(all, one)
		}
	}
	if len(all) < 12 {
		t.Fatalf("the document has %d operations", len(all))
	}
	return all
}

// The committed document is the one that is served, made from the operations.
func TestTheDocument(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	if *update {
		if err := os.WriteFile("openapi.json", h.api.Document(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	committed, err := os.ReadFile("openapi.json")
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(committed, h.api.Document()) {
		t.Error("openapi.json is not what the operations say: look at what changed, then run go test ./internal/web/api -run TestTheDocument -update")
	}
	w := httptest.NewRecorder()
	h.handler.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/api/openapi.json", nil))
	if w.Code != 200 || !bytes.Equal(w.Body.Bytes(), committed) || !strings.HasPrefix(w.Header().Get("Content-Type"), "application/openapi+json") {
		t.Errorf("served is %d, %v", w.Code, w.Header())
	}
	for _, foreign := range []string{"http://", "https://", "$schema"} {
		if bytes.Contains(committed, []byte(foreign)) {
			t.Errorf("the document holds %s", foreign)
		}
	}
}

func accounttestSignIn(t *testing.T, h *house) (string, uuid.UUID) {
	t.Helper()
	return accounttest.SignIn(t, h.accounts)
}

func accounttestOpen(h *house) uuid.UUID {
	h.Helper()
	return accounttest.Open(h, h.db)
}
