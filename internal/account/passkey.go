package account

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"
	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"easel/internal/bearer"
	"easel/internal/fault"
)

// PasskeyInfo is a passkey as its owner reads about it.
type PasskeyInfo struct {
	ID       uuid.UUID
	Name     string
	Created  time.Time
	LastUsed time.Time // zero: never
	Doubted  bool      // its counter went backwards, as that of a copy does: it opens nothing any more
}

// Passkeys is the door for people whose phone, computer or key fob keeps a key for this site (WebAuthn Level 3).
type Passkeys struct {
	s *Service
	w *webauthn.WebAuthn
}

// passkeysMost is how many one account may have.
const passkeysMost = 20

// PasskeysAt reports whether browsers make passkeys for a site at the address: it needs a name, and https unless it is this
// machine.
func PasskeysAt(u *url.URL) bool {
	host := strings.ToLower(u.Hostname())
	if _, err := netip.ParseAddr(host); err == nil || host == "" {
		return false
	}
	return u.Scheme == "https" || host == "localhost" || strings.HasSuffix(host, ".localhost")
}

// Passkeys returns the door. title is what devices show beside the passkey.
func (s *Service) Passkeys(title string) (*Passkeys, error) {
	u := s.config.PublicURL
	if !PasskeysAt(u) {
		return nil, fmt.Errorf("account: browsers make no passkeys for %s; they need a name with https, or http://localhost", u)
	}
	resident := true
	w, err := webauthn.New(&webauthn.Config{
		RPID: u.Hostname(), RPDisplayName: title, RPOrigins: []string{u.Scheme + "://" + u.Host},
		AttestationPreference: protocol.PreferNoAttestation, // which make of device it is, is none of our business
		AuthenticatorSelection: protocol.AuthenticatorSelection{RequireResidentKey: &resident, ResidentKey: protocol.ResidentKeyRequirementRequired,
			UserVerification: protocol.VerificationRequired},
	})
	if err != nil {
		return nil, fmt.Errorf("account: passkeys for %s: %w", u, err)
	}
	return &Passkeys{s, w}, nil
}

// holder is an account as the library sees it. What it is called is shown by the device when there are several.
type holder struct {
	owner      uuid.UUID
	name, mail string
	keys       []webauthn.Credential
}

// WebAuthnID is what the device returns to say whose passkey it is. It is random and says nothing about the person.
func (h holder) WebAuthnID() []byte { return h.owner[:] }

// WebAuthnName tells accounts apart on the device.
func (h holder) WebAuthnName() string {
	if h.mail != "" {
		return h.mail
	}
	return h.WebAuthnDisplayName()
}

// WebAuthnDisplayName is how the person is called.
func (h holder) WebAuthnDisplayName() string {
	if h.name != "" {
		return h.name
	}
	return "Easel"
}

// WebAuthnCredentials are the passkeys that there are.
func (h holder) WebAuthnCredentials() []webauthn.Credential { return h.keys }

// BeginAdd returns what the browser hands to the device to make a passkey, as JSON. Whoever calls it has made sure that the
// person proved who they are just now (Caller.Fresh).
func (k *Passkeys) BeginAdd(ctx context.Context, owner uuid.UUID) ([]byte, error) {
	h, err := k.holder(ctx, owner)
	if err != nil {
		return nil, err
	}
	if len(h.keys) >= passkeysMost {
		return nil, fault.New(fault.Conflict, fmt.Sprintf("You have %d passkeys already. Remove one that you no longer use.", len(h.keys)))
	}
	var known []protocol.CredentialDescriptor
	for _, c := range h.keys {
		known = append(known, c.Descriptor())
	}
	options, session, err := k.w.BeginRegistration(h, webauthn.WithExclusions(known))
	if err != nil {
		return nil, fmt.Errorf("begin a passkey: %w", err)
	}
	if err := k.s.begin(ctx, addPasskey, session.Challenge, owner, session); err != nil {
		return nil, err
	}
	return json.Marshal(options)
}

func (k *Passkeys) holder(ctx context.Context, owner uuid.UUID) (h holder, err error) {
	err = k.s.db.AsOwner(ctx, owner, func(tx pgx.Tx) error {
		p, err := k.s.person(ctx, tx, owner)
		if err != nil {
			return err
		}
		h = holder{owner: owner, name: p.Name, mail: p.Mail}
		rows, err := tx.Query(ctx, `select sealed from easel.account_passkey where account = $1`, owner)
		if err != nil {
			return fmt.Errorf("read passkeys: %w", err)
		}
		all, err := pgx.CollectRows(rows, pgx.RowTo[[]byte])
		if err != nil {
			return fmt.Errorf("read passkeys: %w", err)
		}
		for _, sealed := range all {
			c, err := k.open(ctx, tx, owner, sealed)
			if err != nil {
				return err
			}
			h.keys = append(h.keys, c)
		}
		return nil
	})
	return h, err
}

// Add keeps the passkey that the device has made: answer is what the browser sends. Without a name it is called after the
// browser.
func (k *Passkeys) Add(ctx context.Context, owner uuid.UUID, name string, answer []byte, c Client) (PasskeyInfo, error) {
	if name == "" {
		name = short(c.Agent)
	}
	if name == "" {
		name = "Passkey"
	}
	name, err := passkeyName(name)
	if err != nil {
		return PasskeyInfo{}, err
	}
	made, err := protocol.ParseCredentialCreationResponseBytes(answer)
	if err != nil {
		return PasskeyInfo{}, fault.Wrap(err, fault.Invalid, unreadable)
	}
	var session webauthn.SessionData
	begun, err := k.s.end(ctx, addPasskey, made.Response.CollectedClientData.Challenge, &session)
	if err != nil {
		return PasskeyInfo{}, err
	}
	if begun != owner {
		return PasskeyInfo{}, errCeremony
	}
	credential, err := k.w.CreateCredential(holder{owner: owner}, session, made)
	if err != nil {
		return PasskeyInfo{}, fault.Wrap(err, fault.Refused, "This passkey could not be accepted: what the device answered does not belong to this site. Please try again, or use another device.")
	}
	// What proves the make of the device was not asked for; what came along is not kept.
	credential.Attestation = webauthn.CredentialAttestation{}
	return k.keep(ctx, owner, name, credential)
}

const unreadable = "What the browser sent about the passkey cannot be read. Please reload the page and try again."

func (k *Passkeys) keep(ctx context.Context, owner uuid.UUID, name string, c *webauthn.Credential) (info PasskeyInfo, err error) {
	if info.ID, err = newID(); err != nil {
		return PasskeyInfo{}, err
	}
	info.Name = name
	err = k.s.db.AsOwner(ctx, owner, func(tx pgx.Tx) error {
		sealed, err := k.seal(ctx, tx, owner, c)
		if err != nil {
			return err
		}
		called, err := k.s.vault.SealText(ctx, tx, owner, name)
		if err != nil {
			return err
		}
		err = tx.QueryRow(ctx, `insert into easel.account_passkey (id, account, digest, sealed, name) values ($1, $2, $3, $4, $5)
			on conflict (digest) do nothing returning created_at`, info.ID, owner, bearer.Digest(string(c.ID)), sealed, called).Scan(&info.Created)
		if errors.Is(err, pgx.ErrNoRows) {
			return fault.New(fault.Conflict, "This passkey is known here already.")
		}
		if err != nil {
			return fmt.Errorf("keep a passkey: %w", err)
		}
		return k.s.added(ctx, tx, owner, "A passkey")
	})
	return info, err
}

// passkeyName trims a name.
func passkeyName(name string) (string, error) {
	const most = 60
	name, err := cleanName(name)
	if err != nil {
		return "", err
	}
	if name == "" || len([]rune(name)) > most {
		return "", fault.New(fault.Invalid, fmt.Sprintf("A passkey's name has 1 to %d letters.", most))
	}
	return name, nil
}

func (k *Passkeys) seal(ctx context.Context, tx pgx.Tx, owner uuid.UUID, c *webauthn.Credential) ([]byte, error) {
	text, err := json.Marshal(c)
	if err != nil {
		return nil, fmt.Errorf("seal a passkey: %w", err)
	}
	return k.s.vault.SealText(ctx, tx, owner, string(text))
}

func (k *Passkeys) open(ctx context.Context, tx pgx.Tx, owner uuid.UUID, sealed []byte) (c webauthn.Credential, err error) {
	text, err := k.s.vault.OpenText(ctx, tx, owner, sealed)
	if err == nil {
		err = json.Unmarshal([]byte(text), &c)
	}
	if err != nil {
		return webauthn.Credential{}, fmt.Errorf("open a passkey: %w", err)
	}
	return c, nil
}
