// Package provenance marks results as made by a machine, in the way that other programs read: an XMP packet with
// the IPTC digital source type, in PNG, JPEG, WebP and PDF.
//
// A marked file holds exactly one packet, ours; packets that were there are dropped.
package provenance

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"slices"
	"strconv"
	"strings"
)

// Mark says where a picture came from. None of it is about a person.
type Mark struct {
	Studio  string // the studio's id, as "portrait"
	Style   string // the style's id, as "rough-sketch"
	Engine  string // what drew it: "built-in", or a provider and its model
	Version string // of the engine or the program
	Seed    uint64 // of the drawing's random choices
	Made    Making // how; zero is Drawn
}

// Making is how a picture came to be, as far as viewers should know.
type Making uint8

// The ways, and the IPTC terms that stand for them.
const (
	Drawn   Making = iota // every pixel laid by a written algorithm: algorithmicMedia
	Trained               // made by a trained generative model: trainedAlgorithmicMedia
	Cut                   // the photo's own pixels, without its ground: algorithmicallyEnhanced
	Filled                // the photo's own pixels, and others where something was taken out: compositeSynthetic
)

// Namespace is that of our own properties.
const Namespace = "urn:easel:provenance:1/"

// The IPTC terms in use (https://cv.iptc.org/newscodes/digitalsourcetype/). The choice is explained in
// docs/decisions/0005-digital-source-type.md.
const sourceTypes = "http://cv.iptc.org/newscodes/digitalsourcetype/"

var terms = [...]string{
	Drawn:   sourceTypes + "algorithmicMedia",
	Trained: sourceTypes + "trainedAlgorithmicMedia",
	Cut:     sourceTypes + "algorithmicallyEnhanced",
	Filled:  sourceTypes + "compositeSynthetic",
}

// Errors of reading and writing.
var (
	ErrNone   = errors.New("provenance: the file has no mark")
	ErrFormat = errors.New("provenance: not a PNG, JPEG, WebP or PDF file that can be read")
)

// SourceType is the IPTC term for the mark, as an address.
func (m Mark) SourceType() string {
	if int(m.Made) >= len(terms) {
		return terms[Drawn]
	}
	return terms[m.Made]
}

// Packet returns the whole XMP packet, in UTF-8. Equal marks give equal packets: there is no date and no identifier.
func Packet(m Mark) []byte {
	var b bytes.Buffer
	b.WriteString("<?xpacket begin=\"\ufeff\" id=\"W5M0MpCehiHzreSzNTczkc9d\"?>\n" +
		"<x:xmpmeta xmlns:x=\"adobe:ns:meta/\"><rdf:RDF xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\">" +
		"<rdf:Description rdf:about=\"\" xmlns:xmp=\"http://ns.adobe.com/xap/1.0/\"" +
		" xmlns:Iptc4xmpExt=\"http://iptc.org/std/Iptc4xmpExt/2008-02-29/\" xmlns:easel=\"" + Namespace + "\">")
	field := func(name, value string) {
		if value == "" {
			return
		}
		b.WriteString("<" + name + ">")
		_ = xml.EscapeText(&b, []byte(value)) // a buffer takes everything
		b.WriteString("</" + name + ">")
	}
	field("xmp:CreatorTool", strings.TrimSpace("Easel "+m.Version))
	field("Iptc4xmpExt:DigitalSourceType", m.SourceType())
	field("easel:Studio", m.Studio)
	field("easel:Style", m.Style)
	field("easel:Engine", m.Engine)
	field("easel:Version", m.Version)
	field("easel:Seed", strconv.FormatUint(m.Seed, 10))
	b.WriteString("</rdf:Description></rdf:RDF></x:xmpmeta>\n<?xpacket end=\"r\"?>")
	return b.Bytes()
}

// maxPacket bounds what is read back.
const maxPacket = 1 << 20

// Read finds the mark in a PNG, JPEG, WebP or PDF file. It returns ErrNone when there is a picture without a mark of
// ours, and ErrFormat for anything else.
func Read(data []byte) (Mark, error) {
	var packets [][]byte
	var err error
	switch {
	case bytes.HasPrefix(data, []byte(pngSignature)):
		packets, err = pngPackets(data)
	case bytes.HasPrefix(data, []byte("\xff\xd8\xff")):
		packets, err = jpegPackets(data)
	case len(data) >= 12 && string(data[:4]) == "RIFF" && string(data[8:12]) == "WEBP":
		packets, err = webpPackets(data)
	case bytes.HasPrefix(data, []byte("%PDF-")):
		packets = pdfPackets(data)
	case bytes.Contains(data[:min(len(data), 512)], []byte("<svg")):
		packets = svgPackets(data)
	default:
		return Mark{}, ErrFormat
	}
	if err != nil {
		return Mark{}, err
	}
	for _, p := range packets {
		if m, ok := parse(p); ok {
			return m, nil
		}
	}
	return Mark{}, ErrNone
}

// parse reads our own properties from a packet.
func parse(packet []byte) (m Mark, ok bool) {
	if len(packet) > maxPacket {
		return m, false
	}
	d := xml.NewDecoder(bytes.NewReader(packet))
	d.CharsetReader = func(string, io.Reader) (io.Reader, error) { return nil, ErrFormat }
	var name xml.Name
	for {
		token, err := d.Token()
		if err != nil {
			return m, ok
		}
		switch t := token.(type) {
		case xml.StartElement:
			name = t.Name
		case xml.EndElement:
			name = xml.Name{}
		case xml.CharData:
			ok = m.set(name, string(t)) || ok
		}
	}
}

// set takes one property over and tells whether it was one of our own.
func (m *Mark) set(name xml.Name, value string) bool {
	if name.Local == "DigitalSourceType" {
		m.Made = Making(max(0, slices.Index(terms[:], value)))
		return false
	}
	if name.Space != Namespace {
		return false
	}
	switch name.Local {
	case "Studio":
		m.Studio = value
	case "Style":
		m.Style = value
	case "Engine":
		m.Engine = value
	case "Version":
		m.Version = value
	case "Seed":
		m.Seed, _ = strconv.ParseUint(value, 10, 64) // a seed that is no number is no seed
	default:
		return false
	}
	return true
}
