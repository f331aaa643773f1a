// Package buckettest gives tests buckets of a real S3 server: versitygw, built from tools/go.mod.
package buckettest

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"easel/internal/bucket"
	"easel/internal/egress"
	"easel/internal/policy"
	"easel/internal/toolshed"
)

// The access key of the server.
const (
	id     = "easel-test"
	secret = "a secret of tests only"
)

// server is the one of this test program. It ends with it.
type server struct {
	address string       // host:port
	way     *http.Client // through egress, as the program goes
	client  *s3.Client
	made    atomic.Int64
}

var shared = sync.OnceValues(start)

// New returns a new, empty bucket.
func New(t testing.TB) bucket.Config {
	t.Helper()
	return create(t, false)
}

// Versioned returns a new, empty bucket that keeps every version.
func Versioned(t testing.TB) bucket.Config {
	t.Helper()
	return create(t, true)
}

func create(t testing.TB, versions bool) bucket.Config {
	t.Helper()
	s, err := shared()
	if err != nil {
		t.Fatalf("this test needs versitygw, an S3 server, which is built from tools/go.mod (make .cache/bin/versitygw): %v", err)
	}
	name := fmt.Sprintf("bucket-%d", s.made.Add(1))
	if _, err := s.client.CreateBucket(t.Context(), &s3.CreateBucketInput{Bucket: &name}); err != nil {
		t.Fatal(err)
	}
	if versions {
		_, err := s.client.PutBucketVersioning(t.Context(), &s3.PutBucketVersioningInput{Bucket: &name,
			VersioningConfiguration: &types.VersioningConfiguration{Status: types.BucketVersioningStatusEnabled}})
		if err != nil {
			t.Fatal(err)
		}
	}
	return bucket.Config{Address: "s3://" + name + "?endpoint=http://" + s.address, ID: id, Secret: secret, Client: s.way}
}

// Versions counts what the server keeps in a bucket, hidden versions and marks of deletion among it.
func Versions(t testing.TB, c bucket.Config) (n int) {
	t.Helper()
	s, err := shared()
	if err != nil {
		t.Fatal(err)
	}
	name, _, _ := strings.Cut(strings.TrimPrefix(c.Address, "s3://"), "?")
	pages := s3.NewListObjectVersionsPaginator(s.client, &s3.ListObjectVersionsInput{Bucket: &name})
	for pages.HasMorePages() {
		page, err := pages.NextPage(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		n += len(page.Versions) + len(page.DeleteMarkers)
	}
	return n
}

func start() (*server, error) {
	program, err := toolshed.Program("versitygw", "tools/s3", "github.com/versity/versitygw/cmd/versitygw", "CGO_ENABLED=0")
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "easel-s3-")
	if err != nil {
		return nil, err
	}
	address, err := free()
	if err != nil {
		return nil, err
	}
	if err := launch(program, dir, address); err != nil {
		return nil, err
	}
	gate, err := egress.New(egress.Config{Own: map[policy.Role][]string{policy.Bucket: {address}}, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		return nil, err
	}
	s := &server{address: address, way: gate.Client(policy.Bucket, egress.Limits{Wait: 10 * time.Minute, Bytes: 1 << 32, Tries: 1})}
	key := aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
		return aws.Credentials{AccessKeyID: id, SecretAccessKey: secret}, nil
	})
	s.client = s3.New(s3.Options{Region: "us-east-1", BaseEndpoint: aws.String("http://" + address), UsePathStyle: true, Credentials: key, HTTPClient: s.way})
	return s, s.answers()
}

// answers waits until the server does.
func (s *server) answers() (err error) {
	for range 500 {
		if _, err = s.client.ListBuckets(context.Background(), &s3.ListBucketsInput{}); err == nil {
			return nil
		}
		time.Sleep(20 * time.Millisecond)
	}
	return fmt.Errorf("it does not answer: %w", err)
}

// free returns an address where nobody listens at this moment.
func free() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // closed at once
	if err != nil {
		return "", err
	}
	return l.Addr().String(), l.Close()
}

// launch starts the server in a folder, and a small shell that removes the folder when this program has ended: its input is
// a pipe that nobody writes to and that the system closes with us.
func launch(program, dir, address string) error {
	r, w, err := os.Pipe()
	if err != nil {
		return err
	}
	objects, versions := filepath.Join(dir, "objects"), filepath.Join(dir, "versions")
	if err := errors.Join(os.Mkdir(objects, 0o700), os.Mkdir(versions, 0o700)); err != nil {
		return err
	}
	cmd := exec.Command("/bin/sh", "-c", //nolint:noctx // it ends with us
		`"$1" --quiet --port "$2" posix --versioning-dir "$3/versions" "$3/objects" & cat >/dev/null; kill -9 $!; wait; rm -rf "$3"`, "sh", program, address, dir)
	cmd.Env = []string{"ROOT_ACCESS_KEY=" + id, "ROOT_SECRET_KEY=" + secret, "PATH=/usr/bin:/bin"}
	cmd.Stdin = r
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if err := cmd.Start(); err != nil {
		return err
	}
	held = w
	return r.Close()
}

// held keeps our end of the pipe from being collected, which would close it.
var held *os.File //nolint:unused // holding is its use

// Begin begins an upload in several parts and leaves it, as a program does that is killed.
func Begin(t testing.TB, b *bucket.Bucket, key string) {
	t.Helper()
	s, err := shared()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.client.CreateMultipartUpload(t.Context(), &s3.CreateMultipartUploadInput{Bucket: aws.String(b.Name()), Key: &key}); err != nil {
		t.Fatal(err)
	}
}
