package app

import (
	"context"
	"image"
	"io"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"easel/internal/account"
	"easel/internal/audit"
	"easel/internal/generation"
	"easel/internal/ledger"
	"easel/internal/payment"
	"easel/internal/receipt"
	"easel/internal/rights"
	"easel/internal/vault"
)

// Export writes everything that is held about somebody as one ZIP.
func (d desk) Export(ctx context.Context, owner uuid.UUID, w io.Writer) error {
	return rights.Export(ctx, d.app.sources(), owner, time.Now(), w)
}

// sources are the functions of all packages that keep something about a person: what is not in this list is not in an export.
func (a *App) sources() rights.Sources {
	return rights.Sources{Profile: a.ownProfile, Works: a.ownWorks, Statements: a.ownStatements, Sessions: a.ownSessions, SignIns: a.ownSignIns, Ways: a.ownWays,
		Keys: a.ownKeys, KeyDays: a.ownKeyDays, Lots: a.ownLots, Entries: a.ownEntries, Orders: a.ownOrders, Requests: a.ownRequests,
		Permissions: a.ownPermissions, Done: a.doneAbout, Receipts: a.ownReceipts, Pictures: a.ownPictures}
}

const ownPicture = "pictures/you"

func (a *App) ownProfile(ctx context.Context, owner uuid.UUID) (p rights.Profile, err error) {
	person, err := a.account.Person(ctx, owner)
	if err != nil {
		return p, err
	}
	since, err := a.rights.Suspended(ctx, owner)
	if err != nil {
		return p, err
	}
	off, err := a.account.OptOuts(ctx, owner)
	if err != nil {
		return p, err
	}
	p = rights.Profile{ID: owner, Mail: person.Mail, Name: person.Name, Created: person.Created.UTC(), Password: person.HasPassword, Staff: person.Admin, Suspended: rights.When(since)}
	if person.Picture != (vault.ID{}) {
		p.Picture = ownPicture
	}
	for _, record := range off {
		p.Off = append(p.Off, string(record))
	}
	return p, nil
}

func photoFile(w generation.Work) string { return "pictures/" + w.ID.String() + "/photo" }

// portraitFile is a portrait's picture in the archive, without its ending, which is always that of a PNG.
func portraitFile(r generation.Run) string {
	return "pictures/" + r.UploadID.String() + "/" + r.Style + "-" + r.ID.String()[:8]
}

func (a *App) ownWorks(ctx context.Context, owner uuid.UUID, tell func(rights.Work) error) error {
	return a.generation.Walk(ctx, owner, func(w generation.Work) error {
		work := rights.Work{ID: w.ID, Name: w.Name, File: photoFile(w), Width: w.W, Height: w.H, Face: w.HasFace, Warnings: w.Warnings,
			Created: w.Created.UTC(), Deadline: w.Deadline.UTC(), Results: []rights.Portrait{}}
		for _, r := range w.Runs {
			work.Results = append(work.Results, portraitRecord(r))
		}
		return tell(work)
	})
}

func portraitRecord(r generation.Run) rights.Portrait {
	p := rights.Portrait{ID: r.ID, Style: r.Style, Seed: r.Seed, Ink: r.Ink, Background: r.Background, Strength: r.Strength, Crop: corners(r.Crop),
		State: string(r.State), Why: r.Say, Width: r.W, Height: r.H, Created: r.Created.UTC(), Deadline: r.Deadline.UTC()}
	if r.State == generation.Done {
		p.File = portraitFile(r) + ".png"
	}
	if r.Full.State == generation.Done {
		p.FullFile = portraitFile(r) + "-full.png"
	}
	return p
}

func corners(r image.Rectangle) [4]int { return [4]int{r.Min.X, r.Min.Y, r.Max.X, r.Max.Y} }

// ownPictures tells the pictures after the records, in a second walk: an archive is written front to back.
func (a *App) ownPictures(ctx context.Context, owner uuid.UUID, tell func(rights.Picture) error) error {
	err := tell(rights.Picture{Name: ownPicture, Open: func(ctx context.Context) (io.ReadCloser, error) {
		return reader(a.account.OpenPicture(ctx, owner))
	}})
	if err != nil {
		return err
	}
	return a.generation.Walk(ctx, owner, func(w generation.Work) error {
		if err := tell(rights.Picture{Name: photoFile(w), Open: func(ctx context.Context) (io.ReadCloser, error) { return a.generation.Photo(ctx, owner, w.ID) }}); err != nil {
			return err
		}
		for _, r := range w.Runs {
			for id, name := range map[uuid.UUID]string{r.ID: portraitFile(r), r.Full.Run: portraitFile(r) + "-full"} {
				done := r.State == generation.Done && id == r.ID || r.Full.State == generation.Done && id == r.Full.Run
				if !done || id == uuid.Nil {
					continue
				}
				if err := tell(rights.Picture{Name: name, Open: func(ctx context.Context) (io.ReadCloser, error) { return a.generation.Picture(ctx, owner, id) }}); err != nil {
					return err
				}
			}
		}
		return nil
	})
}

// reader keeps a nil reader from becoming one that is not nil.
func reader(r *vault.Reader, err error) (io.ReadCloser, error) {
	if err != nil {
		return nil, err
	}
	return r, nil
}

func (a *App) ownStatements(ctx context.Context, owner uuid.UUID, tell func(rights.Statement) error) error {
	all, err := a.account.Sayings(ctx, owner)
	if err != nil {
		return err
	}
	for _, said := range all {
		if err := tell(rights.Statement{What: said.What, Studio: said.Studio, Version: said.Version, Minimum: said.Minimum, Younger: said.Younger, At: said.At.UTC()}); err != nil {
			return err
		}
	}
	return nil
}

func (a *App) ownSessions(ctx context.Context, owner uuid.UUID, tell func(rights.Session) error) error {
	all, err := a.account.Sessions(ctx, owner)
	if err != nil {
		return err
	}
	for _, s := range all {
		if err := tell(rights.Session{ID: s.ID, Device: s.Device, How: s.How, Created: s.Created.UTC(), LastSeen: s.LastSeen.UTC(), Expires: s.Expires.UTC()}); err != nil {
			return err
		}
	}
	return nil
}

func (a *App) ownSignIns(ctx context.Context, owner uuid.UUID, tell func(rights.SignIn) error) error {
	return a.account.WalkVisits(ctx, owner, func(v account.Visit) error {
		return tell(rights.SignIn{At: v.At.UTC(), Address: v.Address, Device: v.Agent})
	})
}

func (a *App) ownWays(ctx context.Context, owner uuid.UUID, tell func(rights.Way) error) error {
	if a.passkeys != nil {
		all, err := a.passkeys.List(ctx, owner)
		if err != nil {
			return err
		}
		for _, k := range all {
			if err := tell(rights.Way{What: "passkey", Name: k.Name, Created: k.Created.UTC(), Used: rights.When(k.LastUsed)}); err != nil {
				return err
			}
		}
	}
	if a.federation == nil {
		return nil
	}
	all, err := a.federation.Identities(ctx, owner)
	if err != nil {
		return err
	}
	for _, i := range all {
		if err := tell(rights.Way{What: "sign-in", Name: i.Title, Mail: i.Mail, Created: i.Created.UTC(), Used: rights.When(i.LastUsed)}); err != nil {
			return err
		}
	}
	return nil
}

func (a *App) ownKeys(ctx context.Context, owner uuid.UUID, tell func(rights.Key) error) error {
	all, err := a.account.Keys(ctx, owner)
	if err != nil {
		return err
	}
	for _, k := range all {
		key := rights.Key{ID: k.ID, Name: k.Name, Begins: k.Hint, Created: k.Created.UTC(), Used: rights.When(k.Used), Revoked: rights.When(k.Revoked), Scopes: []string{}}
		for _, scope := range k.Scopes {
			key.Scopes = append(key.Scopes, string(scope))
		}
		if err := tell(key); err != nil {
			return err
		}
	}
	return nil
}

func (a *App) ownKeyDays(ctx context.Context, owner uuid.UUID, tell func(rights.KeyDay) error) error {
	all, err := a.account.Usage(ctx, owner, a.useDays())
	if err != nil {
		return err
	}
	for _, use := range all {
		for _, d := range use.Days {
			if d.Requests == 0 && d.Portraits == 0 {
				continue
			}
			if err := tell(rights.KeyDay{Key: use.Key.ID, Day: d.Day.UTC().Format(time.DateOnly), Requests: d.Requests, Portraits: d.Portraits}); err != nil {
				return err
			}
		}
	}
	return nil
}

func (a *App) ownLots(ctx context.Context, owner uuid.UUID, tell func(rights.Lot) error) error {
	var lots []ledger.Lot
	err := a.db.AsOwner(ctx, owner, func(tx pgx.Tx) (err error) {
		lots, err = a.ledger.Lots(ctx, tx, owner)
		return err
	})
	if err != nil {
		return err
	}
	for _, l := range lots {
		if err := tell(rights.Lot{ID: l.ID, Kind: string(l.Kind), Order: rights.Ref(l.Order), Reason: l.Reason, Tokens: l.Tokens, Free: l.Free, Held: l.Held, Frozen: l.Frozen,
			Created: l.Created.UTC(), Expires: l.Expires.UTC()}); err != nil {
			return err
		}
	}
	return nil
}

func (a *App) ownEntries(ctx context.Context, owner uuid.UUID, tell func(rights.Entry) error) error {
	purse := tokens{a.db, a.ledger}
	for cursor := int64(0); ; {
		events, err := purse.History(ctx, owner, cursor, ledger.HistoryMost)
		if err != nil {
			return err
		}
		for _, e := range events {
			cursor = e.Number
			if err := tell(rights.Entry{Number: e.Number, What: string(e.What), Tokens: e.Tokens, Change: e.Change, Title: e.Title, Why: e.Why, Run: rights.Ref(e.Run),
				Order: rights.Ref(e.Order), At: e.At.UTC(), Ended: rights.When(e.Ended)}); err != nil {
				return err
			}
		}
		if len(events) < ledger.HistoryMost {
			return nil
		}
	}
}

func (a *App) ownOrders(ctx context.Context, owner uuid.UUID, tell func(rights.Order) error) error {
	return a.payment.Walk(ctx, owner, func(o payment.Order) error {
		order := rights.Order{ID: o.ID, Number: o.Number, State: string(o.State), Tokens: o.Tokens, Amount: o.Price.Amount, Paid: o.Total.Amount, Refunded: o.Refunded.Amount,
			Disputed: o.Disputed.Amount, Currency: o.Price.Currency, Tax: o.Tax, Created: o.Created.UTC(), PaidAt: rights.When(o.PaidAt)}
		for _, id := range []string{o.Session, o.Intent, o.Charge} {
			if id != "" {
				order.Provider = append(order.Provider, id)
			}
		}
		return tell(order)
	})
}

// doneAbout is what the audit log says about the person.
func (a *App) doneAbout(ctx context.Context, owner uuid.UUID, tell func(rights.StaffAct) error) error {
	return audit.New(a.db).Walk(ctx, owner, func(d audit.Done) error { return tell(rights.StaffAct{At: d.At.UTC(), What: d.Action, Why: d.Reason}) })
}

func (a *App) ownReceipts(ctx context.Context, owner uuid.UUID, tell func(receipt.Receipt) error) error {
	return a.receipts.Walk(ctx, owner, tell)
}

func (a *App) ownRequests(ctx context.Context, owner uuid.UUID, tell func(rights.Demanded) error) error {
	files, err := a.rights.Mine(ctx, owner)
	if err != nil {
		return err
	}
	for _, f := range files {
		request := rights.Demanded{ID: f.ID, Number: f.Number, Kind: string(f.Kind), Channel: string(f.Channel), Words: f.Said.Words, State: string(f.State),
			Received: f.Received.UTC(), Due: f.Due.UTC(), Closed: rights.When(f.Closed), Steps: []rights.DemandedStep{}}
		for _, s := range f.Steps {
			request.Steps = append(request.Steps, rights.DemandedStep{What: string(s.What), Words: s.Words, Mailed: s.Mailed, At: s.At.UTC()})
		}
		if err := tell(request); err != nil {
			return err
		}
	}
	return nil
}

func (a *App) ownPermissions(ctx context.Context, owner uuid.UUID, tell func(rights.Question) error) error {
	all, err := a.rights.Permissions(ctx, owner)
	if err != nil {
		return err
	}
	given, err := a.rights.Answers(ctx, owner)
	if err != nil {
		return err
	}
	for _, p := range all {
		if err := tell(rights.Question{ID: p.ID, Portrait: p.Run, Reason: p.Reason, Answer: string(p.Answer), Asked: p.Asked.UTC(), Answered: rights.When(p.Answered), Answers: given[p.ID]}); err != nil {
			return err
		}
	}
	return nil
}
