package studios_test

import (
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"easel/internal/policy"
	"easel/studios"
)

func TestPortraitKeepsItsPromise(t *testing.T) {
	t.Parallel()
	s, err := studios.Portrait()
	if err != nil {
		t.Fatal(err)
	}
	if s.Status != policy.Live || s.Identity.Class != policy.Account || s.Storage != policy.Sealed {
		t.Errorf("portrait is %v, %v, %v; it is served to people with an account, from the sealed store", s.Status, s.Identity.Class, s.Storage)
	}
	for _, kind := range []policy.Kind{policy.Upload, policy.Result} {
		if got, want := s.Keep(kind), 23*time.Hour+58*time.Minute; got != want {
			t.Errorf("%s is kept %v, want %v: within 24 hours, two minutes to spare", kind, got, want)
		}
	}
	if s.Price.Tokens != 1 || len(s.Recipients) != 0 {
		t.Errorf("portrait costs %d tokens and has %d recipients, want one token and nobody", s.Price.Tokens, len(s.Recipients))
	}
}

func TestLoadRefusesTheSameStudioTwice(t *testing.T) {
	t.Parallel()
	data, err := fs.ReadFile(studios.Files(), "portrait.yaml")
	if err != nil {
		t.Fatal(err)
	}
	two := fstest.MapFS{"a.yaml": {Data: data}, "b.yaml": {Data: data}, "readme.md": {Data: []byte("no policy")}}
	if _, err := studios.Load(two); err == nil || !strings.Contains(err.Error(), `b.yaml:4: the studio "portrait" is declared`) {
		t.Errorf("two files with one studio: got %v", err)
	}
	delete(two, "b.yaml")
	all, err := studios.Load(two)
	if err != nil || len(all) != 1 {
		t.Errorf("one file: %d studios, %v", len(all), err)
	}
}
