package account

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"easel/internal/egress"
	"easel/internal/fault"
	"easel/internal/policy"
	"easel/internal/vault"
)

// PictureArgs is the job that fetches somebody's picture from their issuer, once.
type PictureArgs struct {
	Owner    uuid.UUID `json:"owner"`
	Identity uuid.UUID `json:"identity"`
}

// Kind names the job.
func (PictureArgs) Kind() string { return "account_picture" }

// PictureTimeout is the longest that one attempt takes.
const PictureTimeout = 90 * time.Second

// pictureKind is what the vault calls it. It has no end of its own: it goes when it is removed, or with the account's key.
const (
	pictureKind  = "account-picture"
	pictureLasts = 100 * 365 * 24 * time.Hour
)

// FetchPicture fetches a picture by the address that the issuer gave, makes a small one of its own of it and keeps that. A
// picture that is not to be had stays missing: nobody is asked twice.
func (f *Federation) FetchPicture(ctx context.Context, args PictureArgs) error {
	from, err := f.pictureFrom(ctx, args)
	if err != nil || from == "" {
		return err
	}
	data, err := f.fetch(ctx, from)
	if errors.Is(err, egress.ErrRefused) || errors.Is(err, egress.ErrTooLarge) || fault.Is(err, fault.Refused) {
		return f.fetched(ctx, args, nil) // it will not be otherwise the next time
	}
	if err != nil {
		return fmt.Errorf("fetch a picture: %w", egress.Quiet(err))
	}
	small, err := f.config.Small(ctx, data)
	if fault.Is(err, fault.Internal) || fault.Is(err, fault.Busy) {
		return fmt.Errorf("make a picture small: %w", err)
	}
	if err != nil {
		small = nil // the file was no picture
	}
	return f.fetched(ctx, args, small)
}

// pictureFrom returns where the picture is; "" when there is nothing to fetch any more.
func (f *Federation) pictureFrom(ctx context.Context, args PictureArgs) (from string, err error) {
	err = f.s.db.AsOwner(ctx, args.Owner, func(tx pgx.Tx) error {
		var sealed []byte
		var has bool
		err := tx.QueryRow(ctx, `select i.sealed, a.picture is not null from easel.account_identity i join easel.account_account a on a.id = i.account
			where i.account = $1 and i.id = $2`, args.Owner, args.Identity).Scan(&sealed, &has)
		if errors.Is(err, pgx.ErrNoRows) || has {
			return nil
		}
		if err != nil {
			return err
		}
		t, err := f.openTold(ctx, tx, args.Owner, sealed)
		from = t.Picture
		return err
	})
	if err != nil {
		return "", fmt.Errorf("look for a picture: %w", err)
	}
	return from, nil
}

func (f *Federation) fetch(ctx context.Context, from string) ([]byte, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, from, nil)
	if err != nil {
		return nil, fault.Wrap(err, fault.Refused, "The picture's address is none.")
	}
	r.Header.Set("Accept", "image/jpeg, image/png, image/webp")
	answer, err := f.config.Gate.Client(policy.SignIn, egress.Limits{Bytes: pictureBytes}).Do(r)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return nil, fault.New(fault.Refused, "The picture is not there: "+answer.Status)
	}
	return io.ReadAll(answer.Body)
}

// fetched keeps the picture, if there is one, and forgets where it came from.
func (f *Federation) fetched(ctx context.Context, args PictureArgs, small []byte) error {
	v := f.s.vault
	var id vault.ID
	if small != nil {
		err := f.s.db.AsOwner(ctx, args.Owner, func(tx pgx.Tx) (err error) {
			id, err = v.Reserve(ctx, tx, args.Owner, f.s.config.Under, pictureKind, time.Now().Add(pictureLasts))
			return err
		})
		if err == nil {
			err = v.Write(ctx, args.Owner, id, bytes.NewReader(small))
		}
		if err != nil {
			return fmt.Errorf("keep a picture: %w", err)
		}
	}
	return f.s.db.AsOwner(ctx, args.Owner, func(tx pgx.Tx) error {
		err := f.rewrite(ctx, tx, args.Owner, `id = $1`, args.Identity, func(t *told) { t.Picture = "" })
		if errors.Is(err, errUnconnected) {
			return nil // what was reserved is removed by itself
		}
		if err != nil || small == nil {
			return err
		}
		if err := v.Publish(ctx, tx, args.Owner, id); err != nil {
			return err
		}
		return f.s.Picture(ctx, tx, args.Owner, id)
	})
}

// OpenPicture opens the person's picture; a Missing fault when there is none.
func (s *Service) OpenPicture(ctx context.Context, owner uuid.UUID) (*vault.Reader, error) {
	p, err := s.Person(ctx, owner)
	if err != nil {
		return nil, err
	}
	if p.Picture == (vault.ID{}) {
		return nil, fault.New(fault.Missing, "There is no picture.")
	}
	return s.vault.Open(ctx, owner, p.Picture)
}

// RemovePicture destroys the person's picture, if there is one.
func (s *Service) RemovePicture(ctx context.Context, owner uuid.UUID) error {
	return s.db.AsOwner(ctx, owner, func(tx pgx.Tx) error {
		p, err := s.person(ctx, tx, owner)
		if err != nil || p.Picture == (vault.ID{}) {
			return err
		}
		if err := s.vault.Delete(ctx, tx, owner, p.Picture); err != nil {
			return err
		}
		return s.Picture(ctx, tx, owner, vault.ID{})
	})
}
