package cutout_test

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"easel/internal/cutout"
	"easel/internal/egress"
	"easel/internal/memory"
	"easel/internal/policy"
	"easel/internal/postgres/pgtest"
	"easel/internal/provider/dashscope"
	"easel/internal/provider/dashscope/dashscopefake"
	"easel/internal/provider/removebg"
	"easel/internal/provider/removebg/removebgfake"
	"easel/internal/sandbox"
	"easel/internal/sitter"
)

// serve runs a fake and returns its address, with a client that reaches it through the real way out.
func serve(t *testing.T, fake http.Handler) (address string, client *http.Client) {
	t.Helper()
	server := httptest.NewServer(fake)
	t.Cleanup(server.Close)
	gate, err := egress.New(egress.Config{Own: map[policy.Role][]string{policy.Provider: {server.Listener.Addr().String()}}, Log: pgtest.Log(t)})
	if err != nil {
		t.Fatal(err)
	}
	return server.URL, gate.Client(policy.Provider, egress.Limits{Wait: 20 * time.Second, Bytes: 4 << 20})
}

// withRemoveBG is a studio that asks a pretended remove.bg first.
func withRemoveBG(t *testing.T, fake *removebgfake.Fake, each float64) *cutout.Service {
	t.Helper()
	t.Cleanup(fake.Close)
	address, client := serve(t, fake)
	engine, err := removebg.New(removebg.Config{Key: removebgfake.Key, Base: address + "/v1.0"}, client)
	if err != nil {
		t.Fatal(err)
	}
	s, _ := studio(t, cutout.Config{Workers: 2, Waiting: 10, Photos: 20, Hosting: &cutout.Hosting{Log: pgtest.Log(t),
		Background: []cutout.Hosted{{Engine: engine, Pixels: removebg.PixelsMost, Bytes: removebg.FileMost, Day: 100, Each: each}}}})
	return s
}

func bring(t *testing.T, ss *cutout.Session, kind cutout.Kind, photo []byte) cutout.Photo {
	t.Helper()
	p, err := ss.Bring(t.Context(), kind, "Rex.jpg", bytes.NewReader(photo))
	if err != nil {
		t.Fatal(err)
	}
	return settled(t, ss, p.ID)
}

// TestAHostedCutIsAskedForOnce pays for one call, whatever is done with the photo afterwards, and says who made it.
func TestAHostedCutIsAskedForOnce(t *testing.T) {
	t.Parallel()
	fake := removebgfake.New(10)
	s := withRemoveBG(t, fake, 100)
	ss := enter(t, s)
	p := bring(t, ss, cutout.Background, sitter.Ball(t))
	if p.State != cutout.Ready || p.Engine != removebg.Name || p.Preview == "" || p.Say != "" {
		t.Fatalf("the photo is %+v", p)
	}
	sent := fake.Calls()[0]
	if sent.W != p.W || sent.H != p.H || bytes.Contains(sent.Bytes, []byte("Exif")) {
		t.Errorf("what was sent is %d×%d", sent.W, sent.H)
	}
	file, err := ss.File(t.Context(), p.ID, "png")
	if err != nil {
		t.Fatal(err)
	}
	img, err := png.Decode(bytes.NewReader(file.Data))
	if err != nil || img.Bounds().Dx() != p.W {
		t.Fatalf("the full picture is %v, %v", img.Bounds(), err)
	}
	middle, corner := img.At(p.W/2, p.H/2).(color.NRGBA), img.At(p.W/2, p.H/20).(color.NRGBA)
	if middle.A != 255 || corner.A != 0 { // the fake takes an ellipse for the subject
		t.Errorf("the middle is %v, the top %v", middle, corner)
	}
	if !bytes.Contains(file.Data, []byte("remove.bg")) {
		t.Error("the file does not say who made it")
	}
	if err := ss.Before(p.ID, cutout.Ground{Kind: cutout.Plain, Colour: [3]uint8{250, 0, 0}}); err != nil {
		t.Fatal(err)
	}
	if p = settled(t, ss, p.ID); p.Engine != removebg.Name {
		t.Errorf("before another ground it is made by %q", p.Engine)
	}
	if err := ss.Draw(p.ID, []cutout.Stroke{{Points: []image.Point{image.Pt(p.W/2, p.H/2)}, Radius: 9, Keep: true}}); err != nil {
		t.Fatal(err)
	}
	if p = settled(t, ss, p.ID); p.Engine != "" || p.State != cutout.Ready {
		t.Errorf("after a stroke it is %s, made by %q; strokes are this program's own", p.State, p.Engine)
	}
	if err := ss.Undo(p.ID); err != nil {
		t.Fatal(err)
	}
	if p = settled(t, ss, p.ID); p.Engine != removebg.Name {
		t.Errorf("with the stroke taken back it is made by %q", p.Engine)
	}
	if n := len(fake.Calls()); n != 1 {
		t.Errorf("%d calls were paid for", n)
	}
}

// Below the confidence at which the page asks first nobody is paid, and neither for what a person has pointed out.
func TestNobodyIsPaidWhileWeAreUnsure(t *testing.T) {
	t.Parallel()
	fake := removebgfake.New(10)
	ss := enter(t, withRemoveBG(t, fake, 100))
	p := bring(t, ss, cutout.Background, noise(t))
	if p.State != cutout.Asking {
		t.Fatalf("noise is %s with confidence %g", p.State, p.Confidence)
	}
	if err := ss.Box(p.ID, image.Rect(20, 20, 120, 120)); err != nil {
		t.Fatal(err)
	}
	settled(t, ss, p.ID)
	if n := len(fake.Calls()); n != 0 {
		t.Errorf("%d calls were made", n)
	}
}

// noise is a PNG without any subject.
func noise(t *testing.T) []byte {
	t.Helper()
	img := image.NewNRGBA(image.Rect(0, 0, 160, 140))
	x := uint32(1)
	for i := range img.Pix {
		x ^= x << 13
		x ^= x >> 17
		x ^= x << 5
		img.Pix[i] = uint8(x) | uint8(255*(i%4/3))
	}
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// Whatever the service does, the person gets a result, and reads what concerns them.
func TestThisProgramTakesOverWhenAServiceFails(t *testing.T) {
	t.Parallel()
	for mode, say := range map[removebgfake.Mode]string{
		"400 unknown_foreground": "found no subject", "402 ": "did not make a result", "403 auth_failed": "did not make a result", "429 later": "did not make a result",
		"500 ": "did not make a result", removebgfake.HTML: "did not make a result", removebgfake.Cut: "did not make a result", removebgfake.Huge: "did not make a result",
		removebgfake.Bomb: "did not make a result", removebgfake.Coloured: "did not make a result", removebgfake.Shape: "did not make a result",
	} {
		t.Run(string(mode), func(t *testing.T) {
			t.Parallel()
			fake := removebgfake.New(10)
			fake.Next(mode)
			p := bring(t, enter(t, withRemoveBG(t, fake, 100)), cutout.Background, sitter.Ball(t))
			if p.State != cutout.Ready || p.Engine != "" || p.Preview == "" {
				t.Errorf("the photo is %s, made by %q", p.State, p.Engine)
			}
			if !strings.Contains(p.Say, say) || !strings.HasPrefix(p.Say, "remove.bg") || !strings.HasSuffix(p.Say, "own engine made the result.") || len(fake.Calls()) != 1 {
				t.Errorf("it says %q after %d calls", p.Say, len(fake.Calls()))
			}
		})
	}
}

func TestCallsStayWithinTheirBudget(t *testing.T) {
	t.Parallel()
	fake := removebgfake.New(10)
	s := withRemoveBG(t, fake, 2)
	ss := enter(t, s)
	var p cutout.Photo
	for range 3 {
		p = bring(t, ss, cutout.Background, sitter.Ball(t))
	}
	if p.State != cutout.Ready || p.Engine != "" || !strings.Contains(p.Say, "your network in a day is used up") || len(fake.Calls()) != 2 {
		t.Errorf("the third of two is %s by %q: %q, after %d calls", p.State, p.Engine, p.Say, len(fake.Calls()))
	}
}

// A call ends with the photo, with the session and with the server.
func TestACallIsCalledOff(t *testing.T) {
	t.Parallel()
	for name, leave := range map[string]func(ss *cutout.Session, id string) error{
		"removed":       func(ss *cutout.Session, id string) error { return ss.Remove(id) },
		"stopped":       func(ss *cutout.Session, id string) error { return ss.Stop(id) },
		"session ended": func(ss *cutout.Session, _ string) error { ss.End(); return nil }, //nolint:unparam // the others can fail
		"server ended":  func(*cutout.Session, string) error { return nil },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			fake := &patient{came: make(chan struct{}), gone: make(chan struct{})}
			address, client := serve(t, fake)
			engine, err := removebg.New(removebg.Config{Key: removebgfake.Key, Base: address}, client)
			if err != nil {
				t.Fatal(err)
			}
			store, err := memory.New(memory.Config{Keep: time.Hour, Budget: 256 << 20, Each: 128 << 20, Sessions: 10})
			if err != nil {
				t.Fatal(err)
			}
			s, err := cutout.New(cutout.Config{Workers: 1, Waiting: 10, Photos: 3, Hosting: &cutout.Hosting{Log: pgtest.Log(t),
				Background: []cutout.Hosted{{Engine: engine, Pixels: 1e7, Bytes: 1e7, Day: 9, Each: 9}}}}, store, sandbox.New(sandbox.Config{}))
			if err != nil {
				t.Fatal(err)
			}
			ss := enter(t, s)
			p, err := ss.Bring(t.Context(), cutout.Background, "x.jpg", bytes.NewReader(sitter.Ball(t)))
			if err != nil {
				t.Fatal(err)
			}
			<-fake.came
			if err := leave(ss, p.ID); err != nil {
				t.Fatal(err)
			}
			if name != "server ended" {
				<-fake.gone
			}
			if err := s.Close(); err != nil {
				t.Error(err)
			}
			<-fake.gone
		})
	}
}

// patient is a service that never answers.
type patient struct{ came, gone chan struct{} }

func (p *patient) ServeHTTP(_ http.ResponseWriter, r *http.Request) {
	buffer := make([]byte, 32<<10)
	for _, err := r.Body.Read(buffer); err == nil; _, err = r.Body.Read(buffer) { // so that the server hears of the other's end
	}
	close(p.came)
	<-r.Context().Done()
	close(p.gone)
}

// withDashScope is a studio that asks a pretended DashScope first.
func withDashScope(t *testing.T, fake *dashscopefake.Fake) *cutout.Service {
	t.Helper()
	address, client := serve(t, fake)
	fake.URL = address
	engine, err := dashscope.New(dashscope.Config{Key: dashscopefake.Key, Base: address + "/api/v1", Steps: []dashscope.Step{dashscope.Prompt}}, client)
	if err != nil {
		t.Fatal(err)
	}
	s, _ := studio(t, cutout.Config{Workers: 2, Waiting: 10, Photos: 20, Hosting: &cutout.Hosting{Log: pgtest.Log(t),
		Crowd: []cutout.Hosted{{Engine: engine, Pixels: 2e6, SideMost: dashscope.SideMost, SideLeast: dashscope.SideLeast, Bytes: dashscope.FileMost, Day: 9, Each: 9}}}})
	return s
}

// street is a PNG with a pole to take out, large enough for the service.
func street(t *testing.T) []byte {
	t.Helper()
	img := image.NewNRGBA(image.Rect(0, 0, 640, 520))
	for y := range 520 {
		for x := range 640 {
			c := color.NRGBA{R: 180, G: 180, B: uint8(150 + (x+y)%9), A: 255}
			if x > 300 && x < 330 && y > 100 {
				c = color.NRGBA{R: 30, G: 20, B: 20, A: 255}
			}
			img.SetNRGBA(x, y, c)
		}
	}
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// pole is drawn over what a street has to lose.
var pole = []cutout.Stroke{{Points: []image.Point{image.Pt(315, 150), image.Pt(315, 480)}, Radius: 18}}

// TestAHostedFillChangesNothingElse takes what goes from the service's picture, and every other pixel from the photo.
func TestAHostedFillChangesNothingElse(t *testing.T) {
	t.Parallel()
	for _, mode := range []dashscopefake.Mode{dashscopefake.Good, "400 DataInspectionFailed"} {
		t.Run(fmt.Sprintf("%q", mode), func(t *testing.T) {
			t.Parallel()
			fake := dashscopefake.New()
			fake.Next(mode)
			ss := enter(t, withDashScope(t, fake))
			p := bring(t, ss, cutout.Crowd, street(t))
			if err := ss.Draw(p.ID, pole); err != nil {
				t.Fatal(err)
			}
			if p = settled(t, ss, p.ID); p.State != cutout.Asking || len(fake.Calls()) != 0 {
				t.Fatalf("before anybody has looked it is %s, after %d calls", p.State, len(fake.Calls()))
			}
			if err := ss.Fill(p.ID); err != nil {
				t.Fatal(err)
			}
			p = settled(t, ss, p.ID)
			if p.State != cutout.Ready || len(fake.Calls()) != 1 {
				t.Fatalf("it is %s: %s", p.State, p.Say)
			}
			if mode != dashscopefake.Good {
				if p.Engine != "" || !strings.Contains(p.Say, "own engine") {
					t.Errorf("made by %q, saying %q", p.Engine, p.Say)
				}
				return
			}
			if p.Engine != dashscope.Name {
				t.Errorf("made by %q, saying %q", p.Engine, p.Say)
			}
			full, err := ss.Full(t.Context(), p.ID)
			if err != nil {
				t.Fatal(err)
			}
			if got := full.NRGBAAt(315, 300); got != dashscopefake.Filled {
				t.Errorf("where the pole was is %v", got)
			}
			if got := full.NRGBAAt(40, 40); got != (color.NRGBA{R: 180, G: 180, B: uint8(150 + 80%9), A: 255}) {
				t.Errorf("far away is %v", got)
			}
		})
	}
}
