package cli_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"image"
	"image/draw"
	"image/jpeg"
	"io"
	"mime/multipart"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"easel/engine/raster"
	"easel/internal/sitter"
)

// TestACrowdInTheCutoutStudio has many sessions at once on a budget that holds only some of them. Nothing crashes and nothing is
// swapped; who finds no place is told when to come again, comes again and is served; the bytes that are held never pass the
// budget; and meanwhile pages answer. Here it is small; EASEL_CROWD says how many sessions, each with a photo of a megapixel:
//
//	EASEL_CROWD=200 go test -tags nodynamic -count=1 -timeout 40m -run TestACrowdInTheCutoutStudio -v ./internal/cli
func TestACrowdInTheCutoutStudio(t *testing.T) {
	if testing.Short() {
		t.Skip("a crowd under the race detector takes minutes")
	}
	sessions, budget, photo := 26, 32, sitter.Ball(t)
	if text := os.Getenv("EASEL_CROWD"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil {
			t.Fatalf("EASEL_CROWD: %v", err)
		}
		sessions, budget, photo = n, 512, megapixel(t)
	}
	t.Setenv("EASEL_PROXIES", "1")
	t.Setenv("EASEL_MEMORY", strconv.Itoa(budget))
	s := startServer(t, t.TempDir(), freeAddress(t))
	begun := time.Now()
	watch, stop := context.WithCancel(t.Context())
	var pages []time.Duration
	var watching, crowd sync.WaitGroup
	watching.Go(func() { pages = s.pages(watch) })
	all := make([]fellow, sessions)
	for i := range all {
		all[i] = fellow{t: t, s: s, from: fmt.Sprintf("198.51.%d.%d", i/250, i%250+1)}
		crowd.Go(func() { all[i].visit(photo) })
	}
	crowd.Wait()
	took := time.Since(begun)
	stop()
	watching.Wait()
	var waits []time.Duration
	busy := 0
	for _, f := range all {
		if f.served == 0 {
			t.Errorf("somebody at %s was never served", f.from)
		}
		waits, busy = append(waits, f.served), busy+f.busy
	}
	peak, swap := s.memory()
	if swap != 0 {
		t.Errorf("%d kB are swapped", swap)
	}
	slices.Sort(waits)
	slices.Sort(pages)
	t.Logf("%d sessions at once, budget %d MB: all were served in %v, median %v; %d busy answers; %d pages meanwhile, median %v, p99 %v; peak resident %d MB, swap 0",
		sessions, budget, took.Round(time.Second), waits[len(waits)/2].Round(time.Second), busy, len(pages), at(pages, 0.5), at(pages, 0.99), peak>>10)
	s.stop()
}

func at(sorted []time.Duration, share float64) time.Duration {
	if len(sorted) == 0 {
		return 0
	}
	return sorted[int(share*float64(len(sorted)-1))].Round(100 * time.Microsecond)
}

// megapixel is a portrait of a megapixel.
func megapixel(t *testing.T) []byte {
	t.Helper()
	small, _, err := image.Decode(bytes.NewReader(sitter.Portrait(t)))
	if err != nil {
		t.Fatal(err)
	}
	img := image.NewNRGBA(small.Bounds())
	draw.Draw(img, img.Rect, small, small.Bounds().Min, draw.Src)
	var b bytes.Buffer
	if err := jpeg.Encode(&b, raster.ResizeNRGBA(t.Context(), img, 900, 1125), nil); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// pages asks for the studio's page again and again, and notes how long each took.
func (s *server) pages(ctx context.Context) (took []time.Duration) {
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return took
		case <-tick.C:
		}
		begun := time.Now()
		answer, err := http.Get(s.url + "/cutout/")
		if err != nil {
			s.t.Errorf("the page: %v", err)
			return took
		}
		_, _ = io.Copy(io.Discard, answer.Body) // to its end, as browsers do
		answer.Body.Close()
		if answer.StatusCode != http.StatusOK {
			s.t.Errorf("the page answers %s", answer.Status)
		}
		took = append(took, time.Since(begun))
	}
}

// memory reads the most that the server ever had in memory, and what of it is swapped now, in kB.
func (s *server) memory() (peak, swap int) {
	status, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(s.cmd.Process.Pid), "status"))
	if err != nil {
		s.t.Fatal(err)
	}
	for name, into := range map[string]*int{"VmHWM": &peak, "VmSwap": &swap} {
		found := regexp.MustCompile(name + `:\s+(\d+) kB`).FindSubmatch(status)
		if found == nil {
			s.t.Fatalf("there is no %s in %s", name, status)
		}
		*into, _ = strconv.Atoi(string(found[1])) // as the pattern has it
	}
	return peak, swap
}

// fellow is one of the crowd.
type fellow struct {
	t      *testing.T
	s      *server
	from   string
	secret string

	busy   int
	served time.Duration
}

// ask sends a request until it is not told to come again, and returns what the answer says.
func (f *fellow) ask(method, path, kind string, body []byte, want int) (out map[string]any) {
	for {
		r, err := http.NewRequestWithContext(f.t.Context(), method, f.s.url+"/api/v1/cutouts"+path, bytes.NewReader(body))
		if err != nil {
			f.t.Error(err)
			return nil
		}
		r.Header.Set("X-Forwarded-For", f.from)
		r.Header.Set("Authorization", "Bearer "+f.secret)
		r.Header.Set("Content-Type", kind)
		answer, err := http.DefaultClient.Do(r)
		if err != nil {
			f.t.Errorf("%s %s: %v", method, path, err)
			return nil
		}
		text, err := io.ReadAll(answer.Body)
		answer.Body.Close()
		if answer.StatusCode == http.StatusTooManyRequests {
			seconds, err := strconv.Atoi(answer.Header.Get("Retry-After"))
			if err != nil || seconds < 1 || !strings.Contains(string(text), "Try again in ") {
				f.t.Errorf("busy is said as %q, %q", answer.Header.Get("Retry-After"), text)
				return nil
			}
			f.busy++
			select {
			case <-time.After(time.Duration(seconds) * time.Second): // as it was told
				continue
			case <-f.t.Context().Done():
				return nil
			}
		}
		if err == nil && want == http.StatusNoContent && answer.StatusCode == want {
			return nil
		}
		if err == nil {
			err = json.Unmarshal(text, &out)
		}
		if err != nil || answer.StatusCode != want {
			f.t.Errorf("%s %s: %s, %v, %s", method, path, answer.Status, err, text)
			return nil
		}
		return out
	}
}

// visit brings a photo, waits for its preview, and leaves.
func (f *fellow) visit(photo []byte) {
	begun := time.Now()
	session := f.ask("POST", "", "application/json", []byte(`{"statement":"yes"}`), http.StatusCreated)
	if session == nil {
		return
	}
	f.secret = session["secret"].(string)
	path := "/" + session["id"].(string)
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	_ = form.WriteField("kind", "background") // into memory
	part, _ := form.CreateFormFile("photo", "me.jpg")
	_, _ = part.Write(photo)
	_ = form.Close()
	if f.ask("POST", path+"/photos", form.FormDataContentType(), body.Bytes(), http.StatusCreated) == nil {
		return
	}
	for {
		got := f.ask("GET", path+"?wait=20", "", nil, http.StatusOK)
		if got == nil {
			return
		}
		if state := got["photos"].([]any)[0].(map[string]any)["state"]; state == "ready" || state == "asking" {
			break
		} else if state == "failed" {
			f.t.Errorf("at %s: %v", f.from, got)
			return
		}
	}
	f.ask("DELETE", path, "", nil, http.StatusNoContent)
	f.served = time.Since(begun)
}
