package receipt

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"easel/internal/fault"
	"easel/internal/postgres"
	"easel/internal/postgres/pgtest"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

// house is a log with somebody who may do everything to its tables.
type house struct {
	*Log
	t    *testing.T
	path string
	root *pgx.Conn
}

func newHouse(t *testing.T) *house {
	t.Helper()
	ctx := t.Context()
	app, owner := pgtest.Addresses(t)
	db, err := postgres.Connect(ctx, postgres.Config{URL: app, MaxConns: 4}, pgtest.Log(t))
	if err != nil {
		t.Fatal(err)
	}
	root, err := pgx.Connect(ctx, owner)
	if err != nil {
		t.Fatal(err)
	}
	h := &house{t: t, path: t.TempDir() + "/receipt.key", root: root}
	t.Cleanup(func() { root.Close(context.Background()); db.Close() })
	if h.Log, err = Open(ctx, db, h.path); err != nil {
		t.Fatal(err)
	}
	return h
}

// delete states n deletions of an owner's and, with seal, puts them into the log.
func (h *house) delete(owner uuid.UUID, n int, seal bool) (all []Statement) {
	h.t.Helper()
	ctx := h.t.Context()
	for i := range n {
		all = append(all, statement(i))
	}
	err := h.db.AsOwner(ctx, owner, func(tx pgx.Tx) error { return h.State(ctx, tx, owner, all...) })
	if err == nil && seal {
		var e *Entry
		err = h.db.AsNobody(ctx, func(tx pgx.Tx) (err error) {
			e, err = h.Seal(ctx, tx, time.Now())
			return err
		})
		err = errors.Join(err, h.Anchor(e))
	}
	if err != nil {
		h.t.Fatal(err)
	}
	return all
}

func (h *house) verify() []string {
	h.t.Helper()
	noted, err := ReadAnchor(h.path + ".head")
	if err != nil {
		h.t.Fatal(err)
	}
	found, err := VerifyLog(h.t.Context(), h.db, h.key.id, []Entry{noted})
	if err != nil {
		h.t.Fatal(err)
	}
	return found.Wrong
}

func TestReceiptsAreHandedOut(t *testing.T) {
	t.Parallel()
	h, owner := newHouse(t), uuid.New()
	ctx := t.Context()
	early := h.delete(owner, 1, false)[0]
	r, err := h.Find(ctx, early.Object)
	if err != nil || r.Proof != nil || r.Signature == nil {
		t.Fatalf("at once: %+v, %v", r, err)
	}
	late := h.delete(uuid.New(), 2000, true)
	keys, err := h.Published(ctx)
	if err != nil || keys.Head == nil || keys.Head.Number != 1 || keys.Head.Leaves != 2001 {
		t.Fatalf("published: %+v, %v", keys, err)
	}
	for _, s := range []Statement{early, late[0], late[1500], late[1999]} {
		r, err := h.Find(ctx, s.Object)
		if err != nil {
			t.Fatal(err)
		}
		text, err := json.Marshal(r)
		if err != nil {
			t.Fatal(err)
		}
		if r, err = Decode(text); err != nil {
			t.Fatal(err)
		}
		if shown, err := r.Check(keys); err != nil || len(shown) != 2 {
			t.Errorf("%v, %v", shown, err)
		}
		r.Key, r.Signature = "", nil // the log alone will do
		if shown, err := r.Check(keys); err != nil || len(shown) != 1 {
			t.Errorf("by the log alone: %v, %v", shown, err)
		}
		r.Statement.Kind = "other"
		if _, err := r.Check(keys); err == nil {
			t.Error("a changed statement is in the tree")
		}
	}
	own, err := h.Own(ctx, owner, 0, 10)
	if err != nil || len(own) != 1 || own[0].Object != early.Object {
		t.Errorf("the owner's: %v, %v", own, err)
	}
	if _, err := h.Find(ctx, uuid.New()); !fault.Is(err, fault.Missing) {
		t.Errorf("of something that was not deleted: %v", err)
	}
	if err := h.db.AsOwner(ctx, owner, func(tx pgx.Tx) error { return h.Leave(ctx, tx, owner) }); err != nil {
		t.Fatal(err)
	}
	if own, err := h.Own(ctx, owner, 0, 10); err != nil || len(own) != 0 {
		t.Errorf("after leaving: %v, %v", own, err)
	}
	if wrong := h.verify(); len(wrong) > 0 {
		t.Errorf("a good log: %v", wrong)
	}
}

// The database refuses to change the log, also for the owner of the tables.
func TestNobodyChangesTheLog(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.delete(uuid.New(), 2, true)
	for _, table := range []string{"receipt_key", "receipt_statement", "receipt_entry", "receipt_leaf"} {
		for _, sql := range []string{"delete from easel." + table, "truncate easel." + table + " cascade"} {
			if _, err := h.root.Exec(t.Context(), sql); err == nil || !strings.Contains(err.Error(), "only ever added to") {
				t.Errorf("%s: %v", sql, err)
			}
		}
	}
	for _, sql := range []string{`update easel.receipt_statement set kind = 'x'`, `update easel.receipt_entry set leaves = 1`, `update easel.receipt_leaf set place = 9`, `update easel.receipt_key set id = id`} {
		if _, err := h.root.Exec(t.Context(), sql); err == nil || !strings.Contains(err.Error(), "only ever added to") {
			t.Errorf("%s: %v", sql, err)
		}
		if err := h.db.AsNobody(t.Context(), func(tx pgx.Tx) error { _, err := tx.Exec(t.Context(), sql); return err }); err == nil {
			t.Errorf("as the application %s is allowed", sql)
		}
	}
}

// Somebody who may do everything to the database alters the log in every way; each is found.
func TestAlterationsAreFound(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ sql, want string }{
		"nothing":                        {`select 1`, ""},
		"flip a kind":                    {`update easel.receipt_statement set kind = 'result' where number = 2`, "not what was signed"},
		"flip a time":                    {`update easel.receipt_statement set deleted = deleted - interval '1 hour', key = null, signature = null where number = 2`, "not those that its root"},
		"flip a digest":                  {`update easel.receipt_statement set digest = sha256('x') where number = 2`, "not those that its root"},
		"flip a signature":               {`update easel.receipt_entry set signature = set_byte(signature, 3, 255 - get_byte(signature, 3)) where number = 2`, "its signature does not fit"},
		"flip a root":                    {`update easel.receipt_entry set root = sha256('x') where number = 2`, "its signature does not fit"},
		"flip the time of an entry":      {`update easel.receipt_entry set at = at - interval '1 hour' where number = 2`, "holds? the hash|not hold the hash"},
		"drop a statement":               {`delete from easel.receipt_statement where number = 2`, "gone or out of order"},
		"drop a leaf":                    {`delete from easel.receipt_leaf where entry = 2 and place = 1`, "place 1 is missing"},
		"drop a leaf and close the gap":  {`delete from easel.receipt_leaf where entry = 2 and place = 1; update easel.receipt_leaf set place = place - 1 where entry = 2 and place > 1`, "2 are left"},
		"reorder leaves":                 {`update easel.receipt_leaf set place = 9 where entry = 2 and place = 0; update easel.receipt_leaf set place = 0 where entry = 2 and place = 1; update easel.receipt_leaf set place = 1 where entry = 2 and place = 9`, "not those that its root"},
		"drop an entry":                  {`delete from easel.receipt_entry where number = 2`, "entries are missing"},
		"reorder entries":                {`update easel.receipt_entry set number = 9 where number = 2; update easel.receipt_entry set number = 2 where number = 3; update easel.receipt_entry set number = 3 where number = 9`, "does not hold the hash"},
		"cut the tail off":               {`delete from easel.receipt_entry where number = 3`, "the log was cut off"},
		"cut it off with its statements": {`delete from easel.receipt_leaf where entry = 3; delete from easel.receipt_statement where number > 6; delete from easel.receipt_entry where number = 3`, "the log was cut off"},
		"cut all of it off":              {`truncate easel.receipt_leaf, easel.receipt_waiting, easel.receipt_statement, easel.receipt_entry`, "the log was cut off"},
		"forget what waits":              {`delete from easel.receipt_waiting`, "are in no tree"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHouse(t)
			for range 3 {
				h.delete(uuid.New(), 3, true)
			}
			h.delete(uuid.New(), 1, false)
			if _, err := h.root.Exec(t.Context(), `set session_replication_role = replica; `+c.sql); err != nil {
				t.Fatal(err)
			}
			wrong := strings.Join(h.verify(), "; ")
			found := c.want == "" && wrong == ""
			for want := range strings.SplitSeq(c.want, "|") {
				found = found || want != "" && strings.Contains(wrong, want)
			}
			if !found {
				t.Errorf("found %q, want %q", wrong, c.want)
			}
		})
	}
}

// Whoever has the signing key as well can write a new end; what was noted elsewhere tells.
func TestATailThatIsWrittenAnew(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.delete(uuid.New(), 3, true)
	h.delete(uuid.New(), 3, true)
	noted, err := ReadAnchor(h.path + ".head")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := h.root.Exec(t.Context(), `set session_replication_role = replica;
		delete from easel.receipt_leaf where entry = 2; delete from easel.receipt_statement where number > 3; delete from easel.receipt_entry where number = 2`); err != nil {
		t.Fatal(err)
	}
	h.delete(uuid.New(), 3, true)
	if wrong := h.verify(); len(wrong) != 1 || !strings.Contains(wrong[0], "written anew") {
		t.Errorf("found %q", wrong)
	}
	found, err := VerifyLog(t.Context(), h.db, h.key.id, []Entry{noted})
	if err != nil || len(found.Wrong) != 1 {
		t.Errorf("with a head that somebody kept: %v, %v", found, err)
	}
}

func TestTheKeyIsMadeOnceAndMissed(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	info, err := os.Stat(h.path)
	if err != nil || info.Mode().Perm() != 0o600 || info.Size() != 32 {
		t.Fatalf("the key file: %v, %v", info, err)
	}
	again, err := Open(t.Context(), h.db, h.path)
	if err != nil || again.key.id != h.key.id {
		t.Errorf("a second start: %v", err)
	}
	if err := os.Chmod(h.path, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(t.Context(), h.db, h.path); err == nil || !strings.Contains(err.Error(), "chmod 600") {
		t.Errorf("a key that others may read: %v", err)
	}
	if err := os.Rename(h.path, h.path+".away"); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(t.Context(), h.db, h.path); err == nil || !strings.Contains(err.Error(), "is gone") {
		t.Errorf("a key that is gone: %v", err)
	}
	if _, err := makeKey(h.path); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(t.Context(), h.db, h.path); err == nil || !strings.Contains(err.Error(), "not one that the log knows") {
		t.Errorf("another key: %v", err)
	}
}

// A rotation that is ended between the two names leaves the old key in its place, and is taken up by the next one.
func TestARotationThatWasEnded(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	fresh, err := makeKey(h.path + ".next")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Link(h.path, h.path+"."+h.key.id); err != nil {
		t.Fatal(err)
	}
	from, to, err := Rotate(t.Context(), h.db, h.path, false)
	if err != nil || from != h.key.id || to != fresh.id {
		t.Fatalf("taken up it is %s to %s, %v", from, to, err)
	}
	for path, want := range map[string]string{h.path: to, h.path + "." + from: from} {
		if k, err := ReadKey(path); err != nil || k.id != want {
			t.Errorf("%s: %v", path, err)
		}
	}
	if wrong := h.verify(); len(wrong) > 0 {
		t.Errorf("the log: %v", wrong)
	}
}

func TestKeysAreRotated(t *testing.T) {
	t.Parallel()
	h, ctx := newHouse(t), t.Context()
	before := h.delete(uuid.New(), 2, true)[0]
	from, to, err := Rotate(ctx, h.db, h.path, false)
	if err != nil || from != h.key.id || to == from {
		t.Fatalf("rotated %s to %s, %v", from, to, err)
	}
	if h.Log, err = Open(ctx, h.db, h.path); err != nil || h.key.id != to {
		t.Fatal(err)
	}
	after := h.delete(uuid.New(), 2, true)[0]
	keys, err := h.Published(ctx)
	if err != nil || len(keys.Keys) != 2 {
		t.Fatalf("%v, %v", keys, err)
	}
	for _, s := range []Statement{before, after} {
		r, err := h.Find(ctx, s.Object)
		if err == nil {
			_, err = r.Check(keys)
		}
		if err != nil {
			t.Error(err)
		}
	}
	if wrong := h.verify(); len(wrong) > 0 {
		t.Errorf("after a rotation: %v", wrong)
	}
	if _, _, err := Rotate(ctx, h.db, h.path, true); !fault.Is(err, fault.Conflict) {
		t.Errorf("a key that is there is not lost: %v", err)
	}
	if err := os.Remove(h.path); err != nil {
		t.Fatal(err)
	}
	if _, _, err := Rotate(ctx, h.db, h.path, true); err != nil {
		t.Fatal(err)
	}
	if h.Log, err = Open(ctx, h.db, h.path); err != nil {
		t.Fatal(err)
	}
	h.delete(uuid.New(), 1, true)
	found, err := VerifyLog(ctx, h.db, h.key.id, nil)
	if err != nil || len(found.Wrong) > 0 || len(found.Notes) != 1 || !strings.Contains(found.Notes[0], "which was lost") {
		t.Errorf("after a loss: %+v, %v", found, err)
	}
	// A log that somebody wrote with a key of their own leads to no key of ours.
	found, err = VerifyLog(ctx, h.db, signer(t).id, nil)
	if err != nil || len(found.Wrong) != 1 || !strings.Contains(found.Wrong[0], "leads to the key") {
		t.Errorf("for another key: %+v, %v", found, err)
	}
}
