package rights

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/mail"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"easel/internal/fault"
	"easel/internal/policy"
)

// Kind is what somebody asks for.
type Kind = policy.RequestKind

// Kinds lists all kinds in the order in which they are offered. The last one comes from authorities, and is registered by
// those who run the place.
var Kinds = []Kind{policy.AskAccess, policy.AskPortability, policy.AskCorrection, policy.AskDeletion, policy.AskSuspension, policy.AskObjection,
	policy.AskStatus, policy.AskCompensation, policy.AskChild, policy.AskAuthority}

// Channel is the way by which a request came.
type Channel string

// The channels.
const (
	Page   Channel = "page" // of somebody who is signed in
	Form   Channel = "form" // of somebody without an account, whose address was checked by a letter
	Letter Channel = "letter"
	Phone  Channel = "phone"
	Mail   Channel = "mail"
)

// Channels are those that somebody registers by hand.
var Channels = []Channel{Letter, Phone, Mail}

// State is where a request stands.
type State string

// The states. Left: the account has gone, and with it what the request said.
const (
	Open      State = "open"
	Done      State = "done"
	Refused   State = "refused"
	Withdrawn State = "withdrawn"
	Left      State = "left"
)

// Request is what lists show of one: nothing personal.
type Request struct {
	ID       uuid.UUID
	Number   string // as people say it: "7KQ2-9XWD"
	Subject  uuid.UUID
	Account  bool // whether the subject is an account; otherwise it is the request itself
	Kind     Kind
	Channel  Channel
	Studio   string
	Received time.Time
	Due      time.Time
	State    State
	Reminded int       // 1: that it is due soon, 2: that it is late
	Closed   time.Time // zero while it is open
}

// Late reports whether an answer is overdue.
func (r Request) Late(now time.Time) bool { return r.State == Open && now.After(r.Due) }

// Said is what of a request is sealed.
type Said struct {
	Words string    `json:"words"`
	Name  string    `json:"name,omitempty"`
	Mail  string    `json:"mail,omitempty"` // of somebody without an account; "": they are told by other means
	About uuid.UUID `json:"about,omitzero"` // of a demand that its subject must not know of: whose account it is about
}

// Step is one thing that was done about a request.
type Step struct {
	At     time.Time
	Staff  uuid.UUID // zero: the person, or the program
	What   What
	Mailed bool
	Words  string // "" where there are none
}

// What says what a step is.
type What string

// The steps.
const (
	Received  What = "received"
	Note      What = "note"      // of the staff, for the staff
	Told      What = "told"      // to the person, on the way
	Disclosed What = "disclosed" // to an authority: what, to whom, when
	Suspended What = "suspended" // the use of the person's data, for them
	Ended     What = "done"
	Denied    What = "refused"
	TakenBack What = "withdrawn"
	Reminded  What = "reminded" // the staff, that it is due soon
	Overdue   What = "late"     // the staff, that it is late
	Gone      What = "left"
)

// File is a request with everything in it.
type File struct {
	Request

	Said  Said
	Steps []Step
}

// The longest texts.
const (
	wordsMost = 4000 // characters
	wordsMin  = 3
	nameMost  = 80
)

// written returns words that say something, and nothing that cannot be shown.
func written(words string) (string, error) {
	words = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) && r != '\n' {
			return -1
		}
		return r
	}, strings.ToValidUTF8(words, ""))
	words = strings.TrimSpace(words)
	switch n := utf8.RuneCountInString(words); {
	case n < wordsMin:
		return "", fault.New(fault.Invalid, "Say in a few words what it is about.")
	case n > wordsMost:
		return "", fault.New(fault.Invalid, fmt.Sprintf("That is longer than %d characters. Say it shorter, or in two requests.", wordsMost))
	}
	return words, nil
}

// addressed returns a bare mail address, or "" for none.
func addressed(address string) (string, error) {
	if address = strings.TrimSpace(address); address == "" {
		return "", nil
	}
	a, err := mail.ParseAddress(address)
	if err != nil || a.Name != "" || len(address) > 254 || !strings.Contains(a.Address, "@") || strings.ContainsAny(address, "<>\r\n") {
		return "", fault.New(fault.Invalid, "That is not a mail address that we can write to. Check it for slips.")
	}
	return a.Address, nil
}

// named returns a name on one line.
func named(name string) (string, error) {
	name = strings.Join(strings.Fields(strings.ToValidUTF8(name, "")), " ")
	if utf8.RuneCountInString(name) > nameMost || strings.ContainsFunc(name, unicode.IsControl) {
		return "", fault.New(fault.Invalid, fmt.Sprintf("A name has at most %d letters.", nameMost))
	}
	return name, nil
}

func checkKind(k Kind, registered bool) error {
	if !slices.Contains(Kinds, k) || k == policy.AskAuthority && !registered {
		return fault.New(fault.Invalid, "Choose what you ask for from the list.")
	}
	return nil
}

const requestColumns = `id, number, subject, account, kind, channel, studio, received_at, due_at, state, reminded, closed_at`

func scanRequest(row pgx.CollectableRow) (r Request, err error) {
	var closed *time.Time
	err = row.Scan(&r.ID, &r.Number, &r.Subject, &r.Account, &r.Kind, &r.Channel, &r.Studio, &r.Received, &r.Due, &r.State, &r.Reminded, &closed)
	if closed != nil {
		r.Closed = *closed
	}
	return r, err
}

// insert writes a request with its first step, in a transaction that is its subject's.
func (s *Service) insert(ctx context.Context, tx pgx.Tx, r *Request, said Said, staff uuid.UUID, mailed bool) error {
	text, err := json.Marshal(said)
	if err != nil {
		return fmt.Errorf("write a request: %w", err)
	}
	sealed, err := s.vault.SealText(ctx, tx, r.Subject, string(text))
	if err != nil {
		return err
	}
	r.Number, r.Studio, r.State = newNumber(), s.config.Studio, Open
	r.Due = s.config.Due(r.Kind, r.Received)
	if _, err := tx.Exec(ctx, `insert into easel.rights_request (id, number, subject, account, kind, channel, studio, sealed, received_at, due_at)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
		r.ID, r.Number, r.Subject, r.Account, string(r.Kind), string(r.Channel), r.Studio, sealed, r.Received, r.Due); err != nil {
		return fmt.Errorf("write a request: %w", err)
	}
	return s.step(ctx, tx, *r, Step{What: Received, Staff: staff, Mailed: mailed})
}

// step adds a step, in a transaction that is the request's subject's.
func (s *Service) step(ctx context.Context, tx pgx.Tx, r Request, step Step) error {
	var sealed []byte
	if step.Words != "" {
		var err error
		if sealed, err = s.vault.SealText(ctx, tx, r.Subject, step.Words); err != nil {
			return err
		}
	}
	var staff *uuid.UUID
	if step.Staff != uuid.Nil {
		staff = &step.Staff
	}
	if _, err := tx.Exec(ctx, `insert into easel.rights_step (request, subject, staff, what, mailed, sealed) values ($1, $2, $3, $4, $5, $6)`,
		r.ID, r.Subject, staff, string(step.What), step.Mailed, sealed); err != nil {
		return fmt.Errorf("write down a step of a request: %w", err)
	}
	return nil
}

// close ends an open request, in a transaction that is its subject's; false when it has ended.
func (s *Service) close(ctx context.Context, tx pgx.Tx, r Request, state State) (ended bool, err error) {
	now := s.config.Now()
	tag, err := tx.Exec(ctx, `update easel.rights_request set state = $2, closed_at = $3, erase_at = $4 where id = $1 and state = 'open'`,
		r.ID, string(state), now, now.Add(s.config.Keep))
	if err != nil {
		return false, fmt.Errorf("end a request: %w", err)
	}
	return tag.RowsAffected() == 1, nil
}

// find returns one request of the subject whose transaction it is.
func find(ctx context.Context, tx pgx.Tx, id uuid.UUID) (Request, error) {
	rows, err := tx.Query(ctx, `select `+requestColumns+` from easel.rights_request where id = $1`, id)
	if err != nil {
		return Request{}, err
	}
	r, err := pgx.CollectExactlyOneRow(rows, scanRequest)
	if errors.Is(err, pgx.ErrNoRows) {
		return Request{}, errNoRequest
	}
	return r, err
}

var errNoRequest = fault.New(fault.Missing, "There is no such request. It may have been removed when its time was over.")
