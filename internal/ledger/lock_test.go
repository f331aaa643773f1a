package ledger

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"easel/internal/fault"
)

func TestTwoHundredRequestsForTenTokens(t *testing.T) {
	t.Parallel()
	b := newBank(t)
	me := b.person()
	b.buy(me, uuid.New(), 7)
	b.buy(me, uuid.New(), 3)
	var group sync.WaitGroup
	var held, refused atomic.Int64
	for range 200 {
		group.Go(func() {
			switch err := b.hold(me, uuid.New(), 1); {
			case err == nil:
				held.Add(1)
			case fault.Is(err, fault.Unpaid):
				refused.Add(1)
			default:
				t.Error(err)
			}
		})
	}
	group.Wait()
	if held.Load() != 10 || refused.Load() != 190 {
		t.Errorf("%d were held and %d refused, want 10 and 190", held.Load(), refused.Load())
	}
	b.want("all in use", me, 0, 10, 0)
}

// The same run is paid once, whoever says so at the same time that it failed.
func TestCaptureAndReleaseAtTheSameTime(t *testing.T) {
	t.Parallel()
	b := newBank(t)
	me := b.person()
	b.buy(me, uuid.New(), 20)
	var spent int64
	for range 20 {
		run := uuid.New()
		b.must(nil, b.hold(me, run, 1))
		var group sync.WaitGroup
		var captured atomic.Int64
		for range 4 {
			group.Go(func() {
				if err := b.capture(me, run); err == nil {
					captured.Store(1)
				} else if code(err) != notHeld {
					t.Error(err)
				}
			})
			group.Go(func() { b.must(nil, b.release(me, run)) })
		}
		group.Wait()
		spent += captured.Load()
		b.want("settled", me, 20-spent, 0, 0)
	}
}

func TestOneOrderFulfilledByManyAtOnce(t *testing.T) {
	t.Parallel()
	b := newBank(t)
	me, order := b.person(), uuid.New()
	var group sync.WaitGroup
	var fresh atomic.Int64
	for range 30 {
		group.Go(func() {
			b.must(nil, b.as(me, func(ctx context.Context, tx pgx.Tx) error {
				first, err := b.Buy(ctx, tx, me, order, 15)
				if first {
					fresh.Add(1)
				}
				return err
			}))
		})
	}
	group.Wait()
	if fresh.Load() != 1 {
		t.Errorf("the order brought its tokens %d times", fresh.Load())
	}
	b.want("bought once", me, 15, 0, 0)
}
