package edition_test

import (
	"io/fs"
	"strings"
	"testing"
	"time"

	"easel/internal/edition"
	"easel/internal/fault"
	"easel/internal/policy"
	"easel/internal/postgres/pgtest"
	"easel/studios"
)

// declared is the portrait studio with some words of its file changed.
func declared(t *testing.T, change ...string) []*policy.Studio {
	t.Helper()
	data, err := fs.ReadFile(studios.Files(), "portrait.yaml")
	if err != nil {
		t.Fatal(err)
	}
	s, err := policy.Decode("portrait.yaml", []byte(strings.NewReplacer(change...).Replace(string(data))))
	if err != nil {
		t.Fatal(err)
	}
	planned := *s
	planned.Name, planned.Status = "pet", policy.Planned
	return []*policy.Studio{s, &planned}
}

func TestWhatWasShownStaysReadable(t *testing.T) {
	t.Parallel()
	ctx, shelf := t.Context(), edition.New(pgtest.New(t), pgtest.Log(t))
	keep := func(all []*policy.Studio) {
		t.Helper()
		if err := shelf.Keep(ctx, all, true); err != nil {
			t.Fatal(err)
		}
	}
	keep(declared(t))
	keep(declared(t, "# The portrait", "# A comment about the portrait")) // which declares nothing
	second := declared(t, "version: 1", "version: 2", "effective: 2026-11-22", "effective: 2027-03-01", "keep: 90 days", "keep: 30 days")
	keep(second)
	all, err := shelf.List(ctx, "portrait")
	if err != nil || len(all) != 2 || all[0].Version != 2 || all[1].Version != 1 || all[0].Effective.Format(time.DateOnly) != "2027-03-01" ||
		all[1].Title != "Portrait studio" || time.Since(all[1].Shown) > time.Hour {
		t.Fatalf("the versions are %+v, %v", all, err)
	}
	for version, want := range map[int]string{1: "90 days", 2: "30 days"} {
		e, err := shelf.Find(ctx, "portrait", version)
		if err != nil || len(e.Pages) != len(policy.Pages) {
			t.Fatalf("version %d: %d pages, %v", version, len(e.Pages), err)
		}
		usage := e.Pages[policy.PrivacyPage][1].Rows[3]
		if !strings.Contains(strings.Join(usage, " "), want) {
			t.Errorf("version %d says %q, want %s", version, usage, want)
		}
	}
	if _, err := shelf.Find(ctx, "portrait", 3); !fault.Is(err, fault.Missing) {
		t.Errorf("a version that there never was: %v", err)
	}
	if none, err := shelf.List(ctx, "pet"); err != nil || len(none) != 0 {
		t.Errorf("a planned studio has %d versions, %v", len(none), err)
	}
}

func TestAVersionSaysOneThing(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		change []string
		want   string
	}{
		"another promise":   {[]string{"keep: 90 days", "keep: 120 days"}, "portrait.yaml:10: version is 1 as before, but something else has been declared since"},
		"another recipient": {[]string{"mail: \"\"", "mail: ada@example.org"}, "version is 1 as before"},
		"an older version":  {[]string{"version: 1", "version: 3"}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ctx, shelf := t.Context(), edition.New(pgtest.New(t), pgtest.Log(t))
			first, then := declared(t), declared(t, c.change...)
			if c.want == "" {
				first, then, c.want = then, first, "version is 1, but version 3 was in force already"
			}
			if err := shelf.Keep(ctx, first, true); err != nil {
				t.Fatal(err)
			}
			if err := shelf.Keep(ctx, then, true); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("where others reach the server: %v, want %q", err, c.want)
			}
			if err := shelf.Keep(ctx, then, false); err != nil {
				t.Errorf("on a machine of one's own: %v", err)
			}
		})
	}
}
