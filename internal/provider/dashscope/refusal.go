package dashscope

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"

	"easel/internal/provider"
)

// refused is what the service said, for the log and for deciding about another step.
type refused struct {
	status  int
	code    string
	fetch   bool // it could not get at the photo: an address may help
	account bool // it is about key or account: the same for every step
}

func (r *refused) Error() string { return fmt.Sprintf("status %d, code %q", r.status, r.code) }

// meaning is what a code means to people.
type meaning struct {
	code           string // or the beginning of one
	kind           provider.Kind
	why, do        string
	fetch, account bool
}

const (
	later    = "Try again later."
	another  = "Bring another photo."
	operator = "Whoever runs this server has to look into it."
)

// meanings are the documented codes, the longer ones before those that they begin with.
var meanings = []meaning{
	{"InvalidApiKey", provider.Barred, "It does not accept this server's key.", operator, false, true},
	{"Arrearage", provider.Spent, "A bill there is not paid.", operator, false, true},
	{"AccessDenied", provider.Barred, "This server's key may not do this there.", operator, false, false},
	{"ModelNotFound", provider.Barred, "It does not know the model that was asked for.", operator, false, false},
	{"Model.AccessDenied", provider.Barred, "This server's key may not use that model.", operator, false, false},
	{"DataInspectionFailed", provider.Refused, "Its rules about contents forbid this photo.", another, false, false},
	{"InvalidParameter.DataInspection", provider.Unfit, "It could not get at the photo, or could not open it.", another, true, false},
	{"InvalidParameter", provider.Unfit, "It did not accept the photo or its mask.", another, true, false},
	{"InvalidURL", provider.Unfit, "It wants the photo at an address.", another, true, false},
	{"Throttling.AllocationQuota", provider.Spent, "What may be used there is used up.", operator, false, false},
	{"AllocationQuota", provider.Spent, "What may be used there is used up.", operator, false, false},
	{"Throttling", provider.Busy, "It has had more calls than it takes at a time.", "Try again in a minute.", false, false},
	{"InternalError", provider.Failed, "It failed at the work.", later, false, false},
}

// statuses are what an answer means whose code is missing or new.
var statuses = map[int]meaning{
	http.StatusBadRequest:      {"", provider.Unfit, "It did not accept the photo.", another, true, false},
	http.StatusUnauthorized:    {"", provider.Barred, "It does not accept this server's key.", operator, false, true},
	http.StatusForbidden:       {"", provider.Barred, "This server's key may not do this there.", operator, false, false},
	http.StatusNotFound:        {"", provider.Barred, "It does not know what was asked for.", operator, false, false},
	http.StatusTooManyRequests: {"", provider.Busy, "It has had more calls than it takes at a time.", "Try again in a minute.", false, false},
}

// refusal reads an answer that is no result.
func refusal(a *provider.Answer, stage string) error {
	var said struct {
		Code string `json:"code"`
	}
	if err := json.Unmarshal(a.Body, &said); err != nil {
		said.Code = "" // a page, or nothing: the status speaks
	}
	return meant(said.Code, a.Status, stage, a.After())
}

// meant is the error that a code stands for.
func meant(code string, status int, stage string, after time.Duration) error {
	m, known := statuses[status]
	if !known {
		m = meaning{kind: provider.Failed, why: "It is out of order at this moment.", do: later}
	}
	for _, one := range meanings {
		if strings.HasPrefix(code, one.code) {
			m = one
			break
		}
	}
	return &provider.Error{Who: Name, Kind: m.kind, Stage: stage, Why: m.why, Do: m.do, After: after,
		Cause: &refused{status, plain(code), m.fetch, m.account}}
}

// plain keeps a service's word short and simple, for logs.
func plain(s string) string {
	s = strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '.' || r == '_' || r == '-' {
			return r
		}
		return -1
	}, s)
	return s[:min(len(s), 60)]
}
