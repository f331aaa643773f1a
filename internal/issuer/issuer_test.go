package issuer_test

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"easel/internal/issuer"
)

const (
	back     = "http://localhost:8080/sign-in/back"
	verifier = "a-verifier-of-enough-letters-for-the-standard-to-like"
)

func start(t *testing.T, now func() time.Time) (base string) {
	t.Helper()
	s := httptest.NewUnstartedServer(nil)
	u := &url.URL{Scheme: "http", Host: s.Listener.Addr().String()}
	i, err := issuer.New(issuer.Config{URL: u, ClientID: "easel", Secret: "s3cret", Back: back, Now: now})
	if err != nil {
		t.Fatal(err)
	}
	s.Config.Handler = i
	s.Start()
	t.Cleanup(s.Close)
	return s.URL
}

func asked() url.Values {
	sum := sha256.Sum256([]byte(verifier))
	return url.Values{"client_id": {"easel"}, "redirect_uri": {back}, "response_type": {"code"}, "scope": {"openid email"}, "state": {"st"}, "nonce": {"no"},
		"code_challenge": {base64.RawURLEncoding.EncodeToString(sum[:])}, "code_challenge_method": {"S256"}}
}

// choose is what the page's form sends; it returns where the browser is sent.
func choose(t *testing.T, base string, form url.Values) (status int, to *url.URL) {
	t.Helper()
	c := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	answer, err := c.PostForm(base+"/auth", form)
	if err != nil {
		t.Fatal(err)
	}
	answer.Body.Close()
	to, _ = answer.Location()
	return answer.StatusCode, to
}

func redeem(t *testing.T, base, code string, change url.Values) (status int, answer map[string]any) {
	t.Helper()
	form := url.Values{"grant_type": {"authorization_code"}, "code": {code}, "redirect_uri": {back}, "code_verifier": {verifier}, "client_id": {"easel"}, "client_secret": {"s3cret"}}
	for k, v := range change {
		form[k] = v
	}
	r, err := http.PostForm(base+"/token", form)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	data, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	_ = json.Unmarshal(data, &answer)
	return r.StatusCode, answer
}

func with(form url.Values, change ...string) url.Values {
	for i := 0; i < len(change); i += 2 {
		form.Set(change[i], change[i+1])
	}
	return form
}

func TestThePageOffersPeopleAndFaults(t *testing.T) {
	t.Parallel()
	base := start(t, nil)
	answer, err := http.Get(base + "/auth?" + asked().Encode())
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	page, err := io.ReadAll(answer.Body)
	if err != nil || answer.StatusCode != http.StatusOK {
		t.Fatalf("status %d, %v", answer.StatusCode, err)
	}
	for _, want := range []string{"Ada Lovelace", "ada@example.com", `value="expired"`, `name="state" value="st"`, "Anybody can be anybody"} {
		if !strings.Contains(string(page), want) {
			t.Errorf("the page has no %q", want)
		}
	}
}

func TestASitesMistakesSendNobodyAnywhere(t *testing.T) {
	t.Parallel()
	base := start(t, nil)
	for name, change := range map[string][]string{
		"another site": {"client_id", "other"}, "another address": {"redirect_uri", "https://evil.example/"}, "no code flow": {"response_type", "token"},
		"no openid": {"scope", "email"}, "no state": {"state", ""}, "no nonce": {"nonce", ""}, "no PKCE": {"code_challenge", ""}, "plain PKCE": {"code_challenge_method", "plain"},
		"nobody chosen": {"subject", "9999"},
	} {
		if status, to := choose(t, base, with(asked(), append([]string{"subject", "1001"}, change...)...)); status != http.StatusBadRequest || to != nil {
			t.Errorf("%s: %d to %v", name, status, to)
		}
	}
	if status, to := choose(t, base, asked()); status != http.StatusBadRequest || to != nil {
		t.Errorf("no account and no address: %d to %v", status, to)
	}
}

func TestACodeIsGoodOnceAndForWhoeverBeganOnly(t *testing.T) {
	t.Parallel()
	now := time.Now()
	base := start(t, func() time.Time { return now })
	code := func() string {
		status, to := choose(t, base, with(asked(), "subject", "1001"))
		if status != http.StatusSeeOther || to.Query().Get("state") != "st" || to.Query().Get("iss") != base || !strings.HasPrefix(to.String(), back+"?") {
			t.Fatalf("sent to %v with %d", to, status)
		}
		return to.Query().Get("code")
	}
	c := code()
	status, answer := redeem(t, base, c, nil)
	if status != http.StatusOK || strings.Count(answer["id_token"].(string), ".") != 2 {
		t.Fatalf("%d, %v", status, answer)
	}
	if status, _ := redeem(t, base, c, nil); status != http.StatusBadRequest {
		t.Errorf("a second time: %d", status)
	}
	for name, change := range map[string]url.Values{
		"a wrong verifier": {"code_verifier": {"stolen"}}, "no verifier": {"code_verifier": {""}}, "another address": {"redirect_uri": {"https://evil.example/"}},
		"another grant": {"grant_type": {"password"}}, "a wrong secret": {"client_secret": {"guess"}}, "another code": {"code": {"guess"}},
	} {
		if status, answer := redeem(t, base, code(), change); status == http.StatusOK {
			t.Errorf("%s: %v", name, answer)
		}
	}
	c = code()
	now = now.Add(2 * time.Minute)
	if status, _ := redeem(t, base, c, nil); status != http.StatusBadRequest {
		t.Errorf("after its time: %d", status)
	}
}

func TestSomebodyCanSayNo(t *testing.T) {
	t.Parallel()
	if _, to := choose(t, start(t, nil), with(asked(), "fault", "denied")); to == nil || to.Query().Get("error") != "access_denied" || to.Query().Has("code") {
		t.Errorf("sent to %v", to)
	}
}

func TestPicturesArePictures(t *testing.T) {
	t.Parallel()
	answer, err := http.Get(start(t, nil) + "/picture/1001")
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	if head, err := io.ReadAll(answer.Body); err != nil || !strings.HasPrefix(string(head), "\x89PNG") {
		t.Errorf("%.8q, %v", head, err)
	}
}

func TestItServesThisMachineOnly(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]bool{"http://127.0.0.1:8081": true, "http://localhost:8081": true, "http://[::1]:8081": true, "http://easel.localhost": true,
		"https://easel.example.org": false, "http://192.168.1.4:8081": false, "http://0.0.0.0:8081": false, "http://localhost.example.org": false, "http://127.0.0.1.nip.io": false} {
		u, err := url.Parse(address)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := issuer.New(issuer.Config{URL: u, ClientID: "a", Secret: "b", Back: back}); (err == nil) != want {
			t.Errorf("%s: %v", address, err)
		}
	}
}
