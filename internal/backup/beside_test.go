package backup

import (
	"errors"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"easel/internal/bucket"
	"easel/internal/fault"
)

// Two copies of the data at a time would leave none: each removes the dump of the other.
func TestOneCopyOfTheDataAtATime(t *testing.T) {
	t.Parallel()
	to := folders(t)
	h := empty(t, bucket.Config{Address: "mem://"}).open()
	h.person()
	first, second := h.maker(), h.maker()
	first.step = func(step string) error {
		if step != "database copied" {
			return nil
		}
		if _, err := second.Data(t.Context(), to.data); !fault.Is(err, fault.Conflict) {
			t.Errorf("beside another one it is %v", err)
		}
		return nil
	}
	if _, err := first.Data(t.Context(), to.data); err != nil {
		t.Fatal(err)
	}
	if _, err := second.Data(t.Context(), to.data); err != nil {
		t.Errorf("afterwards it is %v", err)
	}
	h.copyKeys(to)
	if _, err := h.restorer(to).manifest(t.Context()); err != nil {
		t.Errorf("what is there is %v", err)
	}
}

// The server's key may be changed while keys are copied: the copy holds the key that its rows are wrapped under.
func TestKeysAreCopiedWhileTheServersKeyChanges(t *testing.T) {
	t.Parallel()
	to := folders(t)
	h := empty(t, bucket.Config{Address: "mem://"}).open()
	h.person()
	m := h.maker()
	reads, changes := 0, 1
	m.Files = func() (map[string][]byte, error) {
		reads++
		key := "the new one"
		if reads <= changes {
			key = "the old one"
		}
		return map[string][]byte{"server.key": []byte(key)}, nil
	}
	if _, err := m.Keys(t.Context(), to.keys); err != nil {
		t.Fatal(err)
	}
	head, rows, err := h.restorer(to).keys(t.Context())
	if err := errors.Join(err, rows.Close()); err != nil || string(head.Files["server.key"]) != "the new one" {
		t.Errorf("the copy holds %q, %v", head.Files, err)
	}
	m.Files = func() (map[string][]byte, error) { // it never ends
		reads++
		return map[string][]byte{"server.key": {byte(reads)}}, nil
	}
	if _, err := m.Keys(t.Context(), to.keys); err == nil || !strings.Contains(err.Error(), "being changed") {
		t.Errorf("while it changes on and on: %v", err)
	}
}

// Keys of programs that were revoked since the data were copied open nothing after a restore: none does.
func TestProgramsNeedNewKeysAfterARestore(t *testing.T) {
	t.Parallel()
	to := folders(t)
	h := empty(t, bucket.Config{Address: "mem://"}).open()
	p := h.person()
	h.as(p.owner, func(tx pgx.Tx) error {
		_, err := tx.Exec(t.Context(), `insert into easel.account_key (id, account, digest, hint, name, scopes) values (gen_random_uuid(), $1, sha256('a key'), 'abcd', $2, '{read}')`, p.owner, p.name)
		return err
	})
	h.backUp(to)
	again := restore(t, to, bucket.Config{Address: "mem://"})
	var found, kept int
	if err := again.db.AsNobody(t.Context(), func(tx pgx.Tx) error {
		return tx.QueryRow(t.Context(), `select count(*) from easel.account_key_find(sha256('a key'))`).Scan(&found)
	}); err != nil {
		t.Fatal(err)
	}
	again.as(p.owner, func(tx pgx.Tx) error {
		return tx.QueryRow(t.Context(), `select count(*) from easel.account_key where revoked_at is not null`).Scan(&kept)
	})
	if found != 0 || kept != 1 {
		t.Errorf("%d keys open, %d are listed as revoked", found, kept)
	}
}
