package cli

import (
	"encoding/csv"
	"fmt"
	"strconv"
	"text/tabwriter"
	"time"

	"github.com/google/uuid"
	"github.com/spf13/cobra"

	"easel/internal/app"
	"easel/internal/unlock"
)

func newCodes(s streams) *cobra.Command {
	cmd := &cobra.Command{Use: "codes", Short: "Mint, list and withdraw unlock codes", Args: cobra.NoArgs,
		Long: `Unlock codes open one full picture each in studios where nobody signs in. They are
printed once, when they are minted; the server keeps only digests of them. What is
minted and withdrawn is written into the audit log.`,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() }}
	cmd.AddCommand(mintCodes(s), listCodes(s), voidCodes(s))
	return cmd
}

func mintCodes(s streams) *cobra.Command {
	var count, uses, days int
	cmd := &cobra.Command{
		Use:   "mint",
		Short: "Make new codes and print them as CSV",
		Long: `Makes new codes and prints them as CSV: code, uses, expires, batch. Keep what is
printed: nobody can print it again.`,
		Example: "  easel codes mint --count 100 --days 365 > codes.csv",
		Args:    exactly(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return s.withCodes(cmd, func(codes *unlock.Service, by unlock.By) error {
				lasts := time.Duration(days) * 24 * time.Hour
				expires := time.Now().Add(lasts).UTC().Format(time.RFC3339)
				batch, minted, err := codes.Mint(cmd.Context(), by, count, uses, lasts)
				if err != nil {
					return err
				}
				w := csv.NewWriter(s.out)
				_ = w.Write([]string{"code", "uses", "expires", "batch"}) // Flush's error tells
				for _, code := range minted {
					_ = w.Write([]string{code, strconv.Itoa(uses), expires, batch.String()}) // as above
				}
				w.Flush()
				return w.Error()
			})
		},
	}
	cmd.Flags().IntVar(&count, "count", 10, "how many")
	cmd.Flags().IntVar(&uses, "uses", 1, "pictures that each opens")
	cmd.Flags().IntVar(&days, "days", 365, "days that they last")
	return cmd
}

func listCodes(s streams) *cobra.Command {
	return &cobra.Command{
		Use:   "list",
		Short: "List the batches, with what is left of them",
		Args:  exactly(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return s.withCodes(cmd, func(codes *unlock.Service, by unlock.By) error {
				all, err := codes.Batches(cmd.Context(), by)
				if err != nil {
					return err
				}
				w := tabwriter.NewWriter(s.out, 0, 0, 2, ' ', 0)
				fmt.Fprintln(w, "BATCH\tMINTED\tCODES\tUSES EACH\tUSES LEFT\tEXPIRES\tSTATE")
				for _, b := range all {
					state := "good"
					switch {
					case !b.Voided.IsZero():
						state = "withdrawn"
					case time.Now().After(b.Expires):
						state = "over"
					}
					fmt.Fprintf(w, "%s\t%s\t%d\t%d\t%d\t%s\t%s\n", b.ID, b.Minted.UTC().Format(time.DateOnly), b.Codes, b.Uses, b.Unused, b.Expires.UTC().Format(time.DateOnly), state)
				}
				return w.Flush()
			})
		},
	}
}

func voidCodes(s streams) *cobra.Command {
	return &cobra.Command{
		Use:   "void BATCH",
		Short: "Withdraw the codes of a batch",
		Args:  exactly(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error {
			batch, err := uuid.Parse(args[0])
			if err != nil {
				return usagef("%q is no batch; `easel codes list` names them", args[0])
			}
			return s.withCodes(cmd, func(codes *unlock.Service, by unlock.By) error {
				return codes.Void(cmd.Context(), by, batch, "easel codes void, at the machine")
			})
		},
	}
}

// withCodes runs an errand with the settings of the server.
func (s streams) withCodes(cmd *cobra.Command, errand func(*unlock.Service, unlock.By) error) error {
	config, log, err := settings(s)
	if err != nil {
		return err
	}
	if err := app.Codes(cmd.Context(), config, log, errand); err != nil {
		return explain(err)
	}
	return nil
}
