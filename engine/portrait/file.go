package portrait

import (
	"bytes"
	"fmt"
	"image"
	"io"

	"easel/engine/ingest"
	"easel/engine/provenance"
)

// Format is the kind of file that a drawing is written as.
type Format string

// The formats. PDF is one printed page.
const (
	PNG  Format = "png"
	JPEG Format = "jpeg"
	WebP Format = "webp"
	PDF  Format = "pdf"
)

// Formats lists all formats, the one without any loss first.
var Formats = []Format{PNG, JPEG, WebP, PDF}

// Ending is the format's file name ending, with its dot.
func (f Format) Ending() string {
	if f == JPEG {
		return ".jpg"
	}
	return "." + string(f)
}

// Paper is the page of a PDF.
type Paper = ingest.Paper

// Papers are the page sizes by name.
var Papers = map[string]Paper{"a4": ingest.A4, "letter": ingest.Letter}

// WritePNG writes a drawing as PNG with its mark as it is encoded: a file of full size is never whole in memory.
func WritePNG(w io.Writer, img *image.NRGBA, m provenance.Mark) error {
	return ingest.EncodePNG(provenance.PNGWriter(w, m), img)
}

// Encode returns a drawing as a file that says in its metadata what made it. Paper is for PDF only; zero is A4.
func Encode(img *image.NRGBA, f Format, m provenance.Mark, paper Paper) ([]byte, error) {
	var b bytes.Buffer
	switch f {
	case PNG:
		err := WritePNG(&b, img, m)
		return b.Bytes(), err
	case JPEG:
		return marked(&b, ingest.EncodeJPEG(&b, img, ingest.JPEGQuality), provenance.JPEG, m)
	case WebP:
		return marked(&b, ingest.EncodeWebP(&b, img), provenance.WebP, m)
	case PDF:
		err := ingest.EncodePDF(&b, img, ingest.PDFOptions{Paper: paper, XMP: provenance.Packet(m)})
		return b.Bytes(), err
	}
	return nil, fmt.Errorf("there is no format %q", f)
}

func marked(b *bytes.Buffer, err error, mark func([]byte, provenance.Mark) ([]byte, error), m provenance.Mark) ([]byte, error) {
	if err != nil {
		return nil, err
	}
	return mark(b.Bytes(), m)
}

// EncodePhoto writes a photo as a plain JPEG without any metadata.
func EncodePhoto(w io.Writer, img *image.NRGBA) error {
	return ingest.EncodeJPEG(w, img, photoQuality)
}

// photoQuality keeps a photo's pixels well enough to be drawn from.
const photoQuality = 95
