package cli

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"easel/internal/app"
)

func newBackup(s streams) *cobra.Command {
	var to app.Places
	var leave, ended bool
	cmd := &cobra.Command{
		Use:   "backup --data PLACE --keys PLACE",
		Short: "Copy the data to one place and the keys to another",
		Long: `Copies everything to two places, beside a running server or without one. A place
is a folder on another disk, or a bucket: s3://name?endpoint=https://host.

The place of the data holds the database without its keys, and the sealed
pictures. Nobody can read anything in it, and older copies of it may be kept.
The place of the keys holds the newest copy of the keys and no other. Keep no
older copy of it anywhere: what somebody deletes can be read until the keys are
copied the next time. Copy them every hour, and once a day at the very least:

  easel backup --data /mnt/nas/easel --keys /mnt/stick/easel
  easel backup --keys /mnt/stick/easel

The server warns when that has not been done for half of the time that the policy
names: in its log, on the page /admin/deletion, and in its counts. Where you have
destroyed both copies and want no more of them, say so: easel backup --ended`,
		Args: exactly(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			config, log, err := settings(s)
			if err != nil {
				return err
			}
			if ended {
				if to != (app.Places{}) || leave {
					return usageError{errors.New("--ended says that there are no copies any more; give nothing else with it")}
				}
				return explain(app.ForgetBackups(cmd.Context(), config, log))
			}
			if err := to.Check(config); err != nil {
				return usageError{err}
			}
			begun := time.Now()
			done, err := app.Backup(cmd.Context(), config, log, to, leave)
			if err != nil {
				return explain(err)
			}
			if to.Data != "" {
				fmt.Fprintf(s.out, "%s: the database and %d sealed objects, %d of them new (%.1f MB in all); %d that are no more were removed.\n",
					to.Data, done.Objects, done.New, float64(done.Bytes)/1e6, done.Gone)
			}
			fmt.Fprintf(s.out, "%s: %d rows of keys", to.Keys, done.Keys)
			if slices.Sort(done.Files); len(done.Files) > 0 {
				fmt.Fprintf(s.out, ", and the files %s", strings.Join(done.Files, ", "))
			}
			fmt.Fprintf(s.out, ". It took %v.\n", time.Since(begun).Round(time.Millisecond))
			if leave {
				fmt.Fprintln(s.out, "The server's key is not in it: without that file, which is yours to keep, nothing can be restored.")
			}
			return nil
		},
	}
	cmd.Flags().StringVar(&to.Data, "data", "", "folder or bucket for the data; without it only the keys are copied")
	cmd.Flags().StringVar(&to.Keys, "keys", "", "folder or bucket for the newest copy of the keys")
	cmd.Flags().BoolVar(&ended, "ended", false, "there are no copies any more: warn nobody of their age")
	cmd.Flags().BoolVar(&leave, "leave-server-key", false, "leave out the files of keys; keep them yourself")
	return cmd
}

func newRestore(s streams) *cobra.Command {
	var from app.Places
	cmd := &cobra.Command{
		Use:   "restore --data PLACE --keys PLACE",
		Short: "Make a lost installation again from the places of a backup",
		Long: `Makes everything again from the two places that easel backup has filled, in an
empty data folder or an empty database. What was deleted before the keys were
copied is deleted again before anything is served, and everybody is signed out.

Ended in the middle it is begun anew by the next call; until then the server
refuses to start.`,
		Args: exactly(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			config, log, err := settings(s)
			if err != nil {
				return err
			}
			if from.Data == "" {
				return usagef("the place of the data is missing; see `easel restore --help`")
			}
			if err := from.Check(config); err != nil {
				return usageError{err}
			}
			done, err := app.RestoreBackup(cmd.Context(), config, log, from)
			if err != nil {
				return explain(err)
			}
			_, err = fmt.Fprintf(s.out, "Restored: the data of %s with the keys of %s, %d sealed objects. %d accounts that had left since were deleted again.\nStart it with easel serve.\n",
				stamp(done.Data), stamp(done.Keys), done.Objects, done.Left)
			return err
		},
	}
	cmd.Flags().StringVar(&from.Data, "data", "", "folder or bucket of the data")
	cmd.Flags().StringVar(&from.Keys, "keys", "", "folder or bucket of the keys")
	return cmd
}

func stamp(t time.Time) string { return t.UTC().Format("2006-01-02 15:04 UTC") }

func newKeys(s streams) *cobra.Command {
	cmd := &cobra.Command{Use: "keys", Short: "Change the server's key", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() }}
	cmd.AddCommand(&cobra.Command{
		Use:   "rotate",
		Short: "Give the server a new key, and wrap everybody's keys under it",
		Long: `Makes a new server's key and wraps everybody's keys under it; no picture is
encrypted again. The server goes on meanwhile. Ended at any moment, the next call
takes it up. The old key stays in a file with .old behind its name: remove it
once the keys have been copied by easel backup, and copies of it as well.`,
		Args: exactly(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			config, log, err := settings(s)
			if err != nil {
				return err
			}
			r, err := app.RotateServerKey(cmd.Context(), config, log, func(int) {})
			if err != nil {
				return explain(err)
			}
			fmt.Fprintf(s.out, "The server's key number %d is in use; keys of %d people were wrapped again.\n", r.To, r.Owners)
			if r.Old != "" {
				fmt.Fprintf(s.out, "Nothing on this server needs the old one any more: copy the keys with easel backup, then remove %s.\n", r.Old)
			}
			return nil
		},
	})
	return cmd
}
