package account_test

import (
	"context"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"

	"easel/internal/account"
	"easel/internal/postgres"
	"easel/internal/postgres/pgtest"
)

// statements remembers the SQL that runs.
type statements struct {
	mu  sync.Mutex
	all []string
}

func (s *statements) TraceQueryStart(ctx context.Context, _ *pgx.Conn, q pgx.TraceQueryStartData) context.Context {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.all = append(s.all, strings.Join(strings.Fields(q.SQL), " "))
	return ctx
}

func (*statements) TraceQueryEnd(context.Context, *pgx.Conn, pgx.TraceQueryEndData) {}

func (s *statements) reset() (was []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	was, s.all = s.all, nil
	return was
}

// Whoever watches the server from outside must not learn which addresses have accounts: for each thing that a stranger may ask,
// what is done for an address that is known is what is done for one that is not.
func TestAKnownAndAnUnknownAddressMakeTheSameWork(t *testing.T) {
	t.Parallel()
	seen := &statements{}
	db, err := postgres.Connect(t.Context(), postgres.Config{URL: pgtest.Address(t), MaxConns: 6, Tracer: seen}, pgtest.Log(t))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	h := houseOn(t, db)
	h.join("ada@example.com", good)
	owner, err := h.Invite(t.Context(), "nopassword@example.com", "")
	if err != nil || owner.String() == "" {
		t.Fatal(err)
	}
	for name, ask := range map[string]func(address string) error{
		"sign-up": func(a string) error {
			return h.SignUp(t.Context(), account.SignUp{Mail: a, Password: "a whole lot of otters"}, account.Client{})
		},
		"sign-in": func(a string) error {
			_, err := h.SignIn(t.Context(), a, "not the password", account.Client{})
			return err
		},
		"reset": func(a string) error { return h.AskReset(t.Context(), a, account.Client{}) },
	} {
		type work struct {
			sql     []string
			hashes  int64
			letters int
			said    string
		}
		measure := func(address string) (w work) {
			seen.reset()
			hashes, letters := h.Hashes(), len(h.post.Letters())
			if err := ask(address); err != nil {
				w.said = err.Error()
			}
			w.sql, w.hashes, w.letters = seen.reset(), h.Hashes()-hashes, len(h.post.Letters())-letters
			return w
		}
		measure("warm@example.com") // the connections prepare their statements
		known, bare, unknown := measure("ada@example.com"), measure("nopassword@example.com"), measure("nobody@example.com")
		for _, w := range []work{known, bare} {
			if !slices.Equal(w.sql, unknown.sql) || w.hashes != unknown.hashes || w.letters != unknown.letters || w.said != unknown.said {
				t.Errorf("%s: for a known address %+v, for an unknown one %+v", name, w, unknown)
			}
		}
		if len(unknown.sql) < 4 {
			t.Errorf("%s: the statements were not seen: %q", name, unknown.sql)
		}
	}
}
