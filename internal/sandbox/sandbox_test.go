package sandbox

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"easel/engine/ingest"
	"easel/internal/sitter"
)

// Children that misbehave, as one would that a hostile picture has taken over. They restrict themselves first, as
// the real one does.
var rogues = map[string]func(q request){
	"rogue: silent": func(request) { time.Sleep(time.Hour) },
	"rogue: spins": func(request) {
		for {
			_ = 1
		}
	},
	"rogue: crashes": func(request) { panic("a decoder's mistake") },
	"rogue: leaves":  func(request) {},
	"rogue: talks": func(request) {
		for {
			_, _ = os.Stdout.Write(make([]byte, 1<<16))
		}
	},
	"rogue: lies":      func(request) { _, _ = os.Stdout.Write(frame(answer{W: 1 << 30, H: 1 << 30})) },
	"rogue: half":      func(request) { _, _ = os.Stdout.Write(frame(answer{W: 200, H: 200, Format: "png"})) },
	"rogue: eats":      eat,
	"rogue: confesses": confess,
}

func eat(request) {
	var all [][]byte
	for {
		b := make([]byte, 16<<20)
		for i := 0; i < len(b); i += 4096 {
			b[i] = 1
		}
		all = append(all, b)
		_ = all
	}
}

// confess tries what a child must not do and answers with what worked.
func confess(request) {
	var did []string
	if f, err := os.Open("/etc/passwd"); err == nil {
		f.Close()
		did = append(did, "read a file")
	}
	if f, err := os.Create("/tmp/easel-sandbox-test"); err == nil {
		f.Close()
		did = append(did, "wrote a file")
	}
	if c, err := net.Listen("tcp", "127.0.0.1:0"); err == nil {
		c.Close()
		did = append(did, "opened a socket")
	}
	if exec.Command("/bin/true").Run() == nil {
		did = append(did, "ran a program")
	}
	if len(os.Environ()) > len(environment()) {
		did = append(did, "saw the environment")
	}
	send(os.Stdout, frame(answer{Reason: "confession", Say: strings.Join(did, ", ") + "."}), nil)
}

func TestMain(m *testing.M) {
	if rogue, ok := rogues[os.Args[0]]; ok {
		var q request
		if readFrame(os.Stdin, &q) != nil || restrict(q) != nil {
			os.Exit(9)
		}
		rogue(q)
		os.Exit(0)
	}
	Main()
	os.Exit(m.Run())
}

func photo(t testing.TB, w, h int) []byte {
	t.Helper()
	img := image.NewNRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			img.SetNRGBA(x, y, color.NRGBA{uint8(x * 7), uint8(y * 5), uint8(x * y), 255})
		}
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, &jpeg.Options{Quality: 90}); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestAPictureComesThroughUnchanged(t *testing.T) {
	t.Parallel()
	data := photo(t, 300, 200)
	want, err := ingest.Decode(t.Context(), data, ingest.DefaultLimits())
	if err != nil {
		t.Fatal(err)
	}
	got, err := New(Config{}).DecodeReader(t.Context(), bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	if got.Image.Rect != want.Image.Rect || !bytes.Equal(got.Image.Pix, want.Image.Pix) || got.Format != want.Format {
		t.Error("the picture changed on its way")
	}
}

func TestNotesComeThrough(t *testing.T) {
	t.Parallel()
	data := photo(t, 300, 200)
	got, err := New(Config{}).Decode(t.Context(), data[:len(data)-2])
	if err != nil || len(got.Notes) != 1 {
		t.Errorf("%+v, %v", got, err)
	}
}

// flat makes a PNG whose header is true and whose pixels are all alike: small in the file, large when open.
func flat(t testing.TB, w, h int) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, w, h))); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// manyScans repeats the scans of a progressive-looking JPEG: little to store, much to do.
func manyScans(t testing.TB, n int) []byte {
	t.Helper()
	data := photo(t, 200, 200)
	i := bytes.Index(data, []byte{0xff, 0xda})
	scan := data[i : len(data)-2]
	out := append([]byte{}, data[:i]...)
	for range n {
		out = append(out, scan...)
	}
	return append(out, 0xff, 0xd9)
}

// claims makes a PNG that claims a size in its header.
func claims(t testing.TB, w, h uint32) []byte {
	t.Helper()
	b := flat(t, 1, 1)
	binary.BigEndian.PutUint32(b[16:], w)
	binary.BigEndian.PutUint32(b[20:], h)
	return b
}

func TestHostileFilesAreRefused(t *testing.T) {
	t.Parallel()
	d := New(Config{Concurrent: 2})
	for name, tt := range map[string]struct {
		data   []byte
		reason ingest.Reason
	}{
		"empty":       {nil, ingest.Empty},
		"text":        {[]byte("not a picture at all"), ingest.Unknown},
		"scans":       {manyScans(t, 300), ingest.TooComplex},
		"claims much": {claims(t, 1<<31-1, 1<<31-1), ingest.TooManyPixels},
		"wide":        {flat(t, 20000, 130), ingest.TooManyPixels},
		"too long":    {make([]byte, 41<<20), ingest.TooLarge},
		"noise":       {append([]byte("\xff\xd8\xff\xe0"), bytes.Repeat([]byte{0xff, 0xda, 0}, 5000)...), ingest.CutOff},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := d.Decode(t.Context(), tt.data)
			checkReason(t, err, tt.reason)
		})
	}
}

func checkReason(t *testing.T, err error, reason ingest.Reason) {
	t.Helper()
	var r *ingest.Refusal
	if !errors.As(err, &r) || r.Reason != reason || !strings.HasSuffix(r.Say, ".") {
		t.Errorf("got %v, not a refusal as %s", err, reason)
	}
}

// collected finds files of the photo collection, which is not part of the repository.
func collected(t *testing.T, pattern string) []string {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(sitter.Photos(t), "awkward", pattern))
	if err != nil || len(paths) == 0 {
		t.Fatalf("the collection has no %s (%v)", pattern, err)
	}
	return paths
}

// TestHeavyDecodersWorkUnderTheLimits runs the decoders that compile themselves at their start.
func TestHeavyDecodersWorkUnderTheLimits(t *testing.T) {
	t.Parallel()
	if raceDetector {
		t.Skip("these decoders are very slow under the race detector")
	}
	d := New(Config{Timeout: 5 * time.Minute})
	for _, path := range append(collected(t, "two-images.heic"), collected(t, "photo.avif")...) {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if pic, err := d.Decode(t.Context(), data); err != nil || pic.Image.Rect.Dx() < 800 {
			t.Errorf("%s: %v", filepath.Base(path), err)
		}
	}
}

func TestBombsOfTheCollectionAreRefused(t *testing.T) {
	t.Parallel()
	d := New(Config{})
	for _, path := range collected(t, "bomb-*") {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		reason := ingest.TooManyPixels
		if strings.HasSuffix(path, "ztxt.png") {
			reason = ingest.TooSmall
		}
		_, err = d.Decode(t.Context(), data)
		checkReason(t, err, reason)
	}
}

func TestRogueChildrenBecomeRefusals(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		timeout time.Duration
		reason  ingest.Reason
	}{
		"rogue: silent":  {300 * time.Millisecond, ingest.TooSlow},
		"rogue: spins":   {300 * time.Millisecond, ingest.TooSlow},
		"rogue: crashes": {time.Minute, ingest.Broken},
		"rogue: leaves":  {time.Minute, ingest.Broken},
		"rogue: talks":   {time.Minute, ingest.Broken},
		"rogue: lies":    {time.Minute, ingest.Broken},
		"rogue: half":    {time.Minute, ingest.Broken},
		"rogue: eats":    {time.Minute, ingest.TooMuchMemory},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if raceDetector && name == "rogue: eats" {
				t.Skip("the race detector's own memory cannot be bounded")
			}
			d := New(Config{Timeout: tt.timeout, MemoryBytes: 256 << 20})
			d.name = name
			_, err := d.Decode(t.Context(), photo(t, 200, 200))
			checkReason(t, err, tt.reason)
		})
	}
}

func TestAChildHasNoFilesNetworkOrPrograms(t *testing.T) {
	t.Parallel()
	d := New(Config{})
	d.name = "rogue: confesses"
	_, err := d.Decode(t.Context(), photo(t, 200, 200))
	var r *ingest.Refusal
	if !errors.As(err, &r) || r.Reason != "confession" || r.Say != "." {
		t.Errorf("the child did: %v", err)
	}
}

func TestProcessorTimeIsBounded(t *testing.T) {
	t.Parallel()
	d := New(Config{Timeout: time.Second, Concurrent: 64})
	d.name = "rogue: spins"
	limited, err := d.run(t.Context(), photo(t, 200, 200)) // without the wall clock
	if limited != nil {
		t.Error("a picture from a child that made none")
	}
	checkReason(t, err, ingest.TooSlow)
}

func TestAPictureTooLargeForTheMemoryIsRefused(t *testing.T) {
	t.Parallel()
	if raceDetector {
		t.Skip("the race detector's own memory cannot be bounded")
	}
	_, err := New(Config{MemoryBytes: 96 << 20}).Decode(t.Context(), flat(t, 7000, 7000))
	checkReason(t, err, ingest.TooMuchMemory)
}

func TestACancelledCallerGetsItsOwnError(t *testing.T) {
	t.Parallel()
	d := New(Config{Concurrent: 1})
	d.name = "rogue: silent"
	ctx, cancel := context.WithCancel(t.Context())
	var group sync.WaitGroup
	for range 3 { // one runs, two wait for its place
		group.Go(func() {
			if _, err := d.Decode(ctx, photo(t, 200, 200)); !errors.Is(err, context.Canceled) {
				t.Errorf("got %v", err)
			}
		})
	}
	cancel()
	group.Wait()
}

// endless is a stream without an end.
type endless struct{}

func (endless) Read(p []byte) (int, error) { return copy(p, "\xff\xd8\xff\xe0 and so on, and on"), nil }

func TestAnEndlessStreamIsRefused(t *testing.T) {
	t.Parallel()
	d := New(Config{Limits: ingest.Limits{Bytes: 1 << 20, Pixels: 1 << 20, Side: 4000, Scans: 8}})
	_, err := d.DecodeReader(t.Context(), endless{})
	checkReason(t, err, ingest.TooLarge)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := d.DecodeReader(ctx, io.MultiReader(endless{})); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

func TestManyAtOnce(t *testing.T) {
	t.Parallel()
	d := New(Config{Concurrent: 2})
	good, bad := photo(t, 200, 150), manyScans(t, 100)
	var group sync.WaitGroup
	for i := range 12 {
		group.Go(func() {
			if i%2 == 0 {
				if _, err := d.Decode(t.Context(), good); err != nil {
					t.Error(err)
				}
				return
			}
			_, err := d.Decode(t.Context(), bad)
			checkReason(t, err, ingest.TooComplex)
		})
	}
	group.Wait()
}

func BenchmarkStart(b *testing.B) {
	d, data := New(Config{}), photo(b, 128, 128)
	for b.Loop() {
		if _, err := d.Decode(b.Context(), data); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkDecodeJPEG12MP(b *testing.B) {
	d, data := New(Config{}), photo(b, 4000, 3000)
	b.SetBytes(12_000_000)
	for b.Loop() {
		if _, err := d.Decode(b.Context(), data); err != nil {
			b.Fatal(err)
		}
	}
}
