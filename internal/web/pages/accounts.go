package pages

import (
	"context"

	"github.com/google/uuid"

	"easel/internal/account"
)

// Accounts is what the pages ask about people.
type Accounts interface {
	Door
	Links
	Proofs
	SignedIns
	Person(ctx context.Context, owner uuid.UUID) (account.Person, error)
	Rename(ctx context.Context, owner uuid.UUID, name string) error
	// Agree records a statement of age, if there is one, and agreements to policies; State the word about photos.
	Agree(ctx context.Context, owner uuid.UUID, age *account.AgeStatement, consents ...account.Consent) error
	State(ctx context.Context, owner uuid.UUID) error
	// Stated reports whether State was called under the policy in force.
	Stated(ctx context.Context, owner uuid.UUID) (bool, error)
}

// SignedIns are the browsers on which somebody is signed in, and was.
type SignedIns interface {
	Sessions(ctx context.Context, owner uuid.UUID) ([]account.SessionInfo, error)
	End(ctx context.Context, owner, session uuid.UUID) error
	EndOthers(ctx context.Context, owner, keep uuid.UUID) error
	// Visits is the record of sign-ins, the newest first.
	Visits(ctx context.Context, owner uuid.UUID) ([]account.Visit, error)
}

// Door is for those who are outside.
type Door interface {
	SignUp(ctx context.Context, who account.SignUp, from account.Client) error
	SignIn(ctx context.Context, mail, password string, from account.Client) (account.Session, error)
	SignOut(ctx context.Context, token string) error
	AskReset(ctx context.Context, mail string, from account.Client) error
}

// Links are what letters hold.
type Links interface {
	// Look tells about a link and spends nothing; the others spend it.
	Look(ctx context.Context, purpose account.Purpose, token string) (account.LinkInfo, error)
	Verify(ctx context.Context, token string, from account.Client) (account.Session, error)
	OpenLink(ctx context.Context, token string, from account.Client) (account.Session, error)
	OpenFirst(ctx context.Context, token string, from account.Client) (account.Session, error)
	Reset(ctx context.Context, token, password string, from account.Client) (account.Session, error)
	ChangeMail(ctx context.Context, token string) error
}

// Proofs are what somebody who is signed in does once they have shown again who they are.
type Proofs interface {
	// Confirm has somebody who is signed in prove it once more.
	Confirm(ctx context.Context, caller account.Caller, password string, from account.Client) (account.Session, error)
	ChangePassword(ctx context.Context, caller account.Caller, old, fresh string, from account.Client) (account.Session, error)
	AskMailChange(ctx context.Context, caller account.Caller, mail string, from account.Client) error
}

// Keys is what the pages ask about keys for programs.
type Keys interface {
	Keys(ctx context.Context, owner uuid.UUID) ([]account.Key, error)
	MakeKey(ctx context.Context, owner uuid.UUID, name string, scopes []account.Scope) (secret string, made account.Key, err error)
	RevokeKey(ctx context.Context, owner, key uuid.UUID) error
	Usage(ctx context.Context, owner uuid.UUID, days int) ([]account.KeyUse, error)
}
