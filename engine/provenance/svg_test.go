package provenance

import (
	"errors"
	"testing"
)

func TestSVGIsReadBack(t *testing.T) {
	t.Parallel()
	want := Mark{Studio: "portrait", Style: "rough-sketch", Engine: "E & <F>", Version: "1", Seed: 9}
	data, err := SVG([]byte(`<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg" width="2"><path d="M0 0"/></svg>`), want)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := Read(data); err != nil || got != want {
		t.Errorf("read back %+v, %v", got, err)
	}
	for _, odd := range []string{"", "<svg", "<html></html>"} {
		if _, err := SVG([]byte(odd), want); !errors.Is(err, ErrFormat) {
			t.Errorf("%q was marked: %v", odd, err)
		}
	}
	if _, err := Read([]byte(`<svg><metadata>`)); !errors.Is(err, ErrNone) {
		t.Errorf("metadata without an end: %v", err)
	}
}
