package sandbox

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"easel/engine/ingest"
)

// Both directions begin with a length in four bytes and that much JSON. The request is followed by the file, to the
// end of the stream; the answer by the pixels.
const maxFrame = 64 << 10

// request is what the child must know before it looks at the file.
type request struct {
	Limits  ingest.Limits
	Memory  int64 // bytes
	Seconds int64 // of processor time
	Threads int
}

// answer is a picture's description or a refusal.
type answer struct {
	Reason ingest.Reason `json:",omitempty"`
	Say    string        `json:",omitempty"`
	Cause  string        `json:",omitempty"`

	W, H   int
	Format string
	Notes  []string
}

var errFrame = errors.New("sandbox: the message makes no sense")

func frame(v any) []byte {
	body, err := json.Marshal(v)
	if err != nil || len(body) > maxFrame {
		body = []byte("{}") // plain structs always fit; a cause that is too long is shortened before
	}
	return append(binary.BigEndian.AppendUint32(nil, uint32(len(body))), body...)
}

func readFrame(r io.Reader, v any) error {
	var head [4]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return fmt.Errorf("%w: %w", errFrame, err)
	}
	n := binary.BigEndian.Uint32(head[:])
	if n > maxFrame {
		return errFrame
	}
	body := make([]byte, n)
	if _, err := io.ReadFull(r, body); err != nil {
		return fmt.Errorf("%w: %w", errFrame, err)
	}
	if err := json.Unmarshal(body, v); err != nil {
		return fmt.Errorf("%w: %w", errFrame, err)
	}
	return nil
}

func (d *Decoder) request() []byte {
	return frame(request{d.cfg.Limits, d.cfg.MemoryBytes, int64(d.cpu().Seconds()), d.threads()})
}

// readAnswer trusts nothing: a child that a hostile file has taken over may say anything.
func readAnswer(r io.Reader, lim ingest.Limits) (*ingest.Picture, *ingest.Refusal, error) {
	var a answer
	if err := readFrame(r, &a); err != nil {
		return nil, nil, err
	}
	if a.Reason != "" {
		return nil, &ingest.Refusal{Reason: a.Reason, Say: a.Say, Cause: errors.New(a.Cause)}, nil
	}
	if a.W <= 0 || a.H <= 0 || lim.Side > 0 && max(a.W, a.H) > lim.Side || a.W > lim.Pixels/a.H || len(a.Notes) > 16 {
		return nil, nil, errFrame
	}
	pic := newPicture(a)
	if _, err := io.ReadFull(r, pic.Image.Pix); err != nil {
		return nil, nil, fmt.Errorf("%w: %w", errFrame, err)
	}
	return pic, nil, nil
}
