package mail

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/mail"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"

	"easel/internal/postgres"
	"easel/internal/queue"
	"easel/internal/vault"
)

// SendArgs name a letter that is to be sent.
type SendArgs struct {
	Letter uuid.UUID `json:"letter"`
}

// Kind is the job's name in the queue.
func (SendArgs) Kind() string { return "letter" }

// InsertOpts keep letters from waiting behind drawings.
func (SendArgs) InsertOpts() river.InsertOpts { return queue.Errand() }

// Timeout is how long one attempt may take.
const Timeout = sending + 30*time.Second

// Enqueue queues the job of a letter when the transaction commits, to be worked after a while.
type Enqueue func(ctx context.Context, tx pgx.Tx, args SendArgs, wait time.Duration) error

// Service writes and sends.
type Service struct {
	db      *postgres.DB
	vault   *vault.Vault
	enqueue Enqueue
	log     *slog.Logger
	library *library
	postman *postman // nil: letters are kept
}

// New returns the service. Without a mail server it says once where letters go.
func New(config Config, db *postgres.DB, v *vault.Vault, enqueue Enqueue, log *slog.Logger) (*Service, error) {
	if err := config.Check(); err != nil {
		return nil, err
	}
	l, err := readTemplates()
	if err != nil {
		return nil, err
	}
	s := &Service{db: db, vault: v, enqueue: enqueue, log: log, library: l}
	if config.URL == "" {
		log.Warn("no mail server is set (EASEL_SMTP_URL): letters are kept in the outbox, where whoever runs the place can read them")
		return s, nil
	}
	server, err := config.server()
	if err != nil {
		return nil, err
	}
	from, err := mail.ParseAddress(config.From)
	if err != nil {
		return nil, err
	}
	s.postman = &postman{server: server, from: from, step: stepping}
	return s, nil
}

// Sends reports whether there is a mail server.
func (s *Service) Sends() bool { return s.postman != nil }

// content is what of a letter is sealed.
type content struct {
	To     string            `json:"to"`
	Values map[string]string `json:"values"`
}

func sealedFor(id uuid.UUID) string { return "mail letter/" + id.String() }

// Write writes a letter in the transaction, whoever's that is: when it commits, the letter goes out, or lies in the outbox.
// A letter that cannot be put together is an error now and not later.
func (s *Service) Write(ctx context.Context, tx pgx.Tx, l Letter) error {
	if _, err := s.library.render(l.Kind, l.To, l.Values); err != nil {
		return err
	}
	id, err := uuid.NewRandom()
	if err != nil {
		return fmt.Errorf("name a letter: %w", err)
	}
	text, err := json.Marshal(content{l.To, l.Values})
	if err != nil {
		return fmt.Errorf("write a letter: %w", err)
	}
	var owner *uuid.UUID
	if l.Owner != uuid.Nil {
		owner = &l.Owner
	}
	lasts := l.Lasts
	if lasts <= 0 {
		lasts = week
	}
	if _, err := tx.Exec(ctx, `select easel.mail_write($1, $2, $3, $4, $5, $6)`,
		id, owner, string(l.Kind), s.vault.SealShort(sealedFor(id), text), s.postman == nil, lasts); err != nil {
		return fmt.Errorf("write a letter: %w", err)
	}
	if s.postman == nil {
		return nil
	}
	return s.enqueue(ctx, tx, SendArgs{id}, 0)
}

// waits are the pauses between tries: a server that is busy, or that lets strangers wait, takes a letter after a while.
var waits = []time.Duration{time.Minute, 5 * time.Minute, 15 * time.Minute, time.Hour, 4 * time.Hour, 12 * time.Hour}

// Send is one try of a letter. When the server does not take it for now, it is tried again after a longer and longer wait, as
// long as the letter is of any use; then it is given up and shown to whoever runs the place. A letter that is not there any
// more was sent, or its account has left. What is tried twice, because a process ended in between, has the same message id.
func (s *Service) Send(ctx context.Context, args SendArgs) error {
	if s.postman == nil {
		return nil // the server was taken out of the settings: the letter ends with its time
	}
	var kind Kind
	var sealed []byte
	var tries int
	var deadline time.Time
	err := s.db.AsNobody(ctx, func(tx pgx.Tx) error {
		return tx.QueryRow(ctx, `select kind, sealed, tries, deadline from easel.mail_take($1)`, args.Letter).Scan(&kind, &sealed, &tries, &deadline)
	})
	if errors.Is(err, pgx.ErrNoRows) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("take a letter: %w", err)
	}
	m, err := s.open(args.Letter, kind, sealed)
	if err != nil {
		return err
	}
	err = s.postman.send(ctx, args.Letter, m)
	if ctx.Err() != nil && errors.Is(ctx.Err(), context.Canceled) {
		return ctx.Err() // this process stops; the next one tries
	}
	return s.note(context.WithoutCancel(ctx), args, kind, tries, deadline, err)
}

// note writes down what became of a try.
func (s *Service) note(ctx context.Context, args SendArgs, kind Kind, tries int, deadline time.Time, wrong error) error {
	err := s.db.AsNobody(ctx, func(tx pgx.Tx) error {
		var r *refusal
		if !errors.As(wrong, &r) {
			_, err := tx.Exec(ctx, `select easel.mail_sent($1)`, args.Letter)
			return err
		}
		wait := waits[min(tries, len(waits)-1)]
		last := r.final || tries >= len(waits) || time.Now().Add(wait).After(deadline)
		s.log.WarnContext(ctx, "a letter was not sent", "letter", args.Letter, "kind", string(kind), "try", tries+1, "given up", last, "because", r.said)
		if _, err := tx.Exec(ctx, `select easel.mail_failed($1, $2, $3)`, args.Letter, r.said, last); err != nil || last {
			return err
		}
		return s.enqueue(ctx, tx, args, wait)
	})
	if err != nil {
		return fmt.Errorf("note what became of a letter: %w", err)
	}
	return nil
}

func (s *Service) open(id uuid.UUID, kind Kind, sealed []byte) (Message, error) {
	text, err := s.vault.OpenShort(sealedFor(id), sealed)
	if err != nil {
		return Message{}, fmt.Errorf("open a letter: %w", err)
	}
	var c content
	if err := json.Unmarshal(text, &c); err != nil {
		return Message{}, fmt.Errorf("read a letter: %w", err)
	}
	return s.library.render(kind, c.To, c.Values)
}

// Expire deletes letters whose time is over.
func (s *Service) Expire(ctx context.Context) error {
	err := s.db.AsNobody(ctx, func(tx pgx.Tx) error {
		_, err := tx.Exec(ctx, `select easel.mail_expire()`)
		return err
	})
	if err != nil {
		return fmt.Errorf("delete letters whose time is over: %w", err)
	}
	return nil
}
