package pages

import (
	"errors"
	"image"
	"net/http"
	"slices"
	"strconv"
	"strings"

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
	order, err := s.order(r, work)
	if err == nil {
		_, err = s.Studio.Start(r.Context(), owner, id, order)
	}
	switch {
	case err == nil:
		http.Redirect(w, r, photoURL(id), http.StatusSeeOther)
		return nil
	case !edge.WantsPage(r) || edge.Status(err) == http.StatusInternalServerError || fault.Is(err, fault.Busy) || fault.Is(err, fault.Missing):
		return err
	}
	p := s.workPage(work)
	p.Error, p.Take, p.Unpaid = fault.Of(err).Say, r.PostForm.Get("take"), fault.Is(err, fault.Unpaid)
	return s.show(w, r, edge.Status(err), "work", &p)
}

// order reads from the form what to draw.
func (s *site) order(r *http.Request, work generation.Work) (o generation.Order, err error) {
	if err := r.ParseForm(); err != nil {
		var long *http.MaxBytesError
		if errors.As(err, &long) {
			return o, err
		}
		return o, fault.Wrap(err, fault.Invalid, s.texts.Text("upload.form"))
	}
	if o.Styles, err = s.chosen(r.PostForm["style"]); err != nil {
		return o, err
	}
	if o.Ink, err = s.dipped(r.PostForm.Get("ink")); err != nil {
		return o, err
	}
	if o.Background, err = s.grounded(r.PostForm.Get("background")); err != nil {
		return o, err
	}
	if o.Strength, err = s.pressed(r.PostForm.Get("strength")); err != nil {
		return o, err
	}
	if o.Seed, err = s.numbered(r.PostForm.Get("take")); err != nil {
		return o, err
	}
	o.Crop, err = s.framed(r, work)
	return o, err
}

// dipped returns the ink asked for; empty leaves it to the styles.
func (s *site) dipped(asked string) (string, error) {
	if asked == "" || slices.ContainsFunc(s.Inks, func(known Ink) bool { return known.ID == asked }) {
		return asked, nil
	}
	return "", fault.New(fault.Invalid, s.texts.Text("start.ink"))
}

// numbered returns the take that is to be drawn again; 0 asks for a new one.
func (s *site) numbered(asked string) (uint64, error) {
	asked = strings.TrimSpace(asked)
	if asked == "" {
		return 0, nil
	}
	n, err := strconv.ParseUint(asked, 10, 64)
	if err != nil || n < 1 || n > generation.LastTake {
		return 0, fault.New(fault.Invalid, s.texts.Text("start.take", generation.LastTake))
	}
	return n, nil
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
