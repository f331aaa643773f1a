package mail

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net/mail"
	"strings"
	"time"

	"github.com/google/uuid"
	smtp "github.com/wneessen/go-mail"
)

// sending bounds one step of the talk with a mail server, and the whole of it.
const (
	stepping = 20 * time.Second
	sending  = 90 * time.Second
)

// postman hands letters to a server.
type postman struct {
	server server
	from   *mail.Address
	step   time.Duration // how long one step of the talk may take
	trust  *tls.Config   // nil: what the machine trusts
}

// refusal is a letter that did not go out.
type refusal struct {
	final bool   // the server will never take it
	said  string // for whoever runs the place: our words and the server's codes, never its own text, which may repeat the address
	cause error  // for nobody: it may hold the address
}

func (r *refusal) Error() string { return r.said }

// send hands over one letter. What goes wrong is a *refusal.
func (p *postman) send(ctx context.Context, id uuid.UUID, m Message) error {
	letter, err := p.compose(id, m)
	if err != nil {
		return &refusal{final: true, said: "The letter could not be put together.", cause: err}
	}
	client, err := smtp.NewClient(p.server.host, p.options()...)
	if err != nil {
		return &refusal{said: "The mail server's settings cannot be used.", cause: err}
	}
	ctx, cancel := context.WithTimeout(ctx, sending)
	defer cancel()
	talk, err := client.DialToSMTPClientWithContext(ctx)
	if err != nil {
		return &refusal{said: "The mail server does not answer, or does not let us in.", cause: err}
	}
	err = client.SendWithSMTPClient(talk, letter)
	_ = client.CloseWithSMTPClient(talk) // whether it says goodbye matters no more
	return explain(err)
}

func (p *postman) options() []smtp.Option {
	_, domain, _ := strings.Cut(p.from.Address, "@")
	options := []smtp.Option{smtp.WithPort(p.server.port), smtp.WithTimeout(p.step), smtp.WithHELO(domain), smtp.WithoutNoop()}
	switch {
	case p.server.implicit:
		options = append(options, smtp.WithSSL())
	case p.server.open:
		options = append(options, smtp.WithTLSPolicy(smtp.NoTLS))
	case p.server.local:
		options = append(options, smtp.WithTLSPolicy(smtp.TLSOpportunistic))
	default:
		options = append(options, smtp.WithTLSPolicy(smtp.TLSMandatory))
	}
	if p.trust != nil {
		options = append(options, smtp.WithTLSConfig(p.trust))
	}
	if p.server.user != "" {
		auth := smtp.SMTPAuthAutoDiscover
		if p.server.open {
			auth = smtp.SMTPAuthPlainNoEnc
		}
		options = append(options, smtp.WithSMTPAuth(auth), smtp.WithUsername(p.server.user), smtp.WithPassword(p.server.password))
	}
	return options
}

// compose makes the message: two parts, and headers that nobody outside chose. Its id is the letter's, so that one that was
// sent twice can be told to be the same.
func (p *postman) compose(id uuid.UUID, m Message) (*smtp.Msg, error) {
	letter := smtp.NewMsg(smtp.WithNoDefaultUserAgent())
	letter.FromMailAddress(p.from)
	if strings.ContainsAny(m.To, "\r\n,;<> ") {
		return nil, errors.New("that is not one bare address")
	}
	if err := letter.To(m.To); err != nil {
		return nil, err
	}
	_, domain, _ := strings.Cut(p.from.Address, "@")
	letter.Subject(m.Subject)
	letter.SetMessageIDWithValue(id.String() + "@" + domain)
	letter.SetDate()
	letter.SetGenHeader("Auto-Submitted", "auto-generated")
	letter.SetBodyString(smtp.TypeTextPlain, m.Text)
	letter.AddAlternativeString(smtp.TypeTextHTML, m.HTML)
	return letter, nil
}

// explain tells what will pass from what will not.
func explain(err error) error {
	if err == nil {
		return nil
	}
	var said *smtp.SendError
	if !errors.As(err, &said) || said.ErrorCode() == 0 {
		return &refusal{said: "The talk with the mail server broke off.", cause: err}
	}
	what := map[smtp.SendErrReason]string{smtp.ErrSMTPMailFrom: "our address", smtp.ErrSMTPRcptTo: "the reader's address"}[said.Reason]
	if what == "" {
		what = "the letter"
	}
	code := strings.TrimSpace(fmt.Sprintf("%d %s", said.ErrorCode(), said.EnhancedStatusCode()))
	return &refusal{final: said.ErrorCode() >= 500, said: fmt.Sprintf("The mail server did not take %s (%s).", what, code), cause: err}
}
