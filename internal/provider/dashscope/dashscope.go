// Package dashscope asks Alibaba's DashScope (Model Studio) to take people out of a photo, in up to three ways that the
// operator puts in order, and fetches the result at once.
package dashscope

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"easel/internal/egress"
	"easel/internal/provider"
)

// Hosts of the interface: keys belong to one region. Results lie at other hosts, which the policy has to name as well.
const (
	Host     = "dashscope.aliyuncs.com"
	HostIntl = "dashscope-intl.aliyuncs.com"
)

// Name is the service as people know it.
const Name = "Alibaba DashScope"

// Step is one way to take something out.
type Step string

// The steps: what is white in a mask is erased; the same by a model that follows a mask and words; and by words alone.
const (
	Erase  Step = "erase"
	Mask   Step = "mask-edit"
	Prompt Step = "prompt-edit"
)

// Steps lists them all, in the order in which they are tried by default.
var Steps = []Step{Erase, Mask, Prompt}

// What the service takes: sides of a photo in pixels, and bytes of a file.
const (
	SideLeast = 512
	SideMost  = 4096
	FileMost  = 10 << 20
)

// Limits are those of the client; a synchronous edit takes a minute and more.
var Limits = egress.Limits{Wait: 2 * time.Minute, Bytes: 32 << 20, Tries: 3}

// Config is how the service is reached, and what it is asked for.
type Config struct {
	Key       string
	Base      string // where the interface is; "" means the one in Beijing
	Workspace string // "" means the key's own
	Steps     []Step // none means Erase, then Mask
	Models    map[Step]string
	Upload    bool // a photo that is refused inside a request may be laid in the service's store, which keeps it for 48 hours
}

var models = map[Step]string{Erase: "image-erase-completion", Mask: "wanx2.1-imageedit", Prompt: "qwen-image-edit-plus"}

// Check reports what is wrong with the settings.
func (c Config) Check() error {
	if c.Key == "" || strings.ContainsAny(c.Key, " \t\r\n") {
		return errors.New("dashscope: the key is missing or holds a space")
	}
	for i, s := range c.Steps {
		if !slices.Contains(Steps, s) || slices.Contains(c.Steps[:i], s) {
			return fmt.Errorf("dashscope: %q is no step, or is named twice; the steps are erase, mask-edit and prompt-edit", s)
		}
	}
	if u, err := url.Parse(c.Base); err != nil || c.Base != "" && u.Host == "" {
		return errors.New("dashscope: the address of the interface begins with https:// and names a host")
	}
	return nil
}

// Client calls the service, for one photo at a time, as the service asks for.
type Client struct {
	config Config
	base   *url.URL
	http   *http.Client
	turn   chan struct{}
	pause  func(context.Context, time.Duration) error
}

// New returns a client. All requests go through the given way out, results and uploads among them.
func New(config Config, way *http.Client) (*Client, error) {
	if err := config.Check(); err != nil {
		return nil, err
	}
	if config.Base == "" {
		config.Base = "https://" + Host + "/api/v1"
	}
	if len(config.Steps) == 0 {
		config.Steps = []Step{Erase, Mask}
	}
	base, err := url.Parse(strings.TrimSuffix(config.Base, "/"))
	if err != nil {
		return nil, err
	}
	return &Client{config: config, base: base, http: way, turn: make(chan struct{}, 1), pause: pause}, nil
}

func pause(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// Name is the service as people know it.
func (c *Client) Name() string { return Name }

// Most is what one photo may cost, in pictures: each step may be paid for and come to nothing.
func (c *Client) Most() float64 { return float64(len(c.config.Steps)) }

// Picture is a result: not opened yet, and not to be trusted.
type Picture struct {
	Data   []byte
	Step   Step
	Model  string
	Images int // that were paid for, of steps that came to nothing as well
}

// Photo is what to work on: files of one size, w × h pixels. In the mask white is what goes.
type Photo struct {
	JPEG, Mask []byte // the mask is a PNG
	W, H       int
}

func (p Photo) check() error {
	switch {
	case min(p.W, p.H) < SideLeast:
		return &provider.Error{Who: Name, Kind: provider.Unfit, Stage: "it was to be sent the photo", Why: fmt.Sprintf("It takes photos of at least %d pixels a side.", SideLeast), Do: "Bring a larger one."}
	case max(p.W, p.H) > SideMost || max(len(p.JPEG), len(p.Mask)) > FileMost:
		return &provider.Error{Who: Name, Kind: provider.Unfit, Stage: "it was to be sent the photo", Why: "The photo is larger than it takes.", Do: "Bring a smaller copy."}
	}
	return nil
}

// Clear takes out of the photo what is white in the mask. The steps are tried in order until one gives a picture. Errors are
// *provider.Error, the first step's first, or the context's.
func (c *Client) Clear(ctx context.Context, p Photo) (*Picture, error) {
	if err := p.check(); err != nil {
		return nil, err
	}
	select {
	case c.turn <- struct{}{}:
		defer func() { <-c.turn }()
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
	var wrong []error
	images := 0
	for _, step := range c.config.Steps {
		got, n, err := c.step(ctx, step, p)
		if images += n; err == nil {
			return &Picture{Data: got, Step: step, Model: c.model(step), Images: images}, nil
		}
		wrong = append(wrong, err)
		if ctx.Err() != nil || last(err) {
			break
		}
	}
	return &Picture{Images: images}, errors.Join(wrong...)
}

// Do is Clear as a chain of engines calls it: it returns the file and what it cost, in pictures, also where it came to nothing.
func (c *Client) Do(ctx context.Context, photo, mask []byte, w, h int) (result []byte, cost float64, err error) {
	p, err := c.Clear(ctx, Photo{JPEG: photo, Mask: mask, W: w, H: h})
	if p != nil {
		cost = float64(p.Images)
	}
	if err != nil {
		return nil, cost, err
	}
	return p.Data, cost, nil
}

// last reports whether another step would fare no better: the rules about contents and the account are the same for all.
func last(err error) bool {
	e := provider.Of(err)
	var said *refused
	return e == nil || e.Kind == provider.Refused || errors.As(err, &said) && said.account
}

func (c *Client) model(s Step) string {
	if m := c.config.Models[s]; m != "" {
		return m
	}
	return models[s]
}

// step asks once, with the photo inside the request; where the service wants an address instead, and it is allowed, a
// second time with the photo laid in its store.
func (c *Client) step(ctx context.Context, s Step, p Photo) (data []byte, images int, err error) {
	photo, mask := inside("image/jpeg", p.JPEG), inside("image/png", p.Mask)
	address, images, err := c.ask(ctx, s, photo, mask, false)
	var said *refused
	if c.config.Upload && errors.As(err, &said) && said.fetch {
		if photo, err = c.lay(ctx, c.model(s), "photo.jpg", p.JPEG); err == nil && s != Prompt {
			mask, err = c.lay(ctx, c.model(s), "mask.png", p.Mask)
		}
		if err != nil {
			return nil, images, err
		}
		address, images, err = c.ask(ctx, s, photo, mask, true)
	}
	if err != nil {
		return nil, images, err
	}
	data, err = c.fetch(ctx, address, p)
	return data, images, err
}

// inside is a file as part of a request.
func inside(kind string, data []byte) string {
	return "data:" + kind + ";base64," + base64.StdEncoding.EncodeToString(data)
}
