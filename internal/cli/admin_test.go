package cli_test

import (
	"net/http"
	"net/http/cookiejar"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"
	"time"
)

var signInLink = regexp.MustCompile(`http://\S+(/link/sign-in/\S+)`)

// admin runs `easel admin add` and returns what it printed.
func admin(t *testing.T, data, address, mail string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0], "admin", "add", mail)
	cmd.Env = append(os.Environ(), asServer+"=1", "DATABASE_URL=", "EASEL_DATA="+data, "EASEL_ADDRESS="+address)
	var wrong said
	cmd.Stderr = &wrong
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("easel admin add: %v\n%s", err, &wrong)
	}
	if strings.Contains(wrong.String(), "/link/") || strings.Contains(wrong.String(), mail) {
		t.Errorf("the log holds the link or the address:\n%s", &wrong)
	}
	return string(out)
}

// Whoever runs the place is named on the terminal, before the first start and beside a running server; then no first link is
// printed any more.
func TestSayingWhoRunsThePlace(t *testing.T) {
	t.Parallel()
	data, address := t.TempDir(), freeAddress(t)
	before := signInLink.FindStringSubmatch(admin(t, data, address, "ada@example.com"))
	s := startServer(t, data, address)
	beside := signInLink.FindStringSubmatch(admin(t, data, address, "bob@example.com"))
	if before == nil || beside == nil {
		t.Fatalf("the links are %v and %v", before, beside)
	}
	for _, path := range []string{before[1], beside[1]} {
		jar, err := cookiejar.New(nil)
		if err != nil {
			t.Fatal(err)
		}
		v := visitor{&http.Client{Jar: jar, Timeout: time.Minute}, s}
		for range 2 { // looking spends nothing
			v.page(v.request("GET", path, nil, ""))
		}
		if _, at := v.page(v.request("POST", path, nil, "")); at.Path != "/portrait/" {
			t.Errorf("the link leads to %s", at.Path)
		}
		again, err := v.Do(v.request("POST", path, nil, ""))
		if err != nil {
			t.Fatal(err)
		}
		again.Body.Close()
		if again.StatusCode == http.StatusOK {
			t.Error("the link opened twice")
		}
	}
	s.stop()
	if firstLink.MatchString(s.log.String()) {
		t.Errorf("somebody runs the place, and yet the server prints a first link:\n%s", s.log)
	}
}

func TestTheFirstLinkIsOnTheTerminalOnly(t *testing.T) {
	t.Parallel()
	s := startServer(t, t.TempDir(), freeAddress(t))
	newVisitor(s)
	s.stop()
	link := firstLink.FindString(s.log.String())
	for line := range strings.Lines(s.log.String()) {
		if strings.Contains(line, link[strings.LastIndex(link, "/")+1:]) && strings.Contains(line, "level=") {
			t.Errorf("the log holds the link: %s", line)
		}
	}
}
