package postgres

import (
	"errors"

	"github.com/jackc/pgx/v5/pgconn"

	"easel/internal/fault"
)

// StaffOnly gives the database's refusal of what only those who run the place may do a sentence. Other errors are left alone.
func StaffOnly(err error) error {
	var said *pgconn.PgError
	if errors.As(err, &said) && said.Code == denied {
		return fault.Wrap(err, fault.Denied, "Only those who run this place may do that.")
	}
	return err
}
