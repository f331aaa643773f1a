//go:build noheic

package ingest

// withHEIC tells whether this build opens HEIC.
const withHEIC = false
