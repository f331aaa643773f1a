package backup

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"easel/internal/account/accounttest"
	"easel/internal/bucket"
	"easel/internal/bucket/buckettest"
	"easel/internal/fault"
	"easel/internal/postgres"
	"easel/internal/postgres/pgtest"
	"easel/internal/receipt"
	"easel/internal/vault"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

// house is an installation: a database, a bucket and a key.
type house struct {
	t      *testing.T
	config postgres.Config
	db     *postgres.DB
	vault  *vault.Vault
	bytes  bucket.Config
	key    string
}

// empty is an installation with nothing in it, not open yet.
func empty(t *testing.T, bytes bucket.Config) *house {
	t.Helper()
	app, owner := pgtest.Empty(t)
	return &house{t: t, config: postgres.Config{URL: app, OwnerURL: owner, MaxConns: 6}, bytes: bytes, key: filepath.Join(t.TempDir(), "server.key")}
}

// open opens it, as the server does.
func (h *house) open() *house {
	h.t.Helper()
	var err error
	if h.db, err = postgres.Open(h.t.Context(), h.config, pgtest.Log(h.t)); err != nil {
		h.t.Fatal(err)
	}
	h.t.Cleanup(func() { h.db.Close() })
	c := vault.Config{Bucket: h.bytes.Address, ID: h.bytes.ID, Secret: h.bytes.Secret, Client: h.bytes.Client, KeyFile: h.key}
	if h.vault, err = vault.New(h.t.Context(), c, h.db, pgtest.Log(h.t)); err != nil {
		h.t.Fatal(err)
	}
	h.t.Cleanup(func() { h.vault.Close() })
	return h
}

func (h *house) as(owner uuid.UUID, fn func(tx pgx.Tx) error) {
	h.t.Helper()
	if err := h.db.AsOwner(h.t.Context(), owner, fn); err != nil {
		h.t.Fatal(err)
	}
}

// person is somebody with an account, an object and a sealed name.
type person struct {
	owner uuid.UUID
	id    vault.ID
	data  []byte
	name  []byte
}

func (h *house) person() (p person) {
	h.t.Helper()
	p.owner, p.data = accounttest.Open(h.t, h.db), make([]byte, 100_000)
	rand.Read(p.data)
	p.id = h.keep(p.owner, p.data)
	h.as(p.owner, func(tx pgx.Tx) (err error) {
		p.name, err = h.vault.SealText(h.t.Context(), tx, p.owner, "Ada")
		return err
	})
	return p
}

func (h *house) keep(owner uuid.UUID, data []byte) (id vault.ID) {
	h.t.Helper()
	h.as(owner, func(tx pgx.Tx) (err error) {
		id, err = h.vault.Reserve(h.t.Context(), tx, owner, receipt.Policy{}, "upload", time.Now().Add(time.Hour))
		return err
	})
	if err := h.vault.Write(h.t.Context(), owner, id, bytes.NewReader(data)); err != nil {
		h.t.Fatal(err)
	}
	h.as(owner, func(tx pgx.Tx) error { return h.vault.Publish(h.t.Context(), tx, owner, id) })
	return id
}

func (h *house) read(owner uuid.UUID, id vault.ID) ([]byte, error) {
	r, err := h.vault.Open(h.t.Context(), owner, id)
	if err != nil {
		return nil, err
	}
	data, err := io.ReadAll(r)
	return data, errors.Join(err, r.Close())
}

// whole fails unless everything of the person is there.
func (h *house) whole(p person, when string) {
	h.t.Helper()
	if got, err := h.read(p.owner, p.id); err != nil || !bytes.Equal(got, p.data) {
		h.t.Errorf("%s: an object comes back as %d bytes, %v", when, len(got), err)
	}
	h.as(p.owner, func(tx pgx.Tx) error {
		if name, err := h.vault.OpenText(h.t.Context(), tx, p.owner, p.name); err != nil || name != "Ada" {
			h.t.Errorf("%s: a name comes back as %q, %v", when, name, err)
		}
		return nil
	})
}

// leave deletes an account, as somebody who leaves does.
func (h *house) leave(ctx context.Context, db *postgres.DB, v *vault.Vault, owner uuid.UUID) error {
	return db.AsOwner(ctx, owner, func(tx pgx.Tx) error {
		if _, err := v.DestroyOwner(ctx, tx, owner); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `delete from easel.account_account where id = $1`, owner)
		return err
	})
}

// places are where backups go.
type places struct{ data, keys *bucket.Bucket }

func open(t *testing.T, c bucket.Config) *bucket.Bucket {
	t.Helper()
	b, err := bucket.Open(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { b.Close() })
	return b
}

func folders(t *testing.T) places {
	dir := t.TempDir()
	return places{open(t, bucket.Config{Address: bucket.Folder(filepath.Join(dir, "data"))}), open(t, bucket.Config{Address: bucket.Folder(filepath.Join(dir, "keys"))})}
}

func (h *house) maker() *Maker {
	h.t.Helper()
	address := strings.Replace(h.config.URL, "user='easel_app'", "user='easel_backup'", 1)
	b, err := postgres.OpenBackup(h.t.Context(), h.config, address, pgtest.Log(h.t))
	if err != nil {
		h.t.Fatal(err)
	}
	return &Maker{DB: b, Bytes: open(h.t, h.bytes), Log: pgtest.Log(h.t), Files: func() (map[string][]byte, error) {
		key, err := os.ReadFile(h.key)
		return map[string][]byte{"server.key": key}, err
	}}
}

func (h *house) backUp(to places) {
	h.t.Helper()
	m := h.maker()
	if _, err := m.Data(h.t.Context(), to.data); err != nil {
		h.t.Fatal(err)
	}
	h.copyKeys(to)
}

func (h *house) copyKeys(to places) {
	h.t.Helper()
	if _, err := h.maker().Keys(h.t.Context(), to.keys); err != nil {
		h.t.Fatal(err)
	}
}

func (h *house) restorer(from places) *Restorer {
	return &Restorer{Config: h.config, Data: from.data, Keys: from.keys, Bytes: open(h.t, h.bytes), Log: pgtest.Log(h.t),
		Files: func(files map[string][]byte) error { return os.WriteFile(h.key, files["server.key"], 0o600) },
		Leave: func(ctx context.Context, db *postgres.DB, left []uuid.UUID) error {
			v, err := vault.New(ctx, vault.Config{Bucket: "mem://", KeyFile: h.key}, db, pgtest.Log(h.t))
			if err != nil {
				return err
			}
			for _, owner := range left {
				err = errors.Join(err, h.leave(ctx, db, v, owner))
			}
			return errors.Join(err, v.Close())
		}}
}

// restore makes a house again in an empty place.
func restore(t *testing.T, from places, bytes bucket.Config) *house {
	t.Helper()
	h := empty(t, bytes)
	if _, err := h.restorer(from).Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	return h.open()
}

// text is everything in a place, dumps as SQL.
func text(t *testing.T, b *bucket.Bucket) string {
	t.Helper()
	var all strings.Builder
	err := b.Pages(t.Context(), "", func(page []bucket.Entry) error {
		for _, o := range page {
			data, err := b.ReadAll(t.Context(), o.Key)
			if err != nil {
				return err
			}
			if strings.HasPrefix(o.Key, dumpPrefix) {
				data = sql(t, data)
			}
			all.Write(data)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all.String()
}

// TestALostDisk: backup, an object and an account are deleted, the keys are copied again, everything is lost, and restored from
// the two places. What was kept is whole, what was deleted cannot be read by anybody who has both places.
func TestALostDisk(t *testing.T) {
	t.Parallel()
	for name, at := range map[string]func(*testing.T) (before, after bucket.Config, to places){
		"folders": func(t *testing.T) (before, after bucket.Config, to places) {
			return bucket.Config{Address: bucket.Folder(t.TempDir())}, bucket.Config{Address: bucket.Folder(t.TempDir())}, folders(t)
		},
		"S3 that keeps versions": func(t *testing.T) (before, after bucket.Config, to places) {
			return buckettest.Versioned(t), buckettest.New(t), places{open(t, buckettest.Versioned(t)), open(t, buckettest.Versioned(t))}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			before, after, to := at(t)
			h := empty(t, before).open()
			kept, gone := h.person(), h.person()
			second := h.keep(kept.owner, []byte("deleted later"))
			rows(t, h, fmt.Sprintf(`insert into easel.generation_upload (id, owner, photo, view, name, width, height, has_face, crop, warnings, deadline)
				select gen_random_uuid(), '%s', o, o, 'sealed', 1, 1, false, '{0,0,1,1}', '{}', now() + interval '1 hour' from unnest(array['%s', '%s']::uuid[]) o returning owner::text`,
				kept.owner, second, kept.id))
			holds := fmt.Sprintf(`select easel.vault_hold_set('%s', null, 'letter of a court', now() + interval '1 day')::text
				union all select easel.vault_hold_set(null, '%s', 'letter of a court', now() + interval '1 day')::text`, gone.owner, second)
			if n := strings.Count(rows(t, h, holds), "-"); n != 8 {
				t.Fatalf("the holds were not set: %d", n)
			}
			h.backUp(to)
			rows(t, h, `select easel.vault_hold_lift(id, 'it is over')::text from easel.vault_hold`) // of which the copy of the data knows nothing
			if all := text(t, to.keys); !strings.Contains(all, second.String()) || !strings.Contains(all, gone.owner.String()) {
				t.Fatal("the copy of the keys lacks what is there")
			}
			h.as(kept.owner, func(tx pgx.Tx) error { return h.vault.Delete(t.Context(), tx, kept.owner, second) })
			if err := h.leave(t.Context(), h.db, h.vault, gone.owner); err != nil {
				t.Fatal(err)
			}
			h.copyKeys(to)

			// Whoever has both places has no key for it any more.
			keys := text(t, to.keys)
			for what, id := range map[string]string{"object": second.String(), "account": gone.owner.String(), "account's object": gone.id.String()} {
				if strings.Contains(keys, id) {
					t.Errorf("the copy of the keys still knows the deleted %s", what)
				}
			}
			if data := text(t, to.data); !strings.Contains(data, "COPY easel.vault_object") || strings.Contains(data, "COPY keys.") {
				t.Error("the copy of the data holds keys, or no data")
			}

			again := restore(t, to, after)
			again.whole(kept, "restored")
			if left := rows(t, again, `select photo::text from easel.generation_upload`); left != kept.id.String() {
				t.Errorf("after the restore there are the rows of %s, want that of the photo that was kept", left)
			}
			if held := rows(t, again, `select id::text from easel.vault_object where state = 'held'`); held != "" {
				t.Errorf("holds that had been lifted keep %s", held)
			}
			for what, err := range map[string]error{
				"object": func() error { _, err := again.read(kept.owner, second); return err }(), "account's object": func() error { _, err := again.read(gone.owner, gone.id); return err }(),
			} {
				if !fault.Is(err, fault.Missing) {
					t.Errorf("the deleted %s after the restore: %v", what, err)
				}
			}
			again.as(gone.owner, func(tx pgx.Tx) error {
				if name, err := again.vault.OpenText(t.Context(), tx, gone.owner, gone.name); !fault.Is(err, fault.Missing) {
					t.Errorf("the name of who left comes back as %q, %v", name, err)
				}
				var n int
				err := tx.QueryRow(t.Context(), `select count(*) from easel.account_account`).Scan(&n)
				if n != 0 {
					t.Error("the account that was deleted is there again")
				}
				return err
			})
			again.whole(again.person(), "new") // life goes on
			again.backUp(to)
		})
	}
}

// A restored database obeys the same rules as one that was migrated: who owns what, who may do what, also with what is made later.
func TestARestoredDatabaseHasTheSameRules(t *testing.T) {
	t.Parallel()
	to := folders(t)
	h := empty(t, bucket.Config{Address: "mem://"}).open()
	h.person()
	h.backUp(to)
	again := restore(t, to, bucket.Config{Address: "mem://"})
	for what, sql := range map[string]string{
		"tables": `select c.oid::regclass || ' ' || c.relowner::regrole || ' ' || c.relrowsecurity || c.relforcerowsecurity || ' ' || coalesce(array(select a::text from unnest(c.relacl) a order by 1)::text, '')
			from pg_class c where c.relnamespace::regnamespace::text in ('easel', 'keys', 'river') order by 1`,
		"functions": `select p.oid::regprocedure || ' ' || p.proowner::regrole || ' ' || p.prosecdef || ' ' || coalesce(p.proconfig::text, '') || ' ' || coalesce(array(select a::text from unnest(p.proacl) a order by 1)::text, '') || md5(p.prosrc)
			from pg_proc p where p.pronamespace::regnamespace::text in ('easel', 'keys', 'river') order by 1`,
		"policies": `select polrelid::regclass || ' ' || polname || ' ' || polcmd::text || ' ' || polroles::regrole[]::text || coalesce(pg_get_expr(polqual, polrelid), '') || coalesce(pg_get_expr(polwithcheck, polrelid), '')
			from pg_policy order by 1`,
		"triggers and constraints": `select pg_get_triggerdef(oid) from pg_trigger where not tgisinternal union all select conrelid::regclass || ' ' || pg_get_constraintdef(oid) from pg_constraint where conrelid <> 0 order by 1`,
		"what is made later":       `select defaclrole::regrole || ' ' || defaclnamespace::regnamespace || ' ' || defaclobjtype::text || ' ' || array(select a::text from unnest(defaclacl) a order by 1)::text from pg_default_acl order by 1`,
		"schemas":                  `select nspname || ' ' || nspowner::regrole || ' ' || coalesce(array(select a::text from unnest(nspacl) a order by 1)::text, '') from pg_namespace where nspname !~ '^pg_(toast|temp)' order by 1`,
	} {
		if before, after := rows(t, h, sql), rows(t, again, sql); before != after || before == "" {
			t.Errorf("%s differ.\nbefore:\n%s\nafter:\n%s", what, before, after)
		}
	}
}

func rows(t *testing.T, h *house, sql string) string {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), h.config.OwnerURL)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.Background())
	r, err := conn.Query(t.Context(), sql)
	if err != nil {
		t.Fatal(err)
	}
	all, err := pgx.CollectRows(r, pgx.RowTo[string])
	if err != nil {
		t.Fatal(err)
	}
	return strings.Join(all, "\n")
}

var errEnded = errors.New("the program ends here")

func endAt(n int) (step func(string) error, done *int) {
	done = new(int)
	return func(string) error {
		if *done++; *done == n {
			return errEnded
		}
		return nil
	}, done
}

// TestEndedInTheMiddle ends the program between any two steps of a backup and of a restore. A backup that was ended leaves
// the one before it or the new one, whole; a restore that was ended is begun anew, and until then nobody serves.
func TestEndedInTheMiddle(t *testing.T) {
	t.Parallel()
	to := folders(t)
	h := empty(t, bucket.Config{Address: bucket.Folder(t.TempDir())}).open()
	p := h.person()
	h.backUp(to)
	for n := 1; ; n++ {
		h.keep(p.owner, []byte("one more, so that there is something to copy"))
		m := h.maker()
		step, done := endAt(n)
		m.step = step
		_, err := m.Data(t.Context(), to.data)
		if err == nil {
			_, err = m.Keys(t.Context(), to.keys)
		}
		if *done < n {
			if err != nil || n < 6 {
				t.Fatalf("a backup of %d steps: %v", *done, err)
			}
			break
		}
		if !errors.Is(err, errEnded) {
			t.Fatalf("step %d: %v", n, err)
		}
		r := &Restorer{Data: to.data, Keys: to.keys}
		if _, err := r.manifest(t.Context()); err != nil {
			t.Errorf("ended at step %d, the data are not whole: %v", n, err)
		}
		if n%3 == 1 { // the others differ only in what is copied beside
			restore(t, to, bucket.Config{Address: bucket.Folder(t.TempDir())}).whole(p, "after a backup that was ended")
		}
	}
	again := empty(t, bucket.Config{Address: bucket.Folder(t.TempDir())})
	ends := 0
	for n := 1; ; n++ {
		r := again.restorer(to)
		step, done := endAt(n)
		r.step = step
		_, err := r.Run(t.Context())
		if *done < n {
			if err != nil {
				t.Fatal(err)
			}
			break
		}
		if !errors.Is(err, errEnded) {
			t.Fatalf("step %d: %v", n, err)
		}
		if db, err := postgres.Open(t.Context(), again.config, pgtest.Log(t)); err == nil {
			if again.loaded() {
				t.Errorf("ended at step %d, and the half is served", n)
			}
			db.Close()
			again.wipe() // as nobody does: the first steps have not touched the database
		} else if !strings.Contains(err.Error(), "half restored") {
			t.Errorf("ended at step %d: %v", n, err)
		}
		ends++
	}
	if ends < 4 {
		t.Errorf("a restore has %d steps", ends)
	}
	again.open().whole(p, "after a restore that was ended again and again")
	if _, err := again.restorer(to).Run(t.Context()); err == nil || !strings.Contains(err.Error(), "there is data of Easel in it already") {
		t.Errorf("restored over what is there: %v", err)
	}
}

// loaded is whether there are rows of people.
func (h *house) loaded() bool {
	return rows(h.t, h, `select count(*)::text from easel.vault_object`) != "0"
}

func (h *house) wipe() { rows(h.t, h, `drop schema easel, keys, river cascade`) }

// What is damaged, cut or missing is told before anything is written.
func TestDamagedBackups(t *testing.T) {
	t.Parallel()
	to := folders(t)
	h := empty(t, bucket.Config{Address: "mem://"}).open()
	h.person()
	h.backUp(to)
	r := &Restorer{Data: to.data, Keys: to.keys}
	m, err := r.manifest(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	dump, err := to.data.ReadAll(t.Context(), m.Dump)
	if err != nil {
		t.Fatal(err)
	}
	if err := put(t.Context(), to.data, m.Dump, dump[:len(dump)-1]); err != nil {
		t.Fatal(err)
	}
	if _, err := r.manifest(t.Context()); !fault.Is(err, fault.Invalid) {
		t.Errorf("a cut dump: %v", err)
	}
	if err := put(t.Context(), to.data, m.Dump, dump); err != nil {
		t.Fatal(err)
	}
	keys, err := to.keys.ReadAll(t.Context(), keysName)
	if err != nil {
		t.Fatal(err)
	}
	lines := bytes.SplitAfter(bytes.TrimSpace(keys), []byte("\n"))
	if err := put(t.Context(), to.keys, keysName, bytes.Join(lines[:len(lines)-1], nil)); err != nil {
		t.Fatal(err)
	}
	into := empty(t, bucket.Config{Address: "mem://"})
	if _, err := into.restorer(to).Run(t.Context()); err == nil || !strings.Contains(err.Error(), "cut or damaged") {
		t.Errorf("cut keys: %v", err)
	}
	none := folders(t)
	if _, err := into.restorer(none).Run(t.Context()); !fault.Is(err, fault.Missing) {
		t.Errorf("nothing there: %v", err)
	}
	if _, err := into.restorer(places{to.data, none.keys}).Run(t.Context()); !fault.Is(err, fault.Missing) {
		t.Errorf("no keys there: %v", err)
	}
}

// The role of backups reads and does nothing else, and a role that sees nothing makes no empty backup.
func TestWhoMakesBackups(t *testing.T) {
	t.Parallel()
	h := empty(t, bucket.Config{Address: "mem://"}).open()
	p := h.person()
	conn, err := h.maker().DB.Connect(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.Background())
	var n int
	if err := conn.QueryRow(t.Context(), `select count(*) from keys.vault_object where owner = $1`, p.owner).Scan(&n); err != nil || n != 1 {
		t.Errorf("it sees %d keys, %v", n, err)
	}
	for _, sql := range []string{`delete from keys.vault_object`, `update easel.vault_object set state = 'gone'`, `insert into easel.vault_server values (9, sha256('x'))`, `set role easel_owner`, `create table easel.x (i int)`} {
		if _, err := conn.Exec(t.Context(), sql); err == nil {
			t.Errorf("it may %s", sql)
		}
	}
	if _, err := postgres.OpenBackup(t.Context(), h.config, h.config.URL, pgtest.Log(t)); err == nil || !strings.Contains(err.Error(), "alter role") {
		t.Errorf("a backup as the application: %v", err)
	}
	if _, err := postgres.OpenBackup(t.Context(), h.config, "", pgtest.Log(t)); err == nil || !strings.Contains(err.Error(), "DATABASE_BACKUP_URL") {
		t.Errorf("a backup without an address: %v", err)
	}
}
