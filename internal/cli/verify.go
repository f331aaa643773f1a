package cli

import (
	"encoding/json"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"easel/internal/app"
	"easel/internal/fault"
	"easel/internal/receipt"
)

func newVerify(s streams) *cobra.Command {
	var keys string
	cmd := &cobra.Command{
		Use:   "verify FILE...",
		Short: "Check receipts of deletion, and the log that they are in",
		Long: `Checks receipts of deletion with the published keys and nothing else: no network and
no database. Take the keys from the server that gave the receipt, at
/.well-known/easel-receipts.json, and name the file with --keys. On the server's own
machine its key file will do.`,
		Example: "  easel verify receipt.json --keys easel-receipts.json",
		Args:    exactly(cobra.MinimumNArgs(1)),
		RunE: func(_ *cobra.Command, files []string) error {
			published, err := publishedKeys(keys)
			if err != nil {
				return err
			}
			bad := false
			for _, name := range files {
				bad = !s.verifyReceipt(name, published) || bad
			}
			if bad {
				return exit(exitInternal)
			}
			return nil
		},
	}
	cmd.Flags().StringVar(&keys, "keys", "", "file with the published keys")
	cmd.AddCommand(verifyLog(s))
	return cmd
}

// publishedKeys reads the file of published keys; without one, this machine's own key.
func publishedKeys(path string) (p receipt.Published, err error) {
	if path != "" {
		data, err := os.ReadFile(path)
		if err == nil {
			p, err = receipt.DecodePublished(data)
		}
		return p, fault.Wrap(err, fault.Missing, "The published keys cannot be read.")
	}
	config, err := app.ReadConfig(os.Getenv)
	if err != nil {
		return p, usageError{err}
	}
	own, err := app.OwnKey(config)
	return receipt.Published{Keys: []receipt.Public{own}}, err
}

// verifyReceipt says what a receipt shows, or what is wrong with it.
func (s streams) verifyReceipt(name string, keys receipt.Published) bool {
	data, err := os.ReadFile(name)
	var r receipt.Receipt
	if err == nil {
		r, err = receipt.Decode(data)
	}
	var shown []string
	if err == nil {
		shown, err = r.Check(keys)
	}
	if err != nil {
		fmt.Fprintf(s.err, "%s: NOT good: %v\n", name, err)
		return false
	}
	fmt.Fprintf(s.out, "%s: good. The key of %s (%s, kept under the %s policy, version %d) was destroyed at %s.\n", name, r.Statement.Object, r.Statement.Kind,
		r.Statement.Studio, r.Statement.Version, r.Statement.Deleted.Format("2006-01-02 15:04:05.000000 MST"))
	for _, line := range shown {
		fmt.Fprintln(s.out, "  "+line)
	}
	return true
}

func verifyLog(s streams) *cobra.Command {
	var noted []string
	cmd := &cobra.Command{
		Use:   "log",
		Short: "Look for alterations of the whole log of receipts",
		Long: `Reads every entry and every statement of the log of receipts, beside a running server
or without one, and compares them with their signatures, their roots, each other, and
the newest entry that was noted beside the key. Whoever wants to be sure that a log was
not written anew by somebody who has its key compares it with what others have kept: a
copy of /.well-known/easel-receipts.json, or somebody's receipt (--noted).`,
		Args: exactly(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			config, log, err := settings(s)
			if err != nil {
				return err
			}
			var entries []receipt.Entry
			for _, name := range noted {
				e, err := receipt.ReadAnchor(name)
				if err != nil {
					return fault.Wrap(err, fault.Missing, "What was noted cannot be read.")
				}
				entries = append(entries, e)
			}
			found, err := app.VerifyLog(cmd.Context(), config, log, entries)
			if err != nil {
				return explain(err)
			}
			for _, note := range found.Notes {
				fmt.Fprintf(s.out, "note: %s\n", note)
			}
			if len(found.Wrong) == 0 {
				fmt.Fprintf(s.out, "The log is as it was written: %d entries with %d statements, and %d statements that the next sweep puts into it.\n", found.Entries, found.Statements, found.Waiting)
				return nil
			}
			for _, wrong := range found.Wrong {
				fmt.Fprintf(s.err, "ALTERED: %s\n", wrong)
			}
			return exit(exitInternal)
		},
	}
	cmd.Flags().StringArrayVar(&noted, "noted", nil, "file with an entry that somebody kept: published keys or a receipt; may be repeated")
	return cmd
}

func newReceipts(s streams) *cobra.Command {
	cmd := &cobra.Command{Use: "receipts", Short: "Print and change the key that signs receipts of deletion", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() }}
	key := &cobra.Command{
		Use:   "key",
		Short: "Print the published keys, as /.well-known/easel-receipts.json has them",
		Args:  exactly(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			config, log, err := settings(s)
			if err != nil {
				return err
			}
			all, err := app.Published(cmd.Context(), config, log)
			if err != nil {
				return explain(err)
			}
			w := json.NewEncoder(s.out)
			w.SetIndent("", "  ")
			return w.Encode(all)
		},
	}
	var lost bool
	rotate := &cobra.Command{
		Use:   "rotate",
		Short: "Begin with a new key",
		Long: `Makes a new key and announces it in the log, signed with the old one, whose file stays
beside it under another name. Start the servers again with the new file; receipts that
were signed before stay good. With --lost the old key need not be there: the log then
says so for ever.`,
		Args: exactly(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			config, log, err := settings(s)
			if err != nil {
				return err
			}
			from, to, err := app.RotateReceiptKey(cmd.Context(), config, log, lost)
			if err != nil {
				return explain(err)
			}
			if from == "" {
				from = "the lost one"
			}
			fmt.Fprintf(s.out, "Receipts are signed with %s instead of %s once the servers have been started again.\n", to, from)
			return nil
		},
	}
	rotate.Flags().BoolVar(&lost, "lost", false, "the old key is lost")
	cmd.AddCommand(key, rotate)
	return cmd
}

func newClock(s streams) *cobra.Command {
	cmd := &cobra.Command{Use: "clock", Short: "Say that the server's clock is right after it has jumped", Args: cobra.NoArgs,
		Long: `When the system's clock runs ahead of the time that has passed by more than ten
minutes, the server shows and removes nothing until the clock has been put right, which
it notices by itself, or until somebody says that it is right as it is:

  date                   look at it, and at a clock that you trust
  easel clock confirm    everything goes on; what is overdue by it is destroyed

The same happens at a start after more than a day in which nothing ran, when the machine
was started anew as well and no time server keeps its clock; it ends by itself once one
does. The page /admin/deletion does the same as this command. A clock that goes back stops nothing: what was
over stays over, and time goes on at its own pace.`,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() }}
	cmd.AddCommand(&cobra.Command{
		Use:   "confirm",
		Short: "The clock is right: go on by it",
		Args:  exactly(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			config, log, err := settings(s)
			if err != nil {
				return err
			}
			if err := app.ConfirmClock(cmd.Context(), config, log); err != nil {
				return explain(err)
			}
			fmt.Fprintln(s.out, "The clock is trusted. Servers go on within half a minute.")
			return nil
		},
	})
	return cmd
}
