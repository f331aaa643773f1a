package postgres

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
)

// atOnceRows is how many rows are on one line of a copy of the keys.
const atOnceRows = 500

// keyLine is one line of a copy of the keys: rows of one table, or at the end how many rows there were.
type keyLine struct {
	Table string            `json:"table,omitempty"`
	Rows  []json.RawMessage `json:"rows,omitempty"`
	End   int               `json:"end,omitempty"`
}

// present is the list of accounts that there were, in a copy of the keys: who is missing in it has left since an older dump.
const present = "accounts"

// serverTable holds the fingerprints of the server's keys, to which the tables of schema keys refer.
const serverTable = "easel.vault_server"

// CopyKeys writes the rows that open what a dump holds: everything in the schema keys, and which accounts there are. It is the
// log of deletions at once, since what was deleted is missing in it. Its form depends on no version: columns carry their names.
func (b *Backup) CopyKeys(ctx context.Context, w io.Writer) (rows int, err error) {
	conn, err := b.Connect(ctx)
	if err != nil {
		return 0, err
	}
	defer conn.Close(context.WithoutCancel(ctx))
	out := bufio.NewWriterSize(w, 1<<16)
	err = pgx.BeginTxFunc(ctx, conn, pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly}, func(tx pgx.Tx) error {
		tables, err := keyTables(ctx, tx)
		if err != nil {
			return err
		}
		for _, table := range tables {
			n, err := copyTable(ctx, tx, out, table, `select to_jsonb(t)::text from `+table+` t`)
			if err != nil {
				return err
			}
			rows += n
		}
		n, err := copyTable(ctx, tx, out, present, `select to_jsonb(id)::text from easel.account_account`)
		rows += n
		return err
	})
	if err != nil {
		return rows, fmt.Errorf("copy the keys: %w", err)
	}
	if err := errors.Join(json.NewEncoder(out).Encode(keyLine{End: rows + 1}), out.Flush()); err != nil {
		return rows, fmt.Errorf("copy the keys: %w", err)
	}
	return rows, nil
}

// keyTables lists the tables of schema keys, those to which others refer first, and before them the one that all refer to.
func keyTables(ctx context.Context, tx pgx.Tx) ([]string, error) {
	rows, err := tx.Query(ctx, `
		select c.oid::regclass::text from pg_class c
		 where c.relnamespace = 'keys'::regnamespace and c.relkind = 'r'
		 order by (select count(*) from pg_constraint k join pg_class r on r.oid = k.confrelid
		            where k.conrelid = c.oid and k.contype = 'f' and r.relnamespace = c.relnamespace), 1`)
	if err != nil {
		return nil, err
	}
	tables, err := pgx.CollectRows(rows, pgx.RowTo[string])
	return append([]string{serverTable}, tables...), err
}

func copyTable(ctx context.Context, tx pgx.Tx, w io.Writer, table, sql string) (n int, err error) {
	rows, err := tx.Query(ctx, sql)
	if err != nil {
		return 0, err
	}
	line := keyLine{Table: table}
	flush := func() error {
		if len(line.Rows) == 0 {
			return nil
		}
		n += len(line.Rows)
		err := json.NewEncoder(w).Encode(line)
		line.Rows = line.Rows[:0]
		return err
	}
	var text string
	_, err = pgx.ForEachRow(rows, []any{&text}, func() error {
		if line.Rows = append(line.Rows, json.RawMessage(text)); len(line.Rows) == atOnceRows {
			return flush()
		}
		return nil
	})
	return n, errors.Join(err, flush())
}

// loadKeys reads a copy of the keys into the tables of a dump that is not newer, in the caller's transaction, and returns the
// accounts that there were. Keys of what the dump does not know are left out.
func loadKeys(ctx context.Context, tx pgx.Tx, r io.Reader) (accounts []uuid.UUID, err error) {
	known, err := keyTables(ctx, tx)
	if err != nil {
		return nil, err
	}
	clean := map[string]bool{}
	for _, t := range known {
		clean[t] = true
	}
	if _, err := tx.Exec(ctx, `delete from `+serverTable); err != nil {
		return nil, err
	}
	in := json.NewDecoder(bufio.NewReaderSize(r, 1<<16))
	for n := 0; ; {
		var line keyLine
		if err := in.Decode(&line); err != nil {
			return nil, fmt.Errorf("the copy of the keys is cut or damaged: %w", err)
		}
		if line.End > 0 {
			if line.End != n+1 {
				return nil, fmt.Errorf("the copy of the keys has %d rows instead of %d", n, line.End-1)
			}
			return accounts, nil
		}
		n += len(line.Rows)
		if line.Table == present {
			for _, row := range line.Rows {
				var id uuid.UUID
				if err := json.Unmarshal(row, &id); err != nil {
					return nil, fmt.Errorf("the copy of the keys is damaged: %w", err)
				}
				accounts = append(accounts, id)
			}
			continue
		}
		if !clean[line.Table] {
			return nil, fmt.Errorf("the copy of the keys holds a table %q that the data do not have; restore with a newer copy of the data", line.Table)
		}
		if err := loadRows(ctx, tx, line); err != nil {
			return nil, err
		}
	}
}

// loadRows writes rows whose table's name has been found in the catalogue.
func loadRows(ctx context.Context, tx pgx.Tx, line keyLine) error {
	text, err := json.Marshal(line.Rows)
	if err != nil {
		return err
	}
	sql := `insert into ` + line.Table + ` select r.* from jsonb_populate_recordset(null::` + line.Table + `, $1::jsonb) r`
	if line.Table == "keys.vault_object" { // stored or deleted since the dump
		sql += ` where exists (select from easel.vault_object o where o.id = r.id and o.owner = r.owner)`
	}
	if _, err := tx.Exec(ctx, sql, string(text)); err != nil {
		return fmt.Errorf("write keys back into %s: %w", line.Table, err)
	}
	return nil
}
