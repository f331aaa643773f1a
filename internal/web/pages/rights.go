package pages

import (
	"context"
	"io"
	"time"

	"github.com/google/uuid"

	"easel/internal/account"
	"easel/internal/policy"
	"easel/internal/rights"
)

// Rights is what people can do about their data.
type Rights interface {
	// Held counts what there is of each kind of data, and Export writes all of it as one ZIP; Told tells the person that it
	// is being taken.
	Held(ctx context.Context, owner uuid.UUID) (map[policy.Kind]rights.Held, error)
	Export(ctx context.Context, owner uuid.UUID, w io.Writer) error
	Told(ctx context.Context, owner uuid.UUID) error
	Suspensions
	Requests
	Permissions
	RequestDesk
}

// Suspensions are what a person allows, or does not.
type Suspensions interface {
	Suspend(ctx context.Context, owner uuid.UUID) error
	Resume(ctx context.Context, owner uuid.UUID) error
	Suspended(ctx context.Context, owner uuid.UUID) (since time.Time, err error)
	OptOuts(ctx context.Context, owner uuid.UUID) ([]account.Record, error)
	Optional(ctx context.Context, owner uuid.UUID, r account.Record, on bool) error
}

// Requests are what a person asks of those who run the place.
type Requests interface {
	Ask(ctx context.Context, owner uuid.UUID, kind rights.Kind, words string) (rights.Request, error)
	Mine(ctx context.Context, owner uuid.UUID) ([]rights.File, error)
	OpenCount(ctx context.Context, owner uuid.UUID) (int, error)
	Withdraw(ctx context.Context, owner, id uuid.UUID) error
	// For people without an account: a letter goes to their address, and what its link confirms is a request.
	AskUnknown(ctx context.Context, a rights.Asked) error
	LookUnknown(ctx context.Context, token string) (rights.Kind, error)
	Confirm(ctx context.Context, token string) (rights.Request, error)
}

// Permissions are the questions whether a picture may be shown.
type Permissions interface {
	Permissions(ctx context.Context, owner uuid.UUID) ([]rights.Permission, error)
	Answer(ctx context.Context, owner, id uuid.UUID, a rights.Answer) error
	LookPermission(ctx context.Context, token string) (rights.Permission, error)
	AnswerLink(ctx context.Context, token string, a rights.Answer) error
}

// RequestDesk is for those who run the place.
type RequestDesk interface {
	Queue(ctx context.Context, staff uuid.UUID, open bool) ([]rights.Request, error)
	Read(ctx context.Context, staff, id uuid.UUID) (rights.File, error)
	Register(ctx context.Context, staff uuid.UUID, g rights.Registration) (rights.Request, error)
	Act(ctx context.Context, staff, id uuid.UUID, what rights.What, words string) error
	AllPermissions(ctx context.Context, staff uuid.UUID) ([]rights.Permission, error)
	AskPermission(ctx context.Context, staff, run uuid.UUID, reason string) error
	Permitted(ctx context.Context, staff, permission uuid.UUID) (rights.Permission, error)
}

const (
	dataURL     = "/your-data"
	requestsURL = dataURL + "/requests"
	requestURL  = "/request"
)

// rightsRoutes are for what people can do about their data, and for those who answer them.
func (s *site) rightsRoutes() handlers {
	if s.Rights == nil {
		return nil
	}
	return handlers{
		"GET /your-data":                         s.yourData,
		"GET /your-data/schema.json":             s.schema,
		"POST /your-data/export":                 s.export,
		"POST /your-data/suspend":                s.suspend,
		"POST /your-data/resume":                 s.resumeUse,
		"POST /your-data/records":                s.records,
		"POST /your-data/permissions/{id}":       s.answerPermission,
		"GET /your-data/requests":                s.requests,
		"POST /your-data/requests":               s.request,
		"POST /your-data/requests/{id}/withdraw": s.withdraw,
		"GET /request":                           s.stranger,
		"POST /request":                          s.strangerAsks,
		"GET /request/confirm/{token}":           s.strangerLink,
		"POST /request/confirm/{token}":          s.strangerConfirms,
		"GET /permission/{token}":                s.permission,
		"POST /permission/{token}":               s.permit,
		"GET /admin/requests":                    s.requestQueue,
		"POST /admin/requests":                   s.registerRequest,
		"GET /admin/requests/{id}":               s.requestFile,
		"POST /admin/requests/{id}":              s.requestAct,
		"GET /admin/permissions":                 s.permissionDesk,
		"POST /admin/permissions":                s.askPermission,
		"GET /admin/permissions/{id}/picture":    s.permittedPicture,
	}
}
