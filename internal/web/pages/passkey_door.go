package pages

import (
	"encoding/json"
	"io"
	"net/http"

	"easel/internal/fault"
	"easel/internal/web/edge"
)

// onward tells <easel-passkey> where to go now.
type onward struct {
	To string `json:"to"`
}

func send(w http.ResponseWriter, data []byte) error {
	w.Header().Set("Content-Type", "application/json")
	_, err := w.Write(data)
	return err
}

func sendTo(w http.ResponseWriter, to string) error {
	data, err := json.Marshal(onward{to})
	if err != nil {
		return err
	}
	return send(w, data)
}

// beginPasskey gives the browser a challenge that a device has to sign.
func (s *site) beginPasskey(w http.ResponseWriter, r *http.Request) error {
	if ok, wait := s.Goings.Allow(s.Edge.Address(r)); !ok {
		return edge.TooOften(wait, s.texts.Text("fault.often"))
	}
	options, err := s.Passkeys.BeginEnter(r.Context())
	if err != nil {
		return err
	}
	return send(w, options)
}

// enterByPasskey takes the signature. Where to go then is in the query, since the body is the device's.
func (s *site) enterByPasskey(w http.ResponseWriter, r *http.Request) error {
	answer, err := io.ReadAll(r.Body)
	if err != nil {
		return err
	}
	session, err := s.Passkeys.Enter(r.Context(), answer, s.Edge.Client(r))
	if err != nil {
		return err
	}
	s.Edge.Enter(w, session)
	to := edge.Local(r.URL.Query().Get("then"))
	if to == "" {
		to = studioURL
	}
	return sendTo(w, to)
}

// beginAdding gives the browser what a device needs to make a passkey, or the page where the person proves who they are.
func (s *site) beginAdding(w http.ResponseWriter, r *http.Request) error {
	caller, err := s.signedIn(r)
	if err != nil {
		return err
	}
	if !s.isFresh(caller) {
		return sendTo(w, confirmURL(accountURL+"#passkeys"))
	}
	options, err := s.Passkeys.BeginAdd(r.Context(), caller.Owner)
	if err != nil {
		return err
	}
	return send(w, options)
}

func (s *site) addPasskey(w http.ResponseWriter, r *http.Request) error {
	caller, err := s.signedIn(r)
	if err != nil {
		return err
	}
	if !s.isFresh(caller) {
		return fault.New(fault.Denied, s.texts.Text("confirm.lead"))
	}
	answer, err := io.ReadAll(r.Body)
	if err != nil {
		return err
	}
	if _, err := s.Passkeys.Add(r.Context(), caller.Owner, "", answer, s.Edge.Client(r)); err != nil {
		return err
	}
	return sendTo(w, accountURL+"?saved=passkey#passkeys")
}
