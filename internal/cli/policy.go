package cli

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"easel/internal/fault"
	"easel/internal/policy"
	"easel/studios"
)

func newPolicy(s streams) *cobra.Command {
	cmd := &cobra.Command{Use: "policy", Short: "Check and print what the studios promise", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() }}
	cmd.AddCommand(newPolicyCheck(s), newPolicyPrint(s))
	return cmd
}

func newPolicyCheck(s streams) *cobra.Command {
	return &cobra.Command{
		Use:   "check [folder]",
		Short: "Read every policy file and refuse what the server cannot enforce, with file and line",
		Long: `Read every policy file of a folder, or the built-in ones, and refuse what the
server cannot enforce, naming file and line. Hosts and the contact are held
against the settings when the server starts.`,
		Args: exactly(cobra.MaximumNArgs(1)),
		RunE: func(_ *cobra.Command, args []string) error {
			all, err := openStudios(strings.Join(args, ""))
			if err != nil {
				return err
			}
			for _, st := range all {
				fmt.Fprintf(s.out, "%s: version %d, effective %s, %s\n", st.Name, st.Version, st.Effective, st.Status)
			}
			return nil
		},
	}
}

func newPolicyPrint(s streams) *cobra.Command {
	var folder, studio, page string
	cmd := &cobra.Command{
		Use:   "print",
		Short: "Print what a studio promises, as its pages show it",
		Args:  exactly(cobra.NoArgs),
		RunE: func(*cobra.Command, []string) error {
			all, err := openStudios(folder)
			if err != nil {
				return err
			}
			st := studios.Named(all, studio)
			if st == nil {
				return usagef("there is no studio %q", studio)
			}
			sections := st.Print(policy.Page(page))
			if sections == nil {
				return usagef("there is no page %q; there are privacy, terms, data and company", page)
			}
			fmt.Fprintf(s.out, "%s\n%s\n", st.Title, strings.Repeat("=", len(st.Title)))
			printSections(s.out, sections)
			return nil
		},
	}
	cmd.Flags().StringVar(&folder, "folder", "", "read the policy files of this folder instead of the built-in ones")
	cmd.Flags().StringVar(&studio, "studio", "portrait", "the studio's name")
	cmd.Flags().StringVar(&page, "page", string(policy.PrivacyPage), "privacy, terms, data or company")
	return cmd
}

// openStudios reads a folder, or the built-in files when there is none.
func openStudios(folder string) ([]*policy.Studio, error) {
	all, err := studios.Open(folder)
	return all, fault.Wrap(err, fault.Invalid, "A policy file cannot be used.")
}

func printSections(out io.Writer, all []policy.Section) {
	for _, section := range all {
		fmt.Fprintf(out, "\n%s\n%s\n", section.Title, strings.Repeat("-", len(section.Title)))
		for _, p := range section.Paragraphs {
			fmt.Fprintf(out, "\n%s\n", p)
		}
		for _, p := range section.Points {
			fmt.Fprintf(out, "\n- %s\n", p)
		}
		for _, row := range section.Rows {
			fmt.Fprintln(out)
			for i, cell := range row {
				fmt.Fprintf(out, "  %s: %s\n", section.Head[i], cell)
			}
		}
	}
}
