package removebg

import (
	"encoding/json"
	"fmt"
	"net/http"

	"easel/internal/provider"
)

// meaning is what one of the service's codes means to people.
type meaning struct {
	kind           provider.Kind
	stage, why, do string
}

const (
	reading  = "it read the photo"
	asking   = "it read the request"
	looking  = "it looked for the subject"
	counting = "it looked at the account"
	another  = "Bring another photo, or a fresh copy of this one saved as JPEG."
	operator = "Whoever runs this server has to look into it."
	ours     = "This is a mistake of ours, not of the photo."
)

// meanings are the codes of a 400 as they are documented.
var meanings = map[string]meaning{
	"unknown_foreground":   {provider.Empty, looking, "It found no subject.", "Use a photo in which a person, an animal or a thing stands out clearly."},
	"failed_to_read_image": {provider.Unfit, reading, "It could not open the photo.", another},
	"file_too_large":       {provider.Unfit, reading, "The photo's file is larger than it takes.", "Bring a smaller copy."},
	"invalid_file_type":    {provider.Unfit, reading, "It does not take files of this kind.", another},
	"resolution_too_high":  {provider.Unfit, reading, "The photo has more pixels than it takes.", "Bring a smaller copy."},
	"invalid_dimensions":   {provider.Unfit, reading, "It does not take photos of this shape.", "Crop the photo, or bring another one."},

	"missing_source":           {provider.Barred, asking, "It saw no photo in the request.", ours},
	"multiple_sources":         {provider.Barred, asking, "It saw more than one photo in the request.", ours},
	"failed_image_download":    {provider.Barred, asking, "It tried to fetch the photo from an address.", ours},
	"invalid_image_url":        {provider.Barred, asking, "It took the photo for an address.", ours},
	"invalid_size":             {provider.Barred, asking, "It does not know the size that was asked for.", ours},
	"invalid_format":           {provider.Barred, asking, "It does not know the kind of file that was asked for.", ours},
	"invalid_channels":         {provider.Barred, asking, "It does not know the part of the result that was asked for.", ours},
	"invalid_roi":              {provider.Barred, asking, "It does not understand where to look.", ours},
	"roi_exceeds_bounds":       {provider.Barred, asking, "It was told to look outside the photo.", ours},
	"roi_region_empty":         {provider.Barred, asking, "It was told to look nowhere.", ours},
	"invalid_bg_color":         {provider.Barred, asking, "It does not know the colour that was asked for.", ours},
	"invalid_bg_image_url":     {provider.Barred, asking, "It does not take the ground that was asked for.", ours},
	"failed_bg_download":       {provider.Barred, asking, "It could not fetch the ground that was asked for.", ours},
	"multiple_bg_sources":      {provider.Barred, asking, "It was given more than one ground.", ours},
	"invalid_crop_margin":      {provider.Barred, asking, "It does not understand how to crop.", ours},
	"invalid_position":         {provider.Barred, asking, "It does not understand where to place the subject.", ours},
	"invalid_scale":            {provider.Barred, asking, "It does not understand how large the subject should be.", ours},
	"invalid_semitransparency": {provider.Barred, asking, "It does not understand what should shine through.", ours},
}

// statuses are what the other statuses mean.
var statuses = map[int]meaning{
	http.StatusBadRequest:            {provider.Unfit, reading, "It did not accept the photo.", another},
	http.StatusUnauthorized:          {provider.Barred, counting, "It does not accept this server's key.", operator},
	http.StatusPaymentRequired:       {provider.Spent, counting, "What was paid there is used up.", operator},
	http.StatusForbidden:             {provider.Barred, counting, "It does not accept this server's key.", operator},
	http.StatusRequestEntityTooLarge: {provider.Unfit, reading, "The photo's file is larger than it takes.", "Bring a smaller copy."},
	http.StatusTooManyRequests:       {provider.Busy, counting, "It has had more calls in this minute than it takes.", "Try again in a minute."},
}

// refusal reads an answer that is no result. Code and detail may be missing, and whatever else may be there instead.
func refusal(a *provider.Answer) *provider.Error {
	var said struct {
		Errors []struct {
			Code string `json:"code"`
		} `json:"errors"`
	}
	code := ""
	if err := json.Unmarshal(a.Body, &said); err == nil && len(said.Errors) > 0 {
		code = word(said.Errors[0].Code)
	}
	m, known := statuses[a.Status]
	if byCode, documented := meanings[code]; documented && a.Status == http.StatusBadRequest {
		m, known = byCode, true
	}
	if !known {
		m = meaning{provider.Failed, "it was asked for the cut", "It is out of order at this moment.", "Try again later."}
	}
	return &provider.Error{Who: Name, Kind: m.kind, Stage: m.stage, Why: m.why, Do: m.do, After: a.After(), Cause: fmt.Errorf("status %d, code %q", a.Status, code)}
}
