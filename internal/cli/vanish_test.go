package cli_test

import (
	"bytes"
	"encoding/json"
	"math/rand/v2"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"easel/internal/receipt"
)

// easel runs an errand in the server's data folder and returns its exit code and what it said.
func (s *server) easel(args ...string) (code int, said string) {
	s.t.Helper()
	said, code = runIn(s.t, s.data, args...)
	return code, said
}

// TestKilledWhileDeleting kills the server with SIGKILL at some moment of the deletion of photos, and of an account. Each has
// happened wholly or not at all, what was not deleted is there, and what was has a receipt that stands.
func TestKilledWhileDeleting(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("in a plain build; what it kills is raced by its own tests")
	}
	data, address := t.TempDir(), freeAddress(t)
	s := startServer(t, data, address)
	v := newVisitor(s)
	stays := v.bring(disc(t))
	_, kept := v.get(stays + "/original")
	var gone int
	for range 3 {
		photo := v.bring(disc(t))
		done := make(chan struct{})
		go func() {
			defer close(done)
			v.try("POST", photo+"/delete", nil)
		}()
		time.Sleep(time.Duration(rand.IntN(25)) * time.Millisecond) // somewhere in the middle of it
		s.kill()
		<-done
		s = startServer(t, data, address)
		v.s = s
		page, _ := v.get(photo)
		original, _ := v.get(photo + "/original")
		if page != original || page != http.StatusOK && page != http.StatusNotFound {
			t.Errorf("after the kill the photo's page answers %d, and the photo %d", page, original)
		}
		if page == http.StatusNotFound {
			gone++
		}
		if status, body := v.get(stays + "/original"); status != http.StatusOK || !bytes.Equal(body, kept) {
			t.Errorf("another photo: %d, %d bytes", status, len(body))
		}
	}
	t.Logf("%d of 3 deletions had happened", gone)
	v.leaving()
	s = v.s
	if code, said := s.easel("verify", "log"); code != 0 {
		t.Errorf("the log of receipts: %d %s", code, said)
	}
	s.eventually("the bytes of everything that is gone are removed", func() bool {
		files, err := filepath.Glob(filepath.Join(data, "pictures", "*", "*"))
		return err == nil && len(files) == 0
	})
	s.stop()
}

// leaving deletes the account and kills the server meanwhile, until it has happened; then the receipt is checked as somebody
// would who has nothing but the file and the published keys.
func (v *visitor) leaving() {
	t := v.s.t
	t.Helper()
	for {
		page := make(chan string, 1)
		go func() {
			doc := v.try("POST", "/account/leave", url.Values{"sure": {"yes"}})
			if doc == nil {
				page <- ""
				return
			}
			html, _ := doc.Html()
			page <- html
		}()
		var said string
		select {
		case said = <-page:
			v.s.kill()
		case <-time.After(time.Duration(rand.IntN(40)) * time.Millisecond):
			v.s.kill()
			said = <-page
		}
		v.s = startServer(t, v.s.data, strings.TrimPrefix(v.s.url, "http://"))
		status, _ := v.get("/account")
		if status == http.StatusOK {
			continue // it had not happened: everything is there
		}
		link := regexp.MustCompile(`/receipts/[0-9a-f-]{36}`).FindString(said)
		if link == "" {
			t.Log("the server was killed after the deletion and before it had said goodbye")
			return
		}
		v.checked(link)
		return
	}
}

func (v *visitor) checked(link string) {
	t := v.s.t
	t.Helper()
	dir := t.TempDir()
	file, keys := filepath.Join(dir, "receipt.json"), filepath.Join(dir, "keys.json")
	for path, from := range map[string]string{file: link, keys: "/.well-known/easel-receipts.json"} {
		status, body := v.get(from)
		if status != http.StatusOK {
			t.Fatalf("%s: %d", from, status)
		}
		if err := os.WriteFile(path, body, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if code, said := v.s.easel("verify", file, "--keys", keys); code != 0 || !strings.Contains(said, "good. The key of ") {
		t.Errorf("the receipt: %d %s", code, said)
	}
	if code, said := v.s.easel("verify", file); code != 0 {
		t.Errorf("the receipt, with the key on this machine: %d %s", code, said)
	}
	if code, said := v.s.easel("verify", "log", "--noted", file); code != 0 && !strings.Contains(said, "holds no entry") {
		t.Errorf("the log beside the receipt: %d %s", code, said)
	}
	code, said := v.s.easel("receipts", "key")
	if p, err := receipt.DecodePublished([]byte(said)); code != 0 || err != nil || len(p.Keys) != 1 {
		t.Errorf("the printed keys: %d %v %s", code, err, said)
	}
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var r map[string]any
	if err := json.Unmarshal(data, &r); err != nil {
		t.Fatal(err)
	}
	r["statement"].(map[string]any)["kind"] = "upload"
	if data, err = json.Marshal(r); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, data, 0o600); err != nil {
		t.Fatal(err)
	}
	if code, said := v.s.easel("verify", file, "--keys", keys); code == 0 || !strings.Contains(said, "NOT good") {
		t.Errorf("a changed receipt: %d %s", code, said)
	}
}
