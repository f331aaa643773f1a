package cli

import (
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"easel/internal/fault"
	"easel/internal/policy"
	"easel/studios"
)

func newPolicy(s streams) *cobra.Command {
	cmd := &cobra.Command{Use: "policy", Short: "Check and print what the studios promise", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() }}
	var folder, studio string
	check := &cobra.Command{
		Use:   "check",
		Short: "Read every policy file and refuse what the server cannot enforce",
		Args:  exactly(cobra.NoArgs),
		RunE: func(*cobra.Command, []string) error {
			all, err := loadStudios(folder)
			if err != nil {
				return err
			}
			for _, st := range all {
				fmt.Fprintf(s.out, "%s: version %d, effective %s, %s\n", st.Name, st.Version, st.Effective, st.Status)
			}
			return nil
		},
	}
	print := &cobra.Command{
		Use:   "print",
		Short: "Print a studio's privacy policy as the page shows it",
		Args:  exactly(cobra.NoArgs),
		RunE: func(*cobra.Command, []string) error {
			all, err := loadStudios(folder)
			if err != nil {
				return err
			}
			for _, st := range all {
				if st.Name == studio {
					printPolicy(s, st)
					return nil
				}
			}
			return usagef("there is no studio %q", studio)
		},
	}
	cmd.PersistentFlags().StringVar(&folder, "folder", "", "read the policy files of this folder instead of the built-in ones")
	print.Flags().StringVar(&studio, "studio", "portrait", "the studio's name")
	cmd.AddCommand(check, print)
	return cmd
}

// loadStudios reads the operator's folder, or the built-in files when there is none.
func loadStudios(folder string) ([]*policy.Studio, error) {
	files := studios.Files()
	if folder != "" {
		files = os.DirFS(folder)
	}
	all, err := studios.Load(files)
	return all, fault.Wrap(err, fault.Invalid, "A policy file cannot be used.")
}

func printPolicy(s streams, st *policy.Studio) {
	fmt.Fprintf(s.out, "%s\n%s\n", st.Title, strings.Repeat("=", len(st.Title)))
	for _, section := range st.Privacy() {
		fmt.Fprintf(s.out, "\n%s\n%s\n", section.Title, strings.Repeat("-", len(section.Title)))
		for _, p := range section.Paragraphs {
			fmt.Fprintf(s.out, "\n%s\n", p)
		}
		for _, p := range section.Points {
			fmt.Fprintf(s.out, "\n- %s\n", p)
		}
		for _, row := range section.Rows {
			fmt.Fprintln(s.out)
			for i, cell := range row {
				fmt.Fprintf(s.out, "  %s: %s\n", section.Head[i], cell)
			}
		}
	}
}
