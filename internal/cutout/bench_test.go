package cutout

import (
	"image"
	"net/netip"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"easel/engine/cutout"
	"easel/engine/matting"
	"easel/engine/raster"
	"easel/internal/memory"
	"easel/internal/sandbox"
	"easel/internal/sitter"
)

// BenchmarkPreview is the first cut, a new one after a stroke, and another ground with the cut that there is: each from the
// sealed small copy of 1.2 megapixels to the sealed preview.
func BenchmarkPreview(b *testing.B) {
	store, err := memory.New(memory.Config{Keep: time.Hour, Budget: 256 << 20, Each: 128 << 20, Sessions: 10})
	if err != nil {
		b.Fatal(err)
	}
	s, err := New(Config{Workers: 1, Waiting: 10, Photos: 3}, store, sandbox.New(sandbox.Config{}))
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	ticket, err := s.Begin(netip.MustParsePrefix("192.0.2.1/32"))
	if err != nil {
		b.Fatal(err)
	}
	ss, err := s.Enter(ticket.ID, ticket.Secret)
	if err != nil {
		b.Fatal(err)
	}
	img := raster.ResizeNRGBA(b.Context(), sitter.Sitting(b), 980, 1225)
	p := &photo{Photo: Photo{ID: "x", Kind: Background, State: Ready, Ground: cutout.Ground{Kind: cutout.Transparent}}}
	if err := ss.keep(b.Context(), p, img); err != nil {
		b.Fatal(err)
	}
	j := &job{session: ss, photo: p, ctx: b.Context()}
	do := func(b *testing.B, t task) {
		b.Helper()
		if j.do = t; j.attempt(b.Context()) != nil || p.State != Ready {
			b.Fatalf("it is %s", p.State)
		}
	}
	b.Run("first cut", func(b *testing.B) {
		processor(b, func() { do(b, cut) })
	})
	p.marks = []matting.Stroke{{Points: []image.Point{{450, 1100}, {500, 1150}}, Radius: 18, Keep: true}}
	b.Run("another cut", func(b *testing.B) {
		processor(b, func() { do(b, cut) })
	})
	b.Run("another ground", func(b *testing.B) {
		processor(b, func() { do(b, place) })
	})
}

// processor reports the processor's time beside the clock's, which says little where the machine is busy.
func processor(b *testing.B, do func()) {
	b.Helper()
	used := func() time.Duration {
		var u unix.Rusage
		if err := unix.Getrusage(unix.RUSAGE_SELF, &u); err != nil {
			b.Fatal(err)
		}
		return time.Duration(u.Utime.Nano() + u.Stime.Nano())
	}
	begun := used()
	for b.Loop() {
		do()
	}
	b.ReportMetric(float64((used()-begun).Milliseconds())/float64(b.N), "cpu-ms/op")
}
