package app

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func read(env map[string]string) (Config, error) {
	return ReadConfig(func(name string) string { return env[name] })
}

func TestDefaultsNeedNothing(t *testing.T) {
	t.Parallel()
	c, err := read(nil)
	if err != nil {
		t.Fatal(err)
	}
	if c.Address != "127.0.0.1:8080" || c.PublicURL.String() != "http://localhost:8080" || c.Workers != 1 || !filepath.IsAbs(c.Data) || !c.Local() {
		t.Errorf("the defaults are %+v", c)
	}
	if !strings.HasPrefix(c.Bucket, "file:///") || !strings.HasSuffix(c.Bucket, "/data/pictures") {
		t.Errorf("the default bucket is %s", c.Bucket)
	}
}

func TestMistakesNameTheVariable(t *testing.T) {
	t.Parallel()
	for name, value := range map[string]string{
		"EASEL_ADDRESS": "nowhere", "EASEL_PUBLIC_URL": "ftp://x", "EASEL_WORKERS": "many", "EASEL_LOG": "xml", "EASEL_PROXIES": "-1",
	} {
		if _, err := read(map[string]string{name: value}); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s=%s: %v", name, value, err)
		}
	}
	both, err := read(map[string]string{"EASEL_LOG": "xml", "EASEL_WORKERS": "99"})
	if err == nil || !strings.Contains(err.Error(), "EASEL_LOG") || !strings.Contains(err.Error(), "EASEL_WORKERS") {
		t.Errorf("two mistakes at once: %v (%+v)", err, both)
	}
}

func TestSecretsComeFromFiles(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "url")
	if err := os.WriteFile(file, []byte("postgres://easel@db/easel\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := read(map[string]string{"DATABASE_URL_FILE": file})
	if err != nil || c.Postgres.URL != "postgres://easel@db/easel" {
		t.Errorf("DATABASE_URL_FILE gives %q, %v", c.Postgres.URL, err)
	}
	if _, err := read(map[string]string{"DATABASE_URL_FILE": file, "DATABASE_URL": "x"}); err == nil {
		t.Error("a secret that is set twice was accepted")
	}
	if _, err := read(map[string]string{"DATABASE_URL_FILE": file + ".not"}); err == nil || !strings.Contains(err.Error(), "DATABASE_URL") {
		t.Errorf("a file that is not there: %v", err)
	}
}

func TestHelpNamesEverySetting(t *testing.T) {
	t.Parallel()
	help := HelpConfig()
	for _, s := range settings {
		if !strings.Contains(help, s.name) || s.meaning == "" || s.fallback == "" {
			t.Errorf("%s has no full line in the help", s.name)
		}
	}
}

func TestLocal(t *testing.T) {
	t.Parallel()
	for url, want := range map[string]bool{"http://localhost:8080": true, "http://[::1]:1": true, "https://easel.example": false, "http://192.0.2.1": false} {
		c, err := read(map[string]string{"EASEL_PUBLIC_URL": url})
		if err != nil || c.Local() != want {
			t.Errorf("%s is local: %v, %v; want %v", url, c.Local(), err, want)
		}
	}
}
