package cutout

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"easel/internal/fault"
)

// Codes open full pictures.
type Codes interface {
	// Begin takes a use of a code for one delivery, or fails with the reason.
	Begin(ctx context.Context, typed string) (use uuid.UUID, err error)
	// End spends the use when the picture was delivered, and gives it back otherwise.
	End(ctx context.Context, use uuid.UUID, delivered bool) error
}

// Order asks for full pictures. Each that was not unlocked before takes one use of a code: of the first that was typed,
// until it has no use left, then of the next.
type Order struct {
	Photos []string // none means all that are ready
	Format string   // "" means png
	Codes  string   // as typed: one, or several between spaces, commas or lines
}

// Counter is where orders are paid.
type Counter struct {
	Codes Codes
	Knock func() error    // counts a try of a code, and refuses too many
	Lost  func(err error) // hears when a use could not be settled: it comes back by itself
}

// Deliver makes the pictures of an order and hands each to send. A use is spent as soon as send has taken its picture
// whole, and what is left of the order is given back; what was delivered once is free as long as the session lasts. One
// delivery of a photo runs at a time, so that whoever asks twice neither pays twice nor gets what nobody paid for.
func (ss *Session) Deliver(ctx context.Context, o Order, c Counter, send func(File) error) error {
	photos, release, err := ss.ordered(ctx, o.Photos)
	if err != nil {
		return err
	}
	defer release()
	uses, err := c.pay(ctx, o.Codes, photos)
	defer func() { // of what was not delivered; also when send has panicked
		for _, use := range uses {
			c.settle(ctx, use, false)
		}
	}()
	if err != nil {
		return err
	}
	for _, p := range photos {
		file, err := ss.File(ctx, p.ID, o.Format)
		if err != nil {
			return err
		}
		err = send(file)
		clear(file.Data)
		if err != nil {
			return err
		}
		if use, paid := uses[p.ID]; paid {
			delete(uses, p.ID)
			c.settle(ctx, use, true)
			if err := ss.unlock(p.ID); err != nil && !fault.Is(err, fault.Missing) {
				return err
			}
		}
	}
	return nil
}

// ordered finds the photos of an order and keeps others from delivering them until release.
func (ss *Session) ordered(ctx context.Context, ids []string) (photos []Photo, release func(), err error) {
	if len(ids) == 0 {
		for _, p := range ss.Photos() {
			if p.State == Ready {
				ids = append(ids, p.ID)
			}
		}
	}
	if len(ids) == 0 {
		return nil, nil, errUnready()
	}
	ids = slices.Compact(slices.Sorted(slices.Values(ids))) // in one order, so that no two deliveries wait for each other
	var held []*photo
	leave := func() {
		for _, p := range held {
			<-p.delivery
		}
	}
	defer func() {
		if err != nil {
			leave()
		}
	}()
	for _, id := range ids {
		ss.room.mu.Lock()
		p, err := ss.room.find(id)
		ss.room.mu.Unlock()
		if err != nil {
			return nil, nil, err
		}
		select {
		case p.delivery <- struct{}{}:
			held = append(held, p)
		case <-ctx.Done():
			return nil, nil, ctx.Err()
		}
	}
	for _, p := range ss.Photos() { // as the session has them
		if _, wanted := slices.BinarySearch(ids, p.ID); !wanted {
			continue
		}
		if p.State != Ready {
			return nil, nil, errUnready()
		}
		photos = append(photos, p)
	}
	if len(photos) < len(ids) { // one was removed while another was waited for
		return nil, nil, errNoPhoto()
	}
	return photos, leave, nil
}

func errUnready() error {
	return fault.New(fault.Conflict, "There is no result to download yet. Wait until its preview is shown.")
}

// pay takes a use for each photo that is locked. On an error the uses that were taken are returned with it.
func (c Counter) pay(ctx context.Context, typed string, photos []Photo) (uses map[string]uuid.UUID, err error) {
	codes := strings.FieldsFunc(typed, func(r rune) bool { return r == ',' || r == ';' || r == '\n' || r == '\r' })
	if len(codes) == 1 {
		codes = separate(codes[0])
	}
	uses = map[string]uuid.UUID{}
	at, used := 0, 0
	for _, p := range photos {
		if p.Unlocked {
			continue
		}
		for {
			if used == 0 { // a code that has not opened anything yet
				if err := c.Knock(); err != nil {
					return uses, err
				}
			}
			one := ""
			if at < len(codes) {
				one = strings.TrimSpace(codes[at])
			}
			use, err := c.Codes.Begin(ctx, one)
			if err == nil {
				uses[p.ID], used = use, used+1
				break
			}
			if used == 0 || at+1 >= len(codes) {
				return uses, short(err, len(uses), photos)
			}
			at, used = at+1, 0
		}
	}
	return uses, nil
}

// short says of a batch for how many pictures there were codes.
func short(err error, paid int, photos []Photo) error {
	locked := 0
	for _, p := range photos {
		if !p.Unlocked {
			locked++
		}
	}
	known := fault.Of(err)
	if paid == 0 || known.Kind == fault.Internal || known.After > 0 {
		return err
	}
	return fault.Wrap(err, known.Kind, fmt.Sprintf("%d pictures are locked, and what was typed opens %d of them; none was used up. Type more codes, one after the other. (%s)", locked, paid, known.Say))
}

// codeLetters is how many letters a code has at least, hyphens left out.
const codeLetters = 15

// separate takes codes apart that were typed with spaces between them. One code may have spaces in it, too.
func separate(text string) (codes []string) {
	words := strings.Fields(text)
	if len(words) < 2 {
		return []string{text}
	}
	for _, w := range words {
		if len(strings.ReplaceAll(w, "-", "")) < codeLetters {
			return []string{text}
		}
	}
	return words
}

// settleTime is how long the database may take to note how a delivery ended, also when the caller has gone.
const settleTime = 10 * time.Second

func (c Counter) settle(ctx context.Context, use uuid.UUID, delivered bool) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), settleTime)
	defer cancel()
	if err := c.Codes.End(ctx, use, delivered); err != nil {
		c.Lost(err) // whoever has the picture keeps it
	}
}

// unlock notes that the photo's full picture was paid for.
func (ss *Session) unlock(id string) error {
	ss.room.mu.Lock()
	defer ss.room.mu.Unlock()
	p, err := ss.room.find(id)
	if err == nil {
		p.Unlocked = true
		ss.room.tell()
	}
	return err
}
