package cli_test

import (
	"encoding/csv"
	"os"
	"os/exec"
	"strings"
	"testing"
)

// codes runs `easel codes …` and returns what it printed, and whether it went well.
func codes(t *testing.T, data string, args ...string) (out string, ok bool) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0], append([]string{"codes"}, args...)...)
	cmd.Env = append(os.Environ(), asServer+"=1", "DATABASE_URL=", "EASEL_DATA="+data)
	var wrong said
	cmd.Stderr = &wrong
	printed, err := cmd.Output()
	if strings.Contains(wrong.String(), "panic") {
		t.Errorf("easel codes %v:\n%s", args, &wrong)
	}
	return string(printed), err == nil
}

func TestMintingCodes(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	out, ok := codes(t, data, "mint", "--count", "3", "--uses", "2", "--days", "30")
	rows, err := csv.NewReader(strings.NewReader(out)).ReadAll()
	if !ok || err != nil || len(rows) != 4 || len(rows[1][0]) != 17 || rows[1][1] != "2" {
		t.Fatalf("minting printed %q, %v", out, err)
	}
	list, ok := codes(t, data, "list")
	if !ok || !strings.Contains(list, rows[1][3]) || !strings.Contains(list, "good") {
		t.Errorf("the list is\n%s", list)
	}
	if strings.Contains(list, rows[1][0]) {
		t.Error("the list shows a code")
	}
	if _, ok := codes(t, data, "void", rows[1][3]); !ok {
		t.Error("the batch could not be withdrawn")
	}
	if list, _ = codes(t, data, "list"); !strings.Contains(list, "withdrawn") {
		t.Errorf("the list is\n%s", list)
	}
	if _, ok := codes(t, data, "mint", "--count", "0"); ok {
		t.Error("no codes at all were minted")
	}
	if _, ok := codes(t, data, "void", "x"); ok {
		t.Error("something that is no batch was withdrawn")
	}
}
