package app

import (
	"context"

	"github.com/google/uuid"

	"easel/internal/account"
	"easel/internal/payment"
	"easel/internal/policy"
	"easel/internal/rights"
)

// Held counts what there is of each kind of data of the policy, and says when the first and the last of it ends.
func (d desk) Held(ctx context.Context, owner uuid.UUID) (map[policy.Kind]rights.Held, error) {
	held := map[policy.Kind]rights.Held{policy.Person: {Count: 1}}
	pictures, err := d.app.generation.Held(ctx, owner)
	if err != nil {
		return nil, err
	}
	held[policy.Upload] = rights.Held{Count: pictures.Uploads, First: pictures.First, Last: pictures.Last}
	held[policy.Result] = rights.Held{Count: pictures.Results, First: pictures.First, Last: pictures.Last}
	if pictures.Results == 0 {
		held[policy.Result] = rights.Held{}
	}
	sessions, err := d.app.account.Sessions(ctx, owner)
	if err != nil {
		return nil, err
	}
	visit := rights.Held{Count: len(sessions)}
	for _, s := range sessions {
		visit.Span(s.Expires)
	}
	held[policy.Visit] = visit
	if held[policy.Usage], err = d.usage(ctx, owner); err != nil {
		return nil, err
	}
	var order rights.Held
	if err := d.app.payment.Walk(ctx, owner, func(o payment.Order) error {
		order.Count++
		order.Span(o.Created.Add(d.studio.Keep(policy.Order)))
		return nil
	}); err != nil {
		return nil, err
	}
	held[policy.Order] = order
	return held, d.claims(ctx, owner, held)
}

// usage is the record of sign-ins.
func (d desk) usage(ctx context.Context, owner uuid.UUID) (h rights.Held, err error) {
	err = d.app.account.WalkVisits(ctx, owner, func(v account.Visit) error {
		h.Count++
		h.Span(v.At.Add(d.app.usage))
		return nil
	})
	return h, err
}

// claims adds requests and permissions.
func (d desk) claims(ctx context.Context, owner uuid.UUID, held map[policy.Kind]rights.Held) error {
	files, err := d.Mine(ctx, owner)
	if err != nil {
		return err
	}
	request := rights.Held{Count: len(files)}
	for _, f := range files {
		if !f.Closed.IsZero() {
			request.Span(f.Closed.Add(d.studio.Keep(policy.Request)))
		}
	}
	held[policy.Request] = request
	asked, err := d.Permissions(ctx, owner)
	permission := rights.Held{Count: len(asked)}
	for _, p := range asked {
		permission.Span(p.Deadline)
	}
	held[policy.Consent] = permission
	return err
}
