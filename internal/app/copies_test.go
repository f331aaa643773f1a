package app

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"
	"time"

	"easel/internal/backup"
	"easel/internal/postgres/pgtest"
)

// TestOldCopiesOfKeysAreTold: the log warns from half of what the policy promises on, and says what to do; before, and where no
// backup was ever made, it says nothing.
func TestOldCopiesOfKeysAreTold(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	a := declared(t)
	a.db, a.log = pgtest.New(t), slog.New(slog.NewTextHandler(&log, nil))
	now := time.Now()
	look := func() string {
		log.Reset()
		a.lookAtCopies(t.Context(), now)
		return log.String()
	}
	if said := look(); said != "" {
		t.Errorf("without backups it says %s", said)
	}
	for age, warns := range map[time.Duration]bool{11 * time.Hour: false, 12*time.Hour + time.Minute: true, 40 * time.Hour: true} {
		if err := backup.Note(t.Context(), a.db, now.Add(-age), false); err != nil {
			t.Fatal(err)
		}
		said := look()
		if strings.Contains(said, "level=WARN") != warns || warns && (!strings.Contains(said, "easel backup --keys") || !strings.Contains(said, "promised=24h0m0s")) {
			t.Errorf("at an age of %v it says %q", age, said)
		}
	}
}
