package account

import (
	"context"
	"fmt"
	"math"
	"net/netip"
	"time"

	"github.com/jackc/pgx/v5"

	"easel/internal/fault"
)

// limit is how often something may be tried: burst times at once, and one more every so often. Tries are counted in the
// database, so that all processes count together, under keyed digests, so that nobody can read who tried.
type limit struct {
	name  string
	every time.Duration
	burst int
	say   string // what is too often, as the beginning of a sentence
}

// The limits. What one network or one address may do is far above what a person needs.
var (
	signUpsHere = limit{"sign-ups of a network", 6 * time.Minute, 10, "Too many accounts were asked for from your network."}
	lettersHere = limit{"letters asked for by a network", 3 * time.Minute, 20, "Too many letters were asked for from your network."}
	lettersTo   = limit{"letters to an address", 20 * time.Minute, 3,
		"We have sent several letters to this address within the last hour. Look for the newest one, among unwanted mail too."}
	triesHere   = limit{"failed sign-ins of a network", 20 * time.Second, 50, "There were too many failed tries to sign in from your network."}
	triesPair   = limit{"failed sign-ins of a network to an account", time.Minute, 5, "There were too many failed tries to sign in."}
	triesStrict = limit{"failed sign-ins of a network to an account that others try", 15 * time.Minute, 2, "There were too many failed tries to sign in."}
	triesThere  = limit{"failed sign-ins to an account", time.Minute, 30, ""}
	triesDevice = limit{"failed sign-ins of a known browser", time.Minute, 5, "There were too many failed tries to sign in."}
	provesAgain = limit{"failed proofs of a signed-in person", time.Minute, 5, "There were too many failed tries."}
)

// key is the row that a limit counts in for a subject.
func (s *Service) key(l limit, subject string) []byte {
	return s.vault.Digest("account throttle", l.name+"/"+subject)
}

// take counts one try and returns how long it is until one is free: 0 when this one was.
func (s *Service) take(ctx context.Context, tx pgx.Tx, l limit, subject string) (wait time.Duration, err error) {
	if err := tx.QueryRow(ctx, `select easel.account_take($1, $2, $3)`, s.key(l, subject), l.every, l.burst).Scan(&wait); err != nil {
		return 0, fmt.Errorf("count a try: %w", err)
	}
	return wait, nil
}

// must is take that refuses when there is none free.
func (s *Service) must(ctx context.Context, tx pgx.Tx, l limit, subject string) error {
	wait, err := s.take(ctx, tx, l, subject)
	if err != nil || wait == 0 {
		return err
	}
	return fault.TooOften(wait, l.say+" Please wait "+inWords(wait)+".")
}

func (s *Service) giveBack(ctx context.Context, tx pgx.Tx, l limit, subject string) error {
	if _, err := tx.Exec(ctx, `select easel.account_give_back($1, $2)`, s.key(l, subject), l.every); err != nil {
		return fmt.Errorf("give a try back: %w", err)
	}
	return nil
}

// network is what counts as one place: an IPv4 address, or the 64 bits of an IPv6 address that a household gets.
func (c Client) network() string {
	a := c.Address.Unmap().WithZone("")
	if a.Is6() {
		if p, err := a.Prefix(64); err == nil {
			return p.String()
		}
	}
	if !a.IsValid() {
		a = netip.IPv4Unspecified() // who has none shares one
	}
	return a.String()
}

// inWords says a wait: "40 seconds", "3 minutes".
func inWords(d time.Duration) string {
	n, unit := int(math.Ceil(d.Seconds())), "second"
	if n > 90 {
		n, unit = int(math.Ceil(d.Minutes())), "minute"
	}
	if n == 1 {
		return "1 " + unit
	}
	return fmt.Sprintf("%d %ss", n, unit)
}

// inHours says how long a link lasts: "1 hour", "24 hours".
func inHours(d time.Duration) string {
	if d == time.Hour {
		return "1 hour"
	}
	return fmt.Sprintf("%d hours", int(d.Hours()))
}
