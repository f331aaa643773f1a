package ingest

import "context"

func decodeHEIF(ctx context.Context, data []byte, lim Limits) (*Picture, error) {
	return nil, refuse(Variant, "not yet")
}
