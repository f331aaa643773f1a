package generation

import (
	"bytes"
	"context"
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/google/uuid"

	"easel/engine/provenance"
	"easel/internal/fault"
)

func TestARoughSketchIsHadAsLines(t *testing.T) {
	t.Parallel()
	st := newStudio(t, func(c *Config) { c.Pixels = 0 }) // a small drawing has too few lines to judge
	u := st.bring()
	runs, err := st.Start(t.Context(), st.owner, u.ID, Order{Styles: []string{"rough-sketch", "artistic"}, Ink: "sanguine", Seed: 7})
	if err != nil {
		t.Fatal(err)
	}
	ctx, sketch := t.Context(), runs[0].ID
	_, _, err = st.Download(ctx, st.owner, sketch, "svg", "")
	wantFault(t, "lines before they are drawn", err, fault.Conflict)
	for _, job := range st.jobs {
		st.draw(job)
	}
	if !st.run(sketch).Lines || st.run(runs[1].ID).Lines {
		t.Error("lines are not told of as they should be")
	}
	_, _, err = st.Download(ctx, st.owner, runs[1].ID, "svg", "")
	wantFault(t, "lines of a painting", err, fault.Invalid)
	_, _, err = st.Download(ctx, st.person(), sketch, "svg", "")
	wantFault(t, "somebody else's lines", err, fault.Missing)

	data, name, err := st.Download(ctx, st.owner, sketch, "svg", "")
	if err != nil || name != "Bella-rough-sketch.svg" {
		t.Fatalf("%q, %v", name, err)
	}
	if m, err := provenance.Read(data); err != nil || m.Seed != 7 || m.Style != "rough-sketch" {
		t.Errorf("the lines say that they are %+v (%v)", m, err)
	}
	if paths := elements(t, data)["path"]; paths < 20 {
		t.Errorf("there are %d lines", paths)
	}
	st.plans.forget(u.ID) // from the photo itself, in place of what is in memory
	again, _, err := st.Download(ctx, st.owner, sketch, "svg", "")
	if err != nil || !bytes.Equal(data, again) {
		t.Errorf("asked again, the lines are others (%v)", err)
	}

	gone, leave := context.WithCancel(ctx)
	leave()
	if _, _, err := st.Download(gone, st.owner, sketch, "svg", ""); !errors.Is(err, context.Canceled) {
		t.Errorf("for somebody who has left: %v", err)
	}
	st.exec(`update easel.generation_run set version = 'old' where id = $1`, sketch)
	_, _, err = st.Download(ctx, st.owner, sketch, "svg", "")
	wantFault(t, "lines of another engine", err, fault.Conflict)
	if err := st.DeleteUpload(ctx, st.owner, u.ID); err != nil {
		t.Fatal(err)
	}
	for _, run := range []uuid.UUID{sketch, uuid.New()} {
		_, _, err = st.Download(ctx, st.owner, run, "svg", "")
		wantFault(t, "lines of a photo that is gone", err, fault.Missing)
	}
}

// elements counts what an XML document holds.
func elements(t *testing.T, data []byte) map[string]int {
	t.Helper()
	n := map[string]int{}
	for d := xml.NewDecoder(strings.NewReader(string(data))); ; {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return n
		}
		if err != nil {
			t.Fatal(err)
		}
		if start, ok := token.(xml.StartElement); ok {
			n[start.Name.Local]++
		}
	}
}
