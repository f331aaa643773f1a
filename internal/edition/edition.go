// Package edition keeps every policy that was ever in force as it was shown, so that whoever agreed to a version can read it.
package edition

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5"

	"easel/internal/fault"
	"easel/internal/policy"
	"easel/internal/postgres"
)

// Edition is one version of a studio's policy.
type Edition struct {
	Version   int
	Effective time.Time // the day from which it is in force, by its file
	Shown     time.Time // when this server first showed it
	Title     string    // of the studio
	Pages     map[policy.Page][]policy.Section
}

// Shelf is where editions are kept.
type Shelf struct {
	db  *postgres.DB
	log *slog.Logger
}

// New returns the shelf.
func New(db *postgres.DB, log *slog.Logger) *Shelf { return &Shelf{db, log} }

// print is what is kept of an edition, as JSON.
type print struct {
	Title string                           `json:"title"`
	Pages map[policy.Page][]policy.Section `json:"pages"`
}

// Keep writes down what the live studios among all promise from now on. A version says one thing: where another one was
// declared under the same number before, or a newer one, strict makes that an error with file and line; otherwise, while
// somebody tries things out on a machine of their own, it is only logged. Another wording of the same declaration, by a newer
// program, is kept beside the one before.
func (s *Shelf) Keep(ctx context.Context, all []*policy.Studio, strict bool) error {
	var wrong []error
	for _, studio := range all {
		if studio.Status != policy.Live {
			continue
		}
		if err := s.unchanged(ctx, studio); err != nil {
			if strict || fault.Of(err).Kind == fault.Internal {
				wrong = append(wrong, err)
				continue
			}
			s.log.WarnContext(ctx, "a policy has changed under its number; where others reach this server that stops the start", slog.String("because", fault.Of(err).Say))
		}
		if err := s.put(ctx, studio); err != nil {
			wrong = append(wrong, err)
		}
	}
	return errors.Join(wrong...)
}

// unchanged refuses a version under which something else was declared.
func (s *Shelf) unchanged(ctx context.Context, studio *policy.Studio) error {
	var newest int
	var declared string
	var shown time.Time
	err := s.db.AsNobody(ctx, func(tx pgx.Tx) error {
		return tx.QueryRow(ctx, `select version, declared, shown_at from easel.edition_edition where studio = $1
			order by version desc, shown_at desc limit 1`, studio.Name).Scan(&newest, &declared, &shown)
	})
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return nil
	case err != nil:
		return fmt.Errorf("look for the policy that was in force: %w", err)
	case newest > studio.Version:
		return fault.New(fault.Invalid, fmt.Sprintf("%s: version is %d, but version %d was in force already. Count it up.", studio.At("version"), studio.Version, newest))
	case newest == studio.Version && declared != studio.Digest():
		return fault.New(fault.Invalid, fmt.Sprintf("%s: version is %d as before, but something else has been declared since %s. People agreed to that: count the version up, and set effective to its day.",
			studio.At("version"), studio.Version, shown.UTC().Format("2 January 2006")))
	}
	return nil
}

// put keeps what the studio's pages say, once.
func (s *Shelf) put(ctx context.Context, studio *policy.Studio) error {
	p := print{studio.Title, map[policy.Page][]policy.Section{}}
	for _, page := range policy.Pages {
		p.Pages[page] = studio.Print(page)
	}
	text, err := json.Marshal(p)
	if err != nil {
		return fmt.Errorf("write down a policy: %w", err)
	}
	sum := sha256.Sum256(text)
	err = s.db.AsNobody(ctx, func(tx pgx.Tx) error {
		_, err := tx.Exec(ctx, `insert into easel.edition_edition (studio, version, printing, declared, effective, said) values ($1, $2, $3, $4, $5, $6)
			on conflict (studio, version, printing) do nothing`, studio.Name, studio.Version, sum[:], studio.Digest(), studio.Effective.Time, text)
		return err
	})
	if err != nil {
		return fmt.Errorf("keep a policy as it is shown: %w", err)
	}
	return nil
}

// List returns every version of a studio's policy, without its pages, the newest first.
func (s *Shelf) List(ctx context.Context, studio string) (all []Edition, err error) {
	err = s.db.AsNobody(ctx, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, `select distinct on (version) version, effective, min(shown_at) over (partition by version), said ->> 'title'
			from easel.edition_edition where studio = $1 order by version desc, shown_at desc`, studio)
		if err != nil {
			return err
		}
		all, err = pgx.CollectRows(rows, func(r pgx.CollectableRow) (e Edition, err error) {
			err = r.Scan(&e.Version, &e.Effective, &e.Shown, &e.Title)
			return e, err
		})
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list the versions of a policy: %w", err)
	}
	return all, nil
}

// Find returns one version as it was shown last.
func (s *Shelf) Find(ctx context.Context, studio string, version int) (e Edition, err error) {
	var said []byte
	err = s.db.AsNobody(ctx, func(tx pgx.Tx) error {
		return tx.QueryRow(ctx, `select version, effective, shown_at, said from easel.edition_edition where studio = $1 and version = $2
			order by shown_at desc limit 1`, studio, version).Scan(&e.Version, &e.Effective, &e.Shown, &said)
	})
	if errors.Is(err, pgx.ErrNoRows) {
		return Edition{}, fault.New(fault.Missing, "There was no such version of this page.")
	}
	if err != nil {
		return Edition{}, fmt.Errorf("find a version of a policy: %w", err)
	}
	var p print
	if err := json.Unmarshal(said, &p); err != nil {
		return Edition{}, fmt.Errorf("read a version of a policy: %w", err)
	}
	e.Title, e.Pages = p.Title, p.Pages
	return e, nil
}
