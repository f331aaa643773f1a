package ingest

import (
	"encoding/binary"
	"math"
)

// srgbICC builds a version 4 profile of sRGB for 3 channels, or of its gray axis for 1, so that a printer does not
// have to guess. About 500 bytes.
func srgbICC(channels int) []byte {
	space, curves := "RGB ", []string{"rTRC", "gTRC", "bTRC"}
	if channels == 1 {
		space, curves = "GRAY", []string{"kTRC"}
	}
	type element struct {
		names []string
		body  []byte
	}
	elements := []element{
		{[]string{"desc"}, multiText("sRGB")},
		{[]string{"cprt"}, multiText("No copyright, use freely")},
		{[]string{"wtpt"}, xyzNumber(whiteD50)},
		{curves, srgbPara()},
	}
	if channels == 3 {
		m, _ := primaries(chromaSRGB)
		for i, name := range []string{"rXYZ", "gXYZ", "bXYZ"} {
			elements = append(elements, element{[]string{name}, xyzNumber([3]float64{m[i], m[3+i], m[6+i]})})
		}
	}
	head := make([]byte, 128)
	head[8], head[9] = 4, 0x30
	copy(head[12:], "mntr"+space+"XYZ ")
	copy(head[24:], []byte{0x07, 0xea, 0, 1, 0, 1}) // a fixed day: equal pictures give equal files
	copy(head[36:], "acsp")
	copy(head[68:], xyzNumber(whiteD50)[8:])

	var table, data []byte
	n := 0
	for _, e := range elements {
		n += len(e.names)
	}
	for _, e := range elements {
		at := 132 + 12*n + len(data)
		for _, name := range e.names {
			table = append(table, name...)
			table = binary.BigEndian.AppendUint32(table, uint32(at))
			table = binary.BigEndian.AppendUint32(table, uint32(len(e.body)))
		}
		data = append(data, e.body...)
		for len(data)%4 != 0 {
			data = append(data, 0)
		}
	}
	out := binary.BigEndian.AppendUint32(head, uint32(n))
	out = append(append(out, table...), data...)
	binary.BigEndian.PutUint32(out, uint32(len(out)))
	return out
}

func appendFixed(b []byte, v float64) []byte {
	return binary.BigEndian.AppendUint32(b, uint32(int32(math.Round(v*65536))))
}

func xyzNumber(v [3]float64) []byte {
	b := []byte("XYZ \x00\x00\x00\x00")
	for _, x := range v {
		b = appendFixed(b, x)
	}
	return b
}

func srgbPara() []byte {
	b := []byte("para\x00\x00\x00\x00\x00\x03\x00\x00")
	for _, x := range srgbCurve().para[:5] {
		b = appendFixed(b, x)
	}
	return b
}

// multiText is a multiLocalizedUnicodeType with one English text.
func multiText(s string) []byte {
	b := []byte("mluc\x00\x00\x00\x00\x00\x00\x00\x01\x00\x00\x00\x0cenUS")
	b = binary.BigEndian.AppendUint32(b, uint32(2*len(s)))
	b = binary.BigEndian.AppendUint32(b, 28)
	for i := range len(s) {
		b = append(b, 0, s[i])
	}
	return b
}
