package app

import (
	"bytes"
	"io/fs"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"easel/internal/postgres/pgtest"
	"easel/studios"
)

// declaring writes the built-in policies to a folder, the cutout studio's with recipients.
func declaring(t *testing.T, recipients string) (dir string) {
	t.Helper()
	dir = t.TempDir()
	names, err := fs.Glob(studios.Files(), "*.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		text, err := fs.ReadFile(studios.Files(), name)
		if err != nil {
			t.Fatal(err)
		}
		if name == "cutout.yaml" {
			if !bytes.Contains(text, []byte("\nrecipients: []\n")) {
				t.Fatal("cutout.yaml names recipients already; write this test anew")
			}
			text = bytes.Replace(text, []byte("\nrecipients: []\n"), []byte("\n"+recipients), 1)
		}
		if err := os.WriteFile(filepath.Join(dir, name), text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

const removeBGNamed = `recipients:
  - name: remove.bg
    role: provider
    adapter: removebg
    hosts: [api.remove.bg]
    country: Austria
    data: [upload]
    receives: the photo, without its name and without anything about you
    why: to take the background out
    keeps: as its own policy says
`

// TestAProviderIsUsedOnlyWhereItIsDeclared is R1 for hosted engines: a key alone stops the start, a line alone is told.
func TestAProviderIsUsedOnlyWhereItIsDeclared(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		recipients string
		env        map[string]string
		want, says string // why it does not start; what the log says
	}{
		"neither":               {"recipients: []\n", nil, "", ""},
		"a key alone":           {"recipients: []\n", map[string]string{"EASEL_REMOVEBG_KEY": "k"}, "EASEL_REMOVEBG_KEY is set", ""},
		"another key alone":     {"recipients: []\n", map[string]string{"EASEL_DASHSCOPE_KEY": "k"}, "EASEL_DASHSCOPE_KEY is set", ""},
		"both":                  {removeBGNamed, map[string]string{"EASEL_REMOVEBG_KEY": "k"}, "", ""},
		"a line alone":          {removeBGNamed, nil, "", "EASEL_REMOVEBG_KEY"},
		"another provider":      {removeBGNamed, map[string]string{"EASEL_REMOVEBG_KEY": "k", "EASEL_DASHSCOPE_KEY": "k"}, "EASEL_DASHSCOPE_KEY is set", ""},
		"another host":          {strings.Replace(removeBGNamed, "api.remove.bg", "api.example.org", 1), map[string]string{"EASEL_REMOVEBG_KEY": "k"}, "at api.remove.bg", ""},
		"an address of its own": {removeBGNamed, map[string]string{"EASEL_REMOVEBG_KEY": "k", "EASEL_REMOVEBG_URL": "https://elsewhere.example/v1.0"}, "at elsewhere.example", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			env := map[string]string{"EASEL_DATA": t.TempDir(), "DATABASE_URL": pgtest.Address(t), "EASEL_ADDRESS": "127.0.0.1:0", "EASEL_STUDIOS": declaring(t, c.recipients)}
			for k, v := range c.env {
				env[k] = v
			}
			config, err := read(env)
			if err != nil {
				t.Fatal(err)
			}
			var log bytes.Buffer
			a, err := New(t.Context(), config, slog.New(slog.NewTextHandler(&log, nil)))
			if err == nil {
				defer func() {
					if err := a.Close(); err != nil {
						t.Error(err)
					}
				}()
			}
			if (err == nil) != (c.want == "") || err != nil && (!strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), "recipients")) {
				t.Errorf("it says %v", err)
			}
			if name == "both" {
				saysWhoReceives(t, a)
			}
			if told := strings.Contains(log.String(), "provider that is not used"); told != (c.says != "") || !strings.Contains(log.String(), c.says) {
				t.Errorf("the log says %s", log.String())
			}
		})
	}
}

// saysWhoReceives looks at the door and the printed policy.
func saysWhoReceives(t *testing.T, a *App) {
	t.Helper()
	for path, want := range map[string]string{"/cutout/": "Your photo is sent to remove.bg", "/cutout/privacy": "api.remove.bg"} {
		w := httptest.NewRecorder()
		a.Handler().ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, http.NoBody))
		if w.Code != http.StatusOK || !strings.Contains(w.Body.String(), want) {
			t.Errorf("%s answers %d and does not say %q", path, w.Code, want)
		}
	}
}

func TestSettingsOfEnginesAreChecked(t *testing.T) {
	t.Parallel()
	for name, value := range map[string]string{"EASEL_REMOVEBG_URL": "http://elsewhere.example", "EASEL_REMOVEBG_DAY": "much", "EASEL_DASHSCOPE_EACH": "-1",
		"EASEL_DASHSCOPE_STEPS": "erase pray", "EASEL_DASHSCOPE_UPLOAD": "maybe", "EASEL_CODE_PRICES": "1=1.90 EUR"} {
		if _, err := read(map[string]string{name: value}); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s=%s: %v", name, value, err)
		}
	}
	c, err := read(map[string]string{"EASEL_DASHSCOPE_STEPS": "mask-edit=wanx9 erase", "EASEL_REMOVEBG_DAY": "12.5"})
	if err != nil || len(c.Engines.Steps) != 2 || c.Engines.Models["mask-edit"] != "wanx9" || c.Engines.RemoveBG.Day != 12.5 || c.Engines.DashScope.Each != 5 {
		t.Errorf("%+v, %v", c.Engines, err)
	}
}

// A budget below the cost of one photo would silently send none.
func TestABudgetReachesForOnePhotoOrNone(t *testing.T) {
	t.Parallel()
	for h, want := range map[Hosted]string{{Day: 2, Each: 2}: "", {}: "", {Day: 50, Each: 0}: "", {Day: 1, Each: 2}: "EASEL_X_DAY is 1", {Day: 9, Each: 1.5}: "EASEL_X_EACH is 1.5"} {
		if err := h.enough("EASEL_X", 2); (err == nil) != (want == "") || err != nil && !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%+v: %v", h, err)
		}
	}
}
