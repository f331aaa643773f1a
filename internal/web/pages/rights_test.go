package pages

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"easel/internal/account"
	"easel/internal/fault"
	"easel/internal/generation"
	"easel/internal/policy"
	"easel/internal/rights"
)

// rightsSamples are the pages about people's data in every state.
func rightsSamples(s *site) []sample {
	held := map[policy.Kind]rights.Held{policy.Upload: {Count: 2, First: noon.Add(3 * time.Hour)}, policy.Person: {Count: 1}}
	work := generation.Work{Upload: generation.Upload{ID: uuid.New(), Name: "Ana", W: 120, H: 160, Created: noon, Deadline: noon.Add(3*time.Hour + 12*time.Minute)}}
	full := s.dataPage(held, []generation.Work{work}, account.Person{Name: "Ana", Mail: "ana@example.com"})
	full.Fresh, full.Open, full.Saved = true, "One waits.", "Saved."
	full.Records = s.recordsOf([]account.Record{account.RecordSignIns})
	asked := rights.Permission{ID: uuid.New(), Run: uuid.New(), Reason: "our shop window", Answer: rights.Unanswered, Asked: noon, Deadline: noon.Add(time.Hour)}
	yes := asked
	yes.Answer = rights.Yes
	full.Questions = []question{s.questionOf(asked), s.questionOf(yes)}
	bare := s.dataPage(nil, nil, account.Person{})
	bare.Suspended, bare.Confirm, bare.Receivers = "Suspended since yesterday.", confirmURL(dataURL), []string{"A mail server"}
	open := rights.File{Request: rights.Request{ID: uuid.New(), Number: "7KQ2-9XWD", Account: true, Subject: uuid.New(), Kind: policy.AskAccess, Channel: rights.Page, Received: noon.Add(-time.Hour), Due: noon.Add(time.Hour), State: rights.Open},
		Said: rights.Said{Words: "Tell me."}, Steps: []rights.Step{{At: noon, What: rights.Received}, {At: noon, What: rights.Told, Words: "We are looking."}}}
	late, done := open, open
	late.Due, late.Account, late.Kind, late.Said = noon.Add(-time.Minute), false, policy.AskAuthority, rights.Said{Words: "Order 17.", Name: "Court", About: uuid.New()}
	done.State, done.Said = rights.Done, rights.Said{}
	own := requestsPage{Form: s.requestForm(requestsURL, string(policy.AskObjection), true), List: []requestRow{s.requestRow(open), s.requestRow(late), s.requestRow(done)}, Saved: "Sent."}
	own.Form.Error = "Say in a few words."
	outside := strangerPage{Form: s.requestForm(requestURL, "", false)}
	name, mail := s.nameField(""), s.mailField("")
	outside.Form.Name, outside.Form.Mail = &name, &mail
	r, _ := http.NewRequest(http.MethodGet, adminRequestsURL, http.NoBody)
	queue := s.queueOf([]rights.Request{late.Request, open.Request}, r)
	closed := s.queueOf(nil, r)
	closed.Closed, queue.Error = true, "That is no account's number."
	return []sample{
		{"your data", "your_data", full, map[string]int{"#works li": 1, "#works easel-clock .left": 1, "#works form[action$='/delete']": 1, "form[action='/your-data/export'] button.do": 1, "#held easel-clock": 1,
			"#records li": 2, "#records input[name=on]": 1, "#permissions li": 2, "#permissions button": 3, "#suspend form[action='/your-data/suspend']": 1, "h1": 1, "a[href='/your-data/schema.json']": 1}},
		{"your data, with nothing here", "your_data", bare, map[string]int{"#works li": 0, "form[action='/your-data/export']": 0, "#take a.do[href^='/account/confirm']": 1, "#how li": 1, "form[action='/your-data/resume']": 1, "#records": 0, "#permissions": 0}},
		{"permission", "permission", s.permissionPage("token", asked), map[string]int{"form[action='/permission/token'] button": 2, "h1": 1}},
		{"permission given", "permission", s.permissionPage("token", yes), map[string]int{"button[value=withdrawn]": 1, "form[action='/permission/token'] button": 1}},
		{"requests", "requests", own, map[string]int{".asked > li": 3, ".late": 1, "form[action$='/withdraw']": 2, ".asked easel-clock[data-due]": 2, "input[name=kind]": 9, "input[name=kind][checked]": 1, "textarea[required]": 1, ".error": 1}},
		{"request of a stranger", "request", outside, map[string]int{"form[action='/request'] input[name=mail]": 1, "input[name=kind]": 9, ".choices a": 0, "h1": 1}},
		{"request confirmed", "request_confirmed", s.confirmedPage(open.Request), map[string]int{"h1": 1, "[role=status]": 1}},
		{"queue of requests", "admin_requests", queue, map[string]int{".asked > li": 2, ".late": 1, "input[name=kind]": 10, "input[name=channel]": 3, "input[type=date]": 1, ".error": 1}},
		{"answered requests", "admin_requests", closed, map[string]int{".asked": 0, "#new": 0, "a[href='/admin/requests']": 1}},
		{"a request", "admin_request", s.fileOf(open), map[string]int{".steps li": 2, "input[name=what]": 5, "textarea": 1, "easel-clock": 1}},
		{"a late demand", "admin_request", s.fileOf(late), map[string]int{"input[name=what][value=disclosed]": 1, ".why": 1}},
		{"an answered request", "admin_request", s.fileOf(done), map[string]int{"#act": 0, "easel-clock": 0}},
		{"asking for permission", "admin_permissions", s.permissionsOf([]rights.Permission{asked, yes}), map[string]int{"#list li": 2, "a[href$='/picture']": 1, "form[action='/admin/permissions']": 1}},
	}
}

func TestYourData(t *testing.T) {
	t.Parallel()
	c := newClaims()
	h := newHouse(t, withRights(c))
	v := h.guest(t)
	photo := v.seated()
	page := document(t, v.get(dataURL))
	if page.Find("#works li").Length() != 1 || page.Find("#works form[action='"+photo+"/delete']").Length() != 1 || page.Find("#works .left").Length() == 0 {
		t.Error("the work has no clock or cannot be deleted")
	}
	kinds := page.Find("#held").Text()
	for kind, rule := range h.plain.Policy.Retention {
		if !strings.Contains(kinds, rule.What) {
			t.Errorf("nothing is said of %s", kind)
		}
	}
	if page.Find("footer a[href='/request']").Length() != 1 || document(t, v.get("/account")).Find("#data a[href='/your-data']").Length() != 1 {
		t.Error("no way leads here")
	}
	for _, step := range []struct {
		path string
		form url.Values
		to   string
		done func() bool
	}{
		{"/your-data/suspend", nil, "suspended", func() bool { return !c.suspended[v.owner].IsZero() }},
		{"/your-data/resume", nil, "resumed", func() bool { return c.suspended[v.owner].IsZero() }},
		{"/your-data/records", url.Values{"what": {"sign-ins"}}, "records", func() bool { return len(c.off[v.owner]) == 1 }},
		{"/your-data/records", url.Values{"what": {"sign-ins"}, "on": {"yes"}}, "records", func() bool { return len(c.off[v.owner]) == 0 }},
	} {
		res := v.post(step.path, step.form)
		if res.StatusCode != http.StatusSeeOther || !strings.HasPrefix(res.Header.Get("Location"), dataURL+"?saved="+step.to) || !step.done() {
			t.Errorf("%s: %d to %s", step.path, res.StatusCode, res.Header.Get("Location"))
		}
		if note := document(t, v.get(strings.Split(res.Header.Get("Location"), "#")[0])).Find(".notice[role=status]").Text(); !strings.HasSuffix(note, ".") {
			t.Errorf("%s says %q", step.path, note)
		}
	}
	if res := h.visitor(t).get(dataURL); res.StatusCode != http.StatusSeeOther || !strings.HasPrefix(res.Header.Get("Location"), "/sign-in") {
		t.Errorf("a stranger: %d", res.StatusCode)
	}
	if res := h.visitor(t).get("/your-data/schema.json"); res.StatusCode != http.StatusOK || res.Body != string(rights.Schema) {
		t.Errorf("the schema: %d", res.StatusCode)
	}
}

// Everything is sent only to who has just proved who they are, once at a time, and never looks whole when it is not.
func TestDownloadOfEverything(t *testing.T) {
	t.Parallel()
	c := newClaims()
	c.sent = "PK"
	h := newHouse(t, withRights(c))
	v := h.guest(t)
	res := v.post("/your-data/export", nil)
	if res.StatusCode != http.StatusOK || res.Body != "PK" || res.Header.Get("Content-Type") != "application/zip" || c.told != 1 ||
		!strings.Contains(res.Header.Get("Content-Disposition"), "easel-2026-11-22.zip") || res.Header.Get("Cache-Control") != "no-store" {
		t.Errorf("%d %v", res.StatusCode, res.Header)
	}
	h.people.age(v.cookie.Value, time.Hour)
	for _, path := range []string{"/your-data/export", "/your-data/records"} {
		if res := v.post(path, url.Values{"what": {"sign-ins"}}); res.StatusCode != http.StatusSeeOther || !strings.HasPrefix(res.Header.Get("Location"), "/account/confirm") {
			t.Errorf("%s, proven long ago: %d to %s", path, res.StatusCode, res.Header.Get("Location"))
		}
	}
	if c.told != 1 || len(c.off) != 0 {
		t.Error("something was done without a proof")
	}
	if res := v.get("/your-data/export"); res.StatusCode != http.StatusMethodNotAllowed {
		t.Errorf("by a link: %d", res.StatusCode)
	}
	ben := h.guest(t)
	c.fail = errors.New("the disk")
	func() {
		defer func() {
			if err, _ := recover().(error); !errors.Is(err, http.ErrAbortHandler) {
				t.Errorf("a download that broke ended with %v", err)
			}
		}()
		ben.post("/your-data/export", nil)
	}()
	c.sent = ""
	c.fail = fault.New(fault.Busy, "The store is away.")
	for i, want := range []int{http.StatusServiceUnavailable, http.StatusServiceUnavailable, http.StatusServiceUnavailable, http.StatusTooManyRequests} {
		if res := ben.post("/your-data/export", nil); res.StatusCode != want && i != 0 {
			t.Errorf("try %d: %d, want %d", i, res.StatusCode, want)
		}
	}
}

func TestRequestsOnPages(t *testing.T) {
	t.Parallel()
	c := newClaims()
	h := newHouse(t, withRights(c))
	v := h.guest(t)
	if res := v.post(requestsURL, url.Values{"kind": {"access"}}); res.StatusCode != http.StatusBadRequest || document(t, res).Find(".error").Length() != 1 {
		t.Errorf("without words: %d", res.StatusCode)
	}
	res := v.post(requestsURL, url.Values{"kind": {"access"}, "words": {"Tell me."}})
	if res.StatusCode != http.StatusSeeOther || len(c.files) != 1 {
		t.Fatalf("%d %s", res.StatusCode, res.Body)
	}
	page := document(t, v.get(requestsURL))
	if page.Find(".asked > li").Length() != 1 || !strings.Contains(page.Find(".asked").Text(), "Tell me.") {
		t.Errorf("the page says %s", page.Find(".asked").Text())
	}
	if res := v.post(requestsURL+"/"+c.files[0].ID.String()+"/withdraw", nil); res.StatusCode != http.StatusSeeOther || c.files[0].State != rights.Withdrawn {
		t.Errorf("taken back: %d", res.StatusCode)
	}
	if res := v.get("/request"); res.Header.Get("Location") != requestsURL {
		t.Errorf("the form of strangers leads who is signed in to %q", res.Header.Get("Location"))
	}
	stranger := h.visitor(t)
	if res := stranger.post("/request", url.Values{"kind": {"child"}, "words": {"My son."}}); res.StatusCode != http.StatusBadRequest || document(t, res).Find("textarea").Text() != "My son." {
		t.Errorf("without an address: %d", res.StatusCode)
	}
	if res := stranger.post("/request", url.Values{"kind": {"child"}, "words": {"My son."}, "mail": {"ida@example.org"}}); res.StatusCode != http.StatusOK || len(c.asked) != 1 {
		t.Errorf("a stranger: %d", res.StatusCode)
	}
	for range 2 {
		if res := stranger.get("/request/confirm/token"); res.StatusCode != http.StatusOK || document(t, res).Find("form[action='/request/confirm/token']").Length() != 1 || len(c.asked) != 1 {
			t.Errorf("looking at the link: %d", res.StatusCode)
		}
	}
	if res := stranger.post("/request/confirm/token", nil); res.StatusCode != http.StatusOK || !strings.Contains(res.Body, "7KQ2-9XWD") {
		t.Errorf("pressed: %d", res.StatusCode)
	}
	if res := stranger.post("/request/confirm/token", nil); res.StatusCode != http.StatusNotFound {
		t.Errorf("pressed twice: %d", res.StatusCode)
	}
	var last int
	for range 6 {
		last = stranger.post("/request", url.Values{"kind": {"child"}, "words": {"My son."}, "mail": {"ida@example.org"}}).StatusCode
	}
	if last != http.StatusTooManyRequests {
		t.Errorf("again and again: %d", last)
	}
}

func TestPermissionOnPages(t *testing.T) {
	t.Parallel()
	c := newClaims()
	h := newHouse(t, withRights(c))
	v := h.guest(t)
	c.permissions = []rights.Permission{{ID: uuid.New(), Owner: v.owner, Run: uuid.New(), Reason: "our shop window", Answer: rights.Unanswered, Asked: noon, Deadline: noon.Add(time.Hour)}}
	if res := h.visitor(t).get("/permission/token"); res.StatusCode != http.StatusOK || c.permissions[0].Answer != rights.Unanswered || res.Header.Get("Referrer-Policy") != "no-referrer" {
		t.Errorf("looking: %d, %s", res.StatusCode, c.permissions[0].Answer)
	}
	if res := h.visitor(t).post("/permission/token", url.Values{"answer": {"yes"}}); res.StatusCode != http.StatusSeeOther || c.permissions[0].Answer != rights.Yes {
		t.Errorf("by the letter: %d, %s", res.StatusCode, c.permissions[0].Answer)
	}
	if page := document(t, v.get(dataURL)); page.Find("#permissions button[value=withdrawn]").Length() != 1 {
		t.Error("a yes cannot be taken back")
	}
	if res := v.post(dataURL+"/permissions/"+c.permissions[0].ID.String(), url.Values{"answer": {"withdrawn"}}); res.StatusCode != http.StatusSeeOther || c.permissions[0].Answer != rights.Back {
		t.Errorf("on the page: %d, %s", res.StatusCode, c.permissions[0].Answer)
	}
}

func TestTheDeskOfRequests(t *testing.T) {
	t.Parallel()
	c := newClaims()
	h := newHouse(t, withRights(c))
	boss := h.guest(t)
	h.people.change(boss.owner, func(p *account.Person) { p.Admin = true })
	form := url.Values{"kind": {"access"}, "channel": {"letter"}, "received": {"2026-11-20"}, "words": {"By post."}, "name": {"Ida"}}
	for field, wrong := range map[string]string{"account": "nobody", "received": "yesterday", "words": ""} {
		bad := url.Values{}
		for k, v := range form {
			bad[k] = v
		}
		bad.Set(field, wrong)
		if res := boss.post(adminRequestsURL, bad); res.StatusCode != http.StatusBadRequest || document(t, res).Find(".error").Length() != 1 || document(t, res).Find("[name=name]").AttrOr("value", "") != "Ida" {
			t.Errorf("%s %q: %d", field, wrong, res.StatusCode)
		}
	}
	res := boss.post(adminRequestsURL, form)
	if res.StatusCode != http.StatusSeeOther || len(c.files) != 1 || !c.files[0].Received.Equal(time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC)) {
		t.Fatalf("%d %+v", res.StatusCode, c.files)
	}
	if page := document(t, boss.get(adminRequestsURL)); page.Find(".late").Length() != 1 || page.Find("nav a[href='/admin']").Length() != 1 {
		t.Error("what is late is not marked")
	}
	at := adminRequestsURL + "/" + c.files[0].ID.String()
	if page := document(t, boss.get(at)); !strings.Contains(page.Find("#words").Text(), "By post.") {
		t.Errorf("the request says %s", page.Find("#words").Text())
	}
	if res := boss.post(at, url.Values{"what": {"done"}}); res.StatusCode != http.StatusBadRequest {
		t.Errorf("without words: %d", res.StatusCode)
	}
	if res := boss.post(at, url.Values{"what": {"told"}, "words": {"We wrote back."}}); res.StatusCode != http.StatusSeeOther || len(c.acts) != 1 {
		t.Errorf("a step: %d", res.StatusCode)
	}
	run := uuid.New()
	if res := boss.post(adminPermissionsURL, url.Values{"picture": {"none"}, "reason": {"a window"}}); res.StatusCode != http.StatusBadRequest {
		t.Errorf("about no picture: %d", res.StatusCode)
	}
	if res := boss.post(adminPermissionsURL, url.Values{"picture": {"http://localhost:8080/portrait/photo/x#run-" + run.String()}, "reason": {"a window"}}); res.StatusCode != http.StatusSeeOther || c.permissions[0].Run != run {
		t.Errorf("about a picture: %d", res.StatusCode)
	}
	if res := boss.get(adminPermissionsURL + "/" + c.permissions[0].ID.String() + "/picture"); res.StatusCode != http.StatusNotFound {
		t.Errorf("a picture without a yes: %d", res.StatusCode)
	}
	if res := h.guest(t).get(adminRequestsURL); res.StatusCode != http.StatusNotFound {
		t.Errorf("somebody who does not run the place: %d", res.StatusCode)
	}
}
