package generation

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"io"
	"log/slog"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"easel/engine/face"
	"easel/engine/ingest"
	"easel/engine/portrait"
	"easel/engine/raster"
	"easel/internal/fault"
	"easel/internal/sandbox"
	"easel/internal/vault"
)

const (
	viewSide   = 1600      // longest side of the copy that pages show, in pixels
	searchSide = 1280      // longest side of the copy on which faces are sought and quality is judged
	losslessPx = 2_500_000 // photos up to this size are kept without loss
	portraitAt = 4.0 / 5   // width to height of the crop that is proposed
)

// Upload takes a photo in: decoded in a child process, turned upright, freed of everything but its pixels, judged,
// and sealed with its deadline. On an error nothing is kept. Name is the file's name as the browser told it.
func (s *Service) Upload(ctx context.Context, owner uuid.UUID, name string, r io.Reader) (Upload, error) {
	full := func(tx pgx.Tx) error { return s.hasRoom(ctx, tx) }
	if err := s.db.AsOwner(ctx, owner, full); err != nil { // before a byte is read; keep asks again
		return Upload{}, err
	}
	data, err := s.decoder.Read(ctx, r) // before there is a place for it: a slow sender keeps nobody waiting
	if err != nil {
		return Upload{}, err
	}
	u, photo, view, err := s.look(ctx, name, data)
	if err != nil {
		return Upload{}, err
	}
	return s.keep(ctx, owner, u, photo, view)
}

// look opens a photo and judges it. It returns the photo as it is kept and the copy that pages show. A large photo takes
// hundreds of megabytes meanwhile, so few are opened together.
func (s *Service) look(ctx context.Context, name string, data []byte) (u uploadRow, photo, view []byte, err error) {
	leave, err := s.arriving.take(ctx)
	if err != nil {
		return u, nil, nil, err
	}
	defer leave()
	picture, err := s.decoder.Decode(ctx, data)
	if err != nil {
		return u, nil, nil, sandbox.Fault(err)
	}
	size := portrait.FullSize(picture.Image.Rect.Size())
	img := picture.Image
	if size != img.Rect.Size() {
		img = raster.ResizeNRGBA(ctx, img, size.X, size.Y)
	}
	u = uploadRow{Upload: Upload{ID: uuid.New(), Name: ingest.Name(name), W: size.X, H: size.Y, Warnings: picture.Notes}}
	s.judge(ctx, &u.Upload, img, picture.Image.Rect.Size())
	if photo, view, err = encodeUpload(ctx, img); err != nil {
		return u, nil, nil, err
	}
	return u, photo, view, ctx.Err()
}

// hasRoom says whether one more photo fits, and may come.
func (s *Service) hasRoom(ctx context.Context, tx pgx.Tx) error {
	if err := s.may(ctx, tx); err != nil {
		return err
	}
	var n int
	if err := tx.QueryRow(ctx, `select count(*) from easel.generation_upload where deadline > now()`).Scan(&n); err != nil {
		return err
	}
	if n >= s.config.Uploads {
		return fault.New(fault.Conflict, fmt.Sprintf("You have %d photos here already, as many as fit. Delete one, or wait until its time is over.", n))
	}
	return nil
}

// judge finds the face, proposes a crop and says what the photo lacks.
func (s *Service) judge(ctx context.Context, u *Upload, img *image.NRGBA, original image.Point) {
	small, scale := shrink(ctx, img, searchSide)
	colour := raster.FromNRGBA(ctx, small)
	defer colour.Free()
	luma := raster.Luma(ctx, colour)
	defer luma.Free()
	faces := face.Find(ctx, luma)
	u.HasFace = len(faces) > 0
	for _, issue := range face.Judge(ctx, colour, faces, original).Issues {
		u.Warnings = append(u.Warnings, issue.Say)
	}
	crop := face.Crop(small.Rect.Dx(), small.Rect.Dy(), faces, portraitAt)
	u.Crop = image.Rect(int(float64(crop.Min.X)*scale), int(float64(crop.Min.Y)*scale),
		int(float64(crop.Max.X)*scale), int(float64(crop.Max.Y)*scale)).Intersect(img.Rect)
}

// shrink returns a copy whose longest side is at most side, and how many times larger the original is.
func shrink(ctx context.Context, img *image.NRGBA, side int) (small *image.NRGBA, scale float64) {
	long := max(img.Rect.Dx(), img.Rect.Dy())
	if long <= side {
		return img, 1
	}
	scale = float64(long) / float64(side)
	w, h := int(float64(img.Rect.Dx())/scale+0.5), int(float64(img.Rect.Dy())/scale+0.5)
	return raster.ResizeNRGBA(ctx, img, max(1, w), max(1, h)), scale
}

// encodeUpload returns the photo as it is kept and the copy that pages show.
func encodeUpload(ctx context.Context, img *image.NRGBA) (photo, view []byte, err error) {
	var p, v bytes.Buffer
	if img.Rect.Dx()*img.Rect.Dy() <= losslessPx {
		err = ingest.EncodePNG(&p, img)
	} else {
		err = portrait.EncodePhoto(&p, img)
	}
	if err != nil {
		return nil, nil, fmt.Errorf("encode the photo: %w", err)
	}
	small, _ := shrink(ctx, img, viewSide)
	if err := portrait.EncodePhoto(&v, small); err != nil {
		return nil, nil, fmt.Errorf("encode the photo's copy: %w", err)
	}
	return p.Bytes(), v.Bytes(), nil
}

// keep seals the bytes and makes the upload visible, in the order that leaves nothing unreaped after a crash: ids, keys
// and deadlines first, then bytes, then the row.
func (s *Service) keep(ctx context.Context, owner uuid.UUID, u uploadRow, photo, view []byte) (_ Upload, err error) {
	u.Created = time.Now()
	u.Deadline = u.Created.Add(s.config.Keep)
	if u.Warnings == nil {
		u.Warnings = []string{} // none is an empty list in the database, not null
	}
	var sealed []byte
	err = s.db.AsOwner(ctx, owner, func(tx pgx.Tx) (err error) {
		if u.photo, err = s.reserve(ctx, tx, owner, "upload", u.Deadline); err != nil {
			return err
		}
		if u.view, err = s.reserve(ctx, tx, owner, "view", u.Deadline); err != nil {
			return err
		}
		sealed, err = s.vault.SealText(ctx, tx, owner, u.Name)
		return err
	})
	if err != nil {
		return Upload{}, err
	}
	defer func() {
		if err != nil {
			s.abandon(ctx, owner, u.photo, u.view)
		}
	}()
	if err := s.writeAll(ctx, owner, map[uuid.UUID][]byte{u.photo: photo, u.view: view}); err != nil {
		return Upload{}, err
	}
	err = s.db.AsOwner(ctx, owner, func(tx pgx.Tx) error {
		if err := alone(ctx, tx); err != nil {
			return err
		}
		if err := s.hasRoom(ctx, tx); err != nil { // others may have come in while this one was looked at
			return err
		}
		if err := s.publish(ctx, tx, owner, u.photo, u.view); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `insert into easel.generation_upload
			(id, owner, photo, view, name, width, height, has_face, crop, warnings, created_at, deadline)
			values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`,
			u.ID, owner, u.photo, u.view, sealed, u.W, u.H, u.HasFace, numbers(u.Crop), u.Warnings, u.Created, u.Deadline)
		return err
	})
	return u.Upload, err
}

func (s *Service) reserve(ctx context.Context, tx pgx.Tx, owner uuid.UUID, kind string, deadline time.Time) (uuid.UUID, error) {
	id, err := s.vault.Reserve(ctx, tx, owner, s.config.Policy, kind, deadline)
	return uuid.UUID(id), err
}

func (s *Service) writeAll(ctx context.Context, owner uuid.UUID, objects map[uuid.UUID][]byte) error {
	for id, data := range objects {
		if err := s.vault.Write(ctx, owner, vault.ID(id), bytes.NewReader(data)); err != nil {
			return err
		}
	}
	return nil
}

func (s *Service) publish(ctx context.Context, tx pgx.Tx, owner uuid.UUID, objects ...uuid.UUID) error {
	for _, id := range objects {
		if err := s.vault.Publish(ctx, tx, owner, vault.ID(id)); err != nil {
			return err
		}
	}
	return nil
}

// abandon destroys the keys of objects that could not be published, so that what was deleted while it was being stored
// is unreadable at once. What this misses is the sweep's.
func (s *Service) abandon(ctx context.Context, owner uuid.UUID, objects ...uuid.UUID) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), leaseRenew)
	defer cancel()
	ids := make([]vault.ID, len(objects))
	for i, id := range objects {
		ids[i] = vault.ID(id)
	}
	err := s.db.AsOwner(ctx, owner, func(tx pgx.Tx) error { return s.vault.Abandon(ctx, tx, owner, ids...) })
	if err != nil {
		s.log.WarnContext(ctx, "unfinished objects wait for the sweep", slog.Any("cause", err))
	}
}
