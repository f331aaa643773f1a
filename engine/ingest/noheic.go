//go:build noheic

package ingest

import "context"

// decodeHEIC says that this program was built without the decoder.
func decodeHEIC(context.Context, []byte, *heifHeader, Limits) (*Picture, error) {
	return nil, refuse(Variant, "This is a HEIC photo, which this server was set up not to open. Send it as JPEG: on an iPhone choose Settings, Camera, Formats, Most Compatible, or share the photo by mail, which converts it.")
}
