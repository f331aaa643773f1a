package pages

import (
	"context"
	"net/http"

	"github.com/google/uuid"

	"easel/internal/payment"
	"easel/internal/web/ui"
)

const officeURL = "/admin"

// officeRoutes are for who runs the place.
func (s *site) officeRoutes() handlers {
	return handlers{"GET " + officeURL: s.office}
}

// officePage leads those who run the place to everything that they look after, and says what waits there.
type officePage struct {
	ui.Frame

	Rooms []room
}

// room is one of the pages behind the office.
type room struct {
	Title, About, URL string
	Says              string // what waits
	Late              bool   // it should have been done
}

func (s *site) office(w http.ResponseWriter, r *http.Request) error {
	operator, err := s.operator(r)
	if err != nil {
		return err
	}
	p := officePage{Frame: ui.Frame{Title: s.texts.Text("office.title")}}
	for _, look := range []func(context.Context, uuid.UUID) (room, bool, error){s.requestRoom, s.orderRoom, s.letterRoom, s.deletionRoom, s.codeRoom} {
		one, there, err := look(r.Context(), operator)
		if err != nil {
			one.Says, one.Late = s.texts.Text("office.unknown"), true // the others are of use all the same
			s.Edge.Report(r, err)
		}
		if there {
			p.Rooms = append(p.Rooms, one)
		}
	}
	return s.show(w, r, http.StatusOK, "admin_office", &p)
}

// room is a page by the names of its title and of what it is about among the texts.
func (s *site) room(title, about, url string) room {
	return room{Title: s.texts.Text(title), About: s.texts.Text(about), URL: url, Says: s.texts.Text("office.nothing")}
}

// waits puts into words how much waits.
func (s *site) waits(r *room, name string, n int) {
	switch {
	case n == 1:
		r.Says = s.texts.Text(name + ".1")
	case n > 1:
		r.Says = s.texts.Text(name+".n", n)
	}
}

func (s *site) requestRoom(ctx context.Context, operator uuid.UUID) (r room, there bool, err error) {
	if s.Rights == nil {
		return r, false, nil
	}
	r = s.room("office.requests", "office.requests.about", adminRequestsURL)
	open, err := s.Rights.Queue(ctx, operator, true)
	if err != nil {
		return r, true, err
	}
	late := 0
	for _, one := range open {
		if one.Late(s.Now()) {
			late++
		}
	}
	s.waits(&r, "office.requests", len(open))
	if late > 0 {
		r.Says, r.Late = join([]string{r.Says, s.texts.Text("office.late", late)}), true
	}
	return r, true, nil
}

func (s *site) orderRoom(ctx context.Context, operator uuid.UUID) (r room, there bool, err error) {
	if s.Counter == nil {
		return r, false, nil
	}
	r = s.room("office.orders", "office.orders.about", adminOrdersURL)
	newest, err := s.Counter.Find(ctx, operator, "")
	if err != nil {
		return r, true, err
	}
	odd := 0
	for _, o := range newest {
		if o.State == payment.Review {
			odd++
		}
	}
	s.waits(&r, "office.orders", odd)
	r.Late = odd > 0
	return r, true, nil
}

func (s *site) letterRoom(ctx context.Context, operator uuid.UUID) (r room, there bool, err error) {
	if s.Letters == nil {
		return r, false, nil
	}
	r = s.room("office.letters", "office.letters.about", lettersURL)
	all, err := s.Letters.Letters(ctx, operator)
	if err != nil {
		return r, true, err
	}
	s.waits(&r, "office.letters", len(all))
	for _, l := range all {
		r.Late = r.Late || l.Failed
	}
	return r, true, nil
}

func (s *site) deletionRoom(ctx context.Context, _ uuid.UUID) (r room, there bool, err error) {
	if s.Deletion == nil {
		return r, false, nil
	}
	r = s.room("office.deletion", "office.deletion.about", deletionURL)
	r.Says = s.texts.Text("office.deletion.well")
	state, err := s.Deletion.State(ctx)
	if err != nil {
		return r, true, err
	}
	copies, err := s.Deletion.Copies(ctx)
	if err != nil {
		return r, true, err
	}
	switch {
	case state.Clock.Stopped:
		r.Says, r.Late = s.texts.Text("office.deletion.stopped"), true
	case state.KeysStuck != "" || state.Stuck != "":
		r.Says, r.Late = s.texts.Text("office.deletion.stuck"), true
	case copies.Late(s.Now()):
		r.Says, r.Late = s.texts.Text("office.deletion.copies"), true
	}
	return r, true, nil
}

func (s *site) codeRoom(ctx context.Context, operator uuid.UUID) (r room, there bool, err error) {
	if s.Mint == nil {
		return r, false, nil
	}
	r = s.room("office.codes", "office.codes.about", adminCodesURL)
	r.Says = s.texts.Text("office.codes.0")
	all, err := s.Mint.Batches(ctx, operator)
	if err != nil {
		return r, true, err
	}
	good := 0
	for _, b := range all {
		if b.Voided.IsZero() && s.Now().Before(b.Expires) {
			good++
		}
	}
	s.waits(&r, "office.codes", good)
	return r, true, nil
}
