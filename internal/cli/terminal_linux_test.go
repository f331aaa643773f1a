package cli

import (
	"os"
	"testing"
)

func TestATerminalIsSentNoPicture(t *testing.T) {
	t.Parallel()
	terminal, err := os.OpenFile("/dev/ptmx", os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer terminal.Close()
	if err := (streams{out: terminal}).shown(stdio); err == nil {
		t.Error("a picture goes to a terminal")
	}
	if err := (streams{out: terminal}).shown("me.png"); err != nil {
		t.Errorf("a file is refused: %v", err)
	}
	file, err := os.Create(t.TempDir() + "/me.png")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if err := (streams{out: file}).shown(stdio); err != nil {
		t.Errorf("what is led into a file is refused: %v", err)
	}
}
