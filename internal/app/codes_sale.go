package app

import (
	"context"
	"errors"
	"time"

	"github.com/google/uuid"

	"easel/internal/audit"
	"easel/internal/payment"
	"easel/internal/policy"
	"easel/internal/unlock"
	"easel/internal/web/cutouts"
	"easel/internal/web/pages"
)

// sellCodes makes unlock codes ready to be sold, where the studio is served whose pictures they open.
func (a *App) sellCodes(c *payment.Config) error {
	booth, sold := a.live("cutout"), len(a.config.Sales.Codes.Packs) > 0
	switch {
	case booth == nil && sold:
		return errors.New("EASEL_CODE_PRICES is set, but no policy file declares the cutout studio as live, whose pictures the codes open")
	case booth == nil:
		return nil
	case sold && (!booth.Keeps(policy.Order) || !booth.Keeps(policy.Code)):
		return errors.New("EASEL_CODE_PRICES is set, but the policy of the cutout studio says nothing of \"order\" and \"code\" under retention: " +
			"what is kept of a payment, and of a code until its buyer has seen it")
	case sold && booth.Keep(policy.Code) < unlock.SoldShown:
		return errors.New("the policy of the cutout studio keeps codes that were bought for less than a day, under retention.code; the server keeps them for 24 hours")
	}
	a.codes = unlock.New(a.db, a.vault.Digest)
	c.Codes, c.CodePrices = a.codes, a.config.Sales.Codes
	return nil
}

// eraseCodes erases codes that their buyers could look at for a day, and batches that were over long ago.
func (a *App) eraseCodes(ctx context.Context) error {
	if a.codes == nil {
		return nil
	}
	return a.codes.Sweep(ctx)
}

// kiosk puts what sells and mints unlock codes into the pages.
func (a *App) kiosk(c *pages.Config) (err error) {
	if a.codes == nil {
		return nil
	}
	c.Mint = mint{a.codes, audit.New(a.db)}
	if len(a.config.Sales.Codes.Packs) > 0 {
		c.Shop, err = cutouts.NewShop(cutouts.ShopConfig{Edge: c.Edge, UI: c.UI, Till: a.payment, Policy: a.live("cutout")})
	}
	return err
}

// mint is what those who run the place do about codes, each act written down with it.
type mint struct {
	codes *unlock.Service
	log   *audit.Log
}

func (m mint) by(staff uuid.UUID) unlock.By { return unlock.By{Staff: staff, Audit: m.log.Add} }

// Batches lists all batches.
func (m mint) Batches(ctx context.Context, staff uuid.UUID) ([]unlock.Batch, error) {
	return m.codes.Batches(ctx, m.by(staff))
}

// Mint makes a batch.
func (m mint) Mint(ctx context.Context, staff uuid.UUID, codes, uses int, lasts time.Duration) (uuid.UUID, []string, error) {
	return m.codes.Mint(ctx, m.by(staff), codes, uses, lasts)
}

// Void makes a batch worthless.
func (m mint) Void(ctx context.Context, staff, batch uuid.UUID, reason string) error {
	return m.codes.Void(ctx, m.by(staff), batch, reason)
}
