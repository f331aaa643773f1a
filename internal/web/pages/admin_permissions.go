package pages

import (
	"errors"
	"net/http"
	"strings"

	"github.com/google/uuid"

	"easel/internal/fault"
	"easel/internal/rights"
	"easel/internal/web/edge"
	"easel/internal/web/ui"
)

// permissionsPage is where those who run the place ask whether a picture may be shown.
type permissionsPage struct {
	ui.Frame

	Saved, Error string
	Picture, Why field
	List         []permissionRow
}

type permissionRow struct {
	Number, Reason, State, URL string // URL: of the picture, while its owner says yes
	Clock                      ui.Clock
}

const adminPermissionsURL = "/admin/permissions"

func (s *site) permissionDesk(w http.ResponseWriter, r *http.Request) error {
	p, err := s.permissionsPage(r)
	if err != nil {
		return err
	}
	return s.show(w, r, http.StatusOK, "admin_permissions", &p)
}

func (s *site) permissionsPage(r *http.Request) (permissionsPage, error) {
	operator, err := s.operator(r)
	if err != nil {
		return permissionsPage{}, err
	}
	all, err := s.Rights.AllPermissions(r.Context(), operator)
	p := s.permissionsOf(all)
	p.Saved, p.Picture.Value, p.Why.Value = s.saved(r), r.PostFormValue("picture"), r.PostFormValue("reason")
	return p, err
}

func (s *site) permissionsOf(all []rights.Permission) permissionsPage {
	say := s.texts.Text
	p := permissionsPage{Frame: ui.Frame{Title: say("asking.title")},
		Picture: field{Name: "picture", Label: say("asking.picture"), Type: "text", Complete: "off", Required: true, Max: 200, Help: say("asking.picture.help")},
		Why:     field{Name: "reason", Label: say("asking.why"), Type: "text", Complete: "off", Required: true, Max: 500, Help: say("asking.why.help")}}
	for _, one := range all {
		row := permissionRow{Number: one.Run.String(), Reason: one.Reason, State: say("asking." + string(one.Answer)), Clock: s.clock(one.Asked, one.Deadline)}
		if one.Answer == rights.Yes {
			row.URL = adminPermissionsURL + "/" + one.ID.String() + "/picture"
		}
		p.List = append(p.List, row)
	}
	return p
}

func (s *site) askPermission(w http.ResponseWriter, r *http.Request) error {
	operator, err := s.operator(r)
	if err != nil {
		return err
	}
	if err := s.form(r); err != nil {
		return err
	}
	text := strings.TrimSpace(r.PostForm.Get("picture"))
	if at := strings.LastIndex(text, "run-"); at >= 0 { // the address of a portrait ends with its number
		text = text[at+len("run-"):]
	}
	run, bad := uuid.Parse(text)
	if bad != nil {
		err = fault.Wrap(bad, fault.Invalid, s.texts.Text("asking.wrong"))
	} else {
		err = s.Rights.AskPermission(r.Context(), operator, run, r.PostForm.Get("reason"))
	}
	if err == nil {
		return see(w, r, adminPermissionsURL+"?saved=asked")
	}
	if !edge.WantsPage(r) || edge.Status(err) == http.StatusInternalServerError {
		return err
	}
	p, broken := s.permissionsPage(r)
	if broken != nil {
		return broken
	}
	p.Error = fault.Of(err).Say
	return s.show(w, r, edge.Status(err), "admin_permissions", &p)
}

// permittedPicture sends a picture to those who run the place, as long as its owner says yes.
func (s *site) permittedPicture(w http.ResponseWriter, r *http.Request) error {
	operator, id, err := s.askedFile(r)
	if err != nil {
		return err
	}
	p, err := s.Rights.Permitted(r.Context(), operator, id)
	if err != nil {
		return err
	}
	content, err := s.Studio.Picture(r.Context(), p.Owner, p.Run)
	if err != nil {
		return err
	}
	err = edge.SendPicture(w, r, content)
	return errors.Join(err, content.Close())
}
