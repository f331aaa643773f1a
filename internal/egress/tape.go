package egress

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"slices"
	"sync"
)

// Tape is a list of calls and their answers in a file, for tests: recorded once against the real service, played back
// without it. What only a test may see (keys, tokens, cookies) is not written.
type Tape struct {
	path   string
	record bool

	mu        sync.Mutex
	exchanges []exchange
	played    []bool
}

// exchange is one call and its answer.
type exchange struct {
	Method  string      `json:"method"`
	Address string      `json:"address"` // with secrets taken out of its query
	Digest  string      `json:"digest"`  // SHA-256 of the body that was sent
	Status  int         `json:"status"`
	Header  http.Header `json:"header,omitempty"`
	Body    []byte      `json:"body,omitempty"`
}

// Record returns a tape that lets calls through and notes them. Save writes the file.
func Record(path string) *Tape { return &Tape{path: path, record: true} }

// Replay returns a tape that answers from a file and lets nothing through.
func Replay(path string) (*Tape, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read the tape: %w", err)
	}
	t := &Tape{path: path}
	if err := json.Unmarshal(data, &t.exchanges); err != nil {
		return nil, fmt.Errorf("read the tape %s: %w", path, err)
	}
	t.played = make([]bool, len(t.exchanges))
	return t, nil
}

// Save writes what was recorded.
func (t *Tape) Save() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	data, err := json.MarshalIndent(t.exchanges, "", "  ")
	if err == nil {
		err = os.WriteFile(t.path, append(data, '\n'), 0o600)
	}
	if err != nil {
		return fmt.Errorf("save the tape: %w", err)
	}
	return nil
}

// Rest returns the calls on the tape that nobody has made, as method and address.
func (t *Tape) Rest() (rest []string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for i, played := range t.played {
		if !played {
			rest = append(rest, t.exchanges[i].Method+" "+t.exchanges[i].Address)
		}
	}
	return rest
}

func (t *Tape) over(next http.RoundTripper) http.RoundTripper { return &player{t, next} }

type player struct {
	tape *Tape
	next http.RoundTripper
}

// kept are the headers of an answer that matter to whoever reads it; the others may hold secrets.
var kept = []string{"Content-Type", "Location", "Retry-After"}

// RoundTrip answers from the tape, or asks and writes it down.
func (p *player) RoundTrip(r *http.Request) (*http.Response, error) {
	said := exchange{Method: r.Method, Address: masked(r.URL)}
	var sent []byte
	if r.Body != nil {
		var err error
		if sent, err = io.ReadAll(r.Body); err != nil {
			return nil, err
		}
		drop(r)
	}
	sum := sha256.Sum256(sent)
	said.Digest = hex.EncodeToString(sum[:])
	if !p.tape.record {
		return p.tape.play(r, said)
	}
	again := r.Clone(r.Context())
	if r.Body != nil {
		again.Body = io.NopCloser(bytes.NewReader(sent))
	}
	answer, err := p.next.RoundTrip(again)
	if err != nil {
		return nil, err
	}
	said.Body, err = io.ReadAll(answer.Body)
	if err := errors.Join(err, answer.Body.Close()); err != nil {
		return nil, err
	}
	said.Status, said.Header = answer.StatusCode, http.Header{}
	for _, name := range kept {
		if v := answer.Header.Values(name); len(v) > 0 {
			said.Header[name] = v
		}
	}
	p.tape.mu.Lock()
	p.tape.exchanges = append(p.tape.exchanges, said)
	p.tape.mu.Unlock()
	answer.Body = io.NopCloser(bytes.NewReader(said.Body))
	return answer, nil
}

func (t *Tape) play(r *http.Request, said exchange) (*http.Response, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	i := slices.IndexFunc(t.exchanges, func(e exchange) bool {
		return e.Method == said.Method && e.Address == said.Address && e.Digest == said.Digest
	})
	for i >= 0 && i < len(t.exchanges) && t.played[i] {
		next := slices.IndexFunc(t.exchanges[i+1:], func(e exchange) bool {
			return e.Method == said.Method && e.Address == said.Address && e.Digest == said.Digest
		})
		if next < 0 {
			i = -1
			break
		}
		i += 1 + next
	}
	if i < 0 {
		return nil, fmt.Errorf("egress: the tape %s has no (further) answer to %s %s: %w", t.path, said.Method, said.Address, ErrRefused)
	}
	t.played[i] = true
	e := t.exchanges[i]
	return &http.Response{
		Status: http.StatusText(e.Status), StatusCode: e.Status, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: e.Header.Clone(), Body: io.NopCloser(bytes.NewReader(e.Body)), ContentLength: int64(len(e.Body)), Request: r,
	}, nil
}

// secret are the parts of a query that services take keys by.
var secret = []string{"key", "api_key", "apikey", "token", "access_token", "code", "client_secret", "code_verifier", "signature"}

func masked(u *url.URL) string {
	clean, query := *u, u.Query()
	for _, name := range secret {
		if query.Has(name) {
			query.Set(name, "x")
		}
	}
	clean.RawQuery, clean.User, clean.Fragment = query.Encode(), nil, ""
	return clean.String()
}
