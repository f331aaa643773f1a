package cli

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"easel/internal/app"
	"easel/internal/fault"
)

func newAdmin(s streams) *cobra.Command {
	cmd := &cobra.Command{Use: "admin", Short: "Say who runs the place", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() }}
	cmd.AddCommand(&cobra.Command{
		Use:   "add MAIL",
		Short: "Make somebody an admin, and print a link that signs them in",
		Long: `Makes whoever has the mail address an admin, with a new account if there is none,
and prints a link that signs them in once, within a day. Give it to nobody else.
It works beside a running server and without one.`,
		Args: exactly(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error {
			config, log, err := settings(s)
			if err != nil {
				return err
			}
			link, err := app.AddAdmin(cmd.Context(), config, log, args[0])
			if fault.Is(err, fault.Invalid) {
				return usageError{errors.New(fault.Of(err).Say)}
			}
			if err != nil {
				return explain(err)
			}
			_, err = fmt.Fprintf(s.out, "%s runs this place from now on. This link signs them in once, for a day:\n%s\n", args[0], link)
			return err
		},
	})
	return cmd
}
