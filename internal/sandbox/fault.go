package sandbox

import (
	"errors"

	"easel/engine/ingest"
	"easel/internal/fault"
)

// Fault gives a decoder's refusal the server's kind, with its sentence. Other errors stay what they are.
func Fault(err error) error {
	var r *ingest.Refusal
	if !errors.As(err, &r) {
		return err
	}
	kind := fault.Invalid
	if r.Reason == ingest.TooLarge || r.Reason == ingest.TooManyPixels {
		kind = fault.TooLarge
	}
	return fault.Wrap(err, kind, r.Say)
}
