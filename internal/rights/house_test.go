package rights_test

import (
	"context"
	"errors"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"easel/internal/account"
	"easel/internal/account/accounttest"
	"easel/internal/fault"
	"easel/internal/mail"
	"easel/internal/postgres"
	"easel/internal/postgres/pgtest"
	"easel/internal/rights"
	"easel/studios"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

// house is the service on a real database, with a clock that tests move.
type house struct {
	*rights.Service

	t      *testing.T
	db     *postgres.DB
	people *account.Service
	post   *accounttest.Post
	boss   uuid.UUID
	owner  string // address of the database for somebody who may do everything

	mu      sync.Mutex
	now     time.Time
	stopped []uuid.UUID
}

func newHouse(t *testing.T) *house {
	t.Helper()
	app, owner := pgtest.Addresses(t)
	db, err := postgres.Connect(t.Context(), postgres.Config{URL: app, MaxConns: 6}, pgtest.Log(t))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	h := &house{t: t, db: db, owner: owner, post: &accounttest.Post{}, now: time.Now()}
	v := accounttest.Vault(t, h.db)
	h.people = accounttest.Service(t, h.db, v, h.post)
	studio, err := studios.Portrait()
	h.must(err)
	config := rights.Config{PublicURL: &url.URL{Scheme: "https", Host: "easel.test"}, Studio: "portrait", Due: studio.Due, Keep: 30 * 24 * time.Hour, Now: h.clock,
		Stop: func(_ context.Context, _ pgx.Tx, owner uuid.UUID) error {
			h.stopped = append(h.stopped, owner)
			return nil
		},
		Run: h.run}
	if h.Service, err = rights.New(config, h.db, v, h.people, h.post, pgtest.Log(t)); err != nil {
		t.Fatal(err)
	}
	h.boss, err = h.people.Invite(t.Context(), "boss@example.com", "Boss")
	h.must(err)
	_, err = h.people.AddAdmin(t.Context(), "boss@example.com")
	h.must(err)
	return h
}

func (h *house) run(ctx context.Context, staff, run uuid.UUID) (a rights.Asking, err error) {
	err = h.db.AsOwner(ctx, staff, func(tx pgx.Tx) error {
		return tx.QueryRow(ctx, `select owner, style, deadline from easel.generation_staff_run($1)`, run).Scan(&a.Owner, &a.Style, &a.Deadline)
	})
	if errors.Is(err, pgx.ErrNoRows) {
		err = fault.New(fault.Missing, "There is no such portrait.")
	}
	return a, err
}

func (h *house) clock() time.Time {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.now
}

func (h *house) wait(d time.Duration) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.now = h.now.Add(d)
}

func (h *house) must(err error) {
	h.t.Helper()
	if err != nil {
		h.t.Fatal(err)
	}
}

// person is somebody with a verified address.
func (h *house) person(mail string) uuid.UUID {
	h.t.Helper()
	owner, err := h.people.Invite(h.t.Context(), mail, "Ana")
	h.must(err)
	return owner
}

// letters are the kinds of letters to an address so far.
func (h *house) letters(to string) (kinds []mail.Kind) {
	for _, l := range h.post.Letters() {
		if l.To == to {
			kinds = append(kinds, l.Kind)
		}
	}
	return kinds
}

func (h *house) said(to string, kind mail.Kind) int {
	n := 0
	for _, k := range h.letters(to) {
		if k == kind {
			n++
		}
	}
	return n
}

// token is the last part of the link in the newest letter.
func (h *house) token() string {
	h.t.Helper()
	link := h.post.Last(h.t).Values["link"]
	return link[strings.LastIndex(link, "/")+1:]
}

// all is every row of a table as text, as somebody who may do everything sees it.
func (h *house) all(table string) string {
	h.t.Helper()
	var text *string
	h.must(h.owned().QueryRow(h.t.Context(), `select string_agg(t::text, E'\n') from `+table+` t`).Scan(&text))
	if text == nil {
		return ""
	}
	return *text
}

func (h *house) owned() *pgx.Conn {
	h.t.Helper()
	conn, err := pgx.Connect(h.t.Context(), h.owner)
	h.must(err)
	h.t.Cleanup(func() { conn.Close(context.Background()) })
	return conn
}

func refused(err error) bool {
	var said *pgconn.PgError
	return errors.As(err, &said) && said.Code == "42501"
}
