package rounds

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func TestRoundsGoOnUntilTheEnd(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, stop := context.WithCancel(t.Context())
		begun, did := time.Now(), []time.Duration{}
		err := Every(ctx, time.Minute, func(context.Context) {
			if did = append(did, time.Since(begun)); len(did) == 3 {
				stop()
			}
		})
		if !errors.Is(err, context.Canceled) || len(did) != 3 || did[0] != 0 || did[1] != time.Minute || did[2] != 2*time.Minute {
			t.Errorf("it was done at %v, and ended with %v", did, err)
		}
		if err := Every(ctx, time.Minute, func(context.Context) { t.Error("it was done after the end") }); err == nil {
			t.Error("it did not say that it had ended before")
		}
	})
}

func TestWhatFailsIsLoggedOnceForEachRound(t *testing.T) {
	t.Parallel()
	var said bytes.Buffer
	log := slog.New(slog.NewTextHandler(&said, nil))
	round := Logged(log, "counting failed", func(context.Context) error { return errors.New("no fingers") })
	round(t.Context())
	round(t.Context())
	if n := strings.Count(said.String(), `level=ERROR msg="counting failed" cause="no fingers"`); n != 2 {
		t.Errorf("the log says %s", said.String())
	}
	ended, stop := context.WithCancel(t.Context())
	stop()
	said.Reset()
	round(ended)
	Logged(log, "counting failed", func(context.Context) error { return nil })(t.Context())
	if said.Len() > 0 {
		t.Errorf("of the program's end the log says %s", said.String())
	}
}
