package rights

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
)

// Given is one answer that somebody gave to the question whether a picture may be shown.
type Given struct {
	Answer Answer    `json:"answer" enum:"yes,no,withdrawn"`
	At     time.Time `json:"at"`
}

// Answers returns every answer that the owner gave, by question, in order.
func (s *Service) Answers(ctx context.Context, owner uuid.UUID) (map[uuid.UUID][]Given, error) {
	all := map[uuid.UUID][]Given{}
	err := s.db.AsOwner(ctx, owner, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, `select permission, answer, at from easel.rights_answer where owner = $1 order by permission, number`, owner)
		if err != nil {
			return err
		}
		var question uuid.UUID
		var g Given
		_, err = pgx.ForEachRow(rows, []any{&question, &g.Answer, &g.At}, func() error {
			g.At = g.At.UTC()
			all[question] = append(all[question], g)
			return nil
		})
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list answers: %w", err)
	}
	return all, nil
}
