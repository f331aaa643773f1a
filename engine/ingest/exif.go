package ingest

import (
	"bytes"
	"encoding/binary"
)

// exifFacts is all that is ever read from EXIF: how to turn the picture, and whether its colours are Adobe RGB.
type exifFacts struct {
	orientation int // 1…8; 0 when absent or invalid
	adobeRGB    bool
}

const (
	tagOrientation = 0x0112
	tagExifIFD     = 0x8769
	tagInteropIFD  = 0xA005
	tagInteropName = 0x0001
	maxEntries     = 512 // of one directory; cameras write fewer than a hundred
)

// readEXIF reads a TIFF structure, with or without the "Exif\0\0" before it. It visits three directories at most
// and never follows a chain, so that a directory which points to itself costs nothing. Anything wrong is absent.
func readEXIF(b []byte) exifFacts {
	b = bytes.TrimPrefix(b, []byte("Exif\x00\x00"))
	var order binary.ByteOrder
	switch {
	case len(b) < 8:
		return exifFacts{}
	case string(b[:4]) == "II*\x00":
		order = binary.LittleEndian
	case string(b[:4]) == "MM\x00*":
		order = binary.BigEndian
	default:
		return exifFacts{}
	}
	t := tiff{b, order}
	var facts exifFacts
	root := t.u32(4)
	if at, ok := t.find(root, tagOrientation); ok && t.u16(at+2) == 3 {
		if o := int(t.u16(at + 8)); o >= 1 && o <= 8 {
			facts.orientation = o
		}
	}
	if at, ok := t.find(root, tagExifIFD); ok {
		if at, ok = t.find(t.u32(at+8), tagInteropIFD); ok {
			if at, ok = t.find(t.u32(at+8), tagInteropName); ok && at+11 <= uint32(len(b)) {
				facts.adobeRGB = string(b[at+8:at+11]) == "R03"
			}
		}
	}
	return facts
}

type tiff struct {
	b     []byte
	order binary.ByteOrder
}

func (t tiff) u16(at uint32) uint16 {
	if uint64(at)+2 > uint64(len(t.b)) {
		return 0
	}
	return t.order.Uint16(t.b[at:])
}

func (t tiff) u32(at uint32) uint32 {
	if uint64(at)+4 > uint64(len(t.b)) {
		return 0
	}
	return t.order.Uint32(t.b[at:])
}

// find returns the offset of a tag's 12-byte entry in the directory at an offset.
func (t tiff) find(dir uint32, tag uint16) (at uint32, ok bool) {
	if dir < 8 || uint64(dir)+2 > uint64(len(t.b)) {
		return 0, false
	}
	for i := range min(uint32(t.u16(dir)), maxEntries) {
		at := uint64(dir) + 2 + 12*uint64(i)
		if at+12 > uint64(len(t.b)) {
			return 0, false
		}
		if t.u16(uint32(at)) == tag {
			return uint32(at), true
		}
	}
	return 0, false
}

// xmpOrientation finds tiff:Orientation in an XMP packet, written as an attribute or as an element; 0 when absent.
func xmpOrientation(packet []byte) int {
	const name = "tiff:Orientation"
	packet = packet[:min(len(packet), 1<<20)]
	i := bytes.Index(packet, []byte(name))
	if i < 0 {
		return 0
	}
	rest := bytes.TrimLeft(packet[i+len(name):min(len(packet), i+len(name)+16)], " \t\r\n=>\"'")
	if len(rest) >= 2 && rest[0] >= '1' && rest[0] <= '8' && (rest[1] == '"' || rest[1] == '\'' || rest[1] == '<') {
		return int(rest[0] - '0')
	}
	return 0
}
