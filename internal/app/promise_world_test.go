package app_test

import (
	"bytes"
	"context"
	"fmt"

	"io/fs"
	"log/slog"
	"mime/multipart"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"easel/internal/app"
	"easel/internal/postgres/pgtest"
	"easel/internal/sitter"
)

// photoName is what the photo's file is called; it must be found nowhere.
const photoName = "grandmother-1962"

// world is the whole program with everything that can be looked at from outside: its database as somebody who may do
// everything, its folder, the folder of temporary files, its log.
type world struct {
	t      *testing.T
	app    *app.App
	config app.Config
	root   *pgx.Conn
	data   string
	temp   string
	said   *said
	late   atomic.Int64 // by how much the clock of what lives in memory is ahead
	ana    *person      // who runs the place, and brings photos
	ben    *person      // who has an address and is away for long
	origin string
	photo  string // page
	card   string // page of a portrait
	owner  map[string]uuid.UUID
	places app.Places    // of a backup
	lives  time.Duration // what lives in memory; 0: half an hour, two minutes short

	objects []string // what went and was sealed
}

// said is a log that several write.
type said struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (s *said) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.Write(p)
}

func (s *said) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.String()
}

// newWorld starts the program with pretended payments, and further settings, and lets two people in.
func newWorld(t *testing.T, more ...string) *world {
	t.Helper()
	address, owner := pgtest.Addresses(t)
	w := &world{t: t, data: t.TempDir(), temp: t.TempDir(), said: &said{}, owner: map[string]uuid.UUID{}}
	t.Setenv("TMPDIR", w.temp)
	settings := map[string]string{"EASEL_DATA": w.data, "EASEL_ADDRESS": freeAddress(t), "DATABASE_URL": address, "EASEL_PAYMENTS": "demo"}
	for i := 0; i < len(more); i += 2 {
		settings[more[i]] = more[i+1]
	}
	var err error
	if w.config, err = app.ReadConfig(func(name string) string { return settings[name] }); err != nil {
		t.Fatal(err)
	}
	w.config.Pixels, w.config.Storage.BackupURL = smaller, owner
	w.config.Clock = func() time.Time { return time.Now().Add(time.Duration(w.late.Load())) }
	if w.app, err = app.New(t.Context(), w.config, slog.New(slog.NewTextHandler(w.said, &slog.HandlerOptions{Level: slog.LevelDebug}))); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- w.app.Serve(ctx) }()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Errorf("the program did not stop in good order: %v", err)
		}
	})
	if w.root, err = pgx.Connect(t.Context(), owner); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { w.root.Close(context.Background()) })
	first, err := w.app.FirstLink(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	w.origin = "http://" + w.app.Address()
	w.ana, w.ben = newPerson(t, w.origin), newPerson(t, w.origin)
	w.ana.post(strings.TrimPrefix(first, w.origin), nil)
	w.owner["ana"] = uuid.MustParse(w.ask(`select id::text from easel.account_account`)[0])
	w.letIn()
	return w
}

// letIn lets Ben sign up and press the link of his letter.
func (w *world) letIn() {
	w.t.Helper()
	agree := regexp.MustCompile(`name="agree" value="([^"]+)"`).FindStringSubmatch(w.ana.get("/portrait/"))[1]
	w.ben.post("/sign-up", url.Values{"mail": {"ben@example.com"}, "password": {oldPassword}, "age": {"of-age"}, "agree": {agree}})
	letter := w.ana.get(regexp.MustCompile(`/admin/letters/[0-9a-f-]{36}`).FindString(w.ana.get("/admin/letters")))
	w.ben.post(regexp.MustCompile(`/link/sign-up/[\w-]+`).FindString(letter), nil)
	w.owner["ben"] = uuid.MustParse(w.ask(`select id::text from easel.account_account where id <> $1`, w.owner["ana"])[0])
}

// bring brings Ana's photo with what she buys to have it drawn, and waits for the portrait.
func (w *world) bring() {
	w.t.Helper()
	key := regexp.MustCompile(`name="key" value="([^"]+)"`).FindStringSubmatch(w.ana.get("/buy"))[1]
	pay := w.ana.post("/buy", url.Values{"key": {key}, "pack": {"5"}})
	back := w.ana.post(strings.TrimPrefix(pay, w.origin), url.Values{"number": {"4242424242424242"}})
	w.ana.get(strings.TrimPrefix(back, w.origin))
	agree := regexp.MustCompile(`name="agree" value="([^"]+)"`).FindStringSubmatch(w.ana.get("/portrait/"))[1]
	w.photo = w.upload("/portrait/", w.ana, [][2]string{{"age", "of-age"}, {"agree", agree}, {"statement", "yes"}}, http.StatusSeeOther)
	w.ana.post(w.photo+"/start", url.Values{"style": {"rough-sketch"}})
	for end := time.Now().Add(2 * time.Minute); ; time.Sleep(100 * time.Millisecond) {
		page := w.ana.get(w.photo)
		if m := regexp.MustCompile(`data-state="done" data-card="([^"]+)"`).FindStringSubmatch(page); m != nil {
			w.card = m[1]
			return
		}
		if time.Now().After(end) {
			w.t.Fatalf("the portrait was never ready:\n%s", w.said)
		}
	}
}

// upload sends the photo to a form; it returns where that leads, or the page.
func (w *world) upload(path string, who *person, fields [][2]string, want int) string {
	w.t.Helper()
	var form bytes.Buffer
	m := multipart.NewWriter(&form)
	for _, f := range fields {
		_ = m.WriteField(f[0], f[1]) // into memory
	}
	file, _ := m.CreateFormFile("photo", photoName+".jpg")
	_, _ = file.Write(sitter.Portrait(w.t)) // into memory
	_ = m.Close()                           // into memory
	status, page, to := who.ask(http.MethodPost, path, m.FormDataContentType(), &form)
	if status != want {
		w.t.Fatalf("the photo: %d %s", status, page)
	}
	if to != "" {
		return to
	}
	return page
}

// ask reads the first column of a query, as somebody who may do everything.
func (w *world) ask(sql string, args ...any) []string {
	w.t.Helper()
	rows, err := w.root.Query(context.Background(), sql, args...)
	if err != nil {
		w.t.Fatal(err)
	}
	all, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		w.t.Fatalf("%s: %v", sql, err)
	}
	return all
}

// tables are all tables there are, with their rows as text.
func (w *world) tables() map[string]string {
	w.t.Helper()
	all := map[string]string{}
	for _, name := range w.ask(`select c.oid::regclass::text from pg_class c join pg_namespace n on n.oid = c.relnamespace
		where n.nspname in ('easel', 'keys', 'river') and c.relkind in ('r', 'p')`) {
		all[name] = strings.Join(w.ask(`select t::text from `+name+` t`), "\n")
	}
	return all
}

// found lists every place outside of the process in which a mark is: tables, files of sealed bytes and of everything else
// that the program keeps, temporary files, the log.
func (w *world) found(marks ...string) (all []string) {
	w.t.Helper()
	look := func(where, text string) {
		for _, mark := range marks {
			if mark != "" && strings.Contains(text, mark) {
				all = append(all, fmt.Sprintf("%s in %s", mark, where))
			}
		}
	}
	for name, rows := range w.tables() {
		look(name, rows)
	}
	look("the log", w.said.String())
	for _, dir := range []string{w.data, w.temp} {
		err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			data, err := os.ReadFile(path)
			look(path, path+"\n"+string(data))
			return err
		})
		if err != nil && !os.IsNotExist(err) {
			w.t.Fatal(err)
		}
	}
	return all
}

// travel moves time: everything that the database remembers is by so much longer ago.
func (w *world) travel(d time.Duration) {
	w.t.Helper()
	w.late.Add(int64(d))
	for _, sql := range w.ask(`
		select format('update %s set %s', a.attrelid::regclass, string_agg(format('%I = %I - $1::interval', a.attname, a.attname), ', '))
		  from pg_attribute a join pg_class c on c.oid = a.attrelid join pg_namespace n on n.oid = c.relnamespace
		 where n.nspname = 'easel' and c.relkind = 'r' and a.atttypid = 'timestamptz'::regtype and a.attnum > 0 and not a.attisdropped and a.attgenerated = ''
		   and c.relname !~ '^(receipt|postgres)_|^vault_clock$'
		 group by a.attrelid`) {
		tx, err := w.root.Begin(context.Background())
		if err == nil {
			_, err = tx.Exec(context.Background(), `set local session_replication_role = replica`)
		}
		if err == nil {
			_, err = tx.Exec(context.Background(), sql, d)
		}
		if err == nil {
			err = tx.Commit(context.Background())
		}
		if err != nil {
			w.t.Fatalf("%s: %v", sql, err)
		}
	}
}

func (w *world) rounds() {
	w.t.Helper()
	if err := w.app.Rounds(w.t.Context()); err != nil {
		w.t.Fatal(err)
	}
}

// readable reports whether somebody gets a page or a picture.
func readable(who *person, path string) bool {
	status, _, _ := who.ask(http.MethodGet, path, "", nil)
	return status == http.StatusOK
}

// quiet is a log for errands beside the program.
func (w *world) quiet() *slog.Logger { return slog.New(slog.NewTextHandler(w.said, nil)) }

// inFolder lists the marks that files below a folder hold.
func inFolder(t *testing.T, dir string, marks ...string) (all []string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		for _, mark := range marks {
			if bytes.Contains(data, []byte(mark)) {
				all = append(all, mark+" in "+path)
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}
