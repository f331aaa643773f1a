package account_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
	"testing"

	"github.com/fxamacker/cbor/v2"
	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"easel/internal/account"
	"easel/internal/account/accounttest"
	"easel/internal/fault"
	"easel/internal/postgres"
	"easel/internal/postgres/pgtest"
)

const (
	site   = "easel.test"
	origin = "https://easel.test"
)

// device is somebody's phone: it makes one passkey and signs with it, as WebAuthn Level 3 says.
type device struct {
	t      *testing.T
	key    *ecdsa.PrivateKey
	id     []byte
	handle []byte
	count  uint32
	flags  byte // user present 1, verified 4, backup possible 8
}

func newDevice(t *testing.T) *device {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	id := make([]byte, 32)
	_, _ = rand.Read(id)
	return &device{t: t, key: key, id: id, count: 1, flags: 1 | 4}
}

var b64 = base64.RawURLEncoding

func (d *device) head(flags byte, rp string) []byte {
	sum := sha256.Sum256([]byte(rp))
	return binary.BigEndian.AppendUint32(append(sum[:], flags), d.count)
}

func client(kind, challenge, from string) []byte {
	return fmt.Appendf(nil, `{"type":%q,"challenge":%q,"origin":%q,"crossOrigin":false}`, kind, challenge, from)
}

// options are the parts of what the server sends that matter to a device.
type options struct {
	Key struct {
		Challenge string `json:"challenge"`
		RPID      string `json:"rpId"`
		RP        struct{ ID, Name string }
		User      struct{ ID, Name, DisplayName string }
		Exclude   []struct{ ID string } `json:"excludeCredentials"`
		Allow     []struct{ ID string } `json:"allowCredentials"`
		Verify    string                `json:"userVerification"`
		Selection struct {
			Resident string `json:"residentKey"`
			Verify   string `json:"userVerification"`
		} `json:"authenticatorSelection"`
		Attestation string
	} `json:"publicKey"`
}

func read(t *testing.T, data []byte) (o options) {
	t.Helper()
	if err := json.Unmarshal(data, &o); err != nil {
		t.Fatal(err)
	}
	return o
}

// makes answers a request to make a passkey, as a browser on the page from would.
func (d *device) makes(data []byte, from string) []byte {
	d.t.Helper()
	o := read(d.t, data)
	handle, err := b64.DecodeString(o.Key.User.ID)
	if err != nil {
		d.t.Fatal(err)
	}
	d.handle = handle
	point, err := d.key.PublicKey.Bytes()
	if err != nil {
		d.t.Fatal(err)
	}
	cose, err := cbor.Marshal(map[int]any{1: 2, 3: -7, -1: 1, -2: point[1:33], -3: point[33:]})
	if err != nil {
		d.t.Fatal(err)
	}
	auth := append(d.head(d.flags|0x40, o.Key.RP.ID), make([]byte, 16)...)
	auth = binary.BigEndian.AppendUint16(auth, uint16(len(d.id)))
	auth = append(append(auth, d.id...), cose...)
	object, err := cbor.Marshal(map[string]any{"fmt": "none", "attStmt": map[string]any{}, "authData": auth})
	if err != nil {
		d.t.Fatal(err)
	}
	return d.answer(map[string]any{"attestationObject": b64.EncodeToString(object), "clientDataJSON": b64.EncodeToString(client("webauthn.create", o.Key.Challenge, from)),
		"transports": []string{"internal"}})
}

// signs answers a request to sign in.
func (d *device) signs(data []byte, from string) []byte {
	d.t.Helper()
	o := read(d.t, data)
	d.count++
	said, auth := client("webauthn.get", o.Key.Challenge, from), d.head(d.flags, o.Key.RPID)
	sum := sha256.Sum256(said)
	all := sha256.Sum256(append(bytes.Clone(auth), sum[:]...))
	signature, err := ecdsa.SignASN1(rand.Reader, d.key, all[:])
	if err != nil {
		d.t.Fatal(err)
	}
	return d.answer(map[string]any{"clientDataJSON": b64.EncodeToString(said), "authenticatorData": b64.EncodeToString(auth), "signature": b64.EncodeToString(signature),
		"userHandle": b64.EncodeToString(d.handle)})
}

func (d *device) answer(response map[string]any) []byte {
	d.t.Helper()
	id := b64.EncodeToString(d.id)
	data, err := json.Marshal(map[string]any{"id": id, "rawId": id, "type": "public-key", "response": response, "clientExtensionResults": map[string]any{}, "authenticatorAttachment": "platform"})
	if err != nil {
		d.t.Fatal(err)
	}
	return data
}

// hall is a service with its door for passkeys.
type hall struct {
	t  *testing.T
	db *postgres.DB
	s  *account.Service
	k  *account.Passkeys
}

func newHall(t *testing.T) *hall {
	t.Helper()
	h := &hall{t: t, db: pgtest.New(t)}
	h.s = accounttest.New(t, h.db)
	var err error
	if h.k, err = h.s.Passkeys("Easel"); err != nil {
		t.Fatal(err)
	}
	return h
}

func (h *hall) add(owner uuid.UUID, d *device) account.PasskeyInfo {
	h.t.Helper()
	data, err := h.k.BeginAdd(h.t.Context(), owner)
	if err != nil {
		h.t.Fatal(err)
	}
	info, err := h.k.Add(h.t.Context(), owner, "My phone", d.makes(data, origin), account.Client{})
	if err != nil {
		h.t.Fatal(err)
	}
	return info
}

func (h *hall) begin() []byte {
	h.t.Helper()
	data, err := h.k.BeginEnter(h.t.Context())
	if err != nil {
		h.t.Fatal(err)
	}
	return data
}

func (h *hall) enter(answer []byte) (account.Session, error) {
	return h.k.Enter(h.t.Context(), answer, account.Client{Agent: "Firefox on Linux"})
}

func TestAPasskeySignsIn(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	_, owner := accounttest.SignIn(t, h.s)
	data, err := h.k.BeginAdd(t.Context(), owner)
	if err != nil {
		t.Fatal(err)
	}
	o := read(t, data)
	if o.Key.RP.ID != site || o.Key.RP.Name != "Easel" || o.Key.User.DisplayName != "Ada" || !strings.Contains(o.Key.User.Name, "@example.com") ||
		o.Key.Selection.Resident != "required" || o.Key.Selection.Verify != "required" || o.Key.Attestation != "none" || len(o.Key.Exclude) != 0 {
		t.Errorf("the device is asked for %s", data)
	}
	d := newDevice(t)
	added, err := h.k.Add(t.Context(), owner, "  My   phone ", d.makes(data, origin), account.Client{})
	if err != nil || added.Name != "My phone" {
		t.Fatalf("%+v, %v", added, err)
	}
	if again, err := h.k.BeginAdd(t.Context(), owner); err != nil || len(read(t, again).Key.Exclude) != 1 {
		t.Errorf("the second time the first one is not excluded: %s, %v", again, err)
	}
	ask := h.begin()
	if o := read(t, ask); o.Key.RPID != site || o.Key.Verify != "required" || len(o.Key.Allow) != 0 {
		t.Errorf("the device is asked with %s: nobody should be named", ask)
	}
	session, err := h.enter(d.signs(ask, origin))
	if err != nil || session.Owner != owner {
		t.Fatalf("%+v, %v", session, err)
	}
	if caller, ok, err := h.s.Find(t.Context(), session.Token); !ok || err != nil || caller.Owner != owner || !caller.Fresh() {
		t.Errorf("%+v, %v, %v", caller, ok, err)
	}
	list, err := h.k.List(t.Context(), owner)
	if err != nil || len(list) != 1 || list[0].ID != added.ID || list[0].LastUsed.IsZero() || list[0].Doubted {
		t.Errorf("%+v, %v", list, err)
	}
	sessions, err := h.s.Sessions(t.Context(), owner)
	if err != nil || sessions[0].How != "passkey" && sessions[1].How != "passkey" {
		t.Errorf("%+v, %v", sessions, err)
	}
}

func TestAnswersThatOpenNothing(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	_, owner := accounttest.SignIn(t, h.s)
	d := newDevice(t)
	h.add(owner, d)
	used := d.signs(h.begin(), origin)
	if _, err := h.enter(used); err != nil {
		t.Fatal(err)
	}
	twin := *d
	twin.key = newDevice(t).key
	other := *d
	other.handle = bytes.Repeat([]byte{7}, 16)
	absent := *d
	absent.flags = 1
	adding, err := h.k.BeginAdd(t.Context(), owner)
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		answer []byte
		want   fault.Kind
	}{
		"the same answer again":             {used, fault.Invalid},
		"a challenge that nobody gave":      {d.signs([]byte(`{"publicKey":{"challenge":"AAAAAAAAAAAAAAAAAAAAAA","rpId":"easel.test"}}`), origin), fault.Invalid},
		"a challenge for adding":            {d.signs(adding, origin), fault.Invalid},
		"signed on another site's page":     {d.signs(h.begin(), "https://evil.example"), fault.Denied},
		"signed for another site":           {d.signs(bytes.ReplaceAll(h.begin(), []byte(site), []byte("evil.test")), origin), fault.Denied},
		"signed by another key":             {twin.signs(h.begin(), origin), fault.Denied},
		"a passkey that nobody has added":   {newDevice(t).signs(h.begin(), origin), fault.Denied},
		"somebody else's handle":            {other.signs(h.begin(), origin), fault.Denied},
		"nobody verified who holds it":      {absent.signs(h.begin(), origin), fault.Denied},
		"no answer":                         {nil, fault.Invalid},
		"half an answer":                    {used[:len(used)/2], fault.Invalid},
		"an empty answer":                   {[]byte(`{}`), fault.Invalid},
		"an answer with nonsense inside it": {bytes.ReplaceAll(used, []byte(`"signature":"`), []byte(`"signature":"!!`)), fault.Invalid},
	} {
		if session, err := h.enter(c.answer); !fault.Is(err, c.want) || session.Token != "" {
			t.Errorf("%s: %+v, %v; want %v", name, session, err, c.want)
		}
	}
	if list, err := h.k.List(t.Context(), owner); err != nil || list[0].Doubted {
		t.Errorf("somebody else's tries put the passkey in doubt: %+v, %v", list, err)
	}
}

func TestPasskeysThatAreNotAccepted(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	_, owner := accounttest.SignIn(t, h.s)
	_, stranger := accounttest.SignIn(t, h.s)
	begin := func() []byte {
		data, err := h.k.BeginAdd(t.Context(), owner)
		if err != nil {
			t.Fatal(err)
		}
		return data
	}
	d := newDevice(t)
	h.add(owner, d)
	unverified := newDevice(t)
	unverified.flags = 1
	adding := begin()
	entering := bytes.Replace(adding, []byte(read(t, adding).Key.Challenge), []byte(read(t, h.begin()).Key.Challenge), 1)
	for name, c := range map[string]struct {
		owner  uuid.UUID
		answer []byte
		want   fault.Kind
	}{
		"made on another site's page": {owner, newDevice(t).makes(begin(), "https://evil.example"), fault.Refused},
		"begun by somebody else":      {stranger, newDevice(t).makes(begin(), origin), fault.Invalid},
		"without asking who holds it": {owner, unverified.makes(begin(), origin), fault.Refused},
		"the same one twice":          {owner, d.makes(begin(), origin), fault.Conflict},
		"a challenge for entering":    {owner, newDevice(t).makes(entering, origin), fault.Invalid},
		"no answer":                   {owner, nil, fault.Invalid},
		"nonsense":                    {owner, []byte(`{"id":"x"}`), fault.Invalid},
	} {
		if _, err := h.k.Add(t.Context(), c.owner, "x", c.answer, account.Client{}); !fault.Is(err, c.want) {
			t.Errorf("%s: %v; want %v", name, err, c.want)
		}
	}
	once := newDevice(t).makes(begin(), origin)
	if _, err := h.k.Add(t.Context(), owner, "", once, account.Client{Agent: "Firefox on Linux"}); err != nil {
		t.Fatal(err)
	}
	if _, err := h.k.Add(t.Context(), owner, "", once, account.Client{}); !fault.Is(err, fault.Invalid) {
		t.Errorf("the same answer again: %v", err)
	}
	if list, err := h.k.List(t.Context(), owner); err != nil || len(list) != 2 || list[1].Name != "Firefox on Linux" {
		t.Errorf("%+v, %v", list, err)
	}
}

func TestACopyIsNoticedAndOpensNothingAnyMore(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	_, owner := accounttest.SignIn(t, h.s)
	d := newDevice(t)
	added := h.add(owner, d)
	copied := *d
	for range 3 {
		if _, err := h.enter(d.signs(h.begin(), origin)); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := h.enter(copied.signs(h.begin(), origin)); !fault.Is(err, fault.Denied) || !strings.Contains(fault.Of(err).Say, "looks like a copy") {
		t.Errorf("the copy: %v", err)
	}
	if _, err := h.enter(d.signs(h.begin(), origin)); !fault.Is(err, fault.Denied) {
		t.Errorf("nobody knows which one is the copy, so both are shut out: %v", err)
	}
	list, err := h.k.List(t.Context(), owner)
	if err != nil || !list[0].Doubted {
		t.Fatalf("%+v, %v", list, err)
	}
	if err := h.k.Remove(t.Context(), owner, added.ID); err != nil {
		t.Errorf("one in doubt is no way in and can be removed: %v", err)
	}
}

func TestAPasskeyThatCountsNothingIsNoCopy(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	_, owner := accounttest.SignIn(t, h.s)
	d := newDevice(t)
	d.count, d.flags = 0, 1|4|8 // as those are that a cloud keeps
	h.add(owner, d)
	for range 3 {
		d.count = ^uint32(0) // signs adds one
		if _, err := h.enter(d.signs(h.begin(), origin)); err != nil {
			t.Fatal(err)
		}
	}
}

func TestOnePasskeyOneSignInAtATime(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	_, owner := accounttest.SignIn(t, h.s)
	d := newDevice(t)
	h.add(owner, d)
	answer := d.signs(h.begin(), origin)
	if n := together(6, func(int) error { _, err := h.enter(answer); return err }); n != 1 {
		t.Errorf("one answer opened %d sessions", n)
	}
}

func TestPasskeysAreRenamedAndRemovedByTheirOwnerOnly(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	_, owner := accounttest.SignIn(t, h.s)
	_, stranger := accounttest.SignIn(t, h.s)
	d := newDevice(t)
	first := h.add(owner, d)
	if err := h.k.Rename(t.Context(), stranger, first.ID, "mine"); !fault.Is(err, fault.Missing) {
		t.Errorf("somebody else renames it: %v", err)
	}
	if err := h.k.Remove(t.Context(), stranger, first.ID); !fault.Is(err, fault.Missing) {
		t.Errorf("somebody else removes it: %v", err)
	}
	if list, err := h.k.List(t.Context(), stranger); err != nil || len(list) != 0 {
		t.Errorf("somebody else sees %+v, %v", list, err)
	}
	for _, name := range []string{"", "   ", strings.Repeat("x", 61), "a\x00b"} {
		if err := h.k.Rename(t.Context(), owner, first.ID, name); !fault.Is(err, fault.Invalid) {
			t.Errorf("called %q: %v", name, err)
		}
	}
	if err := h.k.Rename(t.Context(), owner, first.ID, "Key fob"); err != nil {
		t.Fatal(err)
	}
	if err := h.k.Remove(t.Context(), owner, first.ID); !fault.Is(err, fault.Conflict) {
		t.Errorf("the last way in was removed: %v", err)
	}
	second := h.add(owner, newDevice(t))
	if n := together(2, func(i int) error { return h.k.Remove(t.Context(), owner, []uuid.UUID{first.ID, second.ID}[i]) }); n != 1 {
		t.Errorf("%d of two were removed at once; one has to stay", n)
	}
	if err := h.k.Remove(t.Context(), owner, uuid.New()); !fault.Is(err, fault.Missing) {
		t.Errorf("one that is not there: %v", err)
	}
}

func TestARemovedPasskeyOpensNothing(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	_, owner := accounttest.SignIn(t, h.s)
	d := newDevice(t)
	first := h.add(owner, d)
	h.add(owner, newDevice(t))
	ask := h.begin()
	if err := h.k.Remove(t.Context(), owner, first.ID); err != nil {
		t.Fatal(err)
	}
	if _, err := h.enter(d.signs(ask, origin)); !fault.Is(err, fault.Denied) || !strings.Contains(fault.Of(err).Say, "not known here") {
		t.Errorf("%v", err)
	}
}

func TestNothingOfAPasskeyCanBeReadInTheDatabase(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	_, owner := accounttest.SignIn(t, h.s)
	d := newDevice(t)
	h.add(owner, d)
	var row []byte
	if err := h.db.AsOwner(t.Context(), owner, func(tx pgx.Tx) error {
		return tx.QueryRow(t.Context(), `select sealed || name || digest from easel.account_passkey`).Scan(&row)
	}); err != nil {
		t.Fatal(err)
	}
	for _, secret := range [][]byte{d.id, []byte("My phone"), []byte("publicKey")} {
		if bytes.Contains(row, secret) {
			t.Errorf("the row holds %q", secret)
		}
	}
}

func TestWherePasskeysAreMade(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]bool{"https://easel.example": true, "https://easel.example:8443": true, "http://localhost:8080": true, "http://a.localhost": true,
		"http://easel.example": false, "http://127.0.0.1:8080": false, "https://127.0.0.1": false, "https://[::1]": false, "https:///x": false} {
		u, err := url.Parse(address)
		if err != nil {
			t.Fatal(err)
		}
		if got := account.PasskeysAt(u); got != want {
			t.Errorf("%s: %v", address, got)
		}
	}
}
