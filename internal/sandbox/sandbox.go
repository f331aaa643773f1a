// Package sandbox opens untrusted pictures in a child process of the same program, which has little memory, little
// time, no files and no network, so that a picture made to break or exhaust a decoder ends its child and nothing else.
//
// A program that uses it calls Main first thing in main, and tests in TestMain.
package sandbox

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"io"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"time"

	"easel/engine/ingest"
)

// Config bounds the children. Zero fields take the defaults.
type Config struct {
	Concurrent  int           // children at once; default: half the cores, at least 1
	Timeout     time.Duration // wall clock for one picture; default 45 s, which a busy machine needs for a HEIC
	MemoryBytes int64         // for one child; default 1.5 GiB: a 50-megapixel photo
	Limits      ingest.Limits // of one picture; default ingest.DefaultLimits
}

// Decoder opens pictures in children. It is safe for concurrent use and holds nothing while no picture is open.
type Decoder struct {
	cfg   Config
	slots chan struct{}
	name  string // argv[0] of the children
}

// New returns a decoder.
func New(cfg Config) *Decoder {
	if cfg.Concurrent <= 0 {
		cfg.Concurrent = max(1, runtime.GOMAXPROCS(0)/2)
	}
	if cfg.Timeout <= 0 {
		cfg.Timeout = 45 * time.Second
	}
	if cfg.MemoryBytes <= 0 {
		cfg.MemoryBytes = 1536 << 20
	}
	if cfg.Limits == (ingest.Limits{}) {
		cfg.Limits = ingest.DefaultLimits()
	}
	return &Decoder{cfg: cfg, slots: make(chan struct{}, cfg.Concurrent), name: workerName}
}

// What a person reads when a child ended before its answer.
const (
	saySlow   = "This picture takes too long to open. Open it in a photo program, save it as an ordinary JPEG and send that."
	sayMemory = "This picture needs too much memory to open. Send a smaller version, saved as an ordinary JPEG."
	sayBroken = "This file does not open as a picture. Send the original again, or a fresh copy saved as JPEG."
)

// DecodeReader reads a picture up to the limit of bytes and opens it. It starts no child before everything is there.
func (d *Decoder) DecodeReader(ctx context.Context, r io.Reader) (*ingest.Picture, error) {
	data, err := d.Read(ctx, r)
	if err != nil {
		return nil, err
	}
	defer clear(data)
	return d.Decode(ctx, data)
}

// Most is the size in bytes of the largest file that is opened.
func (d *Decoder) Most() int64 { return d.cfg.Limits.Bytes }

// Read reads a picture for Decode, up to one byte more than the limit, which Decode then refuses. Nothing of it is left
// behind where it grew; what is returned is the caller's to clear.
func (d *Decoder) Read(ctx context.Context, r io.Reader) ([]byte, error) {
	most := d.cfg.Limits.Bytes + 1
	data := make([]byte, 0, min(most, 256<<10))
	from := &stoppable{ctx, r}
	for int64(len(data)) < most {
		if len(data) == cap(data) {
			larger := make([]byte, len(data), min(most, 2*int64(cap(data))))
			copy(larger, data)
			clear(data)
			data = larger
		}
		n, err := from.Read(data[len(data):cap(data)])
		data = data[:len(data)+n]
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			clear(data)
			return nil, fmt.Errorf("read the picture: %w", err)
		}
	}
	return data, nil
}

// stoppable gives up between reads when its context has ended.
type stoppable struct {
	ctx context.Context
	r   io.Reader
}

func (s *stoppable) Read(p []byte) (int, error) {
	if err := s.ctx.Err(); err != nil {
		return 0, err
	}
	return s.r.Read(p)
}

// Decode opens a picture in a child, waiting for a free place while the context lasts. It returns what
// ingest.Decode returns; a child that dies, hangs or takes too much gives a *ingest.Refusal too, with what happened
// as its cause. Other errors are the context's, or that no child could be started.
func (d *Decoder) Decode(ctx context.Context, data []byte) (*ingest.Picture, error) {
	if int64(len(data)) > d.cfg.Limits.Bytes || len(data) == 0 {
		return ingest.Decode(ctx, data[:min(int64(len(data)), d.cfg.Limits.Bytes+1)], d.cfg.Limits) // refuses by size alone
	}
	select {
	case d.slots <- struct{}{}:
		defer func() { <-d.slots }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	limited, cancel := context.WithTimeoutCause(ctx, d.cfg.Timeout, errTime)
	defer cancel()
	pic, err := d.run(limited, data)
	if err != nil && ctx.Err() != nil {
		return nil, ctx.Err()
	}
	return pic, err
}

var errTime = errors.New("over the time for one picture")

// run starts a child, feeds it and reads its answer.
func (d *Decoder) run(ctx context.Context, data []byte) (*ingest.Picture, error) {
	// The kernel ties a child's parent-death signal to the thread that started it, so that thread must stay.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()

	cmd := exec.CommandContext(ctx, selfPath())
	cmd.Args = []string{d.name}
	cmd.Env = environment()
	cmd.Dir = "/"
	cmd.SysProcAttr = childAttributes()
	cmd.WaitDelay = time.Second
	cmd.Stdin = io.MultiReader(bytes.NewReader(d.request()), bytes.NewReader(data))
	var complaint tail
	cmd.Stderr = &complaint
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, fmt.Errorf("sandbox: pipe: %w", err)
	}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("sandbox: start: %w", err)
	}
	widen(out)
	pic, refusal, answerErr := readAnswer(out, d.cfg.Limits)
	if answerErr != nil {
		_ = cmd.Process.Kill() // it may be talking still; Wait reports how it ended
	}
	waitErr := cmd.Wait()
	switch {
	case answerErr == nil && refusal != nil:
		return nil, refusal
	case answerErr == nil:
		return pic, nil
	}
	return nil, d.died(ctx, cmd.ProcessState, complaint.String(), errors.Join(answerErr, waitErr))
}

// died says what to tell a person about a child that gave no answer.
func (d *Decoder) died(ctx context.Context, state *os.ProcessState, complaint string, cause error) error {
	used := state.UserTime() + state.SystemTime()
	cause = fmt.Errorf("%w; child: %v after %v of processor time; %s", cause, state, used, complaint)
	switch {
	// The kernel counts a limit in ticks and the usage exactly, so that a child at its limit may show less.
	case errors.Is(context.Cause(ctx), errTime), used >= d.cpu()/2 && !state.Exited():
		return &ingest.Refusal{Reason: ingest.TooSlow, Say: saySlow, Cause: cause}
	case strings.Contains(complaint, "out of memory"), strings.Contains(complaint, "cannot allocate memory"), strings.Contains(complaint, "failed to create new OS thread"):
		return &ingest.Refusal{Reason: ingest.TooMuchMemory, Say: sayMemory, Cause: cause}
	}
	return &ingest.Refusal{Reason: ingest.Broken, Say: sayBroken, Cause: cause}
}

// threads is how many cores one child may use.
func (d *Decoder) threads() int {
	return max(1, min(4, runtime.NumCPU()/d.cfg.Concurrent))
}

// cpu is the processor time that one child may use on all its cores, in whole seconds.
func (d *Decoder) cpu() time.Duration {
	return (d.cfg.Timeout*time.Duration(d.threads()) + time.Second - 1).Truncate(time.Second)
}

// tail keeps the first part of what a child complains about; a crash names its reason there.
type tail struct{ bytes.Buffer }

func (t *tail) Write(p []byte) (int, error) {
	if room := 2048 - t.Len(); room > 0 {
		t.Buffer.Write(p[:min(room, len(p))])
	}
	return len(p), nil
}

// newPicture allocates the pixels of an answer.
func newPicture(a answer) *ingest.Picture {
	return &ingest.Picture{Image: image.NewNRGBA(image.Rect(0, 0, a.W, a.H)), Format: a.Format, Notes: a.Notes}
}
