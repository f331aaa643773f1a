package api

import (
	"reflect"
	"strconv"
)

// Problem is an error as the document describes it (RFC 9457); the edge writes it.
type Problem struct {
	Type    string `json:"type" doc:"Always about:blank: the status says what kind of problem it is"`
	Title   string `json:"title" doc:"The status in words" example:"Not Found"`
	Status  int    `json:"status" example:"404"`
	Detail  string `json:"detail" doc:"What happened, why, and what to do, in whole sentences"`
	Kind    string `json:"kind" doc:"What to do about it, for programs" enum:"internal,invalid,missing,denied,unpaid,conflict,too large,refused,busy"`
	Request string `json:"request,omitempty" doc:"The request's number, for questions to the studio"`
}

func typeOf[T any]() reflect.Type { return reflect.TypeFor[T]() }

func statusText(code int) string { return strconv.Itoa(code) }
