package cli_test

import (
	"bytes"
	"errors"
	"io/fs"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"easel/studios"
)

// refused runs `easel serve`, which has to end by itself, and returns its exit code and what it said.
func refused(t *testing.T, env ...string) (code int, said string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0], "serve")
	cmd.Env = append(append(os.Environ(), asServer+"=1", "DATABASE_URL="), env...)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	err := cmd.Run()
	var ended *exec.ExitError
	if !errors.As(err, &ended) {
		t.Fatalf("the server did not refuse: %v\n%s", err, &out)
	}
	return ended.ExitCode(), out.String()
}

func TestAnAddressThatIsTaken(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	data, address := t.TempDir(), l.Addr().String()
	code, said := refused(t, "EASEL_DATA="+data, "EASEL_ADDRESS="+address)
	if code != 5 || !strings.Contains(said, "Another program listens on "+address+" already. Stop it, or") {
		t.Errorf("exit %d: %s", code, said)
	}
	if left := leftRunning(t, data); left != "" {
		t.Errorf("these still run: %s", left)
	}
	if code, said := refused(t, "EASEL_DATA="+t.TempDir(), "EASEL_ADDRESS=203.0.113.7:8080", "EASEL_STUDIOS="+reachable(t)); code != 5 || !strings.Contains(said, "EASEL_ADDRESS to an address that it has") {
		t.Errorf("an address of another machine: exit %d: %s", code, said)
	}
}

func TestADataFolderThatIsTaken(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	s := startServer(t, data, freeAddress(t))
	code, said := refused(t, "EASEL_DATA="+data, "EASEL_ADDRESS="+freeAddress(t))
	if code != 5 || !strings.Contains(said, "is using the data folder "+data) {
		t.Errorf("exit %d: %s", code, said)
	}
	s.stop()
}

// reachable returns a folder with the studios of a place that people on other machines may use: somebody answers there.
func reachable(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for _, studio := range []string{"portrait", "cutout"} {
		text, err := fs.ReadFile(studios.Files(), studio+".yaml")
		if err != nil {
			t.Fatal(err)
		}
		text = bytes.Replace(text, []byte(`mail: ""`), []byte("mail: somebody@example.com"), 1)
		if err := os.WriteFile(filepath.Join(dir, studio+".yaml"), text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}
