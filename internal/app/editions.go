package app

import (
	"context"
	"errors"
	"log/slog"
	"strconv"
	"time"

	"easel/internal/edition"
	"easel/internal/policy"
	"easel/internal/web/pages"
)

// publish keeps the policies as they are shown from now on, and refuses one that has changed under its number where others
// reach this server.
func (a *App) publish(ctx context.Context) error {
	a.editions = edition.New(a.db, a.log)
	return a.editions.Keep(ctx, a.studios, !a.config.Local())
}

// promises puts the pages about the open studios into the site.
func (a *App) promises(c *pages.Config) {
	c.Editions = a.editions
	for _, s := range a.studios {
		if s.Status == policy.Live {
			c.Studios = append(c.Studios, s)
		}
	}
}

// announcements is how long is waited before those who could not be told are tried again.
const announcements = 10 * time.Minute

// announce tells whoever agreed to an earlier version of a policy that there is another one now.
func (a *App) announce(ctx context.Context) error {
	for {
		err := a.tell(ctx)
		if err != nil && ctx.Err() == nil {
			a.log.ErrorContext(ctx, "telling people of a new policy failed", slog.Any("cause", err))
		}
		wait := time.After(announcements)
		if err == nil {
			wait = nil // all were told; the next version comes with the next start
		}
		select {
		case <-wait:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// tell is one round of announce.
func (a *App) tell(ctx context.Context) error {
	var wrong []error
	for _, s := range a.studios {
		if s.Status != policy.Live || s.Identity.Class != policy.Account {
			continue
		}
		at := a.config.PublicURL.JoinPath(s.Name)
		told, err := a.account.Announce(ctx, s.Name, s.Version, map[string]string{"studio": s.Title, "version": strconv.Itoa(s.Version), "effective": s.Effective.String(),
			"read": at.JoinPath(string(policy.PrivacyPage)).String(), "versions": at.JoinPath("versions").String()})
		if told > 0 {
			a.log.InfoContext(ctx, "people were told of a new policy", slog.String("studio", s.Name), slog.Int("version", s.Version), slog.Int("letters", told))
		}
		wrong = append(wrong, err)
	}
	return errors.Join(wrong...)
}
