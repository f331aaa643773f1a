package ingest

import (
	"bytes"
	"fmt"
	"image"
	"io"
)

// Paper is a sheet's size in points (1/72 inch), upright.
type Paper struct{ W, H float64 }

// The sheets that home printers take.
var (
	A4     = Paper{595.276, 841.89}
	Letter = Paper{612, 792}
)

// pdfMargin is 12 mm: what home printers leave white anyway, with room for a frame.
const pdfMargin = 12 * 72 / 25.4

// pdfQuality is above that of a JPEG download, because paper shows at 300 dots an inch what a screen does not.
const pdfQuality = 95

// PDFOptions describes the page. The zero value is A4 without title or metadata.
type PDFOptions struct {
	Paper Paper
	Title string // shown by viewers; left out when empty
	XMP   []byte // a whole XMP packet for the document; left out when empty
}

// EncodePDF writes one page, upright or lying as the picture is, with the picture centred as large as the margins
// allow. The page holds the picture as JPEG in sRGB, the title and the packet, and nothing else: no date, no name,
// no program's identity, so that equal pictures give equal files.
func EncodePDF(w io.Writer, img *image.NRGBA, o PDFOptions) error {
	if o.Paper == (Paper{}) {
		o.Paper = A4
	}
	var picture bytes.Buffer
	if err := EncodeJPEG(&picture, img, pdfQuality); err != nil {
		return fmt.Errorf("pdf: %w", err)
	}
	pw, ph := o.Paper.W, o.Paper.H
	iw, ih := float64(img.Rect.Dx()), float64(img.Rect.Dy())
	if iw > ih {
		pw, ph = ph, pw
	}
	scale := min((pw-2*pdfMargin)/iw, (ph-2*pdfMargin)/ih)
	dw, dh := iw*scale, ih*scale
	content := fmt.Sprintf("q %.3f 0 0 %.3f %.3f %.3f cm /P Do Q\n", dw, dh, (pw-dw)/2, (ph-dh)/2)

	channels, alternate := 3, "/DeviceRGB"
	if _, gray := smallest(OverWhite(img)).(*image.Gray); gray {
		channels, alternate = 1, "/DeviceGray"
	}
	p := pdf{}
	p.raw("%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")
	catalog := "<< /Type /Catalog /Pages 2 0 R /ViewerPreferences << /PrintScaling /None /DisplayDocTitle true >>"
	if len(o.XMP) > 0 {
		catalog += " /Metadata 7 0 R"
	}
	p.object(1, catalog+" >>")
	p.object(2, "<< /Type /Pages /Kids [3 0 R] /Count 1 >>")
	p.object(3, fmt.Sprintf("<< /Type /Page /Parent 2 0 R /MediaBox [0 0 %.3f %.3f] /Resources << /XObject << /P 5 0 R >> >> /Contents 4 0 R >>", pw, ph))
	p.stream(4, "", []byte(content))
	p.stream(5, fmt.Sprintf("/Type /XObject /Subtype /Image /Width %d /Height %d /ColorSpace [/ICCBased 6 0 R] /BitsPerComponent 8 /Interpolate true /Filter /DCTDecode ",
		img.Rect.Dx(), img.Rect.Dy()), picture.Bytes())
	p.stream(6, fmt.Sprintf("/N %d /Alternate %s ", channels, alternate), srgbICC(channels))
	if len(o.XMP) > 0 {
		p.stream(7, "/Type /Metadata /Subtype /XML ", o.XMP)
	}
	info := ""
	if o.Title != "" {
		info = " /Info " + fmt.Sprint(len(p.offsets)+1) + " 0 R"
		p.object(len(p.offsets)+1, "<< /Title "+pdfText(o.Title)+" >>")
	}
	p.trailer(info)
	if _, err := w.Write(p.b.Bytes()); err != nil {
		return fmt.Errorf("pdf: %w", err)
	}
	return nil
}

// pdf collects the objects of a file, numbered from 1 in their order, and where each begins.
type pdf struct {
	b       bytes.Buffer
	offsets []int
}

func (p *pdf) raw(s string) { p.b.WriteString(s) }

func (p *pdf) object(n int, body string) {
	p.offsets = append(p.offsets, p.b.Len())
	fmt.Fprintf(&p.b, "%d 0 obj\n%s\nendobj\n", n, body)
}

func (p *pdf) stream(n int, dict string, data []byte) {
	p.offsets = append(p.offsets, p.b.Len())
	fmt.Fprintf(&p.b, "%d 0 obj\n<< %s/Length %d >>\nstream\n", n, dict, len(data))
	p.b.Write(data)
	p.raw("\nendstream\nendobj\n")
}

func (p *pdf) trailer(info string) {
	start := p.b.Len()
	fmt.Fprintf(&p.b, "xref\n0 %d\n0000000000 65535 f \n", len(p.offsets)+1)
	for _, at := range p.offsets {
		fmt.Fprintf(&p.b, "%010d 00000 n \n", at)
	}
	fmt.Fprintf(&p.b, "trailer\n<< /Size %d /Root 1 0 R%s >>\nstartxref\n%d\n%%%%EOF\n", len(p.offsets)+1, info, start)
}

// pdfText writes a string as hexadecimal UTF-16, which needs no escapes.
func pdfText(s string) string {
	var b bytes.Buffer
	b.WriteString("<FEFF")
	for _, r := range s {
		if r > 0xffff {
			r -= 0x10000
			fmt.Fprintf(&b, "%04X%04X", 0xd800+(r>>10), 0xdc00+(r&0x3ff))
			continue
		}
		fmt.Fprintf(&b, "%04X", r)
	}
	b.WriteByte('>')
	return b.String()
}
