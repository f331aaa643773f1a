package pages

import (
	"net/http"

	"github.com/google/uuid"

	"easel/internal/fault"
	"easel/internal/ledger"
)

// fateFacts are the lines of a receipt about what became of the tokens.
func (s *site) fateFacts(fate ledger.Order) (all []fact) {
	for _, part := range []struct {
		key string
		n   int64
	}{{"left", fate.Free}, {"held", fate.Held}, {"frozen", fate.Frozen}, {"spent", fate.Spent}, {"expired", fate.Expired}, {"taken", fate.Taken}} {
		if part.n > 0 {
			all = append(all, fact{s.texts.Text("order.fate." + part.key), s.count("order.tokens", int(part.n))})
		}
	}
	return all
}

// askedOrder returns who is asking for which order.
func (s *site) askedOrder(r *http.Request) (owner, id uuid.UUID, err error) {
	text := r.PathValue("id")
	id, err = uuid.Parse(text)
	if err != nil || id.String() != text {
		return uuid.Nil, uuid.Nil, fault.New(fault.Missing, s.texts.Text("order.missing"))
	}
	owner, err = s.caller(r)
	return owner, id, err
}
