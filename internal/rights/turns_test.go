package rights_test

import (
	"testing"
	"time"

	"github.com/google/uuid"

	"easel/internal/fault"
	"easel/internal/rights"
)

func TestTurns(t *testing.T) {
	t.Parallel()
	turns, now, ana := rights.NewTurns(), time.Now(), uuid.New()
	for range 4 {
		end, err := turns.Begin(ana, now)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := turns.Begin(ana, now); !fault.Is(err, fault.Busy) {
			t.Errorf("two at a time: %v", err)
		}
		end()
		end()
	}
	if _, err := turns.Begin(ana, now); !fault.Is(err, fault.Busy) {
		t.Errorf("a fifth time: %v", err)
	}
	var ends []func()
	for range 4 {
		end, err := turns.Begin(uuid.New(), now)
		if err != nil {
			t.Fatal(err)
		}
		ends = append(ends, end)
	}
	if _, err := turns.Begin(uuid.New(), now); !fault.Is(err, fault.Busy) {
		t.Errorf("a fifth person: %v", err)
	}
	ends[0]()
	if _, err := turns.Begin(ana, now.Add(time.Hour)); err != nil {
		t.Errorf("after an hour: %v", err)
	}
}
