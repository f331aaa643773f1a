package cutout

import (
	"archive/zip"
	"context"
	"fmt"
	"io"
	"path"
	"strings"
)

// Delivery hands full pictures over as they are made: one as a file, several as a ZIP.
type Delivery struct {
	Begin func(name, kind string, size int64) // before the first byte; the size of a ZIP is −1: nobody knows it yet
	To    io.Writer
	Flush func() error // hands over what To holds back

	begun bool
}

// Begun reports whether anything was sent.
func (d *Delivery) Begun() bool { return d.begun }

// One delivers one picture.
func (d *Delivery) One(ctx context.Context, ss *Session, photo string, o Order, c Counter) error {
	o.Photos = []string{photo}
	return ss.Deliver(ctx, o, c, func(f File) error {
		d.begun = true
		d.Begin(f.Name, f.Type, int64(len(f.Data)))
		if _, err := d.To.Write(f.Data); err != nil {
			return err
		}
		return d.Flush()
	})
}

// All delivers several as one ZIP, which is written while they are made. Pictures are not packed again, and no time is noted.
// Where the connection breaks, those that were handed over whole are unlocked.
func (d *Delivery) All(ctx context.Context, ss *Session, o Order, c Counter) error {
	var pack *archive
	err := ss.Deliver(ctx, o, c, func(f File) error {
		if pack == nil {
			d.begun = true
			d.Begin("cutouts.zip", "application/zip", -1)
			pack = &archive{zip.NewWriter(d.To), map[string]bool{}}
		}
		if err := pack.add(f); err != nil {
			return err
		}
		return d.Flush()
	})
	if err != nil {
		return err
	}
	if err := pack.zip.Close(); err != nil {
		return err
	}
	return d.Flush()
}

type archive struct {
	zip   *zip.Writer
	names map[string]bool
}

// add writes one picture whole. A second one of the same name gets a number.
func (a *archive) add(f File) error {
	name := f.Name
	for n := 2; a.names[strings.ToLower(name)]; n++ {
		name = fmt.Sprintf("%s-%d%s", strings.TrimSuffix(f.Name, path.Ext(f.Name)), n, path.Ext(f.Name))
	}
	a.names[strings.ToLower(name)] = true
	w, err := a.zip.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Store})
	if err != nil {
		return err
	}
	if _, err := w.Write(f.Data); err != nil {
		return err
	}
	return a.zip.Flush()
}
