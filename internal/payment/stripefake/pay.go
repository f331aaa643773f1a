package stripefake

import (
	"html/template"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// choice is one way to pay on the page.
type choice struct{ Number, Shown, Does string }

var choices = []choice{
	{CardPaid, "4242 4242 4242 4242", "pays"},
	{CardAsks, "4000 0027 6000 3184", "asks whether it is you, as a bank does (3-D Secure)"},
	{CardDeclined, "4000 0000 0000 0002", "is declined"},
	{CardDisputed, "4000 0000 0000 0259", "pays, and the bank disputes it at once"},
	{DebitLate, "DE89 3704 0044 0532 0130 00", "a bank debit, whose money comes later"},
	{DebitFails, "DE62 3704 0044 0532 0130 01", "a bank debit that fails later"},
}

// sheet is what the page shows.
type sheet struct {
	Style, Icon, Name, Price, Back, Say, Number string
	Asks, Closed                                bool
	Choices                                     []choice
	Acts                                        []act
}

// act is something that happens to a payment afterwards.
type act struct{ Name, Does string }

var acts = []act{
	{"half", "Half of it is refunded in Stripe's dashboard"},
	{"rest", "All that is left of it is refunded"},
	{"inquiry", "The bank only asks about it"},
	{"dispute", "The bank takes it back"},
	{"won", "The bank decides that it stands"},
	{"lost", "The bank decides against it"},
}

// act does it. What is not possible as things stand is not done.
func (f *Fake) act(sessionID, name string) error {
	f.mu.Lock()
	c, err := f.paid(sessionID)
	amount, given := int64(0), int64(0)
	if err == nil {
		amount, given = c.Amount, c.AmountRefunded
	}
	f.mu.Unlock()
	switch {
	case err != nil:
		return err
	case name == "half":
		return f.Refund(sessionID, amount/2)
	case name == "rest":
		return f.Refund(sessionID, amount-given)
	case name == "inquiry" || name == "dispute":
		return f.Dispute(sessionID, amount, name == "inquiry")
	case name == "won" || name == "lost":
		return f.Decide(sessionID, name == "won")
	}
	return errState
}

var page = template.Must(template.New("pay").Parse(`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex"><title>Pretended payment</title>{{with .Style}}<link rel="stylesheet" href="{{.}}">{{end}}{{with .Icon}}<link rel="icon" href="{{.}}">{{end}}</head>
<body><main id="main"><div class="text pretended">
<p class="notice"><strong>This is a pretended payment page.</strong> It stands in for Stripe while Easel is tried out. No money moves, and no card is asked for.</p>
<h1>{{.Price}}</h1>
<p class="lead">{{.Name}}</p>
{{with .Say}}<p class="error" role="alert">{{.}}</p>{{end}}
{{if .Acts}}
<form method="post"><fieldset><legend>What can happen to it later, at Stripe or at the bank</legend>
{{range .Acts}}<p><button class="do lesser" name="act" value="{{.Name}}">{{.Does}}</button></p>
{{end}}</fieldset></form>
{{else if .Closed}}{{else if .Asks}}
<form method="post"><fieldset><legend>Your bank asks: is it you who is paying?</legend>
<input type="hidden" name="number" value="{{.Number}}">
<p><button class="do" name="answer" value="yes">Yes, it is me</button> <button class="do lesser" name="answer" value="no">No</button></p></fieldset></form>
{{else}}
<form method="post"><fieldset><legend>Choose what happens</legend>
{{range $i, $c := .Choices}}<label class="tick"><input type="radio" name="number" value="{{.Number}}"{{if eq $i 0}} checked{{end}}><span><strong class="figures">{{.Shown}}</strong><small>{{.Does}}</small></span></label>
{{end}}</fieldset>
<p><button class="do">Pay {{.Price}}</button></p></form>
{{end}}
{{with .Back}}<p><a href="{{.}}">Back to the studio</a></p>{{end}}
</div></main></body></html>
`))

// Page is the pay page: the last part of a request's path is the session. style and icon are addresses, or "".
func (f *Fake) Page(style, icon string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		sessionID := r.URL.Path[strings.LastIndex(r.URL.Path, "/")+1:]
		r.Body = http.MaxBytesReader(w, r.Body, 4096)
		shown, ok := f.sheet(sessionID)
		shown.Style, shown.Icon = style, icon
		if !ok {
			http.Error(w, "There is no such pretended payment.", http.StatusNotFound)
			return
		}
		if name := r.PostFormValue("act"); r.Method == http.MethodPost && shown.Closed && name != "" {
			if shown.Say = "Done. The studio hears of it in a few seconds."; f.act(sessionID, name) != nil {
				shown.Say = "That is not possible as things stand."
			}
		}
		if r.Method == http.MethodPost && !shown.Closed {
			number, answer := r.PostFormValue("number"), r.PostFormValue("answer")
			switch {
			case number == CardAsks && answer == "":
				shown.Asks, shown.Number = true, number
			case number == CardAsks && answer != "yes":
				number = CardDeclined
				fallthrough
			default:
				next, say, err := f.Pay(sessionID, number)
				if err != nil {
					http.Error(w, "The pretended payment did not work.", http.StatusInternalServerError)
					return
				}
				if next != "" {
					http.Redirect(w, r, next, http.StatusSeeOther)
					return
				}
				shown.Say = say
			}
		}
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_ = page.Execute(w, shown) // to a browser that may have gone
	})
}

// sheet says what the page of a session shows.
func (f *Fake) sheet(sessionID string) (sheet, bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	s, ok := f.state.Sessions[sessionID]
	if !ok {
		return sheet{}, false
	}
	f.lapse(s)
	p := sheet{Name: s.Name, Back: s.CancelURL, Choices: choices, Closed: s.Status != "open",
		Price: strings.ToUpper(s.Currency) + " " + strconv.FormatInt(s.AmountTotal/100, 10) + "." + strconv.FormatInt(100+s.AmountTotal%100, 10)[1:]}
	if s.cards() {
		p.Choices = slices.DeleteFunc(slices.Clone(choices), func(c choice) bool { return c.Number == DebitLate || c.Number == DebitFails })
	}
	if p.Closed {
		p.Say, p.Back = "This payment page is closed.", s.SuccessURL
		if s.PaymentStatus == "paid" {
			p.Say, p.Acts = "This is paid.", acts
		}
	}
	return p, true
}
