package ledger

import (
	"errors"

	"github.com/jackc/pgx/v5/pgconn"
)

// SQLSTATE codes that the ledger's functions raise.
const (
	impossible   = "EL001" // what was asked for contradicts what is there
	notHeld      = "EL002" // a run is to be paid for that holds no tokens
	unknownOrder = "EL003"
)

func code(err error) string {
	var said *pgconn.PgError
	if errors.As(err, &said) {
		return said.Code
	}
	return ""
}
