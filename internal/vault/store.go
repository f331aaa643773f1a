package vault

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"io"
	"syscall"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"easel/internal/fault"
	"easel/internal/receipt"
)

// Reserve makes an object: its row, its key and its deadline are there when the transaction, which is the owner's,
// commits, and under which policy it is kept: that of the studio which keeps it, in the version of this day, or none. It cannot be
// read before Publish. An object that is never published is removed after an hour.
func (v *Vault) Reserve(ctx context.Context, tx pgx.Tx, owner uuid.UUID, under receipt.Policy, kind string, deadline time.Time) (ID, error) {
	now, err := v.clock.now()
	if err != nil {
		return ID{}, err // its deadline would be wrong
	}
	if !now.Before(deadline) {
		return ID{}, errMissing
	}
	outer, err := v.ownerKey(ctx, tx, owner, true)
	if err != nil {
		return ID{}, err
	}
	u, err := uuid.NewRandom()
	if err != nil {
		return ID{}, fmt.Errorf("name the object: %w", err)
	}
	id, k := ID(u), newKey()
	_, err = tx.Exec(ctx, `
		with object as (
			insert into easel.vault_object (id, owner, kind, created_at, deadline, studio, policy)
			values ($1, $2, $3, $4, $5, nullif($7, ''), case when $7 <> '' then $8::integer end) returning id, owner
		)
		insert into keys.vault_object (id, owner, wrapped) select id, owner, $6 from object`,
		u, owner, kind, now, deadline, outer.seal(k[:], forObject(owner, id)), under.Studio, under.Version)
	if err != nil {
		return ID{}, fmt.Errorf("reserve a place in the vault: %w", err)
	}
	return id, nil
}

// object is a row with its key.
type object struct {
	kind     string
	state    string
	size     *int64
	deadline time.Time
	key      key
}

// Readable refuses what is over, and everything while the clock is not to be trusted. Whoever shows what was made of an object and is
// kept beside it, in memory, asks first.
func (v *Vault) Readable(deadline time.Time) error {
	now, err := v.clock.now()
	if err == nil && !now.Before(deadline) {
		err = errMissing
	}
	return err
}

// find returns an object that is not over, with its key.
func (v *Vault) find(ctx context.Context, owner uuid.UUID, id ID) (o object, err error) {
	err = v.db.AsOwner(ctx, owner, func(tx pgx.Tx) error {
		var inner []byte
		k, err := v.server.reopen(ctx, tx, forOwner(owner), func() (outer []byte, err error) {
			err = tx.QueryRow(ctx, `
				select o.kind, o.state, o.size, o.deadline, k.wrapped, w.wrapped
				  from easel.vault_object o
				  join keys.vault_object k on k.id = o.id
				  join keys.vault_owner w on w.owner = o.owner
				 where o.id = $1 and o.owner = $2 and o.state in ('pending', 'stored')`, uuid.UUID(id), owner).
				Scan(&o.kind, &o.state, &o.size, &o.deadline, &inner, &outer)
			if errors.Is(err, pgx.ErrNoRows) {
				return nil, errMissing
			}
			if err != nil {
				return nil, fmt.Errorf("find the object: %w", err)
			}
			return outer, nil
		})
		if err == nil {
			o.key, err = k.openKey(inner, forObject(owner, id))
		}
		return err
	})
	if err != nil {
		return object{}, err
	}
	if err := v.Readable(o.deadline); err != nil {
		return object{}, err
	}
	return o, nil
}

// Write seals what r gives as the bytes of a reserved object, once. When it fails, nothing is kept.
func (v *Vault) Write(ctx context.Context, owner uuid.UUID, id ID, r io.Reader) error {
	o, err := v.find(ctx, owner, id)
	if err != nil {
		return err
	}
	if o.state != "pending" || o.size != nil {
		return fault.New(fault.Conflict, "These bytes are stored already, and what is stored is never changed.")
	}
	size, digest, err := v.put(ctx, o, id, r)
	if err != nil {
		return err
	}
	written := false
	err = v.db.AsOwner(ctx, owner, func(tx pgx.Tx) error {
		tag, err := tx.Exec(ctx, `update easel.vault_object set size = $3, digest = $4
			where id = $1 and owner = $2 and state = 'pending' and size is null`, uuid.UUID(id), owner, size, digest)
		written = tag.RowsAffected() == 1
		return err
	})
	if err != nil {
		return fmt.Errorf("note that bytes are stored: %w", err)
	}
	if !written { // deleted meanwhile; when we end before the next line, Scrub finds the bytes
		return errors.Join(errMissing, v.remove(context.WithoutCancel(ctx), id))
	}
	return nil
}

// put writes the sealed bytes. When it fails, there are none.
func (v *Vault) put(ctx context.Context, o object, id ID, r io.Reader) (size int64, digest []byte, err error) {
	sum := sha256.New()
	err = v.bucket.Put(ctx, place(id), func(w io.Writer) (err error) {
		if size, err = sealTo(sumWriter{w, sum}, o.key, o.bound(id), r); err != nil {
			return fmt.Errorf("store bytes: %w", err)
		}
		return v.at("bytes written")
	})
	if err != nil {
		return 0, nil, v.noRoom(ctx, err)
	}
	return size, sum.Sum(nil), v.at("bytes stored")
}

// noRoom tells a full disk from our own mistakes: it passes, once the operator has read about it.
func (v *Vault) noRoom(ctx context.Context, err error) error {
	if errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) {
		v.log.ErrorContext(ctx, "the bucket of sealed objects is full", "cause", err)
		return fault.Wrap(err, fault.Busy, "There is no room for more pictures at this moment. Nothing was kept; please try again later.")
	}
	return err
}

type sumWriter struct {
	w   io.Writer
	sum hash.Hash
}

func (s sumWriter) Write(p []byte) (int, error) {
	n, err := s.w.Write(p)
	s.sum.Write(p[:n])
	return n, err
}

// Publish makes a written object readable when the transaction, which is the owner's, commits. An object that was not
// written, was deleted, or whose time is over is Missing.
func (v *Vault) Publish(ctx context.Context, tx pgx.Tx, owner uuid.UUID, id ID) error {
	now, err := v.clock.now()
	if err != nil {
		return err
	}
	tag, err := tx.Exec(ctx, `update easel.vault_object set state = 'stored'
		where id = $1 and owner = $2 and state = 'pending' and size is not null and deadline > $3`, uuid.UUID(id), owner, now)
	if err != nil {
		return fmt.Errorf("publish the object: %w", err)
	}
	if tag.RowsAffected() == 0 {
		return errMissing
	}
	return nil
}

// Delete destroys the object's key, in one statement, and states it: once the transaction, which is the owner's, commits, it
// cannot be read. Its bytes are removed by the next sweep. A reader that is open keeps what it has and ends with its segment's
// deadline. What a hold keeps becomes unreadable as well, and is destroyed when the hold ends.
func (v *Vault) Delete(ctx context.Context, tx pgx.Tx, owner uuid.UUID, id ID) error {
	rows, err := tx.Query(ctx, `
		with gone as (
			update easel.vault_object set state = 'gone' where id = $1 and owner = $2 and state in ('pending', 'stored')
			returning id, state, kind, digest, studio, policy
		), destroyed as (
			delete from keys.vault_object k using gone where k.id = gone.id
		)
		select id, state, kind, digest, coalesce(studio, ''), coalesce(policy, 0) from gone`, uuid.UUID(id), owner)
	if err != nil {
		return fmt.Errorf("destroy the object's key: %w", err)
	}
	n, gone, err := v.gone(rows)
	if err != nil {
		return fmt.Errorf("destroy the object's key: %w", err)
	}
	if n == 0 {
		return errMissing
	}
	return v.receipts.State(ctx, tx, owner, gone...)
}

// gone reads rows of objects that were deleted: how many, and what is stated about those whose key is destroyed.
func (v *Vault) gone(rows pgx.Rows) (n int, all []receipt.Statement, err error) {
	now, _ := v.clock.now() // deleting needs no certainty about the time
	var state string
	var s receipt.Statement
	tag, err := pgx.ForEachRow(rows, []any{&s.Object, &state, &s.Kind, (*[]byte)(&s.Digest), &s.Studio, &s.Version}, func() error {
		if s.Deleted = now; state == "gone" && s.Digest != nil && s.Studio != "" {
			all = append(all, s)
		}
		return nil
	})
	return int(tag.RowsAffected()), all, err
}

// Abandon destroys the keys of those objects that were reserved and not published: what could not be finished need not
// wait for the sweep. Published objects stay. It works in a transaction as the owner.
func (v *Vault) Abandon(ctx context.Context, tx pgx.Tx, owner uuid.UUID, ids ...ID) error {
	all := make([]uuid.UUID, len(ids))
	for i, id := range ids {
		all[i] = uuid.UUID(id)
	}
	_, err := tx.Exec(ctx, `
		with gone as (
			update easel.vault_object set state = 'gone' where id = any ($1) and owner = $2 and state = 'pending' returning id
		)
		delete from keys.vault_object k using gone where k.id = gone.id`, all, owner)
	if err != nil {
		return fmt.Errorf("destroy the keys of unfinished objects: %w", err)
	}
	return nil
}

// remove removes an object's bytes, in every version. Bytes that are not there are removed.
func (v *Vault) remove(ctx context.Context, id ID) error { return v.bucket.Delete(ctx, place(id)) }
