package app

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"time"

	"easel/internal/bucket"
	"easel/internal/egress"
	"easel/internal/policy"
	"easel/internal/vault"
)

// Storage is how to come into the places where bytes, keys and backups lie.
type Storage struct {
	ID, Secret             string        // access key of the bucket
	Service                vault.Service // seals the server's key; none: it is in a file
	BackupID, BackupSecret string        // access key of the places of backups; "": the bucket's
	BackupURL              string        // the database as the role that makes backups
}

var storageSettings = []setting{
	{name: "EASEL_BUCKET_ID", fallback: "none", meaning: "id of the access key of a bucket at s3://",
		set: func(c *Config, v string) error { c.Storage.ID = v; return nil }},
	{name: "EASEL_BUCKET_SECRET", fallback: "none", secret: true, meaning: "secret of the access key of a bucket at s3://",
		set: func(c *Config, v string) error { c.Storage.Secret = v; return nil }},
	{name: "EASEL_SERVER_KEY_SERVICE", fallback: "none; the server's key is in its file", secret: true,
		meaning: "what seals the server's key instead, so that it lies in no file: awskms://KEY-ID?endpoint=https://host&region=…, or base64key://KEY with 32 bytes of your own; a policy has to name its host as keys",
		set:     func(c *Config, v string) error { c.Storage.Service.Address = v; return c.Storage.Service.Check() }},
	{name: "EASEL_SERVER_KEY_SERVICE_ID", fallback: "none", meaning: "id of the access key of that service",
		set: func(c *Config, v string) error { c.Storage.Service.ID = v; return nil }},
	{name: "EASEL_SERVER_KEY_SERVICE_SECRET", fallback: "none", secret: true, meaning: "secret of the access key of that service",
		set: func(c *Config, v string) error { c.Storage.Service.Secret = v; return nil }},
	{name: "DATABASE_BACKUP_URL", fallback: "none", secret: true, meaning: "the database at DATABASE_URL as the role easel_backup; for `easel backup`",
		set: func(c *Config, v string) error { c.Storage.BackupURL = v; return nil }},
	{name: "EASEL_BACKUP_ID", fallback: "EASEL_BUCKET_ID", meaning: "id of the access key of backups at s3://",
		set: func(c *Config, v string) error { c.Storage.BackupID = v; return nil }},
	{name: "EASEL_BACKUP_SECRET", fallback: "EASEL_BUCKET_SECRET", secret: true, meaning: "secret of the access key of backups at s3://",
		set: func(c *Config, v string) error { c.Storage.BackupSecret = v; return nil }},
}

// How long one call to an S3 server may take, and how much it may bring: an object is read while a visitor's connection
// takes it, and a backup is as large as a studio.
const (
	bucketWait   = 15 * time.Minute
	transferWait = 48 * time.Hour
	bucketBytes  = 1 << 42
)

// openVault opens the vault, and reads the policies first where they have a say in where bytes go.
func (a *App) openVault(ctx context.Context, c vault.Config) (err error) {
	c.Bucket, c.KeyFile, c.ID, c.Secret = a.config.Bucket, a.config.ServerKey, a.config.Storage.ID, a.config.Storage.Secret
	if c.Client, err = a.way(c.Bucket, bucketWait); err != nil {
		return err
	}
	if c.Keeper, err = a.keeper(ctx); err != nil {
		return err
	}
	a.vault, err = vault.New(ctx, c, a.db, a.log)
	return err
}

// keeper returns what seals the server's key, or nil. It is reached at exactly the address that the operator has set, which a
// policy has to name unless it is this machine: it learns nothing of anybody, but whoever runs it can have everything opened.
func (a *App) keeper(ctx context.Context) (vault.Keeper, error) {
	s := a.config.Storage.Service
	if at := s.Endpoint(); at != nil {
		port := bucket.Config{Address: "s3://any?endpoint=" + at.Scheme + "://" + at.Host}.Port()
		gate, err := egress.New(egress.Config{Own: map[policy.Role][]string{policy.Keys: {port}}, Log: a.log})
		if err != nil {
			return nil, err
		}
		s.Client = gate.Client(policy.Keys, egress.Limits{Tries: 1})
	}
	return s.Open(ctx)
}

// way returns the client that reaches an S3 server, or nil for a place on this machine. A policy has to name the server's host
// unless it is this machine. An address with a port, or without encryption, is reached at exactly that.
func (a *App) way(address string, wait time.Duration) (*http.Client, error) {
	at := bucket.Config{Address: address}
	endpoint := at.Endpoint()
	if endpoint == nil {
		return nil, nil //nolint:nilnil // nobody is asked
	}
	if a.studios == nil {
		if _, err := a.declare(); err != nil {
			return nil, err
		}
	}
	if err := a.allowed(endpoint); err != nil {
		return nil, err
	}
	c := egress.Config{Named: map[policy.Role][]string{policy.Bucket: {endpoint.Hostname()}}, Log: a.log}
	if endpoint.Port() != "" || endpoint.Scheme == "http" {
		c.Own = map[policy.Role][]string{policy.Bucket: {at.Port()}}
	}
	gate, err := egress.New(c)
	if err != nil {
		return nil, err
	}
	return gate.Client(policy.Bucket, egress.Limits{Wait: wait, Bytes: bucketBytes, Tries: 1}), nil // the S3 client tries again itself
}

// allowed asks every studio that stores something for its word.
func (a *App) allowed(endpoint *url.URL) error {
	var wrong []error
	for _, s := range a.studios {
		if s.Status == policy.Live && s.Storage != policy.Memory {
			wrong = append(wrong, s.Allows(policy.Bucket, endpoint.Hostname()))
		}
	}
	return errors.Join(wrong...)
}

// storeOf opens a place of backups: a folder of this machine, or a bucket.
func (a *App) storeOf(ctx context.Context, place string) (*bucket.Bucket, error) {
	c := bucket.Config{Address: place, ID: a.config.Storage.BackupID, Secret: a.config.Storage.BackupSecret}
	if c.ID == "" {
		c.ID, c.Secret = a.config.Storage.ID, a.config.Storage.Secret
	}
	var err error
	if c.Client, err = a.way(place, transferWait); err != nil {
		return nil, err
	}
	return bucket.Open(ctx, c)
}
