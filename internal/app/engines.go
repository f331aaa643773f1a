package app

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"easel/internal/cutout"
	"easel/internal/egress"
	"easel/internal/policy"
	"easel/internal/provider/dashscope"
	"easel/internal/provider/removebg"
)

// Engines are the hosted ones that the cutout studio asks first.
type Engines struct {
	RemoveBG  Hosted
	DashScope Hosted
	Workspace string // of DashScope
	Steps     []dashscope.Step
	Models    map[dashscope.Step]string
	Lay       bool // photos may be laid in DashScope's store
}

// Hosted is one hosted engine.
type Hosted struct {
	Key       string   // "": it is not asked
	Base      *url.URL // nil: the service's own
	Day, Each float64  // what may be spent in a day, and by one network
}

// What may be spent where nobody says otherwise: remove.bg counts credits, DashScope pictures.
const (
	dayDefault  = "50"
	eachDefault = "5"
)

// engineSettings are the settings about hosted engines.
var engineSettings = []setting{
	{name: "EASEL_REMOVEBG_KEY", fallback: "none: remove.bg is not asked", secret: true,
		meaning: "key of an account at remove.bg, which then takes backgrounds out first; the policy of the cutout studio has to name it as a provider",
		set:     func(c *Config, v string) error { c.Engines.RemoveBG.Key = v; return nil }},
	{name: "EASEL_REMOVEBG_URL", fallback: "https://" + removebg.Host + "/v1.0", meaning: "where remove.bg's interface is",
		set: func(c *Config, v string) error { return address(&c.Engines.RemoveBG.Base, v) }},
	{name: "EASEL_REMOVEBG_DAY", fallback: dayDefault, literal: true, meaning: "credits spent there in a day, at most, since the start of this server",
		set: func(c *Config, v string) error { return amount(&c.Engines.RemoveBG.Day, v) }},
	{name: "EASEL_REMOVEBG_EACH", fallback: eachDefault, literal: true, meaning: "the same for one visitor's network; addresses are kept in memory only, for that day",
		set: func(c *Config, v string) error { return amount(&c.Engines.RemoveBG.Each, v) }},
	{name: "EASEL_DASHSCOPE_KEY", fallback: "none: DashScope is not asked", secret: true,
		meaning: "key of an account at Alibaba's DashScope, which then takes crowds out first; the policy of the cutout studio has to name it as a provider, with the hosts of its results",
		set:     func(c *Config, v string) error { c.Engines.DashScope.Key = v; return nil }},
	{name: "EASEL_DASHSCOPE_URL", fallback: "https://" + dashscope.Host + "/api/v1", meaning: "where DashScope's interface is; keys belong to one region, such as https://" + dashscope.HostIntl + "/api/v1",
		set: func(c *Config, v string) error { return address(&c.Engines.DashScope.Base, v) }},
	{name: "EASEL_DASHSCOPE_WORKSPACE", fallback: "the key's own", meaning: "workspace at DashScope",
		set: func(c *Config, v string) error { c.Engines.Workspace = v; return nil }},
	{name: "EASEL_DASHSCOPE_STEPS", fallback: "erase mask-edit", literal: true, meaning: "ways in which DashScope is asked, in order: erase, mask-edit, prompt-edit; a model may follow, as in mask-edit=wanx2.1-imageedit",
		set: func(c *Config, v string) error { return c.Engines.steps(v) }},
	{name: "EASEL_DASHSCOPE_UPLOAD", fallback: "no", literal: true, meaning: "yes: a photo that DashScope refuses inside a request may be laid in its store, where it stays for 48 hours",
		set: func(c *Config, v string) error {
			c.Engines.Lay = v == "yes"
			if v != "yes" && v != "no" {
				return errors.New("it must be yes or no")
			}
			return nil
		}},
	{name: "EASEL_DASHSCOPE_DAY", fallback: dayDefault, literal: true, meaning: "pictures paid for there in a day, at most, since the start of this server; a photo may cost one for each of the ways, and is only sent while so many are left",
		set: func(c *Config, v string) error { return amount(&c.Engines.DashScope.Day, v) }},
	{name: "EASEL_DASHSCOPE_EACH", fallback: eachDefault, literal: true, meaning: "the same for one visitor's network",
		set: func(c *Config, v string) error { return amount(&c.Engines.DashScope.Each, v) }},
}

func address(to **url.URL, v string) (err error) {
	if *to, err = url.Parse(v); err == nil && ((*to).Host == "" || (*to).Scheme != "https" && !local((*to).Hostname())) {
		err = errors.New("it must begin with https:// and name a host")
	}
	return err
}

func amount(to *float64, v string) (err error) {
	if *to, err = strconv.ParseFloat(v, 64); err == nil && !(*to >= 0 && *to <= 1e6) {
		err = errors.New("it must be 0 to 1000000")
	}
	return err
}

// steps reads ways to ask, each with a model or without.
func (e *Engines) steps(v string) error {
	e.Steps, e.Models = nil, map[dashscope.Step]string{}
	for _, word := range strings.Fields(v) {
		step, model, named := strings.Cut(word, "=")
		e.Steps = append(e.Steps, dashscope.Step(step))
		if named {
			e.Models[dashscope.Step(step)] = model
		}
	}
	return dashscope.Config{Key: "any", Steps: e.Steps}.Check()
}

// host is where a hosted engine's interface is.
func (h Hosted) host(own string) string {
	if h.Base != nil {
		return h.Base.Hostname()
	}
	return own
}

// base is the same as an address; "" is the service's own.
func (h Hosted) base() string {
	if h.Base == nil {
		return ""
	}
	return h.Base.String()
}

// enough refuses to spend less than one photo may cost: the engine would never be asked, and nobody would know why. Nothing at
// all may be spent on purpose.
func (h Hosted) enough(setting string, most float64) error {
	for _, one := range []struct {
		name string
		may  float64
	}{{"_DAY", h.Day}, {"_EACH", h.Each}} {
		if one.may > 0 && one.may < most {
			return fmt.Errorf("%s%s is %g, but one photo may cost %g there, so that none would ever be sent; set at least that, or 0 to send none", setting, one.name, one.may, most)
		}
	}
	return nil
}

// hosting builds the engines elsewhere of the cutout studio: those that have a key and stand in its policy.
func (a *App) hosting(studio *policy.Studio) (*cutout.Hosting, error) {
	e, all := a.config.Engines, &cutout.Hosting{Log: a.log}
	way, err := a.wayTo(studio, e.RemoveBG, "removebg", removebg.Host, "EASEL_REMOVEBG", removebg.Limits)
	if err != nil {
		return nil, err
	}
	if way != nil {
		engine, err := removebg.New(removebg.Config{Key: e.RemoveBG.Key, Base: e.RemoveBG.base()}, way)
		if err != nil {
			return nil, fmt.Errorf("EASEL_REMOVEBG_KEY: %w", err)
		}
		if err := e.RemoveBG.enough("EASEL_REMOVEBG", engine.Most()); err != nil {
			return nil, err
		}
		all.Background = append(all.Background, cutout.Hosted{Engine: engine, Pixels: removebg.PixelsMost, Bytes: removebg.FileMost, Day: e.RemoveBG.Day, Each: e.RemoveBG.Each})
	}
	if way, err = a.wayTo(studio, e.DashScope, "dashscope", dashscope.Host, "EASEL_DASHSCOPE", dashscope.Limits); err != nil {
		return nil, err
	}
	if way != nil {
		engine, err := dashscope.New(dashscope.Config{Key: e.DashScope.Key, Base: e.DashScope.base(), Workspace: e.Workspace, Steps: e.Steps, Models: e.Models, Upload: e.Lay}, way)
		if err != nil {
			return nil, fmt.Errorf("EASEL_DASHSCOPE_KEY: %w", err)
		}
		if err := e.DashScope.enough("EASEL_DASHSCOPE", engine.Most()); err != nil {
			return nil, err
		}
		all.Crowd = append(all.Crowd, cutout.Hosted{Engine: engine, Pixels: dashscope.SideMost * dashscope.SideMost, SideMost: dashscope.SideMost, SideLeast: dashscope.SideLeast,
			Bytes: dashscope.FileMost, Day: e.DashScope.Day, Each: e.DashScope.Each})
	}
	return all, nil
}

// wayTo returns a client that reaches one provider and nobody else, or nil where it is not used. A key without a line in the
// policy stops the start; a line without a key is told.
func (a *App) wayTo(studio *policy.Studio, h Hosted, adapter, own, setting string, limits egress.Limits) (*http.Client, error) {
	named, host := studio.AdapterHosts(adapter), h.host(own)
	switch {
	case h.Key == "" && len(named) > 0:
		a.log.Warn("the policy of the cutout studio names a provider that is not used: no key is set; set one, or take the recipient out", "adapter", adapter, "setting", setting+"_KEY")
		return nil, nil //nolint:nilnil // no client: it is not asked
	case h.Key == "":
		return nil, nil //nolint:nilnil // no client: it is not asked
	case !slices.Contains(named, host):
		return nil, fmt.Errorf("%s_KEY is set, but %s recipients names no provider with the adapter %q at %s, so photos may not be sent there; add it, or take the key away",
			setting, studio.At("recipients"), adapter, host)
	}
	config := egress.Config{Named: map[policy.Role][]string{policy.Provider: named}, Log: a.log}
	if h.Base != nil && local(host) {
		config.Own = map[policy.Role][]string{policy.Provider: {h.Base.Host}}
	}
	gate, err := egress.New(config)
	if err != nil {
		return nil, err
	}
	return gate.Client(policy.Provider, limits), nil
}
