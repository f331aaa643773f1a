package pages

// doorRoutes are for signing up, in and out.
func (s *site) doorRoutes() handlers {
	return handlers{
		"GET /sign-up":                 s.signUp,
		"POST /sign-up":                s.register,
		"GET /sign-in":                 s.signIn,
		"POST /sign-in":                s.enter,
		"POST /sign-out":               s.signOut,
		"GET /forgotten":               s.forgotten,
		"POST /forgotten":              s.askReset,
		"GET /link/{purpose}/{token}":  s.link,
		"POST /link/{purpose}/{token}": s.spend,
	}
}

// accountRoutes are a person's own pages.
func (s *site) accountRoutes() handlers {
	own := handlers{
		"GET /account":                      s.own,
		"POST /account/name":                s.rename,
		"POST /account/mail":                s.askMail,
		"POST /account/password":            s.changePassword,
		"POST /account/sessions/{id}/end":   s.endSession,
		"POST /account/sessions/end-others": s.endOthers,
		"GET /account/visits":               s.visits,
		"GET /account/confirm":              s.confirm,
		"POST /account/confirm":             s.confirmed,
		"GET /account/leave":                s.leave,
		"POST /account/leave":               s.left,
	}
	if s.Keys != nil {
		own["GET /account/keys"] = s.keys
		own["POST /account/keys"] = s.makeKey
		own["POST /account/keys/{id}/revoke"] = s.revokeKey
	}
	return own
}

// operatorRoutes are for who runs the place.
func (s *site) operatorRoutes() handlers {
	if s.Letters == nil {
		return nil
	}
	return handlers{
		"GET /admin/letters":             s.letters,
		"GET /admin/letters/{id}":        s.letter,
		"POST /admin/letters/{id}/again": s.sendAgain,
	}
}
