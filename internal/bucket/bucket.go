// Package bucket opens the places where sealed bytes and backups lie: a folder, memory, or an S3-compatible server.
//
// What is put is there whole or not at all, and once Put has returned it is still there after a crash of the machine.
// What is deleted is gone in every version that the place may have kept.
package bucket

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/s3"
	"gocloud.dev/blob"
	"gocloud.dev/blob/fileblob"
	"gocloud.dev/blob/memblob"
	"gocloud.dev/gcerrors"
)

// Config says where a bucket is and how to come in.
type Config struct {
	Address string       // file:///folder, mem://, or s3://name?endpoint=https://host[:port][&region=…]
	ID      string       // of the S3 access key
	Secret  string       // of the S3 access key
	Client  *http.Client // reaches the S3 server; from egress
}

// Folder is the address of a folder of this machine.
func Folder(path string) string {
	return (&url.URL{Scheme: "file", Path: filepath.ToSlash(path)}).String()
}

// Check reports what is wrong with the address.
func (c Config) Check() error {
	u, err := url.Parse(c.Address)
	if err != nil {
		return errors.New("the address of the bucket cannot be read; " + known)
	}
	switch u.Scheme {
	case "mem":
		return nil
	case "file":
		if u.Host != "" || !filepath.IsAbs(u.Path) {
			return errors.New("the address of the bucket needs a whole path, such as file:///var/lib/easel/objects")
		}
		return nil
	case "s3":
		_, err := c.endpoint(u)
		return err
	}
	return errors.New("the address of the bucket cannot be used; " + known)
}

const known = "this program knows file:///folder, mem:// and s3://name?endpoint=https://host"

// Endpoint returns the S3 server's address, or nil for a bucket that is on this machine. Check has been happy.
func (c Config) Endpoint() *url.URL {
	u, err := url.Parse(c.Address)
	if err != nil || u.Scheme != "s3" {
		return nil
	}
	at, err := c.endpoint(u)
	if err != nil {
		return nil
	}
	return at
}

// Port returns the host and port of the S3 server as they are dialled, or "".
func (c Config) Port() string {
	at := c.Endpoint()
	if at == nil {
		return ""
	}
	port := at.Port()
	if port == "" {
		port = map[string]string{"http": "80", "https": "443"}[at.Scheme]
	}
	return net.JoinHostPort(at.Hostname(), port)
}

// endpoint reads the settings of an S3 address. What is misspelled is refused: it would be left out silently.
func (c Config) endpoint(u *url.URL) (*url.URL, error) {
	for name := range u.Query() {
		if name != "endpoint" && name != "region" {
			return nil, fmt.Errorf("the address of the bucket has a part %q that nobody knows; endpoint and region are known", name)
		}
	}
	if u.Host == "" || u.User != nil || u.Path != "" && u.Path != "/" {
		return nil, errors.New("the address of the bucket has to be s3://name?endpoint=https://host, with the access key set apart from it")
	}
	at, err := url.Parse(u.Query().Get("endpoint"))
	if err != nil || at.Scheme != "http" && at.Scheme != "https" || at.Hostname() == "" || at.User != nil || at.RawQuery != "" || at.Path != "" && at.Path != "/" {
		return nil, errors.New("the address of the bucket needs the server's address, such as s3://name?endpoint=https://s3.example.org")
	}
	return at, nil
}

// Bucket is an open one. Reading and listing are gocloud's; putting and deleting are ours.
type Bucket struct {
	*blob.Bucket

	dir  string // of a folder
	seen sync.Map
	s3   *s3.Client
	name string
	now  func() time.Time

	mu        sync.Mutex
	versioned bool
	asked     time.Time // when the S3 server was asked whether it keeps versions
}

// Open opens a bucket. A folder is made, for us alone, when it is not there.
func Open(ctx context.Context, c Config) (*Bucket, error) {
	if err := c.Check(); err != nil {
		return nil, err
	}
	u, err := url.Parse(c.Address)
	if err != nil {
		return nil, err
	}
	switch u.Scheme {
	case "mem":
		return &Bucket{Bucket: memblob.OpenBucket(nil)}, nil
	case "file":
		return openFolder(u.Path)
	}
	return openS3(ctx, c, u)
}

func openFolder(dir string) (*Bucket, error) {
	dir = filepath.Clean(filepath.FromSlash(dir))
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("make the folder of a bucket: %w", err)
	}
	if err := syncFolder(filepath.Dir(dir)); err != nil {
		return nil, err
	}
	b, err := fileblob.OpenBucket(dir, &fileblob.Options{NoTempDir: true, Metadata: fileblob.MetadataDontWrite})
	if err != nil {
		return nil, fmt.Errorf("open a folder as a bucket: %w", err)
	}
	return &Bucket{Bucket: b, dir: dir}, nil
}

// Put stores what write writes. When write fails or the context ends, nothing is stored, and what was there under the key
// before stays; otherwise that is replaced, in every version.
func (b *Bucket) Put(ctx context.Context, key string, write func(io.Writer) error) error {
	if b.dir != "" {
		return b.putFile(ctx, key, write)
	}
	ctx, abort := context.WithCancel(ctx) // a writer whose context ends before it is closed leaves no object
	defer abort()
	w, err := b.NewWriter(ctx, key, &blob.WriterOptions{ContentType: "application/octet-stream", BufferSize: part, MaxConcurrency: 2})
	if err != nil {
		return fmt.Errorf("begin to store bytes: %w", err)
	}
	if err := write(w); err != nil {
		abort()
		_ = w.Close() // reports that it was aborted
		return err
	}
	if err := w.Close(); err != nil {
		return fmt.Errorf("finish storing bytes: %w", err)
	}
	if b.s3 == nil {
		return nil
	}
	return b.replaced(ctx, key)
}

// Delete removes what is under the key, in every version. What is not there is removed.
func (b *Bucket) Delete(ctx context.Context, key string) error {
	if b.s3 != nil {
		return b.deleteS3(ctx, key)
	}
	if err := b.Bucket.Delete(ctx, key); err != nil && gcerrors.Code(err) != gcerrors.NotFound {
		return fmt.Errorf("remove bytes: %w", err)
	}
	return nil
}
