package vault

import (
	"context"
	"errors"
	"strings"

	"gocloud.dev/secrets/localsecrets"
)

const ownService = "base64key://"

var errService = errors.New("the address of the service that seals the server's key has to be base64key:// and 32 bytes in base64")

// CheckService reports an address that OpenService would refuse, without asking anybody.
func CheckService(address string) error {
	if address == "" {
		return nil
	}
	text, ok := strings.CutPrefix(address, ownService)
	if !ok || text == "" {
		return errService
	}
	if _, err := localsecrets.Base64Key(text); err != nil {
		return errService // and not the cause, which may hold the key
	}
	return nil
}

// OpenService returns the keeper at an address, or nil for "".
func OpenService(_ context.Context, address string) (Keeper, error) {
	if err := CheckService(address); err != nil || address == "" {
		return nil, err
	}
	key, err := localsecrets.Base64Key(strings.TrimPrefix(address, ownService))
	if err != nil {
		return nil, errService
	}
	return localsecrets.NewKeeper(key), nil
}
