package issuer

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/json"
	"hash/fnv"
	"image"
	"image/color"
	"image/png"
	"net/http"
	"net/url"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"github.com/coreos/go-oidc/v3/oidc/oidctest"
)

// tokenLasts is how long a token is good for.
const tokenLasts = 5 * time.Minute

// token redeems a code, once.
func (i *Issuer) token(w http.ResponseWriter, r *http.Request) {
	id, secret, basic := r.BasicAuth()
	if basic { // the form of RFC 6749, 2.3.1
		id, _ = url.QueryUnescape(id)
		secret, _ = url.QueryUnescape(secret)
	} else {
		id, secret = r.PostFormValue("client_id"), r.PostFormValue("client_secret")
	}
	if id != i.config.ClientID || secret != i.config.Secret {
		refuse(w, http.StatusUnauthorized, "invalid_client")
		return
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	code := r.PostFormValue("code")
	g, ok := i.codes[code]
	delete(i.codes, code)
	switch {
	case !ok || !i.config.Now().Before(g.expires) || r.PostFormValue("redirect_uri") != i.config.Back || r.PostFormValue("grant_type") != "authorization_code",
		!proves(r.PostFormValue("code_verifier"), g.challenge):
		refuse(w, http.StatusBadRequest, "invalid_grant")
		return
	case g.fault == Broken:
		http.Error(w, "The token's address is broken, as was asked for.", http.StatusInternalServerError)
		return
	}
	signed, err := i.sign(g)
	if err != nil {
		http.Error(w, "The token could not be signed.", http.StatusInternalServerError)
		return
	}
	answer(w, http.StatusOK, map[string]any{"access_token": rand.Text(), "token_type": "Bearer", "expires_in": int(tokenLasts / time.Second), "id_token": signed})
}

func refuse(w http.ResponseWriter, code int, what string) {
	answer(w, code, map[string]any{"error": what})
}

func answer(w http.ResponseWriter, code int, what map[string]any) {
	data, err := json.Marshal(what)
	if err != nil {
		http.Error(w, "The answer could not be written.", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(code)
	_, _ = w.Write(data) // nobody is left to tell
}

// sign makes the token of a sign-in, with what is to be wrong about it. It is called with the lock.
func (i *Issuer) sign(g grant) (string, error) {
	now := i.config.Now()
	claims := map[string]any{
		"iss": i.config.URL.String(), "aud": i.config.ClientID, "sub": g.who.Subject, "nonce": g.nonce, "iat": now.Unix(), "exp": now.Add(tokenLasts).Unix(),
		"email": g.who.Mail, "email_verified": true, "name": g.who.Name, "picture": i.config.URL.JoinPath("picture", g.who.Subject).String(),
	}
	key, keyID := i.key, i.keyID
	switch g.fault {
	case Unverified:
		claims["email_verified"] = false
	case NoMail:
		delete(claims, "email")
		delete(claims, "email_verified")
	case Expired:
		claims["iat"], claims["exp"] = now.Add(-2*time.Hour).Unix(), now.Add(-time.Hour).Unix()
	case Audience:
		claims["aud"] = "another-site"
	case Nonce:
		claims["nonce"] = "of-another-sign-in"
	case Stranger:
		claims["iss"] = "https://accounts.example.net"
	case Forged:
		var err error
		if key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader); err != nil {
			return "", err
		}
	case Rotated:
		if err := i.rotate(); err != nil {
			return "", err
		}
		key, keyID = i.key, i.keyID
	}
	text, err := json.Marshal(claims)
	if err != nil {
		return "", err
	}
	return oidctest.SignIDToken(key, keyID, oidc.ES256, string(text)), nil
}

// picture is a face of a kind: two halves in colours that follow from the subject.
func (i *Issuer) picture(w http.ResponseWriter, r *http.Request) {
	const side = 256
	h := fnv.New32a()
	_, _ = h.Write([]byte(r.PathValue("subject"))) // never fails
	sum := h.Sum32()
	img := image.NewNRGBA(image.Rect(0, 0, side, side))
	for y := range side {
		c := color.NRGBA{R: uint8(sum), G: uint8(sum >> 8), B: uint8(sum >> 16), A: 255}
		if y > side/2 {
			c.R, c.B = c.B, c.R
		}
		for x := range side {
			img.SetNRGBA(x, y, c)
		}
	}
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		http.Error(w, "The picture could not be drawn.", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "image/png")
	_, _ = w.Write(b.Bytes()) // nobody is left to tell
}
