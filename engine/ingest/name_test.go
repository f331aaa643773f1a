package ingest

import (
	"strings"
	"testing"
)

func TestAFilesName(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"Bella.jpg": "Bella", `C:\x\Rex.JPEG`: "Rex", "../../etc/passwd": "passwd", "": "photo", ".jpg": "photo", "a\x00b\nc.png": "abc",
		"여름 휴가.heic": "여름 휴가", strings.Repeat("é", 300) + ".jpg": strings.Repeat("é", 80), "a:b?.jpg": "ab", "no ending": "no ending",
	} {
		if got := Name(in); got != want {
			t.Errorf("Name(%q) = %q, want %q", in, got, want)
		}
	}
}
