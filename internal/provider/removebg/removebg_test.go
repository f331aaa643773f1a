package removebg_test

import (
	"bytes"
	"context"
	"image"
	"image/png"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"easel/internal/egress"
	"easel/internal/policy"
	"easel/internal/postgres/pgtest"
	"easel/internal/provider"
	"easel/internal/provider/removebg"
	"easel/internal/provider/removebg/removebgfake"
)

// client reaches a fake through the real way out.
func client(t *testing.T, fake *removebgfake.Fake, key string, limits egress.Limits) *removebg.Client {
	t.Helper()
	server := httptest.NewServer(fake)
	t.Cleanup(func() { fake.Close(); server.Close() })
	gate, err := egress.New(egress.Config{Own: map[policy.Role][]string{policy.Provider: {server.Listener.Addr().String()}}, Log: pgtest.Log(t)})
	if err != nil {
		t.Fatal(err)
	}
	c, err := removebg.New(removebg.Config{Key: key, Base: server.URL + "/v1.0/"}, gate.Client(policy.Provider, limits))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestOneCallAtFullSizeGivesTheMatte(t *testing.T) {
	t.Parallel()
	fake := removebgfake.New(2)
	c := client(t, fake, removebgfake.Key, removebg.Limits)
	photo := removebgfake.Photo(90, 60)
	for _, mode := range []removebgfake.Mode{removebgfake.Good, removebgfake.JSON} {
		fake.Next(mode)
		got, err := c.Cut(t.Context(), photo, 90, 60)
		if err != nil {
			t.Fatalf("%s: %v", mode, err)
		}
		if got.Credits != 1 || got.Kind != "person" {
			t.Errorf("%s: charged %g for a %q", mode, got.Credits, got.Kind)
		}
		img, err := png.Decode(bytes.NewReader(got.PNG))
		if err != nil || img.Bounds() != image.Rect(0, 0, 90, 60) {
			t.Errorf("%s: the matte is %v, %v", mode, img.Bounds(), err)
		}
	}
	calls := fake.Calls()
	if len(calls) != 2 || fake.Credits() != 0 {
		t.Fatalf("%d calls, %g credits are left", len(calls), fake.Credits())
	}
	one := calls[0]
	for field, want := range map[string]string{"size": "full", "format": "png", "channels": "alpha", "type": "auto"} {
		if one.Fields[field] != want {
			t.Errorf("%s is %q, want %q", field, one.Fields[field], want)
		}
	}
	if len(one.Fields) != 4 || one.File != "photo.jpg" || !bytes.Equal(one.Bytes, photo) || one.Path != "/v1.0/removebg" {
		t.Errorf("the call is %v, the file %q", one.Fields, one.File)
	}
}

// Every documented refusal says who refused, at which stage, why and what to change, and is of a kind that a chain can act on.
func TestEveryDocumentedRefusalIsSaid(t *testing.T) {
	t.Parallel()
	codes := map[string]provider.Kind{
		"400 unknown_foreground": provider.Empty, "400 failed_to_read_image": provider.Unfit, "400 file_too_large": provider.Unfit,
		"400 invalid_file_type": provider.Unfit, "400 resolution_too_high": provider.Unfit, "400 invalid_dimensions": provider.Unfit, "400 ": provider.Unfit,
		"400 something_new": provider.Unfit, "401 ": provider.Barred, "402 ": provider.Spent, "403 auth_failed": provider.Barred, "403 ": provider.Barred,
		"413 ": provider.Unfit, "429 ": provider.Busy, "429 later": provider.Busy, "500 ": provider.Failed, "503 ": provider.Failed, "418 ": provider.Failed,
	}
	for _, ours := range []string{"failed_bg_download", "failed_image_download", "invalid_bg_color", "invalid_bg_image_url", "invalid_channels", "invalid_crop_margin",
		"invalid_format", "invalid_image_url", "invalid_position", "invalid_roi", "invalid_scale", "invalid_semitransparency", "invalid_size", "missing_source",
		"multiple_bg_sources", "multiple_sources", "roi_exceeds_bounds", "roi_region_empty"} {
		codes["400 "+ours] = provider.Barred
	}
	fake := removebgfake.New(0)
	c := client(t, fake, removebgfake.Key, removebg.Limits)
	for mode, kind := range codes {
		fake.Next(removebgfake.Mode(mode))
		_, err := c.Cut(t.Context(), removebgfake.Photo(8, 8), 8, 8)
		e := provider.Of(err)
		if e == nil || e.Kind != kind {
			t.Errorf("%s: %v, want kind %d", mode, err, kind)
			continue
		}
		if say := e.Say(); !strings.HasPrefix(say, "remove.bg made no result when it ") || strings.Count(say, ".") < 4 || e.Do == "" || strings.Contains(say, "_") {
			t.Errorf("%s says %q", mode, say)
		}
		if want := map[bool]time.Duration{true: 7 * time.Second}[mode == "429 later"]; e.After != want {
			t.Errorf("%s: come again after %v, want %v", mode, e.After, want)
		}
	}
	if len(fake.Calls()) != len(codes) {
		t.Errorf("%d calls for %d refusals: a call that costs is never repeated", len(fake.Calls()), len(codes))
	}
	if _, err := c.Cut(t.Context(), removebgfake.Photo(8, 8), 8, 8); provider.Of(err) == nil || provider.Of(err).Kind != provider.Spent {
		t.Errorf("without credits: %v", err)
	}
	if _, err := c.Cut(t.Context(), make([]byte, removebg.FileMost+1), 8, 8); provider.Of(err) == nil || provider.Of(err).Kind != provider.Unfit {
		t.Errorf("a file that is too large: %v", err)
	}
}

func TestHostileAnswersAreSurvived(t *testing.T) {
	t.Parallel()
	fake := removebgfake.New(100)
	c := client(t, fake, removebgfake.Key, egress.Limits{Wait: 10 * time.Second, Bytes: 1 << 20})
	for _, mode := range []removebgfake.Mode{removebgfake.HTML, removebgfake.JPEG, removebgfake.Lies, removebgfake.Cut, removebgfake.Huge, removebgfake.Shape, removebgfake.Elsewhere} {
		fake.Next(mode)
		_, err := c.Cut(t.Context(), removebgfake.Photo(90, 60), 90, 60)
		if e := provider.Of(err); e == nil || e.Kind != provider.Failed {
			t.Errorf("%s: %v, want a failure", mode, err)
		}
	}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	fake.Next(removebgfake.Slow)
	if _, err := c.Cut(ctx, removebgfake.Photo(8, 8), 8, 8); err == nil || provider.Of(err) != nil {
		t.Errorf("when the caller gives up: %v, want the context's error", err)
	}
}

func TestTheBalanceIsAsked(t *testing.T) {
	t.Parallel()
	c := client(t, removebgfake.New(12.25), removebgfake.Key, removebg.Limits)
	if b, err := c.Balance(t.Context()); err != nil || b.Total != 12.25 || b.Subscription != 12.25 {
		t.Errorf("%+v, %v", b, err)
	}
	wrong := client(t, removebgfake.New(1), "another", removebg.Limits)
	if _, err := wrong.Balance(t.Context()); provider.Of(err) == nil || provider.Of(err).Kind != provider.Barred {
		t.Errorf("with another key: %v", err)
	}
	if _, err := removebg.New(removebg.Config{Key: "two words"}, nil); err == nil {
		t.Error("a key with a space was taken")
	}
}
