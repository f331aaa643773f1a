package egress

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"strconv"
	"time"
)

// ErrTooLarge is in the chain of the error about an answer that is longer than its limit.
var ErrTooLarge = errors.New("the answer is longer than allowed")

// bounded cuts off answers that are too long. Nobody takes the part for the whole: reading on fails.
type bounded struct {
	next  http.RoundTripper
	bytes int64
}

// RoundTrip sends the request and bounds the answer.
func (b *bounded) RoundTrip(r *http.Request) (*http.Response, error) {
	answer, err := b.next.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	if r.Method != http.MethodHead && answer.ContentLength > b.bytes {
		_ = answer.Body.Close()
		return nil, fmt.Errorf("egress: %s announces %d bytes, %d are allowed: %w", r.URL.Hostname(), answer.ContentLength, b.bytes, ErrTooLarge)
	}
	answer.Body = &body{ReadCloser: answer.Body, ctx: r.Context(), left: b.bytes}
	return answer, nil
}

type body struct {
	io.ReadCloser

	ctx  context.Context // of the call
	left int64           // that may still come
}

// Read fails with ErrTooLarge as soon as there is one byte too many, and with the call's own end where the two meet: a
// service that sees us hang up may still end its answer properly, early.
func (b *body) Read(p []byte) (int, error) {
	if int64(len(p)) > b.left+1 {
		p = p[:b.left+1]
	}
	n, err := b.ReadCloser.Read(p)
	if int64(n) > b.left {
		return int(b.left), fmt.Errorf("egress: %w", ErrTooLarge)
	}
	b.left -= int64(n)
	if errors.Is(err, io.EOF) && b.ctx.Err() != nil {
		err = context.Cause(b.ctx)
	}
	return n, err
}

// repeated tries calls again that can be repeated without harm.
type repeated struct {
	next  http.RoundTripper
	tries int
	sleep func(context.Context, time.Duration) error
}

// How long to wait between attempts.
const (
	pauseFirst = 200 * time.Millisecond
	pauseMax   = 5 * time.Second // of what an answer's Retry-After may ask for
)

// RoundTrip sends the request until an answer is final.
func (t *repeated) RoundTrip(r *http.Request) (*http.Response, error) {
	if !harmless(r) {
		return t.next.RoundTrip(r)
	}
	for try := 1; ; try++ {
		again := r
		if try > 1 && r.GetBody != nil {
			fresh, err := r.GetBody()
			if err != nil {
				return nil, err
			}
			again = r.Clone(r.Context())
			again.Body = fresh
		}
		answer, err := t.next.RoundTrip(again)
		pause, worth := another(answer, err, try)
		if !worth || try >= t.tries || r.Context().Err() != nil {
			return answer, err
		}
		if answer != nil {
			_, _ = io.Copy(io.Discard, io.LimitReader(answer.Body, 4<<10)) // so that the connection can be used again
			_ = answer.Body.Close()
		}
		if err := t.sleep(r.Context(), pause); err != nil {
			return nil, err
		}
	}
}

// harmless reports whether sending the request twice does no more than sending it once, and whether that is possible:
// reading does not change anything, and a call with an idempotency key is done once by whoever receives it.
func harmless(r *http.Request) bool {
	if r.Body != nil && r.Body != http.NoBody && r.GetBody == nil {
		return false
	}
	return r.Method == http.MethodGet || r.Method == http.MethodHead || r.Header.Get("Idempotency-Key") != ""
}

// another decides whether to try again, and after which pause.
func another(answer *http.Response, err error, try int) (pause time.Duration, worth bool) {
	pause = pauseFirst << (try - 1)
	pause += rand.N(pause / 2) // so that many do not come back together
	if err != nil {
		return pause, !errors.Is(err, ErrRefused) && !errors.Is(err, ErrTooLarge) && !errors.Is(err, context.Canceled) && !errors.Is(err, context.DeadlineExceeded)
	}
	switch answer.StatusCode {
	case http.StatusTooManyRequests, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
	default:
		return 0, false
	}
	if after, err := strconv.Atoi(answer.Header.Get("Retry-After")); err == nil {
		asked := time.Duration(max(0, after)) * time.Second
		return max(pause, asked), asked <= pauseMax
	}
	return pause, true
}

func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
