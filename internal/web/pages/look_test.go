package pages

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"image/color"
	_ "image/jpeg" // the photos of the look
	"image/png"
	"math"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/google/uuid"

	"easel/internal/account"
	"easel/internal/generation"
)

// TestLook writes a screenshot of every page and state, wide and narrow, light and dark, into the folder that
// EASEL_LOOK names. It is for eyes, not for machines, and skips without the folder.
func TestLook(t *testing.T) {
	dir := os.Getenv("EASEL_LOOK")
	if dir == "" {
		t.Skip("EASEL_LOOK names no folder for screenshots")
	}
	must(t, os.MkdirAll(dir, 0o750))
	h := newHouse(t, func(c *Config) { c.Now = time.Now })
	h.now = time.Now().Add(-7 * time.Hour)
	h.dress(t)
	server := httptest.NewServer(h.site)
	defer func() {
		server.CloseClientConnections() // event streams would keep it waiting
		server.Close()
	}()
	only := os.Getenv("EASEL_LOOK_ONLY")
	browser := newBrowser(t)
	for _, scene := range h.scenes(t) {
		if only != "" && !strings.Contains(scene.name, only) {
			continue
		}
		for _, width := range []int64{390, 1280} {
			for _, mode := range []string{"light", "dark"} {
				path := filepath.Join(dir, fmt.Sprintf("%s-%d-%s.png", scene.name, width, mode))
				shoot(t, browser, server.URL, scene, width, mode, path)
			}
		}
	}
}

// scene is one page in one state.
type scene struct {
	name, path string
	visitor    *visitor
	noScript   bool
	act        string // script to run before the picture is taken
}

// dress hangs real pictures on the fake's walls.
func (h *house) dress(t *testing.T) {
	t.Helper()
	folder := os.Getenv("EASEL_PHOTOS")
	if folder == "" {
		folder = "../../../../shared/photos"
	}
	data, err := os.ReadFile(filepath.Join(folder, "people", "astronaut.png"))
	if err != nil {
		t.Skip("no photos: ", err)
	}
	photo, _, err := image.Decode(bytes.NewReader(data))
	must(t, err)
	h.view = data
	for i, style := range styles {
		h.results[style.ID], h.size[style.ID] = drawn(photo, i), photo.Bounds().Size()
		h.previews[style.ID] = h.results[style.ID]
	}
	h.upload = func(u *generation.Upload) {
		u.W, u.H, u.Crop = photo.Bounds().Dx(), photo.Bounds().Dy(), image.Rect(110, 20, 350, 340)
	}
}

// drawn is a stand-in for a portrait: the photo with its edges, in one of four tints.
func drawn(photo image.Image, kind int) []byte {
	b := photo.Bounds()
	gray := func(x, y int) float64 {
		r, g, bl, _ := photo.At(min(b.Max.X-1, x), min(b.Max.Y-1, y)).RGBA()
		return (0.3*float64(r) + 0.59*float64(g) + 0.11*float64(bl)) / 65535
	}
	out := image.NewNRGBA(b)
	for y := b.Min.Y; y < b.Max.Y; y++ {
		for x := b.Min.X; x < b.Max.X; x++ {
			edge := math.Min(1, 5*math.Hypot(gray(x+2, y)-gray(x, y), gray(x, y+2)-gray(x, y)))
			r, g, bl, _ := photo.At(x, y).RGBA()
			mix := []float64{0, 0.25, 0.55, 0.9}[kind]
			tone := 0.97 - 0.75*edge
			put := func(v uint32, base float64) uint8 {
				return uint8(255 * math.Min(1, tone*((1-mix)*base+mix*(0.25+0.75*float64(v)/65535))))
			}
			out.SetNRGBA(x, y, color.NRGBA{put(r, 0.98), put(g, 0.96), put(bl, 0.92), 255})
		}
	}
	var buf bytes.Buffer
	if err := png.Encode(&buf, out); err != nil {
		panic(err)
	}
	return buf.Bytes()
}

func (h *house) scenes(t *testing.T) []scene {
	t.Helper()
	stranger, fresh, busy, done := h.visitor(t), h.visitor(t), h.visitor(t), h.visitor(t)
	newcomer := h.guest(t)
	h.people.change(newcomer.owner, func(p *account.Person) { p.Ages, p.Consents, p.Mail, p.Name = nil, nil, "", "" })
	freshPhoto := fresh.seated()
	warned := h.visitor(t)
	plainly := h.upload
	if plainly == nil {
		plainly = func(*generation.Upload) {}
	}
	h.upload = func(u *generation.Upload) {
		plainly(u)
		u.HasFace = false
		u.Warnings = []string{"We see no face clearly. The frame shows the middle of the photo; move it to what matters.", "The photo is small: 420 × 380 pixels. It works, and 512 × 512 or more draws better."}
	}
	warnedPhoto := warned.seated()
	h.upload = plainly
	busyPhoto, donePhoto := busy.seated(), done.seated()
	runs := h.runs(busy, busyPhoto, "rough-sketch", "detailed-sketch", "light-colouring", "artistic")
	h.finish(runs[0].ID)
	h.change(runs[1].ID, func(r *generation.Run) {
		r.State, r.Stage, r.Done, r.Left, r.Ahead = generation.Drawing, "hatching the shadows", 0.42, 17*time.Second, 0
	})
	h.change(runs[2].ID, func(r *generation.Run) { r.Ahead, r.Left = 1, 45*time.Second })
	h.change(runs[3].ID, func(r *generation.Run) {
		r.State, r.Say = generation.Failed, "The server was stopped while it drew this one, three times over. Nothing is wrong with your photo; please try it again."
	})
	for _, run := range h.runs(done, donePhoto, "rough-sketch", "detailed-sketch", "light-colouring", "artistic") {
		h.finish(run.ID)
	}
	h.change(h.last(done, donePhoto, 0), func(r *generation.Run) {
		r.Ink, r.Note = "sanguine", "We were not sure where the subject ends, so some of the background stays."
	})
	for i, state := range []generation.State{generation.Drawing, generation.Done, generation.Failed} {
		h.change(h.last(done, donePhoto, i), func(r *generation.Run) {
			r.Full.Run, r.Full.State, r.Full.Done, r.Full.Stage, r.Full.Left, r.Full.Say = uuid.New(), state, 0.3, "hatching the shadows", 40*time.Second, "The server was stopped."
		})
	}
	second := done.seated()
	h.finish(h.runs(done, second, "artistic")[0].ID)
	done.seated()
	return append(h.peopleScenes(t, stranger), []scene{
		{name: "home", path: "/", visitor: stranger},
		{name: "studio-strange", path: "/portrait/", visitor: stranger},
		{name: "studio-strange-plain", path: "/portrait/", visitor: stranger, noScript: true},
		{name: "studio-strange-chosen", path: "/portrait/", visitor: stranger, act: chooseFile},
		{name: "studio-first", path: "/portrait/", visitor: newcomer},
		{name: "studio-plain", path: "/portrait/", visitor: newcomer, noScript: true},
		{name: "studio-tick", path: "/portrait/", visitor: newcomer, act: chooseFile},
		{name: "studio-earlier", path: "/portrait/?gone", visitor: done},
		{name: "work-new", path: freshPhoto, visitor: fresh},
		{name: "work-warned", path: warnedPhoto, visitor: warned},
		{name: "work-take", path: freshPhoto, visitor: fresh, act: `document.querySelector('.take-again').open=true`},
		{name: "work-plain", path: freshPhoto, visitor: fresh, noScript: true},
		{name: "work-busy", path: busyPhoto, visitor: busy},
		{name: "work-done", path: donePhoto, visitor: done, act: `const c=document.querySelectorAll('easel-compare')[1].querySelector('input'); c.value=40; c.dispatchEvent(new Event('input')); document.querySelectorAll('.card .ask')[1].open=true`},
		{name: "work-done-plain", path: donePhoto, visitor: done, noScript: true},
		{name: "privacy", path: "/portrait/privacy", visitor: stranger},
		{name: "licences", path: "/licences", visitor: stranger},
		{name: "missing", path: "/portrait/photo/none", visitor: stranger},
		{name: "missing-known", path: "/nowhere", visitor: done},
	}...)
}

// chooseFile brings a small picture without a tick.
const chooseFile = `const c=document.createElement('canvas');c.width=300;c.height=400;const x=c.getContext('2d');x.fillStyle='#7a8f6a';x.fillRect(0,0,300,400);
c.toBlob(b=>{const d=new DataTransfer();d.items.add(new File([b],'a.png',{type:'image/png'}));const i=document.querySelector('input[type=file]');i.files=d.files;i.dispatchEvent(new Event('change'))})`

// last is a run of a photo, counted from the oldest.
func (h *house) last(v *visitor, path string, i int) uuid.UUID {
	v.t.Helper()
	works, err := h.Works(context.Background(), v.owner)
	must(v.t, err)
	for _, w := range works {
		if photoURL(w.ID) == path {
			return w.Runs[i].ID
		}
	}
	v.t.Fatal("the photo is not there")
	return uuid.Nil
}

// runs starts portraits of a photo in a visitor's name.
func (h *house) runs(v *visitor, path string, ids ...string) []generation.Run {
	v.t.Helper()
	res := v.post(path+"/start", url.Values{"style": ids, "crop": {"whole"}})
	if res.StatusCode != http.StatusSeeOther {
		v.t.Fatalf("not started: %d %s", res.StatusCode, res.Body)
	}
	works, err := h.Works(context.Background(), v.owner)
	must(v.t, err)
	for _, w := range works {
		if photoURL(w.ID) == path {
			return w.Runs[len(w.Runs)-len(ids):]
		}
	}
	v.t.Fatal("the photo is not there")
	return nil
}

func shoot(t *testing.T, browser context.Context, base string, s scene, width int64, mode, path string) {
	t.Helper()
	tab, done := newTab(t, browser)
	defer done()
	must(t, chromedp.Do(tab,
		chromedp.EmulateViewport(width, 844),
		inMode(mode),
	))
	if s.noScript {
		must(t, chromedp.Do(tab, noScript()))
	}
	must(t, chromedp.Do(tab, sitDown(base, s.visitor), chromedp.Navigate(base+s.path), chromedp.WaitReady(chromedp.CSS("main"))))
	if s.act != "" {
		_, err := chromedp.Run(tab, chromedp.Evaluate[*bool](s.act+";null"))
		must(t, err)
	}
	if !s.noScript { // pictures below load when they come near
		_, err := chromedp.Run(tab, chromedp.Evaluate[*bool](`document.querySelectorAll('img').forEach(i=>i.loading='eager');null`))
		must(t, err)
	}
	must(t, chromedp.Do(tab, chromedp.Sleep(400*time.Millisecond)))
	if wide, err := chromedp.Run(tab, chromedp.Evaluate[int64]("document.documentElement.scrollWidth")); err == nil && wide > width {
		t.Errorf("%s at %d px is %d px wide", s.name, width, wide)
	}
	shot, err := chromedp.Run(tab, chromedp.FullScreenshot(100))
	must(t, err)
	must(t, os.WriteFile(path, shot, 0o600))
}
