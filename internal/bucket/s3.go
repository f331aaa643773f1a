package bucket

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/smithy-go"
	"gocloud.dev/blob/s3blob"
)

// part is how much of an object is sent at a time. Most objects are one part.
const part = 8 << 20

// openS3 makes a client that knows nothing of the environment: address, access key and the way out are given.
func openS3(ctx context.Context, c Config, u *url.URL) (*Bucket, error) {
	if c.Client == nil {
		return nil, errors.New("bucket: an S3 server is reached through egress; give its client")
	}
	if c.ID == "" || c.Secret == "" {
		return nil, errors.New("the S3 server needs an access key: its id and its secret")
	}
	region := u.Query().Get("region")
	if region == "" {
		region = "us-east-1"
	}
	access := aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
		return aws.Credentials{AccessKeyID: c.ID, SecretAccessKey: c.Secret, Source: "settings"}, nil
	})
	client := s3.New(s3.Options{
		Region: region, BaseEndpoint: aws.String(c.Endpoint().String()), UsePathStyle: true, Credentials: access, HTTPClient: c.Client,
		// Others than Amazon know no newer checksums; what is stored is authenticated by its seal.
		RequestChecksumCalculation: aws.RequestChecksumCalculationWhenRequired, ResponseChecksumValidation: aws.ResponseChecksumValidationWhenRequired,
	})
	opened, err := s3blob.OpenBucket(ctx, client, u.Host, &s3blob.Options{RequestChecksumCalculation: aws.RequestChecksumCalculationWhenRequired})
	if err != nil {
		return nil, fmt.Errorf("open the bucket: %w", err)
	}
	b := &Bucket{Bucket: opened, s3: client, name: u.Host, now: time.Now}
	if _, err := b.keepsVersions(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("the bucket %s at %s does not answer as it should; check that it is there and what the access key may do: %w",
			u.Host, c.Port(), err), opened.Close())
	}
	return b, nil
}

// Name is what the S3 server calls the bucket, or "".
func (b *Bucket) Name() string { return b.name }

// versionsKnown is for how long the answer is believed: somebody may switch versions on while we run.
const versionsKnown = 10 * time.Minute

// keepsVersions reports whether the bucket keeps, or has ever kept, more than the newest version.
func (b *Bucket) keepsVersions(ctx context.Context) (bool, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if !b.asked.IsZero() && b.now().Sub(b.asked) < versionsKnown {
		return b.versioned, nil
	}
	got, err := b.s3.GetBucketVersioning(ctx, &s3.GetBucketVersioningInput{Bucket: &b.name})
	var said smithy.APIError
	switch {
	case err == nil:
		b.versioned = got.Status == types.BucketVersioningStatusEnabled || got.Status == types.BucketVersioningStatusSuspended
	case errors.As(err, &said) && (said.ErrorCode() == "NotImplemented" || said.ErrorCode() == "VersioningNotConfigured"):
		b.versioned = false // a server that knows no versions has none
	default:
		return false, fmt.Errorf("ask whether the bucket keeps versions: %w", err)
	}
	b.asked = b.now()
	return b.versioned, nil
}

// deleteS3 removes the object. Where versions are kept, an ordinary deletion would only hide it.
func (b *Bucket) deleteS3(ctx context.Context, key string) error {
	versioned, err := b.keepsVersions(ctx)
	if err != nil {
		return err
	}
	if versioned {
		return b.deleteVersions(ctx, key, false)
	}
	if _, err := b.s3.DeleteObject(ctx, &s3.DeleteObjectInput{Bucket: &b.name, Key: &key}); err != nil {
		return fmt.Errorf("remove bytes: %w", err)
	}
	return nil
}

// replaced removes what was under the key before it was put.
func (b *Bucket) replaced(ctx context.Context, key string) error {
	versioned, err := b.keepsVersions(ctx)
	if err != nil || !versioned {
		return err
	}
	return b.deleteVersions(ctx, key, true)
}

// deleteVersions removes all versions of the key and all marks of deletion, or all but the newest. The newest goes last, so
// that an object whose removal was interrupted can still be found.
func (b *Bucket) deleteVersions(ctx context.Context, key string, butNewest bool) error {
	in := &s3.ListObjectVersionsInput{Bucket: &b.name, Prefix: &key}
	var newest []string
	pages := s3.NewListObjectVersionsPaginator(b.s3, in)
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return fmt.Errorf("list the versions of an object: %w", err)
		}
		var old []string
		add := func(name, version *string, latest *bool) {
			if aws.ToString(name) != key {
				return
			}
			if aws.ToBool(latest) {
				newest = append(newest, aws.ToString(version))
			} else {
				old = append(old, aws.ToString(version))
			}
		}
		for _, v := range page.Versions {
			add(v.Key, v.VersionId, v.IsLatest)
		}
		for _, m := range page.DeleteMarkers {
			add(m.Key, m.VersionId, m.IsLatest)
		}
		if err := b.deleteEach(ctx, key, old); err != nil {
			return err
		}
	}
	if butNewest {
		return nil
	}
	return b.deleteEach(ctx, key, newest)
}

func (b *Bucket) deleteEach(ctx context.Context, key string, versions []string) error {
	for _, v := range versions {
		if _, err := b.s3.DeleteObject(ctx, &s3.DeleteObjectInput{Bucket: &b.name, Key: &key, VersionId: &v}); err != nil {
			return fmt.Errorf("remove a version of an object: %w", err)
		}
	}
	return nil
}

// Unfinished removes what uploads in several parts have left that were begun before a time and never finished: no list shows
// it. It returns how many there were.
func (b *Bucket) Unfinished(ctx context.Context, before time.Time) (n int, err error) {
	if b.s3 == nil {
		return 0, nil // of a folder they are listed like other files
	}
	pages := s3.NewListMultipartUploadsPaginator(b.s3, &s3.ListMultipartUploadsInput{Bucket: &b.name})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return n, fmt.Errorf("list unfinished uploads: %w", err)
		}
		for _, u := range page.Uploads {
			if u.Initiated == nil || !u.Initiated.Before(before) {
				continue
			}
			if _, err := b.s3.AbortMultipartUpload(ctx, &s3.AbortMultipartUploadInput{Bucket: &b.name, Key: u.Key, UploadId: u.UploadId}); err != nil {
				return n, fmt.Errorf("remove an unfinished upload: %w", err)
			}
			n++
		}
	}
	return n, nil
}
