package app

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"easel/internal/egress"
	"easel/internal/postgres/pgtest"
	"easel/internal/vault"
)

// declared is a program that has read its policies, and no more.
func declared(t *testing.T, change ...string) *App {
	t.Helper()
	config, err := read(map[string]string{"EASEL_STUDIOS": folder(t, change...), "EASEL_DATA": t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	a := &App{config: config, log: pgtest.Log(t)}
	if _, err := a.declare(); err != nil {
		t.Fatal(err)
	}
	return a
}

// receiving is a change of the portrait studio's file: somebody else receives data.
func receiving(role, host string) []string {
	return []string{"recipients: []", "recipients:\n  - name: Example\n    role: " + role + "\n    hosts: [" + host + "]\n    data: [upload, result]\n    receives: sealed bytes\n    why: because it is set up\n"}
}

// TestBytesAndKeysGoOnlyWhereAPolicySays: a host of a bucket, of a place of backups or of a service for keys that no policy names in
// that role stops the start, before anybody is asked for anything.
func TestBytesAndKeysGoOnlyWhereAPolicySays(t *testing.T) {
	t.Parallel()
	const bucketAt, keysAt = "s3://faces?endpoint=https://s3.example.org&region=eu-1", "awskms://key?endpoint=https://kms.example.org&region=eu-1"
	for name, c := range map[string]struct {
		env    map[string]string
		change []string
		want   string // "": it starts
	}{
		"a bucket":                  {map[string]string{"EASEL_BUCKET": bucketAt}, nil, "the bucket at s3.example.org is not named"},
		"a bucket, named":           {map[string]string{"EASEL_BUCKET": bucketAt}, receiving("bucket", "s3.example.org"), ""},
		"named as something else":   {map[string]string{"EASEL_BUCKET": bucketAt}, receiving("mail", "s3.example.org"), "the bucket at s3.example.org is not named"},
		"another bucket is named":   {map[string]string{"EASEL_BUCKET": bucketAt}, receiving("bucket", "example.org"), "the bucket at s3.example.org is not named"},
		"a bucket on this machine":  {map[string]string{"EASEL_BUCKET": "s3://faces?endpoint=http://127.0.0.1:9000"}, nil, ""},
		"a service for keys":        {map[string]string{"EASEL_SERVER_KEY_SERVICE": keysAt}, nil, "the keys at kms.example.org is not named"},
		"a service, named":          {map[string]string{"EASEL_SERVER_KEY_SERVICE": keysAt}, receiving("keys", "kms.example.org"), ""},
		"a service, named a bucket": {map[string]string{"EASEL_SERVER_KEY_SERVICE": keysAt}, receiving("bucket", "kms.example.org"), "the keys at kms.example.org is not named"},
		"a service on this machine": {map[string]string{"EASEL_SERVER_KEY_SERVICE": "awskms://key?endpoint=http://127.0.0.1:9001&region=x"}, nil, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			env := map[string]string{"EASEL_STUDIOS": folder(t, c.change...), "EASEL_DATA": t.TempDir(), "EASEL_BUCKET_ID": "a", "EASEL_BUCKET_SECRET": "b"}
			for k, v := range c.env {
				env[k] = v
			}
			config, err := read(env)
			if err != nil {
				t.Fatal(err)
			}
			_, err = (&App{config: config, log: pgtest.Log(t)}).declare()
			if (err == nil) != (c.want == "") || err != nil && (!strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), "portrait.yaml:")) {
				t.Errorf("it says %v", err)
			}
		})
	}
	a := declared(t)
	if b, err := a.storeOf(t.Context(), bucketAt); err == nil || !strings.Contains(err.Error(), "the bucket at s3.example.org is not named") {
		t.Errorf("a place of backups that nobody named: %v, %v", b, err)
	}
	if b, err := RestoreBackup(t.Context(), a.config, a.log, Places{Data: bucketAt, Keys: t.TempDir()}); err == nil || !strings.Contains(err.Error(), "is not named") {
		t.Errorf("a backup that lies where nobody named it: %+v, %v", b, err)
	}
}

// listener is a server on this machine that counts who comes, and sends everybody on.
func listener(t *testing.T, to string) (address string, asked *atomic.Int32) {
	t.Helper()
	asked = &atomic.Int32{}
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		if to != "" {
			http.Redirect(w, r, to+r.URL.Path, http.StatusTemporaryRedirect)
		}
	}))
	t.Cleanup(s.Close)
	return s.URL, asked
}

// TestTheWaysToBytesAndKeysLeadNowhereElse: what the clients of a bucket and of a service for keys are told by them leads to
// nobody else, not even on this machine.
func TestTheWaysToBytesAndKeysLeadNowhereElse(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	other, strayed := listener(t, "")
	first, asked := listener(t, other)
	a := declared(t, receiving("bucket", "s3.example.org")...)
	get := func(c *http.Client, address string) error {
		r, err := http.NewRequestWithContext(ctx, http.MethodGet, address, http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		res, err := c.Do(r)
		if err == nil {
			res.Body.Close()
		}
		return err
	}
	client, err := a.way("s3://faces?endpoint="+first, bucketWait)
	if err != nil {
		t.Fatal(err)
	}
	for _, to := range []string{first, other, "https://s3.example.org", "http://s3.example.org"} {
		if err := get(client, to+"/faces"); !errors.Is(err, egress.ErrRefused) { // the first sends on to somebody else
			t.Errorf("%s from a bucket at %s: %v", to, first, err)
		}
	}
	named, err := a.way("s3://faces?endpoint=https://s3.example.org", bucketWait)
	if err != nil {
		t.Fatal(err)
	}
	for _, to := range []string{first, "http://s3.example.org", "https://example.org", "https://169.254.169.254"} {
		if err := get(named, to+"/faces"); !errors.Is(err, egress.ErrRefused) {
			t.Errorf("%s from a bucket at s3.example.org: %v", to, err)
		}
	}
	a.config.Storage.Service = vault.Service{Address: fmt.Sprintf("awskms://key?endpoint=%s&region=x", first), ID: "a", Secret: "b"}
	before := asked.Load()
	keeper, err := a.keeper(ctx)
	if err != nil {
		t.Fatal(err)
	}
	short, stop := context.WithTimeout(ctx, callWait)
	defer stop()
	if _, err := keeper.Encrypt(short, []byte("a key")); err == nil {
		t.Error("a service that sends everybody on has sealed a key")
	}
	if before == 0 || asked.Load() == before || strayed.Load() != 0 {
		t.Errorf("the bucket was asked %d times, the service %d times, and somebody else %d times", before, asked.Load()-before, strayed.Load())
	}
}

// TestNothingIsCountedUnasked: by default there is no address of counts, and then nobody listens for it.
func TestNothingIsCountedUnasked(t *testing.T) {
	t.Parallel()
	config, err := read(nil)
	if err != nil || config.Reap.Metrics != "" {
		t.Fatalf("by default counts are served at %q, %v", config.Reap.Metrics, err)
	}
	ctx, stop := context.WithCancel(t.Context())
	stop()
	if err := (&App{config: config}).metrics(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("without an address it ends with %v, and not with the program", err)
	}
}
