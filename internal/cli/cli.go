// Package cli is the command line: one file per verb.
package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"easel/internal/app"
	"easel/internal/fault"
)

// Exit codes, as `easel help exit-codes` prints them.
const (
	exitOK          = 0
	exitInternal    = 1
	exitUsage       = 2
	exitPicture     = 3
	exitFile        = 4
	exitBusy        = 5
	exitInterrupted = 130
)

const exitCodes = `  0    all done
  1    something failed inside Easel; the message says what
  2    the command or an option is wrong
  3    a picture cannot be used (broken, too large, too small, a format that Easel does not read)
  4    a file cannot be read or written
  5    something that is needed is busy or not there (a data folder in use, a database that does not answer)
  130  interrupted`

// streams are the three files of a terminal program.
type streams struct {
	in       io.Reader
	out, err io.Writer
}

// exit is an error that has been told already and only carries the code.
type exit int

func (e exit) Error() string { return fmt.Sprintf("exit %d", int(e)) }

// usageError is a mistake in the command itself.
type usageError struct{ error }

func usagef(format string, args ...any) error { return usageError{fmt.Errorf(format, args...)} }

// Run runs the command line and returns its exit code.
func Run(ctx context.Context, args []string, in io.Reader, out, err io.Writer) int {
	s := streams{in, out, err}
	root := newRoot(s)
	root.SetArgs(args)
	return s.report(ctx, root.ExecuteContext(ctx))
}

// report tells an error once and turns it into an exit code.
func (s streams) report(ctx context.Context, err error) int {
	var code exit
	var usage usageError
	switch {
	case err == nil:
		return exitOK
	case errors.As(err, &code):
		return int(code)
	case ctx.Err() != nil && errors.Is(err, context.Canceled):
		fmt.Fprintln(s.err, "easel: stopped")
		return exitInterrupted
	case errors.As(err, &usage):
		fmt.Fprintf(s.err, "easel: %v\n", err)
		return exitUsage
	case strings.HasPrefix(err.Error(), "unknown command"):
		fmt.Fprintf(s.err, "easel: %v\nSee `easel --help`.\n", err)
		return exitUsage
	}
	f := fault.Of(err)
	if f.Kind == fault.Internal {
		fmt.Fprintf(s.err, "easel: %v\n", err)
		return exitInternal
	}
	fmt.Fprintf(s.err, "easel: %s\n", f.Say)
	if f.Cause != nil {
		fmt.Fprintf(s.err, "       (%v)\n", f.Cause)
	}
	return faultExit(f.Kind)
}

// faultExit is the exit code for a kind of fault.
func faultExit(kind fault.Kind) int {
	switch kind {
	case fault.Invalid, fault.TooLarge, fault.Refused:
		return exitPicture
	case fault.Missing, fault.Denied:
		return exitFile
	case fault.Busy, fault.Conflict:
		return exitBusy
	}
	return exitInternal
}

func newRoot(s streams) *cobra.Command {
	root := &cobra.Command{
		Use:   "easel",
		Short: "Turn photos into portraits, on your own machine",
		Long: `Easel turns photos into portraits: a rough sketch, a detailed sketch, a light
colouring, a painting. It draws them itself, on this machine.

  easel render photo.jpg --style light-colouring -o portrait.png
  easel serve`,
		SilenceUsage:  true,
		SilenceErrors: true,
		Args:          cobra.NoArgs,
		RunE:          func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	root.SetIn(s.in)
	root.SetOut(s.out)
	root.SetErr(s.err)
	root.CompletionOptions.HiddenDefaultCmd = true
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		text, _, _ := strings.Cut(err.Error(), ": strconv.") // what a number's parser says to programmers
		return usagef("%s\nSee `%s --help`.", text, cmd.CommandPath())
	})
	root.AddCommand(newRender(s), newCutout(s), newUncrowd(s), newServe(s), newMigrate(s), newAdmin(s), newCodes(s), newPolicy(s), newVerify(s), newReceipts(s), newClock(s),
		newBackup(s), newRestore(s), newKeys(s), newVersion(s),
		topic("config", "Every setting, its default and its meaning", app.HelpConfig()),
		topic("exit-codes", "What the exit codes mean", "Exit codes:\n\n"+exitCodes+"\n"))
	return root
}

// topic is a page that only `easel help NAME` shows.
func topic(name, short, text string) *cobra.Command {
	return &cobra.Command{Use: name, Short: short, Long: text}
}

// somePhotos wants at least one photo.
func somePhotos(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return usagef("name at least one photo, or - for standard input\nSee `%s --help`.", cmd.CommandPath())
	}
	return nil
}

// exactly wraps cobra's argument checks so that they count as mistakes in the command.
func exactly(check cobra.PositionalArgs) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if err := check(cmd, args); err != nil {
			return usagef("%v\nSee `%s --help`.", err, cmd.CommandPath())
		}
		return nil
	}
}
