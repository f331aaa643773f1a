package sandbox

import (
	"context"
	"errors"
	"io"
	"os"
	"runtime"
	"runtime/debug"

	"easel/engine/ingest"
)

// workerName is argv[0] of a child; the program is told from a child by it.
const workerName = "easel: opens one picture"

// Main turns the process into a child when it was started as one, and then does not return. Otherwise it does
// nothing.
func Main() {
	if len(os.Args) != 1 || os.Args[0] != workerName {
		return
	}
	os.Exit(work(os.Stdin, os.Stdout))
}

// work does the one job of a child: limits first, then the bytes.
func work(in io.Reader, out io.Writer) int {
	var q request
	if readFrame(in, &q) != nil {
		return 3
	}
	runtime.GOMAXPROCS(max(1, q.Threads))
	debug.SetMemoryLimit(q.Memory * 3 / 4)
	if err := restrict(q); err != nil {
		_, _ = os.Stderr.WriteString("restrict: " + err.Error()) // there is nobody else to tell
		return 4
	}
	data, err := io.ReadAll(io.LimitReader(in, q.Limits.Bytes+1))
	if err != nil {
		return 5
	}
	pic, err := ingest.Decode(context.Background(), data, q.Limits)
	if err != nil {
		return send(out, frame(refused(err)), nil)
	}
	b := pic.Image.Rect
	return send(out, frame(answer{W: b.Dx(), H: b.Dy(), Format: pic.Format, Notes: pic.Notes}), pic.Image.Pix)
}

func refused(err error) answer {
	var r *ingest.Refusal
	if !errors.As(err, &r) {
		return answer{Reason: ingest.Broken, Say: sayBroken, Cause: err.Error()}
	}
	a := answer{Reason: r.Reason, Say: r.Say}
	if r.Cause != nil {
		a.Cause = r.Cause.Error()
		a.Cause = a.Cause[:min(len(a.Cause), 1000)]
	}
	return a
}

func send(out io.Writer, head, pixels []byte) int {
	if _, err := out.Write(head); err != nil {
		return 6
	}
	if _, err := out.Write(pixels); err != nil {
		return 6
	}
	return 0
}
