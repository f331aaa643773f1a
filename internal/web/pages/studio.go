package pages

import (
	"context"
	"image"
	"io"

	"github.com/google/uuid"

	"easel/internal/generation"
)

// Studio is what the pages ask of the portrait studio. Everything is asked in an owner's name; what is not the owner's,
// or is over, is a fault.Missing.
type Studio interface {
	// Upload reads one photo to its end. The name is the file's, as the browser gave it.
	Upload(ctx context.Context, owner uuid.UUID, name string, photo io.Reader) (generation.Upload, error)
	// Works returns everything that the owner has, the newest first.
	Works(ctx context.Context, owner uuid.UUID) ([]generation.Work, error)
	Find(ctx context.Context, owner, upload uuid.UUID) (generation.Work, error)
	// Start queues one run for each style, all or none.
	Start(ctx context.Context, owner, upload uuid.UUID, styles []string, crop image.Rectangle, seed uint64) ([]generation.Run, error)
	FindRun(ctx context.Context, owner, run uuid.UUID) (generation.Run, error)
	Cancel(ctx context.Context, owner, run uuid.UUID) error
	// Delete destroys one run and its picture; DeleteUpload the photo with all of them.
	Delete(ctx context.Context, owner, run uuid.UUID) error
	DeleteUpload(ctx context.Context, owner, upload uuid.UUID) error
	// View returns the photo of an upload, Before the part of it that a run draws, as JPEG or PNG.
	View(ctx context.Context, owner, upload uuid.UUID) (io.ReadSeekCloser, error)
	Before(ctx context.Context, owner, run uuid.UUID) (io.ReadSeekCloser, error)
	// Picture returns the result of a run as it is shown.
	Picture(ctx context.Context, owner, run uuid.UUID) (io.ReadSeekCloser, error)
	// Download returns a result in a format (png, jpeg, webp, pdf); paper (a4, letter) counts for PDF only.
	Download(ctx context.Context, owner, run uuid.UUID, format, paper string) (data []byte, name string, err error)
	// Watch tells the state of every run of an upload at once, and again whenever one changes, until ctx ends or tell fails.
	Watch(ctx context.Context, owner, upload uuid.UUID, tell func(generation.Run) error) error
}
