package queue

import (
	"context"
	"log/slog"
)

// discreet passes on River's warnings and errors, without the arguments of jobs.
type discreet struct{ slog.Handler }

// Enabled drops what is below a warning: River tells of its every step.
func (d discreet) Enabled(ctx context.Context, l slog.Level) bool {
	return l >= slog.LevelWarn && d.Handler.Enabled(ctx, l)
}

// Handle leaves the arguments out.
func (d discreet) Handle(ctx context.Context, r slog.Record) error {
	clean := slog.NewRecord(r.Time, r.Level, r.Message, r.PC)
	r.Attrs(func(a slog.Attr) bool {
		if !private(a.Key) {
			clean.AddAttrs(a)
		}
		return true
	})
	return d.Handler.Handle(ctx, clean)
}

// WithAttrs keeps the handler discreet.
func (d discreet) WithAttrs(attrs []slog.Attr) slog.Handler {
	var clean []slog.Attr
	for _, a := range attrs {
		if !private(a.Key) {
			clean = append(clean, a)
		}
	}
	return discreet{d.Handler.WithAttrs(clean)}
}

// WithGroup keeps the handler discreet.
func (d discreet) WithGroup(name string) slog.Handler { return discreet{d.Handler.WithGroup(name)} }

func private(key string) bool { return key == "args" || key == "encoded_args" || key == "job" }
