package pages

import (
	"maps"
	"net/http"
)

// handlers are patterns of net/http and what answers them.
type handlers = map[string]func(http.ResponseWriter, *http.Request) error

// routes is the whole site.
func (s *site) routes() *http.ServeMux {
	mux := http.NewServeMux()
	for pattern, handler := range s.patterns() {
		mux.Handle(pattern, s.Edge.Handle(handler))
	}
	mux.Handle("POST /portrait/{$}", s.Edge.Upload(s.bring, s.Bytes+formMargin))
	if s.Pretend != nil {
		mux.Handle("/demo/pay/{session}", s.Pretend)
	}
	if s.Cutouts != nil {
		mux.Handle("/cutout/", s.Cutouts)
	}
	if s.Shop != nil {
		mux.Handle("/cutout/codes", s.Shop)
		mux.Handle("/cutout/codes/", s.Shop)
	}
	mux.Handle("GET /assets/{file}", s.UI.Assets())
	mux.Handle("GET /samples/{file}", s.UI.Samples())
	return mux
}

// patterns is every page and form but the one that takes a photo. Whatever is somebody's has its id in the address as {id}.
func (s *site) patterns() handlers {
	all := s.studioRoutes()
	for _, some := range []handlers{s.doorRoutes(), s.accountRoutes(), s.federationRoutes(), s.operatorRoutes(), s.buyRoutes(), s.tokensRoutes(), s.counterRoutes(), s.promiseRoutes(), s.rightsRoutes(), s.receiptRoutes(), s.deletionRoutes(), s.codeRoutes(), s.officeRoutes()} {
		maps.Copy(all, some)
	}
	return all
}

// studioRoutes are for looking round, and for photos and what is drawn from them.
func (s *site) studioRoutes() handlers {
	return handlers{
		"GET /{$}":                 s.home,
		"GET /licences":            s.licences,
		"GET /questions":           s.questions,
		"GET /healthz":             s.health,
		"GET /readyz":              s.ready,
		"GET /portrait/{$}":        s.studio,
		"GET /portrait/photo/{id}": s.work,

		"GET /portrait/photo/{id}/original": s.photo,
		"GET /portrait/photo/{id}/preview":  s.preview,
		"GET /portrait/photo/{id}/events":   s.events,
		"POST /portrait/photo/{id}/start":   s.start,
		"POST /portrait/photo/{id}/delete":  s.deletePhoto,

		"GET /portrait/work/{id}":          s.card,
		"GET /portrait/work/{id}/picture":  s.picture,
		"GET /portrait/work/{id}/original": s.before,
		"GET /portrait/work/{id}/download": s.download,
		"POST /portrait/work/{id}/full":    s.enlarge,
		"POST /portrait/work/{id}/cancel":  s.cancel,
		"POST /portrait/work/{id}/delete":  s.deleteWork,
	}
}

// formMargin is what a multipart form adds to the photo in it.
const formMargin = 64 << 10
