package cli

import (
	"fmt"
	"runtime"

	"github.com/spf13/cobra"

	"easel/engine/portrait"
	"easel/internal/app"
)

func newVersion(s streams) *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Print the version of the program and of its engine",
		Args:  exactly(cobra.NoArgs),
		RunE: func(*cobra.Command, []string) error {
			_, err := fmt.Fprintf(s.out, "easel %s (engine %s, %s)\n", app.Version, portrait.Version, runtime.Version())
			return err
		},
	}
}
