package cli_test

import (
	"bytes"
	"context"
	"errors"
	"image"
	_ "image/jpeg"
	_ "image/png"
	"os"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"easel/engine/provenance"
	"easel/internal/cli"
	"easel/internal/sandbox"
	"easel/internal/sitter"
)

func TestMain(m *testing.M) {
	sandbox.Main()
	if os.Getenv(asServer) != "" {
		easel()
	}
	testscript.Main(m, map[string]func(){"easel": easel})
}

// easel is the real program.
func easel() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	code := cli.Run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// TestScripts runs the terminal sessions in testdata/script. Each finds portrait.jpg, a photo of 320×400 pixels, and
// company.png, one of two people.
func TestScripts(t *testing.T) {
	if testing.Short() {
		t.Skip("the terminal's sessions run in plain builds; what they draw with is raced by its own tests")
	}
	photo, company := sitter.Portrait(t), sitter.Company(t)
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script",
		Setup: func(env *testscript.Env) error {
			return errors.Join(os.WriteFile(filepath.Join(env.WorkDir, "portrait.jpg"), photo, 0o644),
				os.WriteFile(filepath.Join(env.WorkDir, "company.png"), company, 0o644))
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"picture": checkPicture,
			"exits":   checkExit,
			"made-by": checkMark,
		},
	})
}

// checkPicture is `picture FILE WIDTH HEIGHT`: the file is a picture of that size.
func checkPicture(ts *testscript.TestScript, _ bool, args []string) {
	data, err := os.ReadFile(ts.MkAbs(args[0]))
	ts.Check(err)
	config, _, err := image.DecodeConfig(bytes.NewReader(data))
	ts.Check(err)
	if got := strconv.Itoa(config.Width) + " " + strconv.Itoa(config.Height); got != args[1]+" "+args[2] {
		ts.Fatalf("%s is %s pixels, want %s %s", args[0], got, args[1], args[2])
	}
}

// checkMark is `made-by FILE STYLE SEED`: the file carries Easel's provenance.
func checkMark(ts *testscript.TestScript, _ bool, args []string) {
	data, err := os.ReadFile(ts.MkAbs(args[0]))
	ts.Check(err)
	m, err := provenance.Read(data)
	ts.Check(err)
	if m.Style != args[1] || strconv.FormatUint(m.Seed, 10) != args[2] {
		ts.Fatalf("%s says style %s, seed %d", args[0], m.Style, m.Seed)
	}
}

// checkExit is `exits CODE COMMAND…`: the command ends with exactly that code.
func checkExit(ts *testscript.TestScript, _ bool, args []string) {
	err := ts.Exec(args[1], args[2:]...)
	code := "0"
	if err != nil {
		code = strings.TrimPrefix(err.Error(), "exit status ")
	}
	if code != args[0] {
		ts.Fatalf("%s exits with %s, want %s", strings.Join(args[1:], " "), code, args[0])
	}
}
