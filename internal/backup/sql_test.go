package backup

import (
	"bytes"
	"os/exec"
	"path/filepath"
	"testing"
)

// sql is a dump as text.
func sql(t *testing.T, dump []byte) []byte {
	t.Helper()
	program := "pg_restore"
	if found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/pg_restore"); len(found) > 0 {
		program = found[len(found)-1]
	}
	cmd := exec.Command(program, "--file=-")
	cmd.Stdin = bytes.NewReader(dump)
	var wrong bytes.Buffer
	cmd.Stderr = &wrong
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v: %s", err, &wrong)
	}
	return out
}
