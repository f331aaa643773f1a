package pages

import (
	"context"
	"net/http"
	"net/url"
	"slices"

	"github.com/google/uuid"

	"easel/internal/account"
)

// Passkeys is what the pages ask about passkeys. What browsers and devices say to each other passes through as it is.
type Passkeys interface {
	BeginAdd(ctx context.Context, owner uuid.UUID) ([]byte, error)
	Add(ctx context.Context, owner uuid.UUID, name string, answer []byte, from account.Client) (account.PasskeyInfo, error)
	BeginEnter(ctx context.Context) ([]byte, error)
	Enter(ctx context.Context, answer []byte, from account.Client) (account.Session, error)

	List(ctx context.Context, owner uuid.UUID) ([]account.PasskeyInfo, error)
	Rename(ctx context.Context, owner, id uuid.UUID, name string) error
	Remove(ctx context.Context, owner, id uuid.UUID) error
}

// Federation is what the pages ask about ways in by somebody else's word.
type Federation interface {
	Begin(ctx context.Context, provider string, owner uuid.UUID, then string) (account.Departure, error)
	Return(ctx context.Context, query url.Values, secret string, caller uuid.UUID, from account.Client) (account.Arrival, error)

	Identities(ctx context.Context, owner uuid.UUID) ([]account.IdentityInfo, error)
	Disconnect(ctx context.Context, owner, id uuid.UUID) error
}

const (
	passkeysURL = accountURL + "/passkeys"
	linkedURL   = accountURL + "/sign-ins"
)

// federationRoutes are for a person's other ways in.
func (s *site) federationRoutes() handlers {
	some := handlers{}
	if s.Passkeys != nil {
		some["POST /sign-in/passkey/begin"] = s.beginPasskey
		some["POST /sign-in/passkey"] = s.enterByPasskey
		some["POST /account/passkeys/begin"] = s.beginAdding
		some["POST /account/passkeys"] = s.addPasskey
		some["POST /account/passkeys/{id}/name"] = s.renamePasskey
		some["POST /account/passkeys/{id}/remove"] = s.removePasskey
	}
	if s.Federation != nil {
		some["POST /sign-in/with/{provider}"] = s.goOut
		some["GET /sign-in/back"] = s.comeBack
		some["POST /account/sign-ins/{id}/remove"] = s.disconnect
	}
	if s.OwnPicture != nil {
		some["GET /account/picture"] = s.ownPicture
		some["POST /account/picture/remove"] = s.removeOwnPicture
	}
	return some
}

// passkeys lists somebody's passkeys for the account page.
func (s *site) passkeys(r *http.Request, caller account.Caller) (*held, error) {
	all, err := s.Passkeys.List(r.Context(), caller.Owner)
	h := &held{}
	for _, k := range all {
		used := s.texts.Text("account.passkeys.unused")
		switch {
		case k.Doubted:
			used = s.texts.Text("account.passkeys.doubted")
		case !k.LastUsed.IsZero():
			used = s.texts.Text("account.passkeys.used", s.ago(k.LastUsed))
		}
		h.List = append(h.List, wayIn{k.Name, join([]string{s.texts.Text("account.passkeys.made", s.day(k.Created)), used}), passkeysURL + "/" + k.ID.String()})
	}
	return h, err
}

// linked lists the sign-ins that somebody has connected, and those that they can.
func (s *site) linked(r *http.Request, caller account.Caller) (*held, error) {
	all, err := s.Federation.Identities(r.Context(), caller.Owner)
	h := &held{Others: slices.DeleteFunc(slices.Clone(s.Others), func(o SignIn) bool {
		return slices.ContainsFunc(all, func(i account.IdentityInfo) bool { return i.Title == o.Title })
	})}
	for _, i := range all {
		facts := []string{s.texts.Text("account.linked.since", s.day(i.Created))}
		if i.Mail != "" {
			facts = append([]string{i.Mail}, facts...)
		}
		h.List = append(h.List, wayIn{i.Title, join(facts), linkedURL + "/" + i.ID.String()})
	}
	return h, err
}

func (s *site) renamePasskey(w http.ResponseWriter, r *http.Request) error {
	caller, id, err := s.one(r)
	if err != nil {
		return err
	}
	if err := s.form(r); err != nil {
		return err
	}
	if err := s.Passkeys.Rename(r.Context(), caller.Owner, id, r.PostForm.Get("name")); err != nil {
		return err
	}
	return see(w, r, accountURL+"?saved=passkey#passkeys")
}

func (s *site) removePasskey(w http.ResponseWriter, r *http.Request) error {
	caller, id, err := s.one(r)
	if err != nil {
		return err
	}
	if !s.fresh(w, r, caller, accountURL+"#passkeys") {
		return nil
	}
	if err := s.Passkeys.Remove(r.Context(), caller.Owner, id); err != nil {
		return err
	}
	return see(w, r, accountURL+"?saved=passkey#passkeys")
}

func (s *site) disconnect(w http.ResponseWriter, r *http.Request) error {
	caller, id, err := s.one(r)
	if err != nil {
		return err
	}
	if !s.fresh(w, r, caller, accountURL+"#sign-ins") {
		return nil
	}
	if err := s.Federation.Disconnect(r.Context(), caller.Owner, id); err != nil {
		return err
	}
	return see(w, r, accountURL+"?saved=sign-in#sign-ins")
}
