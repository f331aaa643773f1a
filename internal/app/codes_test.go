package app_test

import (
	"context"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"easel/internal/app"
	"easel/internal/postgres/pgtest"
	"easel/internal/unlock"
)

// What is done about codes at the machine is written down like what is done on the page.
func TestCodesAtTheMachineAreWrittenDown(t *testing.T) {
	t.Parallel()
	address, super := pgtest.Addresses(t)
	config, err := app.ReadConfig(func(name string) string {
		return map[string]string{"EASEL_DATA": t.TempDir(), "DATABASE_URL": address}[name]
	})
	if err != nil {
		t.Fatal(err)
	}
	var batch uuid.UUID
	if err := app.Codes(t.Context(), config, pgtest.Log(t), func(codes *unlock.Service, by unlock.By) (err error) {
		if batch, _, err = codes.Mint(t.Context(), by, 3, 2, time.Hour); err != nil {
			return err
		}
		return codes.Void(t.Context(), by, batch, "easel codes void, at the machine")
	}); err != nil {
		t.Fatal(err)
	}
	conn, err := pgx.Connect(t.Context(), super)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.Background())
	var minted, voided int
	if err := conn.QueryRow(t.Context(), `select count(*) filter (where action = 'unlock.mint' and reason like '3 codes for 2 pictures%'),
		count(*) filter (where action = 'unlock.void' and subject = $1) from easel.audit_entry where actor is null`, batch).Scan(&minted, &voided); err != nil {
		t.Fatal(err)
	}
	if minted != 1 || voided != 1 {
		t.Errorf("%d lines about minting and %d about withdrawing", minted, voided)
	}
}
