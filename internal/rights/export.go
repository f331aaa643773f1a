package rights

import (
	"archive/zip"
	"bufio"
	"bytes"
	"compress/flate"
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/google/uuid"

	"easel/internal/fault"
	"easel/internal/receipt"
)

// Schema describes an export: JSON Schema 2020-12, made of the types in record.go.
//
//go:embed schema.json
var Schema []byte

//go:embed README.txt
var readme []byte

// Each tells what there is of one kind, one after another. An error of tell ends it and is returned.
type Each[T any] func(ctx context.Context, owner uuid.UUID, tell func(T) error) error

// Picture is a file of an export that is opened when it is its turn. One that is gone by then is Missing, and left out.
type Picture struct {
	Name string // in the archive, without an ending: what it is shows in its bytes
	Open func(ctx context.Context) (io.ReadCloser, error)
}

// Sources are the functions of the packages that keep something about a person, written out by whoever builds the program.
type Sources struct {
	Profile     func(ctx context.Context, owner uuid.UUID) (Profile, error)
	Works       Each[Work]
	Statements  Each[Statement]
	Sessions    Each[Session]
	SignIns     Each[SignIn]
	Ways        Each[Way]
	Keys        Each[Key]
	KeyDays     Each[KeyDay]
	Lots        Each[Lot]
	Entries     Each[Entry]
	Orders      Each[Order]
	Requests    Each[Demanded]
	Permissions Each[Question]
	Done        Each[StaffAct]
	Receipts    Each[receipt.Receipt]
	Pictures    Each[Picture]
}

// Export writes everything that is held about the person as one ZIP, as it is found: neither the archive nor a picture is ever
// whole in memory or on a disk. It ends with the context. An error leaves a file that no program takes for a whole one.
func Export(ctx context.Context, sources Sources, owner uuid.UUID, now time.Time, w io.Writer) error {
	a := &archive{zip: zip.NewWriter(w), now: now}
	a.zip.RegisterCompressor(zip.Deflate, func(out io.Writer) (io.WriteCloser, error) { return flate.NewWriter(out, flate.BestSpeed) })
	for _, write := range []func() error{
		func() error { return a.file("README.txt", readme) },
		func() error { return a.file("schema.json", Schema) },
		func() error { return a.profile(ctx, sources, owner) },
		func() error { return list(ctx, a, "works.json", sources.Works, owner) },
		func() error { return list(ctx, a, "statements.json", sources.Statements, owner) },
		func() error { return list(ctx, a, "sessions.json", sources.Sessions, owner) },
		func() error { return list(ctx, a, "sign-ins.json", sources.SignIns, owner) },
		func() error { return list(ctx, a, "ways-in.json", sources.Ways, owner) },
		func() error { return list(ctx, a, "keys.json", sources.Keys, owner) },
		func() error { return list(ctx, a, "key-days.json", sources.KeyDays, owner) },
		func() error { return list(ctx, a, "lots.json", sources.Lots, owner) },
		func() error { return list(ctx, a, "entries.json", sources.Entries, owner) },
		func() error { return list(ctx, a, "orders.json", sources.Orders, owner) },
		func() error { return list(ctx, a, "requests.json", sources.Requests, owner) },
		func() error { return list(ctx, a, "permissions.json", sources.Permissions, owner) },
		func() error { return list(ctx, a, "done-by-staff.json", sources.Done, owner) },
		func() error { return list(ctx, a, "receipts.json", sources.Receipts, owner) },
		func() error {
			return sources.Pictures(ctx, owner, func(p Picture) error { return a.picture(ctx, p) })
		},
	} {
		if err := write(); err != nil {
			return fmt.Errorf("export what is held: %w", err)
		}
		if err := ctx.Err(); err != nil {
			return err
		}
	}
	return a.zip.Close()
}

type archive struct {
	zip *zip.Writer
	now time.Time
}

// begin opens a file in the archive. Pictures are compressed already.
func (a *archive) begin(name string, method uint16) (io.Writer, error) {
	return a.zip.CreateHeader(&zip.FileHeader{Name: name, Method: method, Modified: a.now.UTC()})
}

func (a *archive) file(name string, data []byte) error {
	w, err := a.begin(name, zip.Deflate)
	if err != nil {
		return err
	}
	_, err = io.Copy(w, bytes.NewReader(data))
	return err
}

func (a *archive) profile(ctx context.Context, sources Sources, owner uuid.UUID) error {
	p, err := sources.Profile(ctx, owner)
	if err != nil {
		return err
	}
	data, err := json.MarshalIndent(p, "", "  ")
	if err != nil {
		return err
	}
	return a.file("profile.json", append(data, '\n'))
}

// list writes what there is as an array, one record on each line.
func list[T any](ctx context.Context, a *archive, name string, each Each[T], owner uuid.UUID) error {
	w, err := a.begin(name, zip.Deflate)
	if err != nil {
		return err
	}
	out := bufio.NewWriter(w)
	before := "[\n"
	err = each(ctx, owner, func(record T) error {
		data, err := json.Marshal(record)
		if err != nil {
			return err
		}
		_, _ = out.WriteString(before)
		before = ",\n"
		_, err = out.Write(data)
		return errors.Join(err, ctx.Err())
	})
	if err != nil {
		return err
	}
	if before == "[\n" {
		_, _ = out.WriteString("[")
	}
	_, _ = out.WriteString("\n]\n")
	return out.Flush()
}

// endings are the pictures that are kept.
var endings = map[string]string{"image/png": ".png", "image/jpeg": ".jpg", "image/webp": ".webp"}

// sniffed is how much of a file tells what it is.
const sniffed = 512

// picture copies one picture into the archive, if it is still there. One whose time ends while it is copied breaks the archive
// off, rather than be half a picture in it.
func (a *archive) picture(ctx context.Context, p Picture) error {
	src, err := p.Open(ctx)
	if fault.Is(err, fault.Missing) || fault.Is(err, fault.Conflict) {
		return nil
	}
	if err != nil {
		return err
	}
	defer src.Close()
	in := bufio.NewReaderSize(src, 32<<10)
	head, err := in.Peek(sniffed)
	if err != nil && !errors.Is(err, io.EOF) {
		if fault.Is(err, fault.Missing) {
			return nil
		}
		return err
	}
	w, err := a.begin(p.Name+endings[http.DetectContentType(head)], zip.Store)
	if err != nil {
		return err
	}
	_, err = io.Copy(w, in)
	return err
}
