package cli_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"

	"easel/internal/sitter"
	"easel/internal/toolshed"
)

// policyVersion is the one that the built-in studio asks to agree to.
const policyVersion = 1

// asServer makes the test binary run `easel serve` instead of tests.
const asServer = "EASEL_TEST_AS_SERVER"

// server is a real `easel serve` in a process of its own, on a cluster of its own.
type server struct {
	t    *testing.T
	cmd  *exec.Cmd
	url  string
	data string
	log  *said
}

// said is what a process has written so far.
type said struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (s *said) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.Write(p)
}

func (s *said) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.String()
}

func freeAddress(t *testing.T) string {
	t.Helper()
	address, err := toolshed.Address()
	if err != nil {
		t.Fatal(err)
	}
	return address
}

// startServer starts the server on the data folder and waits until it is ready.
func startServer(t *testing.T, data, address string) *server {
	t.Helper()
	return startAs(t, data, address, exec.Command(os.Args[0], "serve"))
}

// startAs starts the server by a command and waits until it is ready.
func startAs(t *testing.T, data, address string, cmd *exec.Cmd) *server {
	t.Helper()
	s := &server{t: t, cmd: cmd, url: "http://" + address, data: data, log: new(said)}
	s.cmd.Env = append(os.Environ(), asServer+"=1", "EASEL_DATA="+data, "EASEL_ADDRESS="+address, "DATABASE_URL=")
	s.cmd.Stdout, s.cmd.Stderr = s.log, s.log
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	s.eventually("the server is ready", func() bool {
		answer, err := http.Get(s.url + "/readyz")
		if err != nil {
			return false
		}
		answer.Body.Close()
		return answer.StatusCode == http.StatusOK
	})
	return s
}

// eventually asks until the answer is yes; two minutes are far beyond what any of it takes.
func (s *server) eventually(what string, ask func() bool) {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(s.t.Context(), 2*time.Minute)
	defer cancel()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for !ask() {
		select {
		case <-tick.C:
		case <-ctx.Done():
			s.kill()
			s.t.Fatalf("it never came about that %s. The server said:\n%s", what, s.log)
		}
	}
}

func (s *server) kill() {
	s.cmd.Process.Signal(syscall.SIGKILL)
	s.cmd.Wait()
}

// stop asks the server to stop and fails when it does not end in good order.
func (s *server) stop() {
	s.t.Helper()
	s.cmd.Process.Signal(os.Interrupt)
	if err := s.cmd.Wait(); err != nil {
		s.t.Errorf("the server did not stop in good order: %v\n%s", err, s.log)
	}
}

// visitor is a browser without script.
type visitor struct {
	*http.Client
	s *server
}

var firstLink = regexp.MustCompile(`http://\S+(/link/first/\S+)`)

// newVisitor returns whoever opens the link that the server has printed, and so runs the place.
func newVisitor(s *server) visitor {
	jar, err := cookiejar.New(nil)
	if err != nil {
		s.t.Fatal(err)
	}
	v := visitor{&http.Client{Jar: jar, Timeout: time.Minute}, s}
	s.eventually("the first link is printed", func() bool { return firstLink.MatchString(s.log.String()) })
	if _, at := v.page(v.request("POST", firstLink.FindStringSubmatch(s.log.String())[1], nil, "")); at.Path != "/portrait/" {
		s.t.Fatalf("the first link leads to %s", at.Path)
	}
	return v
}

// page gets a path and parses it; the last address, after redirects, is the second value.
func (v visitor) page(request *http.Request) (*goquery.Document, *url.URL) {
	v.s.t.Helper()
	request.Header.Set("Accept", "text/html")
	answer, err := v.Do(request)
	if err != nil {
		v.s.t.Fatal(err)
	}
	defer answer.Body.Close()
	doc, err := goquery.NewDocumentFromReader(answer.Body)
	if err != nil {
		v.s.t.Fatal(err)
	}
	if answer.StatusCode != http.StatusOK {
		v.s.t.Fatalf("%s %s: %s: %s", request.Method, request.URL.Path, answer.Status, strings.TrimSpace(doc.Text()))
	}
	return doc, answer.Request.URL
}

func (v visitor) request(method, path string, body io.Reader, kind string) *http.Request {
	r, err := http.NewRequestWithContext(v.s.t.Context(), method, v.s.url+path, body)
	if err != nil {
		v.s.t.Fatal(err)
	}
	if kind != "" {
		r.Header.Set("Content-Type", kind)
	}
	return r
}

// bring uploads a photo and returns the path of its page.
func (v visitor) bring(photo []byte) string {
	v.s.t.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	for _, said := range [][2]string{{"statement", "yes"}, {"age", "of-age"}, {"agree", "portrait@" + strconv.Itoa(policyVersion)}} {
		form.WriteField(said[0], said[1])
	}
	part, err := form.CreateFormFile("photo", "holiday.jpg")
	if err != nil {
		v.s.t.Fatal(err)
	}
	part.Write(photo)
	form.Close()
	_, at := v.page(v.request("POST", "/portrait/", &body, form.FormDataContentType()))
	if !strings.HasPrefix(at.Path, "/portrait/photo/") {
		v.s.t.Fatalf("the upload led to %s", at.Path)
	}
	return at.Path
}

// draw asks for styles and returns the paths of the cards.
func (v visitor) draw(photo string, styles ...string) []string {
	v.s.t.Helper()
	doc, _ := v.page(v.request("POST", photo+"/start", strings.NewReader(url.Values{"style": styles, "crop": {"whole"}}.Encode()), "application/x-www-form-urlencoded"))
	return v.cards(doc)
}

func (v visitor) cards(doc *goquery.Document) []string {
	return doc.Find("[data-card]").Map(func(_ int, card *goquery.Selection) string { return card.AttrOr("data-card", "") })
}

func (v visitor) state(card string) string {
	doc, _ := v.page(v.request("GET", card, nil, ""))
	return doc.Find("[data-state]").AttrOr("data-state", "")
}

func (v visitor) percent(card string) string {
	doc, _ := v.page(v.request("GET", card, nil, ""))
	return doc.Find("progress").AttrOr("value", "")
}

// TestKilledInTheMiddle kills the server with SIGKILL while it draws. The next start finds the data, finishes the
// drawing once, and nothing stays in "drawing".
func TestKilledInTheMiddle(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("in a plain build: what a kill leaves behind is no race")
	}
	data, address := t.TempDir(), freeAddress(t)
	s := startServer(t, data, address)
	v := newVisitor(s)
	photo := v.bring(sitter.Portrait(t))
	cards := v.draw(photo, "artistic", "rough-sketch")
	if len(cards) != 2 {
		t.Fatalf("two styles were asked for, the page shows %d", len(cards))
	}
	s.eventually("the first portrait is being drawn", func() bool {
		return v.state(cards[0]) == "drawing" && v.percent(cards[0]) != "0"
	})
	s.kill()

	s = startServer(t, data, address)
	v.s = s
	for _, card := range cards {
		s.eventually("the portrait is ready after the restart", func() bool { return v.state(card) == "done" })
		answer, err := v.Get(s.url + card + "/picture")
		if err != nil {
			t.Fatal(err)
		}
		picture, err := io.ReadAll(answer.Body)
		answer.Body.Close()
		if err != nil || answer.StatusCode != http.StatusOK || !bytes.HasPrefix(picture, []byte("\x89PNG")) {
			t.Errorf("the picture after the restart: %s, %d bytes, %v", answer.Status, len(picture), err)
		}
	}
	doc, _ := v.page(v.request("GET", photo, nil, ""))
	if n := len(v.cards(doc)); n != 2 {
		t.Errorf("after the restart the page shows %d portraits, want the same 2", n)
	}
	s.stop()
}

// TestStoppedInTheMiddle stops the server in good order while it draws and somebody watches: the drawing goes on at the
// next start.
func TestStoppedInTheMiddle(t *testing.T) {
	t.Parallel()
	data, address := t.TempDir(), freeAddress(t)
	s := startServer(t, data, address)
	v := newVisitor(s)
	photo := v.bring(sitter.Portrait(t))
	card := v.draw(photo, "artistic")[0]
	s.eventually("the portrait is being drawn", func() bool { return v.state(card) == "drawing" })
	stream, err := v.Do(v.request("GET", photo+"/events", nil, ""))
	if err != nil || stream.StatusCode != http.StatusOK {
		t.Fatal(stream, err)
	}
	defer stream.Body.Close()
	s.stop()
	if left := leftRunning(t, data); left != "" {
		t.Errorf("after the stop these still run: %s", left)
	}

	s = startServer(t, data, address)
	v.s = s
	s.eventually("the portrait is ready after the restart", func() bool { return v.state(card) == "done" })
	s.stop()
}

// leftRunning names the processes that have the data folder in their command line or as their working folder.
func leftRunning(t *testing.T, data string) string {
	t.Helper()
	entries, err := os.ReadDir("/proc")
	if err != nil {
		t.Fatal(err)
	}
	var left []string
	for _, e := range entries {
		command, _ := os.ReadFile("/proc/" + e.Name() + "/cmdline")
		folder, _ := os.Readlink("/proc/" + e.Name() + "/cwd")
		if bytes.Contains(command, []byte(data)) || strings.HasPrefix(folder, data) {
			left = append(left, fmt.Sprintf("%s (%s)", e.Name(), strings.ReplaceAll(string(command), "\x00", " ")))
		}
	}
	return strings.Join(left, ", ")
}
