package dashscope_test

import (
	"bytes"
	"context"
	"image"
	"image/jpeg"
	"image/png"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"easel/internal/egress"
	"easel/internal/policy"
	"easel/internal/postgres/pgtest"
	"easel/internal/provider"
	"easel/internal/provider/dashscope"
	"easel/internal/provider/dashscope/dashscopefake"
)

// client reaches a fake through the real way out.
func client(t *testing.T, fake *dashscopefake.Fake, c dashscope.Config) *dashscope.Client {
	t.Helper()
	server := httptest.NewServer(fake)
	t.Cleanup(server.Close)
	fake.URL = server.URL
	gate, err := egress.New(egress.Config{Own: map[policy.Role][]string{policy.Provider: {server.Listener.Addr().String()}}, Log: pgtest.Log(t)})
	if err != nil {
		t.Fatal(err)
	}
	c.Base = server.URL + "/api/v1"
	if c.Key == "" {
		c.Key = dashscopefake.Key
	}
	d, err := dashscope.New(c, gate.Client(policy.Provider, egress.Limits{Wait: 20 * time.Second, Bytes: 4 << 20}))
	if err != nil {
		t.Fatal(err)
	}
	d.Hurry(func(time.Duration) {})
	return d
}

var photo = sync.OnceValue(func() dashscope.Photo {
	var j, m bytes.Buffer
	img := image.NewGray(image.Rect(0, 0, 600, 520))
	if jpeg.Encode(&j, img, nil) != nil || png.Encode(&m, img) != nil {
		panic("into memory")
	}
	return dashscope.Photo{JPEG: j.Bytes(), Mask: m.Bytes(), W: 600, H: 520}
})

func TestEachStepGivesItsPicture(t *testing.T) {
	t.Parallel()
	for step, model := range map[dashscope.Step]string{dashscope.Erase: "image-erase-completion", dashscope.Mask: "wanx2.1-imageedit", dashscope.Prompt: "qwen-image-edit-plus"} {
		fake := dashscopefake.New()
		d := client(t, fake, dashscope.Config{Steps: []dashscope.Step{step}, Workspace: "llm-1"})
		got, err := d.Clear(t.Context(), photo())
		if err != nil {
			t.Errorf("%s: %v", step, err)
			continue
		}
		img, err := png.Decode(bytes.NewReader(got.Data))
		if err != nil || img.Bounds().Dx() != 600 || got.Step != step || got.Model != model || got.Images != 1 {
			t.Errorf("%s gives %v, %+v, %v", step, img.Bounds(), got.Model, err)
		}
		call := fake.Calls()[0]
		if call.Body["model"] != model || call.Header.Get("X-Dashscope-Workspace") != "llm-1" {
			t.Errorf("%s asks for %v", step, call.Body["model"])
		}
		if mark := call.At("parameters.add_watermark"); step == dashscope.Erase && mark != false {
			t.Errorf("the watermark is %v; it has to be declined in so many words", mark)
		}
		if mark := call.At("parameters.watermark"); step == dashscope.Prompt && mark != false {
			t.Errorf("the edit's watermark is %v", mark)
		}
		if f := call.At("input.function"); step == dashscope.Mask && f != "description_edit_with_mask" {
			t.Errorf("the function is %v", f)
		}
	}
}

// The steps are tried in order; what is about the photo's contents or the account ends them all.
func TestStepsFollowEachOther(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		modes []dashscopefake.Mode
		calls int
		step  dashscope.Step // that gives the picture; "" when none does
	}{
		"the first is enough":          {nil, 1, dashscope.Erase},
		"its free pictures are used":   {[]dashscopefake.Mode{"429 Throttling.AllocationQuota"}, 2, dashscope.Mask},
		"two fail":                     {[]dashscopefake.Mode{"task InternalError.Algo", "404 ModelNotFound"}, 3, dashscope.Prompt},
		"all fail":                     {[]dashscopefake.Mode{"500 InternalError", dashscopefake.Unknown, dashscopefake.NoImage}, 3, ""},
		"the contents are refused":     {[]dashscopefake.Mode{"400 DataInspectionFailed"}, 1, ""},
		"a task refuses the contents":  {[]dashscopefake.Mode{"task DataInspectionFailed"}, 1, ""},
		"the key is wrong":             {[]dashscopefake.Mode{"401 InvalidApiKey"}, 1, ""},
		"a bill is open":               {[]dashscopefake.Mode{"403 Arrearage"}, 1, ""},
		"the first picture is a page":  {[]dashscopefake.Mode{dashscopefake.HTML}, 2, dashscope.Mask},
		"the first picture is no more": {[]dashscopefake.Mode{dashscopefake.Gone}, 2, dashscope.Mask},
	} {
		fake := dashscopefake.New()
		fake.Next(c.modes...)
		got, err := client(t, fake, dashscope.Config{Steps: dashscope.Steps}).Clear(t.Context(), photo())
		if (err == nil) != (c.step != "") || err == nil && got.Step != c.step || len(fake.Calls()) != c.calls {
			t.Errorf("%s: %d calls, %v", name, len(fake.Calls()), err)
		}
	}
}

func TestEveryDocumentedRefusalIsSaid(t *testing.T) {
	t.Parallel()
	fake := dashscopefake.New()
	d := client(t, fake, dashscope.Config{Steps: []dashscope.Step{dashscope.Erase}})
	for mode, kind := range map[dashscopefake.Mode]provider.Kind{
		"401 InvalidApiKey": provider.Barred, "403 AccessDenied": provider.Barred, "403 Arrearage": provider.Spent, "404 ModelNotFound": provider.Barred,
		"400 InvalidParameter": provider.Unfit, "400 InvalidParameter.DataInspection": provider.Unfit, "400 DataInspectionFailed": provider.Refused,
		"429 Throttling": provider.Busy, "429 Throttling.RateQuota": provider.Busy, "429 Throttling.AllocationQuota": provider.Spent,
		"500 InternalError": provider.Failed, "500 InternalError.Algo": provider.Failed, "task InternalError.Algo": provider.Failed,
		"task DataInspectionFailed": provider.Refused, "task InvalidParameter.DataInspection": provider.Unfit, "400 Brand.New": provider.Unfit, "429 ": provider.Busy, "503 ": provider.Failed,
		dashscopefake.Unknown: provider.Failed, dashscopefake.Canceled: provider.Failed, dashscopefake.NoID: provider.Failed, dashscopefake.NoImage: provider.Failed,
		dashscopefake.Empty: provider.Failed, dashscopefake.HTML: provider.Failed, dashscopefake.Gone: provider.Failed, dashscopefake.Shape: provider.Failed,
		dashscopefake.Huge: provider.Failed, dashscopefake.Cut: provider.Failed, dashscopefake.Abroad: provider.Barred,
	} {
		fake.Next(mode)
		_, err := d.Clear(t.Context(), photo())
		e := provider.Of(err)
		if e == nil || e.Kind != kind {
			t.Errorf("%s: %v, want kind %d", mode, err, kind)
			continue
		}
		if say := e.Say(); !strings.HasPrefix(say, "Alibaba DashScope made no result when it ") || strings.Count(say, ".") < 2 || strings.Contains(err.Error(), "base64") {
			t.Errorf("%s says %q, and to the log %q", mode, say, err)
		}
	}
}

// What may have been charged counts as charged; what was refused, or has failed there, was not.
func TestWhatACallThatFailsHasCost(t *testing.T) {
	t.Parallel()
	fake := dashscopefake.New()
	d := client(t, fake, dashscope.Config{Steps: []dashscope.Step{dashscope.Erase}})
	for mode, want := range map[dashscopefake.Mode]float64{"400 DataInspectionFailed": 0, "task DataInspectionFailed": 0, "503 ": 0, dashscopefake.Lost: 1, dashscopefake.Unknown: 1, dashscopefake.HTML: 1, dashscopefake.NoImage: 1} {
		fake.Next(mode)
		p := photo()
		if _, cost, err := d.Do(t.Context(), p.JPEG, p.Mask, p.W, p.H); err == nil || cost != want {
			t.Errorf("%s costs %g, %v; want %g", mode, cost, err, want)
		}
	}
}

// A photo for which every step is paid and gives nothing costs as much as was said to be the most.
func TestAPhotoCostsNoMoreThanItsSteps(t *testing.T) {
	t.Parallel()
	fake := dashscopefake.New()
	for steps := range dashscope.Steps {
		d := client(t, fake, dashscope.Config{Steps: dashscope.Steps[:steps+1]})
		fake.Next(slices.Repeat([]dashscopefake.Mode{dashscopefake.HTML}, steps+1)...)
		p := photo()
		if _, cost, err := d.Do(t.Context(), p.JPEG, p.Mask, p.W, p.H); err == nil || cost != d.Most() || cost != float64(steps+1) {
			t.Errorf("%d steps cost %g, %v; the most is said to be %g", steps+1, cost, err, d.Most())
		}
	}
}

func TestPhotosThatDoNotFitAreNotSent(t *testing.T) {
	t.Parallel()
	fake := dashscopefake.New()
	d := client(t, fake, dashscope.Config{})
	for name, p := range map[string]dashscope.Photo{"small": {W: 511, H: 900}, "wide": {W: 4097, H: 600}, "heavy": {W: 600, H: 600, JPEG: make([]byte, dashscope.FileMost+1)}} {
		if _, err := d.Clear(t.Context(), p); provider.Of(err) == nil || provider.Of(err).Kind != provider.Unfit {
			t.Errorf("%s: %v", name, err)
		}
	}
	if n := len(fake.Calls()); n != 0 {
		t.Errorf("%d calls were made", n)
	}
}

// A photo is laid in the service's store only where that is allowed, and only when it was refused inside the request.
func TestUploadsAreTheLastResort(t *testing.T) {
	t.Parallel()
	for _, allowed := range []bool{false, true} {
		fake := dashscopefake.New()
		fake.Next(dashscopefake.NoData)
		got, err := client(t, fake, dashscope.Config{Steps: []dashscope.Step{dashscope.Erase}, Upload: allowed}).Clear(t.Context(), photo())
		if (err == nil) != allowed || fake.Laid() != map[bool]int{true: 2}[allowed] {
			t.Errorf("allowed %v: %d files laid, %v, %v", allowed, fake.Laid(), got, err)
		}
		if calls := fake.Calls(); allowed && (len(calls) != 2 || !strings.HasPrefix(calls[1].At("input.image_url").(string), "oss://")) {
			t.Errorf("the second call sends %v", calls)
		}
	}
}

func TestATaskIsWatchedPatientlyAndCalledOff(t *testing.T) {
	t.Parallel()
	fake := dashscopefake.New()
	fake.Next(dashscopefake.Forever)
	d := client(t, fake, dashscope.Config{Steps: []dashscope.Step{dashscope.Erase}})
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var paces []time.Duration
	d.Hurry(func(p time.Duration) {
		if paces = append(paces, p); len(paces) == 12 {
			cancel()
		}
	})
	if _, err := d.Clear(ctx, photo()); err == nil || provider.Of(err) != nil {
		t.Errorf("after giving up: %v", err)
	}
	if paces[0] != time.Second || paces[3] != 2*time.Second || paces[11] != 5*time.Second {
		t.Errorf("the pauses are %v", paces)
	}
	if fake.CalledOff() != 1 {
		t.Errorf("%d tasks were called off", fake.CalledOff())
	}
}

func TestSettingsAreChecked(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]dashscope.Config{"no key": {}, "a step twice": {Key: "k", Steps: []dashscope.Step{dashscope.Erase, dashscope.Erase}},
		"an unknown step": {Key: "k", Steps: []dashscope.Step{"pray"}}, "no host": {Key: "k", Base: "nowhere"}} {
		if c.Check() == nil {
			t.Errorf("%s was taken", name)
		}
	}
}
