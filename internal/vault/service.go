package vault

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"gocloud.dev/secrets/awskms"
	"gocloud.dev/secrets/localsecrets"
)

// Service says which key management service seals the server's key, so that it lies in no file.
type Service struct {
	Address    string       // base64key://KEY, or awskms://KEY-ID?endpoint=https://host&region=…; "": none
	ID, Secret string       // access key of AWS KMS, or of what speaks like it
	Client     *http.Client // reaches that; from egress
}

const ownService = "base64key://"

var (
	errService = errors.New("the address of the service that seals the server's key has to be base64key:// and 32 bytes in base64, or awskms://KEY-ID?endpoint=https://host&region=…")
	errAccess  = errors.New("the service that seals the server's key needs an access key: its id and its secret")
)

// Check reports an address that Open would refuse, without asking anybody. It never repeats the address, which may hold a key.
func (s Service) Check() error {
	if text, own := strings.CutPrefix(s.Address, ownService); own {
		if _, err := localsecrets.Base64Key(text); err != nil || text == "" {
			return errService
		}
		return nil
	}
	if u, at := s.endpoint(); s.Address != "" && (u == nil || u.Host == "" || at == nil) {
		return errService
	}
	return nil
}

// Endpoint is the service's address as it is dialled, or nil.
func (s Service) Endpoint() *url.URL {
	_, at := s.endpoint()
	return at
}

func (s Service) endpoint() (u, at *url.URL) {
	u, err := url.Parse(s.Address)
	if err != nil || u.Scheme != "awskms" {
		return nil, nil
	}
	at, err = url.Parse(u.Query().Get("endpoint"))
	if err != nil || at.Scheme != "https" && at.Scheme != "http" || at.Hostname() == "" || at.User != nil {
		return u, nil
	}
	return u, at
}

// Open returns the keeper, or nil where there is none.
func (s Service) Open(context.Context) (Keeper, error) {
	if err := s.Check(); err != nil || s.Address == "" {
		return nil, err
	}
	if text, own := strings.CutPrefix(s.Address, ownService); own {
		key, err := localsecrets.Base64Key(text)
		if err != nil {
			return nil, errService
		}
		return localsecrets.NewKeeper(key), nil
	}
	if s.ID == "" || s.Secret == "" {
		return nil, errAccess
	}
	u, at := s.endpoint()
	access := aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
		return aws.Credentials{AccessKeyID: s.ID, SecretAccessKey: s.Secret, Source: "settings"}, nil
	})
	client := kms.New(kms.Options{Region: u.Query().Get("region"), BaseEndpoint: aws.String(at.Scheme + "://" + at.Host), Credentials: access, HTTPClient: s.Client})
	return awskms.OpenKeeper(client, strings.TrimPrefix(u.Host+u.Path, "/"), nil), nil
}
