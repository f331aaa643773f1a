// Package removebg asks remove.bg for the subject of a photo: one call at full size, whose answer is the subject's matte.
package removebg

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"image"
	_ "image/png" // the size of an answer is read from its head
	"mime/multipart"
	"net/http"
	"strconv"
	"strings"
	"time"

	"easel/internal/egress"
	"easel/internal/provider"
)

// Host is where the service is: a recipient that the policy has to name.
const Host = "api.remove.bg"

// Name is the service as people know it.
const Name = "remove.bg"

// What the service takes and gives. A matte comes as PNG, of which it makes at most ten megapixels.
const (
	FileMost   = 12 << 20
	PixelsMost = 10_000_000
)

// Limits are those of the client: a full matte is a few megabytes.
var Limits = egress.Limits{Wait: 2 * time.Minute, Bytes: 32 << 20, Tries: 2}

// Config is how the service is reached.
type Config struct {
	Key  string // of the account there
	Base string // where the interface is; "" means the service's own address
}

// Check reports what is wrong with the settings.
func (c Config) Check() error {
	if c.Key == "" || strings.ContainsAny(c.Key, " \t\r\n") {
		return errors.New("removebg: the key is missing or holds a space")
	}
	return nil
}

// Client calls the service.
type Client struct {
	config Config
	http   *http.Client
}

// New returns a client. All requests go through the given way out.
func New(config Config, way *http.Client) (*Client, error) {
	if err := config.Check(); err != nil {
		return nil, err
	}
	if config.Base == "" {
		config.Base = "https://" + Host + "/v1.0"
	}
	config.Base = strings.TrimSuffix(config.Base, "/")
	return &Client{config, way}, nil
}

// Name is the service as people know it.
func (c *Client) Name() string { return Name }

// Most is what one call costs at most, in credits.
func (c *Client) Most() float64 { return 1 }

// Matte is an answer: how much of each pixel is the subject.
type Matte struct {
	PNG     []byte  // gray, in the photo's proportions; not opened yet, and not to be trusted
	Kind    string  // what the service takes the subject for, such as person; "" when it does not say
	Credits float64 // that it charged
}

// Cut asks for the matte of a photo, a JPEG or PNG of at most FileMost bytes and w × h pixels. Errors are *provider.Error, or the
// context's. The call is never repeated: it costs a credit each time.
func (c *Client) Cut(ctx context.Context, photo []byte, w, h int) (*Matte, error) {
	if len(photo) > FileMost {
		return nil, &provider.Error{Who: Name, Kind: provider.Unfit, Stage: "it was to be sent the photo", Why: "The photo's file is larger than it takes.",
			Do: "Bring a smaller copy."}
	}
	body, kind, err := form(photo)
	if err != nil {
		return nil, err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, c.config.Base+"/removebg", bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	r.Header.Set("X-Api-Key", c.config.Key)
	r.Header.Set("Content-Type", kind)
	r.Header.Set("Accept", "image/png")
	answer, err := provider.Ask(c.http, r, Name, "it was asked for the cut")
	if err != nil {
		return &Matte{Credits: 1}, err // nobody knows whether it was charged
	}
	if answer.Status != http.StatusOK {
		return nil, refusal(answer)
	}
	return accept(answer, w, h)
}

// Do is Cut as a chain of engines calls it: it returns the file and what it cost, in credits, also where it came to nothing.
func (c *Client) Do(ctx context.Context, photo, _ []byte, w, h int) (result []byte, cost float64, err error) {
	m, err := c.Cut(ctx, photo, w, h)
	if m != nil {
		cost = m.Credits
	}
	if err != nil {
		return nil, cost, err
	}
	return m.PNG, cost, nil
}

// form is the request: one source, once, at full size, and only what is needed of the result.
func form(photo []byte) (body []byte, kind string, err error) {
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	for _, field := range [][2]string{{"size", "full"}, {"type", "auto"}, {"format", "png"}, {"channels", "alpha"}} {
		if err := w.WriteField(field[0], field[1]); err != nil {
			return nil, "", err
		}
	}
	part, err := w.CreateFormFile("image_file", "photo.jpg") // its own name would say something about its owner
	if err == nil {
		_, err = part.Write(photo)
	}
	err = errors.Join(err, w.Close())
	return b.Bytes(), w.FormDataContentType(), err
}

// accept looks at an answer's head without opening it. The credits were charged whatever is in it.
func accept(a *provider.Answer, w, h int) (*Matte, error) {
	m := &Matte{PNG: a.Body, Kind: word(a.Header.Get("X-Type")), Credits: credits(a.Header)}
	const stage = "it sent the result"
	switch a.Type() {
	case "image/png":
	case "application/json":
		m.PNG = unwrapped(a.Body)
	default:
		return m, &provider.Error{Who: Name, Kind: provider.Failed, Stage: stage, Why: "What it sent is no picture of the kind that was asked for.",
			Cause: fmt.Errorf("content type %q", word(a.Type()))}
	}
	head, format, err := image.DecodeConfig(bytes.NewReader(m.PNG))
	if err != nil || format != "png" {
		return m, &provider.Error{Who: Name, Kind: provider.Failed, Stage: stage, Why: "The picture that it sent does not open.", Cause: errors.Join(err, fmt.Errorf("format %q", format))}
	}
	if !proportional(head.Width, head.Height, w, h) {
		return m, &provider.Error{Who: Name, Kind: provider.Failed, Stage: stage, Why: "The picture that it sent has another shape than the photo.",
			Cause: fmt.Errorf("%d×%d for %d×%d", head.Width, head.Height, w, h)}
	}
	return m, nil
}

// unwrapped is the picture in an answer's other documented form, or nothing.
func unwrapped(body []byte) []byte {
	var said struct {
		Data struct {
			Result []byte `json:"result_b64"`
		} `json:"data"`
	}
	if err := json.Unmarshal(body, &said); err != nil {
		return nil // it does not open, then
	}
	return said.Data.Result
}

// proportional reports whether a picture may be a smaller copy of another one, to a pixel of rounding on each side.
func proportional(w, h, of, high int) bool {
	if w < 1 || h < 1 || w > of || h > high {
		return false
	}
	diff := w*high - h*of
	return max(diff, -diff) <= of+high
}

// credits is what an answer says it cost; a full result costs one where it does not say.
func credits(h http.Header) float64 {
	n, err := strconv.ParseFloat(h.Get("X-Credits-Charged"), 64)
	if err != nil || !(n >= 0 && n <= 100) {
		return 1
	}
	return n
}

// word keeps a service's word short and plain, for logs.
func word(s string) string {
	s = strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("_-./", r) {
			return r
		}
		return -1
	}, s)
	return s[:min(len(s), 60)]
}

// Balance is what is left on the account there. It lags behind by some seconds.
type Balance struct {
	Total, Subscription, PayAsYouGo float64
	FreeCalls                       int64
}

// Balance asks what is left on the account.
func (c *Client) Balance(ctx context.Context) (b Balance, err error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, c.config.Base+"/account", http.NoBody)
	if err != nil {
		return b, err
	}
	r.Header.Set("X-Api-Key", c.config.Key)
	r.Header.Set("Accept", "application/json")
	answer, err := provider.Ask(c.http, r, Name, "it was asked for the balance")
	if err != nil {
		return b, err
	}
	if answer.Status != http.StatusOK {
		return b, refusal(answer)
	}
	var said struct {
		Data struct {
			Attributes struct {
				Credits struct {
					Subscription float64 `json:"subscription"`
					Payg         float64 `json:"payg"`
					Total        float64 `json:"total"`
				} `json:"credits"`
				API struct {
					FreeCalls int64 `json:"free_calls"`
				} `json:"api"`
			} `json:"attributes"`
		} `json:"data"`
	}
	if err := json.Unmarshal(answer.Body, &said); err != nil {
		return b, &provider.Error{Who: Name, Kind: provider.Failed, Stage: "it told the balance", Why: "Its answer cannot be read.", Cause: err}
	}
	at := said.Data.Attributes
	return Balance{at.Credits.Total, at.Credits.Subscription, at.Credits.Payg, at.API.FreeCalls}, nil
}
