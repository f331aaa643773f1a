package app_test

import (
	"bytes"
	"io"
	"net/http"
	"os"
	"strings"
	"testing"
)

// TestTheInterfaceForProgramsIsServed asks the whole program, as a program without a key would.
func TestTheInterfaceForProgramsIsServed(t *testing.T) {
	t.Parallel()
	origin, _ := startApp(t)
	get := func(path string) (*http.Response, []byte) {
		t.Helper()
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, origin+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Accept", "text/html")
		answer, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer answer.Body.Close()
		body, err := io.ReadAll(answer.Body)
		if err != nil {
			t.Fatal(err)
		}
		return answer, body
	}
	committed, err := os.ReadFile("../web/api/openapi.json")
	if err != nil {
		t.Fatal(err)
	}
	if answer, body := get("/api/openapi.json"); answer.StatusCode != http.StatusOK || !bytes.Equal(body, committed) {
		t.Errorf("the document that is served is not the one that is committed: %d", answer.StatusCode)
	}
	for path, want := range map[string]int{"/api/v1/portraits": http.StatusUnauthorized, "/api/nothing": http.StatusNotFound} {
		if answer, body := get(path); answer.StatusCode != want || answer.Header.Get("Content-Type") != "application/problem+json" {
			t.Errorf("%s: %d %s", path, answer.StatusCode, body)
		}
	}
	if answer, body := get("/"); answer.StatusCode != http.StatusOK || !strings.Contains(string(body), "<html") {
		t.Errorf("the first page: %d", answer.StatusCode)
	}
}
