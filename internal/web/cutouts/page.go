package cutouts

import (
	"net/http"
	"slices"
	"time"

	"easel/internal/cutout"
	"easel/internal/fault"
	"easel/internal/policy"
	"easel/internal/web/edge"
	"easel/internal/web/ui"
)

// page is the studio's one page: before a session, and in one.
type page struct {
	ui.Frame

	Keeps      string // what is kept, and how long
	Gone       string
	Error      string
	Max, MaxMB int64 // of one photo, in bytes and megabytes
	Accept     string
	Statements []string
	Prohibited []string
	Session    string
	Secret     string
	Turn       uint64   // of the session, so that no news is missed
	Clock      ui.Clock // of the session
	Photos     []photo
	Working    bool     // something is being worked on: news will come
	Refused    []string // photos that were not taken, and why
	Stated     bool     // the statement was ticked, with photos that were not taken
	Crowd      bool     // and the crowd was chosen
	Ready      int      // results that can be downloaded
	Locked     int      // of them, those that need a code
	Sold       bool     // codes can be bought
	Sent       []string // who else receives photos
}

// photo is one photo as the page shows it.
type photo struct {
	cutout.Photo

	Live            bool   // it is being worked on
	Background      bool   // the background is taken out; else the crowd
	View, Result    string // addresses
	MaskURL         string
	Percent         int
	Status          string
	Ground, Colour  string // what stands behind, and its colour
	Shadow          bool
	CanFill, CanGet bool
	CanRetry        bool
	Error           string
}

func (b *booth) page() *page {
	title := b.texts.Text("cutout.title")
	return &page{
		Frame: ui.Frame{Title: title, Description: b.texts.Text("cutout.lead"), Studio: b.Policy.Name, Header: top},
		Keeps: b.texts.Text("cutout.keeps", b.Policy.Retention[policy.Upload].Keep), Max: b.Bytes, MaxMB: b.Bytes >> 20,
		Accept: ui.Accepted, Statements: b.Policy.Statements, Prohibited: b.Policy.Prohibited,
		Sold: b.Sold, Sent: b.sent(),
	}
}

// sent names the providers that photos are sent to.
func (b *booth) sent() (names []string) {
	for _, r := range b.Policy.Recipients {
		if r.Role == policy.Provider && slices.Contains(r.Data, policy.Upload) {
			names = append(names, r.Name)
		}
	}
	return names
}

func (b *booth) show(w http.ResponseWriter, status int, p *page) error {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	return b.UI.Render(w, "cutout", p)
}

// showSession shows the session as it stands, with what went wrong, if anything.
func (b *booth) showSession(w http.ResponseWriter, r *http.Request, ss *cutout.Session, wrong error) error {
	return b.showAt(w, r, ss, shown{r.PostForm.Get("session"), r.PostForm.Get("secret"), r.PostForm.Get("photo"), wrong, nil})
}

// shown is what a session's page shows beside its photos.
type shown struct {
	id, secret string
	photo      string // to which what went wrong belongs; "" for none
	wrong      error
	refused    []string // photos that were not taken
}

// showAt shows a session. What went wrong stands with its photo, or on top where it belongs to none.
func (b *booth) showAt(w http.ResponseWriter, r *http.Request, ss *cutout.Session, s shown) error {
	b.Edge.Report(r, s.wrong)
	p := b.page()
	p.Description = "" // a session is nobody's to find
	p.Session, p.Secret, p.Refused = s.id, s.secret, s.refused
	p.Clock = b.texts.Clock(time.Now(), ss.Deadline().Add(-b.Policy.Keep(policy.Upload)), ss.Deadline())
	status, say := http.StatusOK, ""
	if s.wrong != nil {
		status, say = edge.Status(s.wrong), fault.Of(s.wrong).Say
		edge.RetryAfter(w.Header(), s.wrong)
	}
	p.Turn = ss.Turn()
	for _, known := range ss.Photos() {
		one := b.photo(known)
		if known.ID == s.photo {
			one.Error, say = say, ""
		}
		p.Working = p.Working || one.Live
		p.Photos = append(p.Photos, one)
		if one.CanGet {
			p.Ready++
			if !one.Unlocked {
				p.Locked++
			}
		}
	}
	p.Error = say
	return b.show(w, status, p)
}

func (b *booth) photo(k cutout.Photo) photo {
	p := photo{Photo: k, Live: k.State == cutout.Waiting || k.State == cutout.Working, Background: k.Kind == cutout.Background,
		View: "/cutout/picture/" + k.View, Percent: int(100*k.Done + 0.5), Ground: string(k.Ground.Kind), Shadow: k.Ground.Shadow}
	p.Colour = "#" + hex2(k.Ground.Colour[0]) + hex2(k.Ground.Colour[1]) + hex2(k.Ground.Colour[2])
	if k.Preview != "" {
		p.Result = "/cutout/picture/" + k.Preview
	}
	if k.Mask != "" {
		p.MaskURL = "/cutout/picture/" + k.Mask
	}
	p.CanGet = k.State == cutout.Ready
	p.CanRetry = k.State == cutout.Failed
	p.CanFill = k.Kind == cutout.Crowd && k.State == cutout.Asking
	switch {
	case k.State == cutout.Waiting && k.Ahead > 0:
		p.Status = b.texts.Text("cutout.ahead", k.Ahead, max(1, int(k.Left.Seconds()+0.5)))
	case p.Live:
		p.Status = b.texts.Text("cutout.working")
	}
	return p
}

func hex2(v uint8) string {
	const digits = "0123456789abcdef"
	return string([]byte{digits[v>>4], digits[v&15]})
}
