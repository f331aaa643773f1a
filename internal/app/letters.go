package app

import (
	"context"
	"slices"
	"time"

	"github.com/google/uuid"

	"easel/internal/mail"
	"easel/internal/web/pages"
)

// letters are the house's letters as its operators see them.
type letters struct{ mail *mail.Service }

// lettersShown is how many of each kind a list shows.
const lettersShown = 100

// Kept reports that letters stay in the outbox.
func (l letters) Kept() bool { return !l.mail.Sends() }

// Letters lists what is in the outbox, what was given up, and what the server did not take so far.
func (l letters) Letters(ctx context.Context, _ uuid.UUID) (all []pages.Letter, err error) {
	for _, list := range []func(context.Context, time.Time, int) ([]mail.Slip, error){l.mail.Outbox, l.mail.Failed, l.mail.Waiting} {
		slips, err := list(ctx, time.Time{}, lettersShown)
		if err != nil {
			return nil, err
		}
		for _, s := range slips {
			if s.State != mail.StateWaiting || s.Tries > 0 {
				all = append(all, letter(s))
			}
		}
	}
	slices.SortStableFunc(all, func(a, b pages.Letter) int { return b.Written.Compare(a.Written) })
	return all, nil
}

func letter(s mail.Slip) pages.Letter {
	return pages.Letter{ID: s.ID, Subject: s.Subject, Written: s.Created, Failed: s.State == mail.StateFailed, Why: s.Said}
}

// Letter opens a letter of the outbox; of any other it tells what a list does.
func (l letters) Letter(ctx context.Context, operator, id uuid.UUID) (pages.Letter, error) {
	s, err := l.mail.Find(ctx, id)
	if err != nil {
		return pages.Letter{}, err
	}
	shown := letter(s)
	if s.State != mail.StateKept {
		return shown, nil
	}
	m, err := l.mail.Read(ctx, operator, id)
	if err != nil {
		return pages.Letter{}, err
	}
	shown.To, shown.Text = m.To, m.Text
	return shown, nil
}

// Again tries once more to send a letter.
func (l letters) Again(ctx context.Context, _, id uuid.UUID) error { return l.mail.Again(ctx, id) }
