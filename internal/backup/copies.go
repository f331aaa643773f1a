package backup

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/jackc/pgx/v5"

	"easel/internal/metrics"
	"easel/internal/postgres"
)

// Copies is when what was copied the last time, and how old a copy of the keys may be at most.
type Copies struct {
	Data, Keys time.Time     // when the newest copy was begun; zero: none was ever made
	Promised   time.Duration // the policy's word: older than this no copy of the keys is
}

// Late reports whether the newest copy of the keys is older than half of what the policy promises: the command that makes it
// every hour does not run. What was never copied is not late, since nobody has set backups up.
func (c Copies) Late(now time.Time) bool { return !c.Keys.IsZero() && now.Sub(c.Keys) > c.Promised/2 }

// Note writes down that parts were copied, the data and the keys or the keys alone, by a copy that was begun at a moment.
func Note(ctx context.Context, db *postgres.DB, begun time.Time, data bool) error {
	err := db.AsNobody(ctx, func(tx pgx.Tx) error {
		_, err := tx.Exec(ctx, `insert into easel.backup_copy (part, at) select p, $1 from unnest(array['keys', 'data']) p where p = 'keys' or $2
			on conflict (part) do update set at = excluded.at`, begun, data)
		return err
	})
	if err != nil {
		return fmt.Errorf("the copy is made, but that could not be written down: %w", err)
	}
	return nil
}

// Forget says that there are no copies any more, so that nobody is warned of their age.
func Forget(ctx context.Context, db *postgres.DB) error {
	return db.AsNobody(ctx, func(tx pgx.Tx) error {
		_, err := tx.Exec(ctx, `delete from easel.backup_copy`)
		return err
	})
}

// Newest reads what was noted.
func Newest(ctx context.Context, db *postgres.DB) (c Copies, err error) {
	err = db.AsNobody(ctx, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, `select part, at from easel.backup_copy`)
		if err != nil {
			return err
		}
		var part string
		var at time.Time
		_, err = pgx.ForEachRow(rows, []any{&part, &at}, func() error {
			switch part {
			case "keys":
				c.Keys = at
			case "data":
				c.Data = at
			}
			return nil
		})
		return err
	})
	if err != nil {
		return c, fmt.Errorf("read when the last backup was made: %w", err)
	}
	return c, nil
}

// WriteMetrics writes the ages in Prometheus's text form, of what there is.
func (c Copies) WriteMetrics(w io.Writer, now time.Time) error {
	all := []metrics.Figure{{Name: "easel_backup_keys_late", Help: "1 while the newest copy of the keys is older than half of what the policy promises.", Value: metrics.Yes(c.Late(now))}}
	if !c.Keys.IsZero() {
		all = append(all, metrics.Figure{Name: "easel_backup_keys_age_seconds", Help: "Age of the newest copy of the keys.", Value: now.Sub(c.Keys).Seconds()})
	}
	if !c.Data.IsZero() {
		all = append(all, metrics.Figure{Name: "easel_backup_data_age_seconds", Help: "Age of the newest copy of the data.", Value: now.Sub(c.Data).Seconds()})
	}
	return metrics.Write(w, all...)
}
