package pages

import (
	"net/http"
)

// cancel stops one run and shows what became of it.
func (s *site) cancel(w http.ResponseWriter, r *http.Request) error {
	owner, id, err := s.asked(r)
	if err != nil {
		return err
	}
	if err := s.Studio.Cancel(r.Context(), owner, id); err != nil {
		return err
	}
	return s.card(w, r)
}

// deleteWork destroys one portrait. Its frame stays a moment, empty.
func (s *site) deleteWork(w http.ResponseWriter, r *http.Request) error {
	owner, id, err := s.asked(r)
	if err != nil {
		return err
	}
	run, err := s.Studio.FindRun(r.Context(), owner, id)
	if err != nil {
		return err
	}
	if err := s.Studio.Delete(r.Context(), owner, id); err != nil {
		return err
	}
	if part(r) {
		c := s.cardOf(run, "")
		c.State, c.Live = gone, false
		return s.put(w, http.StatusOK, "card", fragment{c})
	}
	http.Redirect(w, r, photoURL(run.UploadID), http.StatusSeeOther)
	return nil
}

// deletePhoto destroys a photo and everything drawn from it.
func (s *site) deletePhoto(w http.ResponseWriter, r *http.Request) error {
	owner, id, err := s.asked(r)
	if err != nil {
		return err
	}
	if err := s.Studio.DeleteUpload(r.Context(), owner, id); err != nil {
		return err
	}
	http.Redirect(w, r, "/portrait/?gone", http.StatusSeeOther)
	return nil
}
