package cli_test

import (
	"bytes"
	"context"
	"errors"
	"image"
	_ "image/jpeg"
	"image/png"
	"os"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"easel/engine/provenance"
	"easel/engine/raster"
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

// noise is a picture in which nothing stands before anything.
func noise(t *testing.T) []byte {
	t.Helper()
	img := image.NewGray(image.Rect(0, 0, 240, 240))
	for i := range img.Pix {
		img.Pix[i] = uint8(60 + 140*raster.White(1, i%240/6, i/240/6))
	}
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// TestScripts runs the terminal sessions in testdata/script. Each finds portrait.jpg, a photo of 320×400 pixels, company.png,
// one of two people, and noise.png, one of nothing.
func TestScripts(t *testing.T) {
	if testing.Short() {
		t.Skip("the terminal's sessions run in plain builds; what they draw with is raced by its own tests")
	}
	photo, company, nothing := sitter.Portrait(t), sitter.Company(t), noise(t)
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script",
		Setup: func(env *testscript.Env) error {
			return errors.Join(os.WriteFile(filepath.Join(env.WorkDir, "portrait.jpg"), photo, 0o644),
				os.WriteFile(filepath.Join(env.WorkDir, "noise.png"), nothing, 0o644),
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
