package cutout

import (
	"bytes"
	"image"
	"image/jpeg"
	"net/netip"
	"testing"
	"time"

	"easel/engine/raster"
	"easel/internal/memory"
	"easel/internal/sandbox"
	"easel/internal/sitter"
)

// What is kept comes back as it was, a part of a picture as well, with three bytes for each pixel where nothing shows through.
func TestKeptPicturesComeBack(t *testing.T) {
	t.Parallel()
	ss, used := begun(t)
	for name, through := range map[string]uint8{"opaque": 255, "see-through": 128} {
		whole := image.NewNRGBA(image.Rect(0, 0, 340, 260))
		for i := range whole.Pix {
			whole.Pix[i] = uint8(i * 7)
		}
		for i := 3; i < len(whole.Pix); i += 4 {
			whole.Pix[i] = through
		}
		part, ok := whole.SubImage(image.Rect(11, 5, 331, 255)).(*image.NRGBA)
		if !ok {
			t.Fatal("a part of it is no such picture")
		}
		before := used()
		item, err := put(ss.handle, part)
		if err != nil {
			t.Fatal(err)
		}
		// What is kept takes whole segments of a quarter of a megabyte: one for three bytes a pixel, two for four.
		if took, most := used()-before, int64(266_240); through == 255 && took > most {
			t.Errorf("%s: it takes %d bytes, want at most %d", name, took, most)
		}
		back, err := get(ss.handle, item)
		if err != nil {
			t.Fatal(err)
		}
		if back.Rect != image.Rect(0, 0, 320, 250) {
			t.Fatalf("%s: it comes back as %v", name, back.Rect)
		}
		for y := range 250 {
			for x := range 320 {
				if got, want := back.NRGBAAt(x, y), part.NRGBAAt(x+11, y+5); got != want {
					t.Fatalf("%s: at %d,%d there is %v, want %v", name, x, y, got, want)
				}
			}
		}
	}
}

// A session holds twenty photos of a phone: what is kept of each beside its file has to leave room for files of 4.2 MB.
func TestTwentyPhotosFitIntoASession(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("a large photo under the race detector")
	}
	const session, photos, file = 224 << 20, 20, 4_200_000
	ss, used := begun(t)
	var b bytes.Buffer
	if err := jpeg.Encode(&b, raster.ResizeNRGBA(t.Context(), sitter.Sitting(t), 1120, 1400), nil); err != nil {
		t.Fatal(err)
	}
	size := int64(b.Len())
	p, err := ss.Bring(t.Context(), Background, "me.jpg", &b)
	if err != nil {
		t.Fatal(err)
	}
	for p.State == Waiting || p.State == Working {
		turn := ss.Turn()
		if p, err = ss.Photo(p.ID); err != nil {
			t.Fatal(err)
		}
		if p.State == Waiting || p.State == Working {
			<-ss.News(turn)
		}
	}
	if beside := used() - size; p.State != Ready || beside > session/photos-file {
		t.Errorf("a photo is %s and takes %d bytes beside its file, want at most %d", p.State, beside, session/photos-file)
	}
}

// begun is a session of its own, and what is kept in it, in bytes.
func begun(t *testing.T) (*Session, func() int64) {
	t.Helper()
	store, err := memory.New(memory.Config{Keep: time.Hour, Budget: 64 << 20, Each: 64 << 20, Sessions: 1})
	if err != nil {
		t.Fatal(err)
	}
	s, err := New(Config{Workers: 1, Waiting: 4, Photos: 4}, store, sandbox.New(sandbox.Config{}))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	ticket, err := s.Begin(netip.MustParsePrefix("192.0.2.7/32"))
	if err != nil {
		t.Fatal(err)
	}
	ss, err := s.Enter(ticket.ID, ticket.Secret)
	if err != nil {
		t.Fatal(err)
	}
	return ss, func() int64 {
		bytes, _ := store.Used()
		return bytes
	}
}
