package pages

import (
	"context"
	"io"

	"github.com/google/uuid"

	"easel/internal/generation"
)

// Studio is what the pages ask of the portrait studio. Everything is asked in an owner's name; what is not the owner's,
// or is over, is a fault.Missing.
type Studio interface {
	Photos
	Portraits
}

// Photos are what visitors bring.
type Photos interface {
	// Upload reads one photo to its end. The name is the file's, as the browser gave it.
	Upload(ctx context.Context, owner uuid.UUID, name string, photo io.Reader) (generation.Upload, error)
	// Works returns everything that the owner has, the newest first.
	Works(ctx context.Context, owner uuid.UUID) ([]generation.Work, error)
	Find(ctx context.Context, owner, upload uuid.UUID) (generation.Work, error)
	// View returns the photo as JPEG or PNG.
	View(ctx context.Context, owner, upload uuid.UUID) (io.ReadSeekCloser, error)
	// Preview returns a small, marked drawing of the proposed frame in a style, as JPEG.
	Preview(ctx context.Context, owner, upload uuid.UUID, style string) ([]byte, error)
	// DeleteUpload destroys the photo with all that was drawn from it.
	DeleteUpload(ctx context.Context, owner, upload uuid.UUID) error
}

// Portraits are what is drawn.
type Portraits interface {
	// Start queues one run for each style, all or none.
	Start(ctx context.Context, owner, upload uuid.UUID, o generation.Order) ([]generation.Run, error)
	// Enlarge queues a portrait's full size, and returns the run that draws it.
	Enlarge(ctx context.Context, owner, run uuid.UUID) (generation.Run, error)
	FindRun(ctx context.Context, owner, run uuid.UUID) (generation.Run, error)
	// Watch tells the state of every run of an upload at once, and again whenever one changes, until ctx ends or tell fails.
	Watch(ctx context.Context, owner, upload uuid.UUID, tell func(generation.Run) error) error
	// Before returns the part of the photo that a run draws, Picture its result as it is shown; JPEG or PNG.
	Before(ctx context.Context, owner, run uuid.UUID) (io.ReadSeekCloser, error)
	Picture(ctx context.Context, owner, run uuid.UUID) (io.ReadSeekCloser, error)
	// Download returns a result in a format (png, jpeg, webp, pdf, and svg where a run has lines); paper (a4, letter) counts for PDF only.
	Download(ctx context.Context, owner, run uuid.UUID, format, paper string) (data []byte, name string, err error)
	Cancel(ctx context.Context, owner, run uuid.UUID) error
	// Delete destroys one run and its pictures.
	Delete(ctx context.Context, owner, run uuid.UUID) error
}
