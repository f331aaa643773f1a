package cutout_test

import (
	"bytes"
	"errors"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"io"
	"net/netip"
	"strings"
	"testing"
	"time"

	art "easel/engine/cutout"
	"easel/engine/matting"
	"easel/engine/raster"
	"easel/internal/cutout"
	"easel/internal/fault"
	"easel/internal/memory"
	"easel/internal/sandbox"
	"easel/internal/sitter"
)

func TestMain(m *testing.M) {
	sandbox.Main()
	m.Run()
}

var home = netip.MustParsePrefix("192.0.2.1/32")

func studio(t *testing.T, c cutout.Config) (*cutout.Service, *memory.Store) {
	t.Helper()
	store, err := memory.New(memory.Config{Keep: time.Hour, Budget: 256 << 20, Each: 128 << 20, Sessions: 10})
	if err != nil {
		t.Fatal(err)
	}
	if c == (cutout.Config{}) {
		c = cutout.Config{Workers: 2, Waiting: 10, Photos: 3}
	}
	s, err := cutout.New(c, store, sandbox.New(sandbox.Config{}))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
		if used, n := store.Used(); used != 0 || n != 0 {
			t.Errorf("%d bytes of %d sessions are left", used, n)
		}
	})
	return s, store
}

func enter(t *testing.T, s *cutout.Service) *cutout.Session {
	t.Helper()
	ticket, err := s.Begin(home)
	if err != nil {
		t.Fatal(err)
	}
	ss, err := s.Enter(ticket.ID, ticket.Secret)
	if err != nil {
		t.Fatal(err)
	}
	return ss
}

// settled waits until nothing is being worked on for the photo.
func settled(t *testing.T, ss *cutout.Session, id string) cutout.Photo {
	t.Helper()
	for {
		turn := ss.Turn()
		p, err := ss.Photo(id)
		if err != nil {
			t.Fatal(err)
		}
		if p.State != cutout.Waiting && p.State != cutout.Working {
			return p
		}
		select {
		case <-ss.News(turn):
		case <-t.Context().Done():
			t.Fatal("the photo was never ready")
		}
	}
}

func picture(t *testing.T, s *cutout.Service, pass string) image.Image {
	t.Helper()
	r, err := s.Picture(pass)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	img, _, err := image.Decode(r)
	if err != nil {
		t.Fatal(err)
	}
	return img
}

// alike is the structural similarity of the light of two pictures.
func alike(t *testing.T, a, b image.Image) float32 {
	t.Helper()
	var luma [2]*raster.Plane
	for i, img := range []image.Image{a, b} {
		flat := image.NewNRGBA(img.Bounds())
		draw.Draw(flat, flat.Rect, img, img.Bounds().Min, draw.Src)
		colours := raster.FromNRGBA(t.Context(), flat)
		luma[i] = raster.Luma(t.Context(), colours)
		colours.Free()
	}
	defer raster.Free(luma[:]...)
	return raster.SSIM(t.Context(), luma[0], luma[1], 0)
}

func TestAPortraitLosesItsBackground(t *testing.T) {
	t.Parallel()
	s, _ := studio(t, cutout.Config{})
	ss := enter(t, s)
	p, err := ss.Bring(t.Context(), cutout.Background, `C:\photos\Me & my dog.jpeg`, bytes.NewReader(sitter.Portrait(t)))
	if err != nil {
		t.Fatal(err)
	}
	if p.Name != "Me & my dog" {
		t.Errorf("the name is %q", p.Name)
	}
	if p = settled(t, ss, p.ID); p.State != cutout.Ready || p.Confidence < art.Sure {
		t.Fatalf("the photo is %s with confidence %.2f: %s", p.State, p.Confidence, p.Say)
	}
	preview := picture(t, s, p.Preview)
	little := preview.Bounds().Size()
	if max(little.X, little.Y) > 480 || max(little.X, little.Y) >= max(p.W, p.H) {
		t.Errorf("the preview is %v of %d×%d", little, p.W, p.H)
	}
	full, err := ss.Full(t.Context(), p.ID)
	if err != nil {
		t.Fatal(err)
	}
	if full.Rect.Dx() != p.W || full.Rect.Dy() != p.H || full.NRGBAAt(2, 2).A != 0 || full.NRGBAAt(p.W/2, p.H/2).A != 255 {
		t.Errorf("the full picture is %v, a corner %v, the middle %v", full.Rect, full.NRGBAAt(2, 2), full.NRGBAAt(p.W/2, p.H/2))
	}
	if s := alike(t, preview, raster.ResizeNRGBA(t.Context(), full, little.X, little.Y)); s > 0.8 {
		t.Errorf("the preview has SSIM %.3f with the full picture made as small: it carries no mark", s)
	} else {
		t.Logf("SSIM %.3f", s)
	}
	head := full.NRGBAAt(p.W/2, p.H/4).A
	if err := ss.Draw(p.ID, []matting.Stroke{{Points: []image.Point{{p.W / 2, p.H - 40}, {p.W/2 + 20, p.H - 30}}, Radius: 6, Keep: true}}); err != nil {
		t.Fatal(err)
	}
	if p = settled(t, ss, p.ID); p.State != cutout.Ready {
		t.Fatalf("after a stroke it is %s: %s", p.State, p.Say)
	}
	if full, err = ss.Full(t.Context(), p.ID); err != nil || full.NRGBAAt(p.W/2, p.H/4).A != head || head != 255 {
		t.Errorf("a stroke on the neck took the head away (%v)", err)
	}
	if err := ss.Before(p.ID, art.Ground{Kind: art.Plain, Colour: [3]uint8{0, 0, 255}}); err != nil {
		t.Fatal(err)
	}
	if p = settled(t, ss, p.ID); p.State != cutout.Ready {
		t.Fatalf("before a colour it is %s: %s", p.State, p.Say)
	}
	if full, err = ss.Full(t.Context(), p.ID); err != nil || full.NRGBAAt(2, 2) != (color.NRGBA{B: 255, A: 255}) {
		t.Errorf("the corner before blue is wrong (%v)", err)
	}
}

// Where we are not sure, nothing is shown until a person has pointed at the subject.
func TestWhereWeAreNotSureWeAsk(t *testing.T) {
	t.Parallel()
	s, _ := studio(t, cutout.Config{})
	ss := enter(t, s)
	even := image.NewNRGBA(image.Rect(0, 0, 140, 140))
	for i := range even.Pix {
		even.Pix[i] = uint8(100 + (i*2654435761>>20)%9)
		if i%4 == 3 {
			even.Pix[i] = 255
		}
	}
	var file bytes.Buffer
	if err := png.Encode(&file, even); err != nil {
		t.Fatal(err)
	}
	p, err := ss.Bring(t.Context(), cutout.Background, "wall.png", &file)
	if err != nil {
		t.Fatal(err)
	}
	if p = settled(t, ss, p.ID); p.State != cutout.Asking || p.Preview != "" || p.Say == "" {
		t.Fatalf("a bare wall is %s with confidence %.2f, preview %q", p.State, p.Confidence, p.Preview)
	}
	if _, err := ss.Full(t.Context(), p.ID); !fault.Is(err, fault.Conflict) {
		t.Errorf("the full picture of what was not shown: %v", err)
	}
	if err := ss.Box(p.ID, image.Rect(40, 40, 100, 100)); err != nil {
		t.Fatal(err)
	}
	if p = settled(t, ss, p.ID); p.State != cutout.Ready || p.Preview == "" || p.Marks != 1 {
		t.Errorf("with a box it is %s, %d marks: %s", p.State, p.Marks, p.Say)
	}
	if err := ss.Undo(p.ID); err != nil {
		t.Fatal(err)
	}
	if p = settled(t, ss, p.ID); p.State != cutout.Asking {
		t.Errorf("after undo it is %s", p.State)
	}
	if err := ss.Undo(p.ID); !fault.Is(err, fault.Invalid) {
		t.Errorf("undoing nothing: %v", err)
	}
}

func TestACrowdIsShownBeforeItGoes(t *testing.T) {
	t.Parallel()
	s, _ := studio(t, cutout.Config{})
	ss := enter(t, s)
	p, err := ss.Bring(t.Context(), cutout.Crowd, "ball.png", bytes.NewReader(sitter.Ball(t)))
	if err != nil {
		t.Fatal(err)
	}
	if p = settled(t, ss, p.ID); p.State != cutout.Asking || p.Mask == "" || p.Preview != "" {
		t.Fatalf("before anything is filled it is %s, mask %q, preview %q", p.State, p.Mask, p.Preview)
	}
	if err := ss.Fill(p.ID); err != nil {
		t.Fatal(err)
	}
	if p = settled(t, ss, p.ID); p.State != cutout.Failed || !strings.Contains(p.Say, "Draw over") {
		t.Errorf("with nobody marked it is %s: %s", p.State, p.Say)
	}
	if err := ss.Box(p.ID, image.Rect(20, 20, 90, 90)); !fault.Is(err, fault.Invalid) {
		t.Errorf("a box about a crowd: %v", err)
	}
	over := matting.Stroke{Points: []image.Point{{64, 70}, {96, 70}}, Radius: 8}
	if err := ss.Draw(p.ID, []matting.Stroke{over}); err != nil {
		t.Fatal(err)
	}
	if p = settled(t, ss, p.ID); p.State != cutout.Asking {
		t.Fatalf("after drawing it is %s: %s", p.State, p.Say)
	}
	if err := ss.Fill(p.ID); err != nil {
		t.Fatal(err)
	}
	if p = settled(t, ss, p.ID); p.State != cutout.Ready {
		t.Fatalf("after filling it is %s: %s", p.State, p.Say)
	}
	if err := ss.Fill(p.ID); !fault.Is(err, fault.Conflict) { // an engine elsewhere would be paid again for the same
		t.Errorf("filled once more: %v", err)
	}
	if !strings.Contains(p.Say, "Much of what is behind them was hidden") { // half of the frame's height
		t.Errorf("of a ball that hid half of the grass it is said: %q", p.Say)
	}
	full, err := ss.Full(t.Context(), p.ID)
	if err != nil {
		t.Fatal(err)
	}
	if c := full.NRGBAAt(80, 70); c.R > c.G {
		t.Errorf("the ball is still there: %v", c)
	}
}

// What is stopped stands as it stood before: its strokes are those of the picture that is shown.
func TestWhatIsStoppedStandsAsBefore(t *testing.T) {
	t.Parallel()
	s, _ := studio(t, cutout.Config{Workers: 1, Waiting: 10, Photos: 3})
	ss := enter(t, s)
	p, err := ss.Bring(t.Context(), cutout.Background, "a.png", bytes.NewReader(sitter.Ball(t)))
	if err != nil {
		t.Fatal(err)
	}
	before := settled(t, ss, p.ID)
	if err := ss.Stop(p.ID); !fault.Is(err, fault.Conflict) {
		t.Errorf("stopping nothing: %v", err)
	}
	if err := ss.Draw(p.ID, []matting.Stroke{{Points: []image.Point{{80, 70}}, Radius: 6, Keep: true}}); err != nil {
		t.Fatal(err)
	}
	if err := ss.Stop(p.ID); err != nil && !fault.Is(err, fault.Conflict) { // it may have been quicker
		t.Fatal(err)
	} else if err == nil {
		after := settled(t, ss, p.ID)
		if after.Marks != 0 || after.State != before.State || after.Preview != before.Preview {
			t.Errorf("after the stop it is %+v, and was %+v", after, before)
		}
	}
	if err := ss.Again(p.ID); err != nil {
		t.Fatal(err)
	}
	if after := settled(t, ss, p.ID); after.State != cutout.Ready {
		t.Errorf("again it is %s: %s", after.State, after.Say)
	}
}

func TestWhatIsRemovedIsGone(t *testing.T) {
	t.Parallel()
	s, store := studio(t, cutout.Config{})
	ss := enter(t, s)
	p, err := ss.Bring(t.Context(), cutout.Background, "a.png", bytes.NewReader(sitter.Ball(t)))
	if err != nil {
		t.Fatal(err)
	}
	p = settled(t, ss, p.ID)
	if err := ss.Remove(p.ID); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Picture(p.View); !fault.Is(err, fault.Missing) {
		t.Errorf("the photo's copy: %v, want missing", err)
	}
	if _, err := ss.Photo(p.ID); !fault.Is(err, fault.Missing) {
		t.Errorf("the photo: %v, want missing", err)
	}
	if used, _ := store.Used(); used != 0 {
		t.Errorf("%d bytes are still kept", used)
	}
	again, err := ss.Bring(t.Context(), cutout.Background, "a.png", bytes.NewReader(sitter.Ball(t)))
	if err != nil {
		t.Fatal(err)
	}
	ss.End() // while it may be worked on
	if _, err := s.Picture(again.View); !fault.Is(err, fault.Missing) {
		t.Errorf("after the end: %v, want missing", err)
	}
}

func TestWhatIsRefused(t *testing.T) {
	t.Parallel()
	s, store := studio(t, cutout.Config{Workers: 1, Waiting: 10, Photos: 1})
	ss := enter(t, s)
	broken := errors.New("cut off")
	for name, c := range map[string]struct {
		kind cutout.Kind
		from io.Reader
		want fault.Kind
	}{
		"no picture":     {cutout.Background, strings.NewReader("this is a text"), fault.Invalid},
		"unknown wish":   {"sky", bytes.NewReader(sitter.Ball(t)), fault.Invalid},
		"nothing at all": {cutout.Crowd, strings.NewReader(""), fault.Invalid},
	} {
		if _, err := ss.Bring(t.Context(), c.kind, "x", c.from); !fault.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
	if _, err := ss.Bring(t.Context(), cutout.Background, "x", io.MultiReader(bytes.NewReader(sitter.Ball(t)[:500]), failing{broken})); !errors.Is(err, broken) {
		t.Errorf("a broken connection: %v", err)
	}
	if used, _ := store.Used(); used != 0 {
		t.Errorf("after refusals %d bytes are kept", used)
	}
	p, err := ss.Bring(t.Context(), cutout.Background, "x", bytes.NewReader(sitter.Ball(t)))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := ss.Bring(t.Context(), cutout.Background, "y", bytes.NewReader(sitter.Ball(t))); !fault.Is(err, fault.Conflict) {
		t.Errorf("a second photo where one fits: %v", err)
	}
	for name, err := range map[string]error{
		"a stroke outside":     ss.Draw(p.ID, []matting.Stroke{{Points: []image.Point{{-5, 3}}, Radius: 3}}),
		"a stroke of no width": ss.Draw(p.ID, []matting.Stroke{{Points: []image.Point{{5, 3}}}}),
		"no points":            ss.Draw(p.ID, []matting.Stroke{{Radius: 3}}),
		"an empty box":         ss.Box(p.ID, image.Rect(5, 5, 6, 6)),
		"no ground":            ss.Before(p.ID, art.Ground{}),
	} {
		if !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %v, want invalid", name, err)
		}
	}
	if err := ss.Fill(p.ID); !fault.Is(err, fault.Conflict) {
		t.Errorf("filling a cutout: %v", err)
	}
	if err := ss.Remove("nobody"); !fault.Is(err, fault.Missing) {
		t.Errorf("removing what is not there: %v", err)
	}
}

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }
