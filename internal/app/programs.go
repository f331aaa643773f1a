package app

import (
	"context"
	"net/http"
	"strings"
	"time"

	"easel/internal/policy"
	"easel/internal/web/api"
	"easel/internal/web/edge"
	"easel/internal/web/pages"
	"easel/internal/web/ui"
)

// programs puts the interface for programs beside the site.
func (a *App) programs(site http.Handler, e *edge.Edge, look *ui.UI, studio *policy.Studio, parts pages.Config) (http.Handler, error) {
	c := api.Config{Edge: e, Texts: look.Texts(), Studio: a.generation, Accounts: a.account, Policy: studio, Purse: parts.Purse, Bytes: parts.Bytes, Version: Version}
	for _, style := range parts.Styles {
		tokens := 0
		if parts.Purse != nil {
			tokens = int(studio.Tokens(style.ID))
		}
		c.Styles = append(c.Styles, api.Style{ID: style.ID, Title: style.Title, Summary: style.Summary, Tokens: tokens, Inks: append([]string{}, style.Inks...)})
	}
	for _, ink := range parts.Inks {
		c.Inks = append(c.Inks, ink.ID)
	}
	for _, ground := range parts.Grounds {
		if ground.ID != "" {
			c.Grounds = append(c.Grounds, ground.ID)
		}
	}
	if a.cutout != nil {
		c.Booth = &api.Booth{Studio: a.cutout, Codes: a.codes, Form: sessionBytes + cutoutPhotoSize}
	}
	interfaces, err := api.New(c)
	if err != nil {
		return nil, err
	}
	served := interfaces.Handler()
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, api.Prefix) {
			served.ServeHTTP(w, r)
			return
		}
		site.ServeHTTP(w, r)
	}), nil
}

// useDays is how long it is known what a key was used for: as long as the usage record, by the policy.
func (a *App) useDays() int {
	return max(1, int(a.usage/(24*time.Hour)))
}

// countUse writes down what keys are used for.
func (a *App) countUse(ctx context.Context) error { return a.account.CountUse(ctx, a.useDays(), a.log) }
