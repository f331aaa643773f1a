package painting

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// manyMore is by how much the number of strokes may differ from the one kept: strokes are chaotic, and on another
// processor a rounding error paints one more or one less.
const manyMore = .02

// TestStrokesAreAsManyAsKept counts the strokes of a picture made by code, layer by layer. EASEL_KEPT=update keeps what
// is counted now, after a change that is meant to be seen.
func TestStrokesAreAsManyAsKept(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("pictures are judged in a plain build")
	}
	c, pages := compose(t.Context(), planned(t, scene(600, 480), 288_000), Options{Seed: 1}, func(string, float64) {})
	defer c.free()
	var counts []string
	total := 0
	for _, pg := range pages {
		total += pg.strokes()
		counts = append(counts, fmt.Sprint(pg.strokes()))
	}
	path := filepath.Join("testdata", "strokes.txt")
	if os.Getenv("EASEL_KEPT") == "update" {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, fmt.Appendln(nil, total), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var kept int
	if _, err := fmt.Sscan(string(data), &kept); err != nil {
		t.Fatal(err)
	}
	if d := abs(float32(total-kept)) / float32(kept); d > manyMore {
		t.Errorf("%d strokes (%s by layer) where %d are kept: if that is meant, look at the gallery and run this test once with EASEL_KEPT=update",
			total, strings.Join(counts, " "), kept)
	}
	t.Logf("%d strokes: %s by layer", total, strings.Join(counts, " "))
}
