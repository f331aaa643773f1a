package ingest

import (
	"bytes"
	"encoding/binary"
)

// format is what a file's first bytes say that it is; its name counts for nothing.
type format uint8

const (
	formatUnknown format = iota
	formatJPEG
	formatPNG
	formatWebP
	formatHEIF // HEIC or AVIF: one container, told apart by its primary picture
	formatGIF
	formatTIFF
	formatBMP
	formatJXL
	formatSVG
	formatPDF
	formatVideo
	formatPSD
	formatJP2
)

var magics = []struct {
	format format
	magic  string
}{
	{formatJPEG, "\xff\xd8\xff"},
	{formatPNG, pngSignature},
	{formatGIF, "GIF87a"}, {formatGIF, "GIF89a"},
	{formatTIFF, "II*\x00"}, {formatTIFF, "MM\x00*"}, {formatTIFF, "II+\x00"}, {formatTIFF, "MM\x00+"},
	{formatJXL, "\xff\x0a"}, {formatJXL, "\x00\x00\x00\x0cJXL "},
	{formatJP2, "\x00\x00\x00\x0cjP  "},
	{formatPDF, "%PDF-"},
	{formatPSD, "8BPS"},
}

func sniff(data []byte) format {
	for _, m := range magics {
		if bytes.HasPrefix(data, []byte(m.magic)) {
			return m.format
		}
	}
	if len(data) >= 12 {
		switch {
		case string(data[:4]) == "RIFF" && string(data[8:12]) == "WEBP":
			return formatWebP
		case string(data[:4]) == "RIFF" && string(data[8:12]) == "AVI ", string(data[:4]) == "\x1aE\xdf\xa3":
			return formatVideo
		case string(data[4:8]) == "ftyp":
			return sniffBrands(data)
		case string(data[:2]) == "BM" && int64(binary.LittleEndian.Uint32(data[2:])) <= int64(len(data))+4:
			return formatBMP
		}
	}
	head := bytes.ToLower(bytes.TrimLeft(data[:min(len(data), 512)], "\xef\xbb\xbf \t\r\n"))
	if bytes.HasPrefix(head, []byte("<")) && (bytes.Contains(head, []byte("<svg")) || bytes.HasPrefix(head, []byte("<?xml"))) {
		return formatSVG
	}
	return formatUnknown
}

// sniffBrands reads the brands of an ISO base media file: still pictures or a film.
func sniffBrands(data []byte) format {
	size := min(int(binary.BigEndian.Uint32(data)), len(data), 256)
	for i := 8; i+4 <= size; i += 4 {
		switch string(data[i : i+4]) {
		case "avif", "avis", "heic", "heix", "heim", "heis", "mif1", "msf1", "miaf":
			return formatHEIF
		}
	}
	return formatVideo
}

var formatNames = map[format]string{
	formatGIF: "a GIF", formatTIFF: "a TIFF or camera RAW file", formatBMP: "a BMP", formatJXL: "a JPEG XL",
	formatSVG: "an SVG drawing", formatPDF: "a PDF", formatVideo: "a video", formatPSD: "a Photoshop file", formatJP2: "a JPEG 2000",
}

func (f format) refusal() error {
	if name, ok := formatNames[f]; ok {
		return refuse(OtherFormat, "This is %s, which is not taken here. %s", name, sayAccept)
	}
	return refuse(Unknown, "This file is not a picture that can be opened. %s", sayAccept)
}
