package metrics

import (
	"errors"
	"strings"
	"testing"
)

func TestFiguresAreWrittenAsPrometheusReadsThem(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	err := Write(&b, Figure{"easel_keys_destroyed_total", "Keys destroyed.", 3}, Figure{"easel_clock_stopped", "1 while it is.", Yes(true)}, Figure{"easel_late_seconds", "How late.", 0.25})
	const want = `# HELP easel_keys_destroyed_total Keys destroyed.
# TYPE easel_keys_destroyed_total counter
easel_keys_destroyed_total 3
# HELP easel_clock_stopped 1 while it is.
# TYPE easel_clock_stopped gauge
easel_clock_stopped 1
# HELP easel_late_seconds How late.
# TYPE easel_late_seconds gauge
easel_late_seconds 0.25
`
	if err != nil || b.String() != want {
		t.Errorf("%v\n%s", err, b.String())
	}
	if Yes(false) != 0 {
		t.Error("what is not so is not 0")
	}
	if err := Write(broken{}, Figure{}); !errors.Is(err, errBroken) {
		t.Errorf("to a line that broke: %v", err)
	}
}

var errBroken = errors.New("broken")

type broken struct{}

func (broken) Write([]byte) (int, error) { return 0, errBroken }
