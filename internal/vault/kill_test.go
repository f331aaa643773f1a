package vault

import (
	"bufio"
	"bytes"
	"context"
	"encoding/hex"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"easel/internal/fault"
	"easel/internal/postgres"
	"easel/internal/postgres/pgtest"
)

// asStore makes this test program store, read, delete and change the server's key until it is killed: data folder and database.
const asStore = "EASEL_TEST_STORE"

func TestMain(m *testing.M) {
	if text := os.Getenv(asStore); text != "" {
		dir, address, _ := strings.Cut(text, "\n")
		fmt.Println("failed", storeForever(dir, address))
		os.Exit(1)
	}
	pgtest.Main(m)
}

// storeForever says a line after each thing that it has done: "kept id bytes" or "gone id".
func storeForever(dir, address string) error {
	ctx, log := context.Background(), slog.New(slog.DiscardHandler)
	db, err := postgres.Connect(ctx, postgres.Config{URL: address, MaxConns: 6}, log)
	if err != nil {
		return err
	}
	v, err := New(ctx, Config{DataDir: dir}, db, log)
	if err != nil {
		return err
	}
	failed := make(chan error, 3)
	for range 2 {
		go func() { failed <- v.comeAndGo(ctx) }()
	}
	go func() {
		for {
			if _, err := v.Rotate(ctx, func(int) {}); err != nil && !strings.Contains(err.Error(), "255 times") {
				failed <- err
				return
			}
		}
	}()
	return <-failed
}

func (v *Vault) comeAndGo(ctx context.Context) error {
	for {
		owner, data := uuid.New(), noise(70_000)
		var id ID
		err := v.db.AsOwner(ctx, owner, func(tx pgx.Tx) (err error) {
			id, err = v.Reserve(ctx, tx, owner, v.policy, "upload", time.Now().Add(time.Hour))
			return err
		})
		if err == nil {
			err = v.Write(ctx, owner, id, bytes.NewReader(data))
		}
		if err == nil {
			err = v.db.AsOwner(ctx, owner, func(tx pgx.Tx) error { return v.Publish(ctx, tx, owner, id) })
		}
		if err != nil {
			return err
		}
		fmt.Printf("kept %s %s %s\n", owner, id, hex.EncodeToString(data[:16]))
		if rand.IntN(3) > 0 {
			continue
		}
		if err := v.db.AsOwner(ctx, owner, func(tx pgx.Tx) error { return v.Delete(ctx, tx, owner, id) }); err != nil {
			return err
		}
		fmt.Printf("gone %s %s %s\n", owner, id, hex.EncodeToString(data[:16]))
	}
}

// TestKilled kills a program with SIGKILL, at any moment, while it stores, deletes and changes the server's key all the time.
// Whatever it had said to be stored is there and opens, whatever it had said to be deleted does not; and nothing is left of the rest.
func TestKilled(t *testing.T) {
	t.Parallel()
	app, dir := pgtest.Address(t), t.TempDir()
	kept, gone := map[ID]string{}, map[ID]string{}
	owners := map[ID]uuid.UUID{}
	for range 6 {
		run(t, dir, app, time.Duration(150+rand.IntN(500))*time.Millisecond, func(what string, owner uuid.UUID, id ID, begins string) {
			owners[id] = owner
			if what == "kept" {
				kept[id] = begins
			} else {
				delete(kept, id)
				gone[id] = begins
			}
		})
	}
	db, err := postgres.Connect(t.Context(), postgres.Config{URL: app, MaxConns: 6}, pgtest.Log(t))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	s := &studio{t: t, dir: dir, db: db}
	if s.Vault, err = New(t.Context(), Config{DataDir: dir}, db, pgtest.Log(t)); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	maybe := 0 // said to be kept, and then perhaps deleted without a word
	for id, begins := range kept {
		got, err := s.read(owners[id], id)
		switch {
		case fault.Is(err, fault.Missing):
			maybe++
		case err != nil || len(got) != 70_000 || hex.EncodeToString(got[:16]) != begins:
			t.Errorf("an object that was stored comes back as %d bytes, %v", len(got), err)
		}
	}
	if maybe > 12 { // two at work at each of six kills
		t.Errorf("%d objects that were stored are lost", maybe)
	}
	for id := range gone {
		if _, err := s.read(owners[id], id); !fault.Is(err, fault.Missing) {
			t.Errorf("an object that was deleted: %v", err)
		}
	}
	if len(kept) < 10 || len(gone) < 5 {
		t.Errorf("nothing much happened: %d kept, %d deleted", len(kept), len(gone))
	}
	all, err := s.records(t.Context())
	if err != nil || len(all) > 2 || all[0].number == 0 {
		t.Errorf("the server's key was never changed: %v, %v", all, err)
	}
	s.sweep()
	if _, err := s.Scrub(t.Context()); err != nil {
		t.Error(err)
	}
	t.Logf("%d kept, %d deleted, key number %d", len(kept)-maybe, len(gone), all[len(all)-1].number)
}

// run runs the program for a while and kills it. Only whole lines count.
func run(t *testing.T, dir, address string, d time.Duration, said func(what string, owner uuid.UUID, id ID, begins string)) {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), asStore+"="+dir+"\n"+address)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stderr = t.Output()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewReader(out)
	for first := true; ; first = false {
		line, err := lines.ReadString('\n')
		if err != nil {
			break
		}
		if first { // it works; now at any moment
			time.AfterFunc(d, func() { cmd.Process.Signal(syscall.SIGKILL) })
		}
		f := strings.Fields(line)
		if len(f) != 4 || f[0] != "kept" && f[0] != "gone" {
			t.Fatalf("the program said: %s", line)
		}
		said(f[0], uuid.MustParse(f[1]), ID(uuid.MustParse(f[2])), f[3])
	}
	cmd.Wait()
}
