package unlock

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"easel/internal/fault"
)

// How codes for sale are kept. They are minted many at a time, long before they are sold, so that a sale leaves no trace on
// the code: not even by when, or in which transaction, its row was written.
const (
	StockBatch = 40                           // codes that are minted together
	stockLeast = 10                           // below which more are minted
	stockLasts = 2 * 365 * 24 * time.Hour     // from their minting
	SoldLasts  = 365 * 24 * time.Hour         // a code lasts from its sale, at least
	SoldShown  = 24*time.Hour - 2*time.Minute // its buyer can look at it; the promise is a day, and the eraser comes by twice a minute
)

const (
	inStock = "unlock stock"
	inSale  = "unlock sale"
)

// Stock mints codes for sale, each good for so many pictures, when few are left.
func (s *Service) Stock(ctx context.Context, uses int) error {
	if uses < 1 || uses > MostUses {
		return fault.New(fault.Invalid, fmt.Sprintf("A code is good for 1 to %d pictures, not %d.", MostUses, uses))
	}
	var left int
	err := s.db.AsNobody(ctx, func(tx pgx.Tx) error {
		return tx.QueryRow(ctx, `select easel.unlock_stock_count($1, $2)`, uses, SoldLasts).Scan(&left)
	})
	if err != nil {
		return fmt.Errorf("count codes for sale: %w", err)
	}
	if left >= stockLeast {
		return nil
	}
	codes, digests, err := s.newCodes(StockBatch)
	if err != nil {
		return err
	}
	ids, sealed := make([]uuid.UUID, len(codes)), make([][]byte, len(codes))
	for i, code := range codes {
		ids[i] = uuid.New()
		if sealed[i], err = s.shut(inStock, ids[i].String(), code); err != nil {
			return fmt.Errorf("seal a code: %w", err)
		}
	}
	err = s.db.AsNobody(ctx, func(tx pgx.Tx) error {
		_, err := tx.Exec(ctx, `select easel.unlock_stock_add($1, $2, $3, $4, $5)`, digests, uses, stockLasts, ids, sealed)
		return err
	})
	if err != nil {
		return fmt.Errorf("keep codes for sale: %w", err)
	}
	return nil
}

// Sell lays a code aside for whoever holds the id of a checkout, in the transaction that settles its order: any one of those in
// stock, once for each checkout.
func (s *Service) Sell(ctx context.Context, tx pgx.Tx, checkout string, uses int) error {
	var id uuid.UUID
	var sealed []byte
	err := tx.QueryRow(ctx, `select id, sealed from easel.unlock_stock_take($1, $2)`, uses, SoldLasts).Scan(&id, &sealed)
	if errors.Is(err, pgx.ErrNoRows) {
		return fault.New(fault.Busy, "Many codes are being sold at this moment. Your payment is safe; look again in a minute.")
	}
	if err != nil {
		return fmt.Errorf("take a code out of stock: %w", err)
	}
	code, err := s.open(inStock, id.String(), sealed)
	if err != nil {
		return fmt.Errorf("open a code in stock: %w", err)
	}
	if sealed, err = s.shut(inSale, checkout, code); err != nil {
		return fmt.Errorf("seal a code for its buyer: %w", err)
	}
	var first bool
	if err := tx.QueryRow(ctx, `select easel.unlock_sale_keep($1, $2, $3)`, s.digest(inSale, checkout), sealed, SoldShown).Scan(&first); err != nil {
		return fmt.Errorf("keep a code for its buyer: %w", err)
	}
	if !first {
		return errors.New("unlock: this checkout has its code already")
	}
	return nil
}

// Sold returns the code that was bought at a checkout, and until when it can be looked at. Afterwards, and where there is none, ok
// is false.
func (s *Service) Sold(ctx context.Context, checkout string) (code string, until time.Time, ok bool, err error) {
	err = s.db.AsNobody(ctx, func(tx pgx.Tx) error {
		code, until, ok, err = s.sold(ctx, tx, checkout)
		return err
	})
	return code, until, ok, err
}

func (s *Service) sold(ctx context.Context, tx pgx.Tx, checkout string) (code string, until time.Time, ok bool, err error) {
	var sealed []byte
	err = tx.QueryRow(ctx, `select sealed, until from easel.unlock_sale_read($1)`, s.digest(inSale, checkout)).Scan(&sealed, &until)
	if errors.Is(err, pgx.ErrNoRows) {
		return "", time.Time{}, false, nil
	}
	if err == nil {
		code, err = s.open(inSale, checkout, sealed)
	}
	if err != nil {
		return "", time.Time{}, false, fmt.Errorf("read a code for its buyer: %w", err)
	}
	return code, until, true, nil
}

// Withdraw makes what is left of a code worthless that was bought at a checkout and whose money was given back. It can only do so as
// long as the code is kept for its buyer: after that nobody knows which one it was.
func (s *Service) Withdraw(ctx context.Context, tx pgx.Tx, checkout string) error {
	typed, _, ok, err := s.sold(ctx, tx, checkout)
	if err != nil || !ok {
		return err
	}
	code, err := parse(typed)
	if err != nil {
		return fmt.Errorf("read a code that was sold: %w", err)
	}
	if _, err := tx.Exec(ctx, `select easel.unlock_sale_withdraw($1, $2)`, s.digest(inSale, checkout), s.of(code)); err != nil {
		return fmt.Errorf("withdraw a code that was sold: %w", err)
	}
	return nil
}
