package pages

import (
	"errors"
	"io"
	"net/http"

	"easel/internal/fault"
	"easel/internal/payment"
)

// buyRoutes are for buying tokens.
func (s *site) buyRoutes() handlers {
	if s.Till == nil {
		return nil
	}
	return handlers{
		"GET /buy":                    s.buy,
		"POST /buy":                   s.buyPack,
		"GET /buy/order/{id}":         s.receipt,
		"POST /buy/order/{id}/pay":    s.resume,
		"POST /buy/order/{id}/cancel": s.callOff,
		"GET /account/orders":         s.orders,
		"GET /account/orders.csv":     s.ordersTable,
		"POST /hooks/stripe":          s.hook,
	}
}

// hook takes in a message from the payment provider. It is answered when it is written down.
func (s *site) hook(w http.ResponseWriter, r *http.Request) error {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, payment.EventBytes))
	if err != nil {
		var long *http.MaxBytesError
		if errors.As(err, &long) {
			return err
		}
		return fault.Wrap(err, fault.Invalid, s.texts.Text("buy.form"))
	}
	return s.Till.Receive(r.Context(), body, r.Header.Get("Stripe-Signature"))
}
