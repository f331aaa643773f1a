package pages

import (
	"context"
	"io"
	"slices"
	"time"

	"github.com/google/uuid"

	"easel/internal/account"
	"easel/internal/fault"
	"easel/internal/policy"
	"easel/internal/rights"
)

// claims are rights in memory.
type claims struct {
	Rights // what no test asks for

	files       []rights.File
	permissions []rights.Permission
	suspended   map[uuid.UUID]time.Time
	off         map[uuid.UUID][]account.Record
	told        int
	asked       []rights.Asked
	acts        []rights.What
	fail        error  // what Export answers
	sent        string // before it does
}

func newClaims() *claims {
	return &claims{suspended: map[uuid.UUID]time.Time{}, off: map[uuid.UUID][]account.Record{}}
}

func withRights(c *claims) option { return func(p *Config) { p.Rights = c } }

func (c *claims) Held(context.Context, uuid.UUID) (map[policy.Kind]rights.Held, error) {
	return map[policy.Kind]rights.Held{policy.Upload: {Count: 2, First: noon.Add(3*time.Hour + 12*time.Minute), Last: noon.Add(20 * time.Hour)}, policy.Result: {}, policy.Person: {Count: 1}}, nil
}

func (c *claims) Export(_ context.Context, _ uuid.UUID, w io.Writer) error {
	if c.sent != "" {
		if _, err := io.WriteString(w, c.sent); err != nil {
			return err
		}
	}
	return c.fail
}

func (c *claims) Told(context.Context, uuid.UUID) error { c.told++; return nil }

func (c *claims) Suspend(_ context.Context, owner uuid.UUID) error {
	c.suspended[owner] = noon
	return nil
}

func (c *claims) Resume(_ context.Context, owner uuid.UUID) error {
	delete(c.suspended, owner)
	return nil
}

func (c *claims) Suspended(_ context.Context, owner uuid.UUID) (time.Time, error) {
	return c.suspended[owner], nil
}

func (c *claims) OptOuts(_ context.Context, owner uuid.UUID) ([]account.Record, error) {
	return c.off[owner], nil
}

func (c *claims) Optional(_ context.Context, owner uuid.UUID, r account.Record, on bool) error {
	c.off[owner] = slices.DeleteFunc(c.off[owner], func(o account.Record) bool { return o == r })
	if !on {
		c.off[owner] = append(c.off[owner], r)
	}
	return nil
}

func (c *claims) Ask(_ context.Context, owner uuid.UUID, kind rights.Kind, words string) (rights.Request, error) {
	if words == "" {
		return rights.Request{}, fault.New(fault.Invalid, "Say in a few words what it is about.")
	}
	r := rights.Request{ID: uuid.New(), Number: "7KQ2-9XWD", Subject: owner, Account: true, Kind: kind, Channel: rights.Page, Received: noon, Due: noon.Add(240 * time.Hour), State: rights.Open}
	c.files = append(c.files, rights.File{Request: r, Said: rights.Said{Words: words}, Steps: []rights.Step{{At: noon, What: rights.Received}}})
	return r, nil
}

func (c *claims) Mine(_ context.Context, owner uuid.UUID) (mine []rights.File, err error) {
	for _, f := range c.files {
		if f.Subject == owner {
			mine = append(mine, f)
		}
	}
	return mine, nil
}

func (c *claims) OpenCount(ctx context.Context, owner uuid.UUID) (int, error) {
	mine, err := c.Mine(ctx, owner)
	return len(mine), err
}

var errNoClaim = fault.New(fault.Missing, "There is no such thing.")

func (c *claims) file(id uuid.UUID) *rights.File {
	for i := range c.files {
		if c.files[i].ID == id {
			return &c.files[i]
		}
	}
	return nil
}

func (c *claims) Withdraw(_ context.Context, owner, id uuid.UUID) error {
	f := c.file(id)
	if f == nil || f.Subject != owner {
		return errNoClaim
	}
	f.State = rights.Withdrawn
	return nil
}

func (c *claims) AskUnknown(_ context.Context, a rights.Asked) error {
	if a.Mail == "" {
		return fault.New(fault.Invalid, "Give a mail address: the answer goes there.")
	}
	c.asked = append(c.asked, a)
	return nil
}

func (c *claims) LookUnknown(_ context.Context, token string) (rights.Kind, error) {
	if token != "token" || len(c.asked) == 0 {
		return "", errNoClaim
	}
	return c.asked[0].Kind, nil
}

func (c *claims) Confirm(ctx context.Context, token string) (rights.Request, error) {
	kind, err := c.LookUnknown(ctx, token)
	if err != nil {
		return rights.Request{}, err
	}
	c.asked = nil
	return rights.Request{Number: "7KQ2-9XWD", Kind: kind, Received: noon, Due: noon.Add(24 * time.Hour)}, nil
}

func (c *claims) Permissions(_ context.Context, owner uuid.UUID) (mine []rights.Permission, err error) {
	for _, p := range c.permissions {
		if p.Owner == owner {
			mine = append(mine, p)
		}
	}
	return mine, nil
}

func (c *claims) Answer(_ context.Context, owner, id uuid.UUID, a rights.Answer) error {
	for i := range c.permissions {
		if p := &c.permissions[i]; p.ID == id && p.Owner == owner {
			p.Answer = a
			return nil
		}
	}
	return errNoClaim
}

func (c *claims) LookPermission(_ context.Context, token string) (rights.Permission, error) {
	if token != "token" || len(c.permissions) == 0 {
		return rights.Permission{}, errNoClaim
	}
	return c.permissions[0], nil
}

func (c *claims) AnswerLink(ctx context.Context, token string, a rights.Answer) error {
	p, err := c.LookPermission(ctx, token)
	if err != nil {
		return err
	}
	return c.Answer(ctx, p.Owner, p.ID, a)
}

func (c *claims) Queue(_ context.Context, _ uuid.UUID, open bool) (all []rights.Request, err error) {
	for _, f := range c.files {
		if (f.State == rights.Open) == open {
			all = append(all, f.Request)
		}
	}
	return all, nil
}

func (c *claims) Read(_ context.Context, _, id uuid.UUID) (rights.File, error) {
	if f := c.file(id); f != nil {
		return *f, nil
	}
	return rights.File{}, errNoClaim
}

func (c *claims) Register(_ context.Context, _ uuid.UUID, g rights.Registration) (rights.Request, error) {
	if g.Words == "" {
		return rights.Request{}, fault.New(fault.Invalid, "Say in a few words what it is about.")
	}
	r := rights.Request{ID: uuid.New(), Number: "AAAA-BBBB", Kind: g.Kind, Channel: g.Channel, Received: g.Received, Due: noon.Add(-time.Hour), State: rights.Open}
	c.files = append(c.files, rights.File{Request: r, Said: rights.Said{Words: g.Words, Name: g.Name, Mail: g.Mail}})
	return r, nil
}

func (c *claims) Act(_ context.Context, _, id uuid.UUID, what rights.What, words string) error {
	f := c.file(id)
	switch {
	case f == nil:
		return errNoClaim
	case words == "":
		return fault.New(fault.Invalid, "Say in a few words what it is about.")
	}
	c.acts = append(c.acts, what)
	f.Steps = append(f.Steps, rights.Step{At: noon, What: what, Words: words})
	return nil
}

func (c *claims) AllPermissions(context.Context, uuid.UUID) ([]rights.Permission, error) {
	return c.permissions, nil
}

func (c *claims) AskPermission(_ context.Context, _, run uuid.UUID, reason string) error {
	if reason == "" {
		return fault.New(fault.Invalid, "Say what the picture would be shown for.")
	}
	c.permissions = append(c.permissions, rights.Permission{ID: uuid.New(), Run: run, Reason: reason, Answer: rights.Unanswered, Asked: noon, Deadline: noon.Add(time.Hour)})
	return nil
}

func (c *claims) Permitted(_ context.Context, _, id uuid.UUID) (rights.Permission, error) {
	for _, p := range c.permissions {
		if p.ID == id && p.Answer == rights.Yes {
			return p, nil
		}
	}
	return rights.Permission{}, errNoClaim
}
