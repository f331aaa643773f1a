package issuer

import (
	"crypto/rand"
	"html/template"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

var page = template.Must(template.New("page").Parse(`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>Demo sign-in</title>
<style>
body{font:1rem/1.5 system-ui,sans-serif;max-width:26rem;margin:3rem auto;padding:0 1rem;color:#222;background:#fff}
button,input,select{font:inherit;padding:.5rem .75rem;margin:.25rem 0;width:100%;box-sizing:border-box;text-align:start}
fieldset{border:1px solid #ccc;margin:1rem 0}p.note{background:#fff3cd;padding:.5rem .75rem}
</style></head><body>
<h1>Demo sign-in</h1>
<p class="note">This stands in for a real sign-in service on this machine. Anybody can be anybody here.</p>
<form method="post" action="/auth">
{{range $name, $value := .Asked}}<input type="hidden" name="{{$name}}" value="{{$value}}">{{end}}
<label>What goes wrong: <select name="fault">{{range .Faults}}<option value="{{.Fault}}">{{.Say}}</option>{{end}}</select></label>
<fieldset><legend>Choose an account</legend>
{{range .People}}<button name="subject" value="{{.Subject}}"><strong>{{.Name}}</strong> {{.Mail}}</button>
{{end}}</fieldset>
<fieldset><legend>Or type an address</legend>
<label>Address <input type="email" name="mail" autocomplete="off"></label>
<label>Name <input type="text" name="name" autocomplete="off"></label>
<button name="subject" value="">Go on</button></fieldset>
<button name="fault" value="denied">Cancel</button>
</form></body></html>
`))

// asked are the parameters of a sign-in that the page carries along.
var asked = []string{"client_id", "redirect_uri", "response_type", "scope", "state", "nonce", "code_challenge", "code_challenge_method"}

// wrong says what a site asks wrongly: then nobody is sent anywhere.
func (i *Issuer) wrong(v url.Values) string {
	switch {
	case v.Get("client_id") != i.config.ClientID:
		return "The site is not known here: its client_id is another."
	case v.Get("redirect_uri") != i.config.Back:
		return "The site asks to send people back to an address that is not its own."
	case v.Get("response_type") != "code":
		return "Only the code flow is served: response_type=code."
	case !slices.Contains(strings.Fields(v.Get("scope")), "openid"):
		return "The scope openid is missing."
	case v.Get("state") == "" || v.Get("nonce") == "":
		return "A sign-in needs a state and a nonce."
	case v.Get("code_challenge_method") != "S256" || v.Get("code_challenge") == "":
		return "A sign-in needs PKCE with S256."
	}
	return ""
}

// page asks who to be.
func (i *Issuer) page(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	if say := i.wrong(query); say != "" {
		http.Error(w, say, http.StatusBadRequest)
		return
	}
	carry := map[string]string{}
	for _, name := range asked {
		carry[name] = query.Get(name)
	}
	back, err := url.Parse(i.config.Back)
	if err != nil {
		http.Error(w, "The site's address cannot be read.", http.StatusInternalServerError)
		return
	}
	// A form's answer may lead on only where the page says; that includes the way back.
	w.Header().Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; form-action 'self' "+back.Scheme+"://"+back.Host)
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_ = page.Execute(w, map[string]any{"Asked": carry, "People": People, "Faults": Faults}) // nobody is left to tell
}

// choose sends the person back with a code.
func (i *Issuer) choose(w http.ResponseWriter, r *http.Request) {
	if err := r.ParseForm(); err != nil {
		http.Error(w, "The form cannot be read.", http.StatusBadRequest)
		return
	}
	if say := i.wrong(r.PostForm); say != "" {
		http.Error(w, say, http.StatusBadRequest)
		return
	}
	answer := url.Values{"state": {r.PostFormValue("state")}, "iss": {i.config.URL.String()}}
	who, ok := chosen(r.PostForm)
	faults := r.PostForm["fault"]
	switch {
	case slices.Contains(faults, string(Denied)):
		answer.Set("error", "access_denied")
	case !ok:
		http.Error(w, "Choose an account, or type an address.", http.StatusBadRequest)
		return
	default:
		code := rand.Text()
		g := grant{who: who, nonce: r.PostFormValue("nonce"), challenge: r.PostFormValue("code_challenge"), expires: i.config.Now().Add(codeLasts)}
		if len(faults) > 0 {
			g.fault = Fault(faults[0])
		}
		i.mu.Lock()
		maps.DeleteFunc(i.codes, func(_ string, old grant) bool { return !i.config.Now().Before(old.expires) })
		i.codes[code] = g
		i.mu.Unlock()
		answer.Set("code", code)
	}
	http.Redirect(w, r, i.config.Back+"?"+answer.Encode(), http.StatusSeeOther)
}

func chosen(form url.Values) (who Person, ok bool) {
	if s := form.Get("subject"); s != "" {
		n := slices.IndexFunc(People, func(p Person) bool { return p.Subject == s })
		if n < 0 {
			return Person{}, false
		}
		return People[n], true
	}
	mail := strings.TrimSpace(form.Get("mail"))
	if mail == "" {
		return Person{}, false
	}
	return Person{Subject: subject(mail), Name: strings.TrimSpace(form.Get("name")), Mail: mail}, true
}
