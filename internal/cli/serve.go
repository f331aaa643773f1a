package cli

import (
	"errors"
	"fmt"
	"log/slog"
	"os"

	"github.com/spf13/cobra"

	"easel/internal/app"
	"easel/internal/fault"
	"easel/internal/postgres"
)

func newServe(s streams) *cobra.Command {
	return &cobra.Command{
		Use:   "serve",
		Short: "Start the server: pages, queue and engines",
		Long: `Starts everything: the pages, the queue, the engines, and a PostgreSQL of Easel's
own unless DATABASE_URL names another. Ctrl-C stops it; drawings that are under
way go on at the next start.

Settings are environment variables: easel help config.`,
		Args: exactly(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			config, log, err := settings(s)
			if err != nil {
				return err
			}
			a, err := app.New(cmd.Context(), config, log)
			if err != nil {
				return explain(err)
			}
			first, err := a.FirstLink(cmd.Context())
			if err != nil {
				return errors.Join(explain(err), a.Close())
			}
			fmt.Fprintf(s.out, "\n  Easel is ready: %s\n  Ctrl-C stops it.\n\n", config.PublicURL)
			if first != "" {
				fmt.Fprintf(s.out, "  Nobody runs this place yet. Whoever opens this link first does; it works once, for a day:\n  %s\n\n", first)
			}
			return explain(a.Serve(cmd.Context()))
		},
	}
}

func newMigrate(s streams) *cobra.Command {
	return &cobra.Command{
		Use:   "migrate",
		Short: "Bring the database at DATABASE_OWNER_URL up to date",
		Long: `Makes the roles, schemas and tables that this version of Easel needs, in the
database at DATABASE_OWNER_URL. The database of Easel's own is kept up to date
by easel serve and needs no migrate.`,
		Args: exactly(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			config, log, err := settings(s)
			if err != nil {
				return err
			}
			if config.Postgres.OwnerURL == "" {
				return usagef("DATABASE_OWNER_URL is not set. It names the database as the role that may own tables; see `easel help config`.")
			}
			return explain(postgres.Migrate(cmd.Context(), config.Postgres.OwnerURL, log))
		},
	}
}

// settings reads the environment and makes the log.
func settings(s streams) (app.Config, *slog.Logger, error) {
	config, err := app.ReadConfig(os.Getenv)
	if err != nil {
		return config, nil, usageError{err}
	}
	var handler slog.Handler = slog.NewTextHandler(s.err, nil)
	if config.LogFormat == "json" {
		handler = slog.NewJSONHandler(s.err, nil)
	}
	return config, slog.New(handler), nil
}

// explain gives the database's own errors, which are whole sentences already, their kind.
func explain(err error) error {
	switch e := err.(type) { //nolint:errorlint // wrapped ones have been explained further down
	case *postgres.InUseError:
		return fault.New(fault.Busy, e.Error())
	case *postgres.MissingError:
		return fault.New(fault.Busy, e.Error())
	}
	return err
}
