package vault

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"easel/internal/postgres/pgtest"
)

func TestServices(t *testing.T) {
	t.Parallel()
	key := "smGbjm71Nxd1Ig5FS0wj9SlbzAIrnolCz9bQQ6uAhl4="
	for address, ok := range map[string]bool{
		"": true, ownService + key: true, "awskms://alias-easel?endpoint=https://kms.eu-central-1.amazonaws.com&region=eu-central-1": true,
		ownService: false, ownService + key[:20]: false, "awskms://k": false, "awskms://?endpoint=https://x": false, "awskms://k?endpoint=ftp://x": false, "gcpkms://x": false, ":": false,
	} {
		err := Service{Address: address}.Check()
		if (err == nil) != ok || err != nil && strings.Contains(err.Error(), key[:20]) {
			t.Errorf("%q: %v", address, err)
		}
	}
	if _, err := (Service{Address: "awskms://k?endpoint=https://x"}).Open(t.Context()); err == nil {
		t.Error("opened without an access key")
	}
}

// kmsFake speaks as much of AWS KMS as is needed, and seals by putting a mark in front.
func kmsFake(t *testing.T) *httptest.Server {
	t.Helper()
	mark := []byte("sealed by key-1:")
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var in struct {
			KeyID                     string `json:"KeyId"`
			Plaintext, CiphertextBlob []byte
		}
		if err := json.NewDecoder(r.Body).Decode(&in); err != nil || !strings.Contains(r.Header.Get("Authorization"), "Credential=id/") {
			w.WriteHeader(http.StatusForbidden)
			return
		}
		out := map[string]any{"KeyId": "key-1"}
		switch r.Header.Get("X-Amz-Target") {
		case "TrentService.Encrypt":
			out["CiphertextBlob"] = append(bytes.Clone(mark), in.Plaintext...)
		case "TrentService.Decrypt":
			out["Plaintext"] = bytes.TrimPrefix(in.CiphertextBlob, mark)
		}
		w.Header().Set("Content-Type", "application/x-amz-json-1.1")
		json.NewEncoder(w).Encode(out)
	}))
	t.Cleanup(s.Close)
	return s
}

// With AWS KMS, or what speaks like it, the server's key is in no file: the service is asked once at each start.
func TestTheServersKeyAtAService(t *testing.T) {
	t.Parallel()
	fake := kmsFake(t)
	keeper, err := Service{Address: "awskms://key-1?endpoint=" + fake.URL + "&region=eu-central-1", ID: "id", Secret: "secret", Client: fake.Client()}.Open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	s := newStudio(t)
	h := s.people(2)
	config := Config{DataDir: s.dir, Now: s.clock.now, Keeper: keeper}
	v, err := New(t.Context(), config, s.db, pgtest.Log(t))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := v.Rotate(t.Context(), func(int) {}); err != nil {
		t.Fatal(err)
	}
	h.whole(t, v, "sealed by the service")
	v.Close()
	if v, err = New(t.Context(), config, s.db, pgtest.Log(t)); err != nil {
		t.Fatal(err)
	}
	h.whole(t, v, "begun again")
	v.Close()
	fake.Close()
	if _, err = New(t.Context(), config, s.db, pgtest.Log(t)); err == nil || !strings.Contains(err.Error(), "let the key management service open the server's key") {
		t.Errorf("while the service is away: %v", err)
	}
}
