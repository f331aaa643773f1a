package app_test

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"easel/internal/app"
	"easel/internal/policy"
	"easel/internal/postgres/pgtest"
	"easel/internal/sitter"
	"easel/studios"
)

// overdueID is the number of something whose time is over.
const overdueID = "0e5b7c1a-4d0f-4f8e-9a55-3b1d2c6f7a80"

// emptyWorld is one in which nothing runs: a database, folders and a log to be looked at.
func emptyWorld(t *testing.T) *world {
	t.Helper()
	_, owner := pgtest.Addresses(t)
	w := &world{t: t, objects: []string{overdueID}}
	var err error
	if w.root, err = pgx.Connect(t.Context(), owner); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { w.root.Close(context.Background()) })
	return w
}

// sabotaged does one thing that breaks a promise, and returns what the checks of the promise test say. Afterwards it is undone.
func (w *world) sabotaged(t *testing.T, do func(w *world), d *due) []string {
	t.Helper()
	w.t, w.said, w.data, w.temp = t, &said{}, t.TempDir(), t.TempDir()
	w.places = app.Places{Data: t.TempDir(), Keys: t.TempDir()}
	w.exec(`begin`)
	defer w.exec(`rollback`)
	w.exec(`set local session_replication_role = replica`) // what belongs to a row need not be there
	do(w)
	return slices.Concat(w.left(d), w.alive(d), w.unsealed(), w.copied())
}

func (w *world) exec(sql string, args ...any) {
	w.t.Helper()
	if _, err := w.root.Exec(context.Background(), sql, args...); err != nil {
		w.t.Fatalf("%s: %v", sql, err)
	}
}

// row leaves a row; $1 is the number of what is over.
func row(sql string) func(w *world) {
	return func(w *world) { w.exec(sql, overdueID) }
}

// inTemp leaves a temporary file.
func inTemp(name string, data func(photo []byte) []byte) func(w *world) {
	return func(w *world) { w.leave(filepath.Join(w.temp, name), data(sitter.Portrait(w.t))) }
}

// inData leaves a file in the data folder.
func inData(name string, data func(photo []byte) []byte) func(w *world) {
	return func(w *world) { w.leave(filepath.Join(w.data, name), data(sitter.Portrait(w.t))) }
}

func (w *world) leave(path string, data []byte) {
	w.t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		w.t.Fatal(err)
	}
	if err := os.WriteFile(path, data, 0o600); err != nil {
		w.t.Fatal(err)
	}
}

// said leaves a line in the log, in either of its forms.
func logged(form func(w *world) slog.Handler, value func(photo []byte) any) func(w *world) {
	return func(w *world) { slog.New(form(w)).Info("a photo has come", "what", value(sitter.Portrait(w.t))) }
}

func asText(w *world) slog.Handler { return slog.NewTextHandler(w.said, nil) }
func asJSON(w *world) slog.Handler { return slog.NewJSONHandler(w.said, nil) }

func whole(photo []byte) []byte { return photo }

// sabotages break a promise, each in one way.
var sabotages = map[string]func(w *world){
	"the key of an object": row(`insert into keys.vault_object (id, owner, wrapped) values ($1, gen_random_uuid(), 'k')`),
	"the row of an object": row(`insert into easel.vault_object (id, owner, kind, deadline) values ($1, gen_random_uuid(), 'upload', now())`),
	"the row of a photo": row(`insert into easel.generation_upload (id, owner, photo, view, name, width, height, has_face, crop, warnings, deadline)
		values (gen_random_uuid(), gen_random_uuid(), $1, gen_random_uuid(), 'n', 1, 1, false, '{0,0,1,1}', '{}', now())`),
	"the name of a program's request": row(`insert into easel.generation_request (owner, name, deadline, upload, runs, fingerprint) values (gen_random_uuid(), sha256('a'), now(), $1, '{}', sha256('b'))`),
	"a copy that no hold keeps":       row(`insert into easel.generation_held (owner, what, was, names) values (gen_random_uuid(), 'generation_run', '{}', array[$1::uuid])`),
	"a photo's name in a row": func(w *world) {
		w.exec(`insert into easel.generation_upload (id, owner, photo, view, name, width, height, has_face, crop, warnings, deadline)
			values (gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), $1, 1, 1, false, '{0,0,1,1}', '{}', now())`, []byte(photoName+".jpg"))
	},
	"a photo's bytes in a row": func(w *world) {
		w.exec(`insert into easel.mail_letter (id, kind, sealed, state, deadline) values (gen_random_uuid(), 'other', $1, 'kept', now())`, sitter.Portrait(w.t))
	},
	"a photo's name in a job": func(w *world) {
		w.exec(`insert into river.river_job (kind, args, max_attempts, state) values ('draw', jsonb_build_object('name', $1::text), 1, 'available')`, photoName)
	},
	"sealed bytes":              inData("pictures/0e/"+overdueID, func([]byte) []byte { return []byte("sealed") }),
	"a number in a file":        inData("notes", func([]byte) []byte { return []byte("look at " + overdueID) }),
	"bytes that are not sealed": inData("pictures/0e/other", whole),
	"a spooled upload":          inTemp("multipart-1", whole),
	"a part of an upload":       inTemp("chunk", func(photo []byte) []byte { return photo[len(photo)/3:] }),
	"a portrait":                inTemp("x", func([]byte) []byte { return []byte("..\x89PNG\r\n\x1a\n..") }),
	"a file's name":             inTemp(photoName+".jpg", func([]byte) []byte { return nil }),
	"a log with bytes":          logged(asText, func(photo []byte) any { return photo }),
	"a log with bytes as text":  logged(asText, func(photo []byte) any { return string(photo) }),
	"a log with bytes as JSON":  logged(asJSON, func(photo []byte) any { return photo }),
	"a log with a name":         logged(asJSON, func([]byte) any { return photoName + ".jpg" }),
	"a key in a backup": func(w *world) {
		w.leave(filepath.Join(w.places.Keys, "keys.jsonl"), []byte(`{"table":"keys.vault_object","rows":[{"id":"`+overdueID+`"}]}`))
	},
	"a picture in a backup": func(w *world) { w.leave(filepath.Join(w.places.Data, "objects", "0e", "x"), sitter.Portrait(w.t)) },
}

// TestTheChecksOfPromisesCanFail breaks promises on purpose, one way at a time: what the promise test looks with has to see each of
// them, and nothing where all is well.
func TestTheChecksOfPromisesCanFail(t *testing.T) {
	w := emptyWorld(t)
	gone := &due{name: "portrait upload", keep: time.Hour, marks: []string{overdueID}, promise: promise{objects: true, alive: func(*world) bool { return false }}}
	if wrong := w.sabotaged(t, func(*world) {}, gone); len(wrong) != 0 {
		t.Errorf("where nothing is left it says %q", wrong)
	}
	for name, do := range sabotages {
		t.Run(name, func(t *testing.T) {
			if wrong := w.sabotaged(t, do, gone); len(wrong) == 0 {
				t.Error("nobody has seen it")
			}
		})
	}
	t.Run("still to be had", func(t *testing.T) {
		living := *gone
		living.alive = func(*world) bool { return true }
		if wrong := w.sabotaged(t, func(*world) {}, &living); len(wrong) != 1 {
			t.Errorf("it says %q", wrong)
		}
	})
	t.Run("gone too early", func(t *testing.T) {
		w.t, w.said, w.data, w.temp = t, &said{}, t.TempDir(), t.TempDir()
		if wrong := w.early(gone); len(wrong) != 2 { // its page, and its number
			t.Errorf("it says %q", wrong)
		}
	})
}

// TestEveryKindOfDataNeedsACase: a kind that is declared and that nothing is shown about is seen, and so is one of a studio that
// opens.
func TestEveryKindOfDataNeedsACase(t *testing.T) {
	t.Parallel()
	all, err := studios.Load(studios.Files())
	if err != nil {
		t.Fatal(err)
	}
	if _, _, missing := sortOut(all); len(missing) != 0 {
		t.Errorf("there is no case for %q", missing)
	}
	for i, s := range all {
		changed, more := slices.Clone(all), *s
		more.Retention = policy.Retention{policy.Saved: {}}
		if s.Status != policy.Live {
			more.Status, more.Retention = policy.Live, s.Retention
		}
		changed[i] = &more
		if _, _, missing := sortOut(changed); len(missing) == 0 {
			t.Errorf("%s: nothing is asked for about %v", s.Name, fmt.Sprint(more.Retention))
		}
	}
}
