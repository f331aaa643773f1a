package pages

import "net/http"

// routes is the whole site on one page.
func (s *site) routes() *http.ServeMux {
	mux := http.NewServeMux()
	for pattern, handler := range map[string]func(http.ResponseWriter, *http.Request) error{
		"GET /{$}":                 s.home,
		"GET /portrait/privacy":    s.privacy,
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
	} {
		mux.Handle(pattern, s.Edge.Handle(handler))
	}
	for _, some := range []map[string]func(http.ResponseWriter, *http.Request) error{s.doorRoutes(), s.accountRoutes(), s.federationRoutes(), s.operatorRoutes()} {
		for pattern, handler := range some {
			mux.Handle(pattern, s.Edge.Handle(handler))
		}
	}
	mux.Handle("POST /portrait/{$}", s.Edge.Upload(s.bring, s.Bytes+formMargin))
	if s.Pretend != nil {
		mux.Handle("/demo/pay/{session}", s.Pretend)
	}
	mux.Handle("GET /assets/{file}", s.UI.Assets())
	mux.Handle("GET /samples/{file}", s.UI.Samples())
	return mux
}

// formMargin is what a multipart form adds to the photo in it.
const formMargin = 64 << 10
