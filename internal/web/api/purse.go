package api

import (
	"context"

	"easel/internal/account"
)

type manyStyles struct {
	Body struct {
		Styles      []Style  `json:"styles" nullable:"false"`
		Inks        []string `json:"inks" nullable:"false" doc:"All that any style can be drawn with"`
		Backgrounds []string `json:"backgrounds" nullable:"false" doc:"What can become of what is behind the subject, in every style"`
	}
}

func (a *API) listStyles(context.Context, *nothing) (*manyStyles, error) {
	out := &manyStyles{}
	out.Body.Styles, out.Body.Inks, out.Body.Backgrounds = a.Styles, a.Inks, a.Grounds
	return out, nil
}

// Tokens is what may be spent.
type Tokens struct {
	Settled int64 `json:"settled" doc:"The balance. It never dips because something is being drawn"`
	InUse   int64 `json:"in_use" doc:"Of these, held for what is being drawn"`
	Free    int64 `json:"free" doc:"What can be spent now"`
}

type oneAccount struct {
	Body struct {
		Tokens *Tokens         `json:"tokens,omitempty" doc:"Absent where nothing costs anything"`
		Scopes []account.Scope `json:"scopes" nullable:"false" doc:"What this key may do"`
	}
}

func (a *API) getAccount(ctx context.Context, _ *nothing) (*oneAccount, error) {
	c := from(ctx)
	out := &oneAccount{}
	out.Body.Scopes = c.Scopes
	if a.Purse == nil {
		return out, nil
	}
	purse, err := a.Purse(ctx, c.Owner)
	if err != nil {
		return nil, err
	}
	out.Body.Tokens = &Tokens{Settled: purse.Settled, InUse: purse.InUse, Free: purse.Settled - purse.InUse}
	return out, nil
}
