package pages

import (
	"errors"
	"image"
	"math/rand/v2"
	"net/http"
	"slices"
	"strconv"

	"easel/internal/fault"
	"easel/internal/generation"
	"easel/internal/web/edge"
)

// start queues the chosen styles and goes back to the photo's page, where they are drawn.
func (s *site) start(w http.ResponseWriter, r *http.Request) error {
	owner, id, err := s.asked(r)
	if err != nil {
		return err
	}
	work, err := s.Studio.Find(r.Context(), owner, id)
	if err != nil {
		return err
	}
	styles, crop, err := s.order(r, work)
	if err == nil {
		_, err = s.Studio.Start(r.Context(), owner, id, styles, crop, 1+rand.Uint64N(1<<63-1)) // 0 is for previews
	}
	switch {
	case err == nil:
		http.Redirect(w, r, photoURL(id), http.StatusSeeOther)
		return nil
	case !edge.WantsPage(r) || edge.Status(err) == http.StatusInternalServerError || fault.Is(err, fault.Busy) || fault.Is(err, fault.Missing):
		return err
	}
	p := s.workPage(work)
	p.Error = fault.Of(err).Say
	return s.show(w, edge.Status(err), "work", p)
}

// order reads from the form what to draw.
func (s *site) order(r *http.Request, work generation.Work) (styles []string, crop image.Rectangle, err error) {
	if err := r.ParseForm(); err != nil {
		var long *http.MaxBytesError
		if errors.As(err, &long) {
			return nil, crop, err
		}
		return nil, crop, fault.Wrap(err, fault.Invalid, s.texts.Text("upload.form"))
	}
	if styles, err = s.chosen(r.PostForm["style"]); err != nil {
		return nil, crop, err
	}
	crop, err = s.framed(r, work)
	return styles, crop, err
}

// chosen returns the styles asked for, each once, in the studio's order.
func (s *site) chosen(asked []string) ([]string, error) {
	var styles []string
	for _, style := range s.Styles {
		if slices.Contains(asked, style.ID) {
			styles = append(styles, style.ID)
		}
	}
	for _, id := range asked {
		if !slices.Contains(styles, id) {
			return nil, fault.New(fault.Invalid, s.texts.Text("start.style"))
		}
	}
	if len(styles) == 0 {
		return nil, fault.New(fault.Invalid, s.texts.Text("start.styles"))
	}
	return styles, nil
}

// sideMin is the least that a frame may leave of a photo: less holds no face.
const sideMin = 32

// framed returns the part of the photo to draw.
func (s *site) framed(r *http.Request, work generation.Work) (image.Rectangle, error) {
	whole := image.Rect(0, 0, work.W, work.H)
	switch r.PostForm.Get("crop") {
	case "whole":
		return whole, nil
	case "face", "":
		return fit(work.Crop, work.W, work.H), nil
	}
	var at [4]int
	for i, name := range []string{"x0", "y0", "x1", "y1"} {
		n, err := strconv.Atoi(r.PostForm.Get(name))
		if err != nil {
			return whole, fault.Wrap(err, fault.Invalid, s.texts.Text("start.crop"))
		}
		at[i] = n
	}
	own := image.Rectangle{Min: image.Pt(at[0], at[1]), Max: image.Pt(at[2], at[3])}
	least := min(sideMin, work.W, work.H)
	if !own.In(whole) || own.Dx() < least || own.Dy() < least {
		return whole, fault.New(fault.Invalid, s.texts.Text("start.crop"))
	}
	return own, nil
}
