package ledger

import (
	"context"
	"encoding/csv"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
)

// exportHead names the columns of an export.
var exportHead = []string{"time", "what", "tokens", "change", "about", "why", "until", "run", "order"}

// Export writes the owner's whole history as CSV, the oldest event first: times in UTC, ids as they are in addresses.
func (l *Ledger) Export(ctx context.Context, tx pgx.Tx, owner uuid.UUID, w io.Writer) error {
	rows, err := tx.Query(ctx, history+` order by e.number`, owner)
	if err != nil {
		return fmt.Errorf("read a purse's history: %w", err)
	}
	defer rows.Close()
	out := csv.NewWriter(w)
	if err := out.Write(exportHead); err != nil {
		return err
	}
	for rows.Next() {
		e, err := scanEvent(rows)
		if err != nil {
			return fmt.Errorf("read a purse's history: %w", err)
		}
		if err := out.Write(e.line()); err != nil {
			return err
		}
	}
	out.Flush()
	if err := rows.Err(); err != nil {
		return fmt.Errorf("read a purse's history: %w", err)
	}
	return out.Error()
}

func (e Event) line() []string {
	id := func(v uuid.UUID) string {
		if v == uuid.Nil {
			return ""
		}
		return v.String()
	}
	at := func(t time.Time) string {
		if t.IsZero() {
			return ""
		}
		return t.UTC().Format(time.RFC3339)
	}
	return []string{at(e.At), string(e.What), strconv.FormatInt(e.Tokens, 10), strconv.FormatInt(e.Change, 10),
		plain(e.Title), plain(e.Why), at(e.Ended), id(e.Run), id(e.Order)}
}

// plain keeps a spreadsheet from reading text as a formula.
func plain(text string) string {
	if text != "" && strings.ContainsRune("=+-@\t\r", rune(text[0])) {
		return "'" + text
	}
	return text
}
