package face

import (
	"encoding/binary"
	"io/fs"
	"math"
	"strings"
	"testing"
	"testing/fstest"
)

// smallFinder is a valid face cascade of one tree of depth 1.
func smallFinder() []byte {
	b := append([]byte(nil), make([]byte, 8)...)
	b = binary.LittleEndian.AppendUint32(b, 1)
	b = binary.LittleEndian.AppendUint32(b, 1)
	b = append(b, 1, 0xff, 3, 4)
	for _, v := range []float32{-1, 2, 0.5} {
		b = binary.LittleEndian.AppendUint32(b, math.Float32bits(v))
	}
	return b
}

// smallLocator is a valid point cascade of one stage with one tree of depth 1.
func smallLocator() []byte {
	b := binary.LittleEndian.AppendUint32(nil, 1)
	b = binary.LittleEndian.AppendUint32(b, math.Float32bits(0.9))
	b = binary.LittleEndian.AppendUint32(b, 1)
	b = binary.LittleEndian.AppendUint32(b, 1)
	b = append(b, 1, 2, 0x80, 4)
	for _, v := range []float32{0.1, -0.1, 0.2, 0.3} {
		b = binary.LittleEndian.AppendUint32(b, math.Float32bits(v))
	}
	return b
}

func TestParse(t *testing.T) {
	t.Parallel()
	f, err := parseFinder(smallFinder())
	if err != nil {
		t.Fatal(err)
	}
	if f.tests[0] != (test{1, -1, 3, 4}) || f.scores[1] != 2 || f.threshold[0] != 0.5 {
		t.Errorf("read %+v", f)
	}
	l, err := parseLocator(smallLocator())
	if err != nil {
		t.Fatal(err)
	}
	if l.tests[0] != (test{1, 2, -128, 4}) || l.moves[3] != 0.3 || l.shrink != 0.9 {
		t.Errorf("read %+v", l)
	}
}

func TestParseRefusesDamage(t *testing.T) {
	t.Parallel()
	changed := func(data []byte, at int, with ...byte) []byte {
		copy(data[at:], with)
		return data
	}
	for name, data := range map[string][]byte{
		"nothing":        nil,
		"cut short":      smallFinder()[:30],
		"left over":      append(smallFinder(), 0),
		"no depth":       changed(smallFinder(), 8, 0),
		"great depth":    changed(smallFinder(), 8, 30),
		"countless":      changed(smallFinder(), 12, 0xff, 0xff, 0xff, 0xff),
		"not a number":   changed(smallFinder(), 20, 0, 0, 0xc0, 0x7f),
		"infinite leaf":  changed(smallFinder(), 24, 0, 0, 0x80, 0x7f),
		"more trees yet": changed(smallFinder(), 12, 9),
	} {
		if _, err := parseFinder(data); err == nil {
			t.Errorf("face cascade, %s: accepted", name)
		}
	}
	for name, data := range map[string][]byte{
		"nothing":      nil,
		"cut short":    smallLocator()[:20],
		"left over":    append(smallLocator(), 0),
		"no stage":     changed(smallLocator(), 0, 0),
		"growing":      changed(smallLocator(), 4, 0, 0, 0, 0x40),
		"many stages":  changed(smallLocator(), 0, 0xff, 0x3f),
		"many trees":   changed(smallLocator(), 8, 0xff, 0x3f),
		"not a number": changed(smallLocator(), 4, 0, 0, 0xc0, 0x7f),
	} {
		if _, err := parseLocator(data); err == nil {
			t.Errorf("point cascade, %s: accepted", name)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add(smallFinder())
	f.Add(smallLocator())
	f.Add(smallFinder()[:17])
	g := gray{40, 30, make([]uint8, 1200)}
	f.Fuzz(func(t *testing.T, data []byte) {
		if c, err := parseFinder(data); err == nil {
			c.scan(t.Context(), g, 24, 30)
		}
		if l, err := parseLocator(data); err == nil {
			if x, y := l.run(g, 20, 15, 25, true); !(x >= 0 && x < 40 && y >= 0 && y < 30) {
				t.Errorf("the point went to (%v, %v)", x, y)
			}
		}
	})
}

func TestMissingCascadesSayWhatToDo(t *testing.T) {
	t.Parallel()
	for _, from := range []fs.FS{
		fstest.MapFS{},
		fstest.MapFS{"cascade/facefinder": {Data: smallFinder()}},
	} {
		if _, err := load(from); err == nil || !strings.Contains(err.Error(), "make assets") {
			t.Errorf("the error is %v", err)
		}
	}
	if _, err := load(fstest.MapFS{"cascade/facefinder": {Data: []byte("x")}}); err == nil {
		t.Error("a damaged cascade was accepted")
	}
}
